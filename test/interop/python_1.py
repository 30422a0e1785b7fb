"""The official Python client of A2A 1.0."""

import uuid
from contextlib import asynccontextmanager

import grpc
import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types.a2a_pb2 import (
    CancelTaskRequest, GetTaskRequest, ListTasksRequest, Message, Part, Role, SendMessageRequest, SubscribeToTaskRequest, TaskState,
)

from exercise import main


def request(text, task=None):
    message = Message(message_id=str(uuid.uuid4()), role=Role.ROLE_USER, parts=[Part(text=text)])
    if task is not None:
        message.task_id = task['taskId']
        message.context_id = task['contextId']
    return SendMessageRequest(message=message)


def state_name(state):
    return TaskState.Name(state).removeprefix('TASK_STATE_').replace('_', '-').lower()


def text_of(items):
    return ''.join(part.text for item in items for part in item.parts)


def see_task(task):
    sight = {'taskId': task.id, 'contextId': task.context_id, 'state': state_name(task.status.state)}
    return {**sight, 'text': text_of(task.artifacts)} if task.artifacts else sight


def see(event):
    if event.HasField('task'):
        return see_task(event.task)
    if event.HasField('message'):
        return {'text': text_of([event.message])}
    if event.HasField('status_update'):
        return {'taskId': event.status_update.task_id, 'state': state_name(event.status_update.status.state)}
    return {'taskId': event.artifact_update.task_id, 'text': text_of([event.artifact_update.artifact])}


class Client:
    def __init__(self, card, http, transport):
        self.card = card
        config = {'httpx_client': http, 'supported_protocol_bindings': [transport], 'grpc_channel_factory': grpc.aio.insecure_channel}
        self.streaming = ClientFactory(ClientConfig(**config)).create(card)
        self.blocking = ClientFactory(ClientConfig(**config, streaming=False)).create(card)

    async def discover(self):
        return self.card.name

    async def send(self, text, task=None):
        return [see(event) async for event in self.blocking.send_message(request(text, task))][-1]

    async def stream(self, text):
        async for event in self.streaming.send_message(request(text)):
            yield see(event)

    async def subscribe(self, task_id):
        async for event in self.streaming.subscribe(SubscribeToTaskRequest(id=task_id)):
            yield see(event)

    async def get(self, task_id):
        return see_task(await self.blocking.get_task(GetTaskRequest(id=task_id)))

    async def cancel(self, task_id):
        return see_task(await self.blocking.cancel_task(CancelTaskRequest(id=task_id)))

    async def list(self, context_id):
        response = await self.blocking.list_tasks(ListTasksRequest(context_id=context_id))
        return [see_task(task) for task in response.tasks]


@asynccontextmanager
async def connect(url, transport):
    async with httpx.AsyncClient(timeout=20) as http:
        yield Client(await A2ACardResolver(http, url).get_agent_card(), http, transport)


main(connect)
