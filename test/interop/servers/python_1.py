"""The official Python server of A2A 1.0, which speaks 0.3, too: in all three bindings."""

import asyncio

import httpx
from a2a.compat.v0_3.a2a_v0_3_pb2_grpc import add_A2AServiceServicer_to_server as add_v0_3
from a2a.compat.v0_3.grpc_handler import CompatGrpcHandler
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler, GrpcHandler
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes, create_rest_routes
from a2a.server.tasks import BasePushNotificationSender, InMemoryPushNotificationConfigStore, InMemoryTaskStore, TaskUpdater
from a2a.types.a2a_pb2 import AgentCapabilities, AgentCard, AgentInterface, AgentSkill, Message, Part, Role, Task, TaskState, TaskStatus
from a2a.types.a2a_pb2_grpc import add_A2AServiceServicer_to_server
from starlette.applications import Starlette

from behaviour import act, behaviour_of, serve


class Executor(AgentExecutor):
    async def execute(self, context, event_queue):
        task = context.current_task
        verb, count = behaviour_of(context.get_user_input(), task is not None)
        if verb == 'reply':
            await event_queue.enqueue_event(Message(message_id='m', role=Role.ROLE_AGENT, context_id=context.context_id, parts=parts_of('Just a message')))
            return
        if task is None:
            await event_queue.enqueue_event(Task(
                id=context.task_id, context_id=context.context_id, status=TaskStatus(state=TaskState.TASK_STATE_SUBMITTED), history=[context.message]
            ))
        await act(verb, count, TaskUpdater(event_queue, context.task_id, context.context_id), parts_of)

    async def cancel(self, context, event_queue):
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


def parts_of(text):
    return [Part(text=text)]


def card_of(url, address):
    interfaces = [
        AgentInterface(url=where, protocol_binding=binding, protocol_version=version)
        for version in ('1.0', '0.3')
        for where, binding in ((f'{url}/rpc', 'JSONRPC'), (f'{url}/rest', 'HTTP+JSON'), (address, 'GRPC'))
    ]
    return AgentCard(
        name='Official', description='The official server', version='1.0.0', supported_interfaces=interfaces,
        capabilities=AgentCapabilities(streaming=True, push_notifications=True),
        default_input_modes=['text/plain'], default_output_modes=['text/plain'],
        skills=[AgentSkill(id='agent', name='Agent', description='Behaves', tags=['test'])],
    )


class Server:
    def app_of(self, url, address):
        card = card_of(url, address)
        configs = InMemoryPushNotificationConfigStore()
        self.handler = DefaultRequestHandler(
            agent_executor=Executor(), task_store=InMemoryTaskStore(), agent_card=card, push_config_store=configs,
            push_sender=BasePushNotificationSender(httpx.AsyncClient(), configs),
        )
        return Starlette(routes=[
            *create_agent_card_routes(card),
            *create_jsonrpc_routes(self.handler, '/rpc', enable_v0_3_compat=True),
            *create_rest_routes(self.handler, enable_v0_3_compat=True, path_prefix='/rest'),
        ])

    def add_grpc(self, channels):
        add_A2AServiceServicer_to_server(GrpcHandler(self.handler), channels)
        add_v0_3(CompatGrpcHandler(self.handler), channels)


server = Server()
asyncio.run(serve(server.add_grpc, server.app_of))
