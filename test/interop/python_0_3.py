"""The official Python client of A2A 0.3."""

import uuid
from contextlib import asynccontextmanager

import grpc
import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types import Message, Part, Role, TaskIdParams, TaskQueryParams, TextPart

from exercise import main


def message(text, task=None):
    return Message(
        message_id=str(uuid.uuid4()),
        role=Role.user,
        parts=[Part(root=TextPart(text=text))],
        task_id=task and task['taskId'],
        context_id=task and task['contextId'],
    )


def text_of(items):
    return ''.join(part.root.text for item in items for part in item.parts)


def see_task(task):
    sight = {'taskId': task.id, 'contextId': task.context_id, 'state': task.status.state.value}
    return {**sight, 'text': text_of(task.artifacts)} if task.artifacts else sight


def see(event):
    """The client hands out messages, and pairs of the task so far and its latest update."""
    if isinstance(event, Message):
        return {'text': text_of([event])}
    task, update = event
    if update is None:
        return see_task(task)
    if update.kind == 'status-update':
        return {'taskId': update.task_id, 'state': update.status.state.value}
    return {'taskId': update.task_id, 'text': text_of([update.artifact])}


class Client:
    def __init__(self, card, http, transport):
        self.card = card
        config = {'httpx_client': http, 'supported_transports': [transport], 'grpc_channel_factory': grpc.aio.insecure_channel}
        self.streaming = ClientFactory(ClientConfig(**config)).create(card)
        self.blocking = ClientFactory(ClientConfig(**config, streaming=False)).create(card)

    async def discover(self):
        return self.card.name

    async def send(self, text, task=None):
        return [see(event) async for event in self.blocking.send_message(message(text, task))][-1]

    async def stream(self, text):
        async for event in self.streaming.send_message(message(text)):
            yield see(event)

    async def subscribe(self, task_id):
        async for event in self.streaming.resubscribe(TaskIdParams(id=task_id)):
            yield see(event)

    async def get(self, task_id):
        return see_task(await self.blocking.get_task(TaskQueryParams(id=task_id)))

    async def cancel(self, task_id):
        return see_task(await self.blocking.cancel_task(TaskIdParams(id=task_id)))


@asynccontextmanager
async def connect(url, transport):
    async with httpx.AsyncClient(timeout=20) as http:
        yield Client(await A2ACardResolver(http, url).get_agent_card(), http, transport)


main(connect)
