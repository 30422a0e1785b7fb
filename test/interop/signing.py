"""Signs and verifies cards with the Python SDK that runs this: a line of JSON in, a line of JSON out, until the input ends.

{"do": "sign" | "verify", "card": {...}, "key": PEM, "kid": "...", "alg": "..."}
"""

import json
import sys

from a2a.types import AgentCard
from a2a.utils.signing import (
    SignatureVerificationError,
    create_agent_card_signer,
    create_signature_verifier,
)


def read(card):
    if hasattr(AgentCard, 'model_validate'):
        return AgentCard.model_validate(card)
    from google.protobuf.json_format import ParseDict

    return ParseDict(card, AgentCard(), ignore_unknown_fields=True)


def write(card):
    if hasattr(card, 'model_dump'):
        return card.model_dump(mode='json', by_alias=True, exclude_none=True)
    from google.protobuf.json_format import MessageToDict

    return MessageToDict(card)


def answer(task):
    card = read(task['card'])
    if task['do'] == 'sign':
        header = {'kid': task['kid'], 'alg': task['alg'], 'typ': 'JOSE', 'jku': None}
        signer = create_agent_card_signer(task['key'], {k: v for k, v in header.items() if v is not None})
        return write(signer(card))
    try:
        create_signature_verifier(lambda kid, jku: task['key'], [task['alg']])(card)
        return {'verified': True}
    except SignatureVerificationError as error:
        return {'verified': False, 'error': type(error).__name__}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
