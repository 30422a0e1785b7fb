"""What an agent does, by the text of the message, as in behaviour.ts; and the process that serves it."""

import asyncio
import json
import socket
import sys

import grpc
import uvicorn


def behaviour_of(text, is_follow_up):
    verb, _, count = text.partition(' ')
    if is_follow_up:
        return 'count', 1
    return (verb if verb in ('reply', 'stay', 'ask') else 'count'), int(count or 1)


async def act(verb, count, updater, parts_of):
    """Speaks to the updater of either version of the SDK."""
    await updater.start_work()
    if verb == 'stay':
        await asyncio.sleep(60)
    elif verb == 'ask':
        await updater.requires_input(updater.new_agent_message(parts_of('What else?')))
    else:
        for index in range(count):
            await updater.add_artifact(parts_of(f'{index} '), artifact_id='a', append=index > 0, last_chunk=False)
            await asyncio.sleep(0.02)
        await updater.complete()


async def serve(add_grpc, app_of):
    """Prints the URL, and ends with its standard input.

    add_grpc adds services to a server; app_of makes the ASGI application from a URL and the address of gRPC.
    """
    channels = grpc.aio.server()
    address = f'127.0.0.1:{channels.add_insecure_port("127.0.0.1:0")}'
    listener = socket.create_server(('127.0.0.1', 0))
    url = f'http://127.0.0.1:{listener.getsockname()[1]}'
    app = app_of(url, address)
    add_grpc(channels)
    await channels.start()
    server = uvicorn.Server(uvicorn.Config(app, log_level='critical', timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    print(json.dumps({'url': url}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await serving
    await channels.stop(None)
