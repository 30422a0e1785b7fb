"""The official Python server of A2A 0.3, in all three bindings."""

import asyncio

import httpx
from a2a.grpc.a2a_pb2_grpc import add_A2AServiceServicer_to_server
from a2a.server.agent_execution import AgentExecutor
from a2a.server.apps import A2ARESTFastAPIApplication, A2AStarletteApplication
from a2a.server.request_handlers import DefaultRequestHandler, GrpcHandler
from a2a.server.tasks import BasePushNotificationSender, InMemoryPushNotificationConfigStore, InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, AgentSkill, Message, Part, Role, Task, TaskState, TaskStatus, TextPart
from starlette.applications import Starlette
from starlette.routing import Mount

from behaviour import act, behaviour_of, serve


class Executor(AgentExecutor):
    async def execute(self, context, event_queue):
        task = context.current_task
        verb, count = behaviour_of(context.get_user_input(), task is not None)
        if verb == 'reply':
            await event_queue.enqueue_event(Message(message_id='m', role=Role.agent, context_id=context.context_id, parts=parts_of('Just a message')))
            return
        if task is None:
            await event_queue.enqueue_event(Task(
                id=context.task_id, context_id=context.context_id, status=TaskStatus(state=TaskState.submitted), history=[context.message]
            ))
        await act(verb, count, TaskUpdater(event_queue, context.task_id, context.context_id), parts_of)

    async def cancel(self, context, event_queue):
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


def parts_of(text):
    return [Part(root=TextPart(text=text))]


def card_of(url, address):
    return AgentCard(
        name='Official', description='The official server', version='1.0.0', protocol_version='0.3.0',
        url=f'{url}/rpc', preferred_transport='JSONRPC',
        additional_interfaces=[AgentInterface(url=f'{url}/rest', transport='HTTP+JSON'), AgentInterface(url=address, transport='GRPC')],
        capabilities=AgentCapabilities(streaming=True, push_notifications=True),
        default_input_modes=['text/plain'], default_output_modes=['text/plain'],
        skills=[AgentSkill(id='agent', name='Agent', description='Behaves', tags=['test'])],
    )


class Server:
    def app_of(self, url, address):
        self.card = card_of(url, address)
        configs = InMemoryPushNotificationConfigStore()
        self.handler = DefaultRequestHandler(
            agent_executor=Executor(), task_store=InMemoryTaskStore(), push_config_store=configs,
            push_sender=BasePushNotificationSender(httpx.AsyncClient(), configs),
        )
        routes = A2AStarletteApplication(agent_card=self.card, http_handler=self.handler).routes(rpc_url='/rpc')
        rest = A2ARESTFastAPIApplication(agent_card=self.card, http_handler=self.handler).build()
        return Starlette(routes=[*routes, Mount('/rest', rest)])

    def add_grpc(self, channels):
        add_A2AServiceServicer_to_server(GrpcHandler(self.card, self.handler), channels)


server = Server()
asyncio.run(serve(server.add_grpc, server.app_of))
