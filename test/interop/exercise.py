"""What every official client in Python is put through: see exercise.ts. Prints the report as JSON."""

import asyncio
import json
import sys


def show(sight):
    return ': '.join(sight[key] for key in ('state', 'text') if key in sight)


def text_of(sights):
    return ''.join(sight.get('text', '') for sight in sights)


async def collect(stream):
    return [sight async for sight in stream]


async def failure(awaitable):
    try:
        await awaitable
        return 'no error'
    except Exception as error:
        return f'{type(error).__name__}: {error}'


async def follow_up(client):
    first = await client.send('tck-multi-turn')
    second = await client.send('tck-multi-turn', first)
    report = {'followUp': [show(first), show(second)]}
    if hasattr(client, 'list'):
        report['list'] = [show(sight) for sight in await client.list(first['contextId'])]
    return report


async def cancel(client):
    seen = []
    answer = None
    async for sight in client.stream('tck-cancel'):
        seen.append(show(sight))
        if sight.get('state') == 'working':
            answer = asyncio.create_task(client.cancel(sight['taskId']))
    return {'cancel': [*seen, show(await answer)]}


async def subscription(client):
    """Joins a stream in its middle: snapshot and tail together must be what the first reader sees."""
    first = []
    second = None
    async for sight in client.stream('sut-stream 6 100'):
        first.append(sight)
        if second is None and 'text' in sight:
            second = asyncio.create_task(collect(client.subscribe(sight['taskId'])))
    later = await second
    return {
        'firstReader': [text_of(first), first[-1]['state']],
        'secondReader': [later[0]['state'], text_of(later), later[-1]['state']],
    }


async def exercise(client):
    return {
        'discovery': [await client.discover()],
        'task': [show(await client.send('tck-artifact-text'))],
        'message': [show(await client.send('tck-message-response'))],
        'stream': [show(sight) for sight in await collect(client.stream('tck-stream-artifact-text'))],
        **await follow_up(client),
        **await cancel(client),
        **await subscription(client),
        'errors': [await failure(client.get('no-such-task')), await failure(collect(client.subscribe('no-such-task')))],
    }


def main(connect):
    """Runs the exercises with the client that `connect` makes for the URL and the binding of the command line."""

    async def run():
        async with connect(*sys.argv[1:3]) as client:
            print(json.dumps(await exercise(client)))

    asyncio.run(run())
