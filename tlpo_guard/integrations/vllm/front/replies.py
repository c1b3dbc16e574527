"""The `guard` object of a reply, put into vLLM's own JSON without reading it all again."""

import json
from typing import Any

from tlpo_guard.events.log import Tally
from tlpo_guard.integrations.vllm.front.arguments import Guarding

__all__ = ["guard_object", "is_last", "with_guard"]

_DATA = b"data: "
_END = b"}"


def guard_object(guarding: Guarding, tally: Tally | None, *, runs: bool) -> dict[str, Any]:
    """What the guard decided and did, in the form of our own server's replies.

    Args:
        tally: of the events in the log; None where it could not be read, and the counts are null.
        runs: whether there is a guard in the engine; without one, the mode is `off`.
    """
    policy, intent = guarding.policy, guarding.intent
    return {
        "language": ",".join(intent.languages) or None,
        "admitted": list(intent.admitted),
        "decided_by": str(intent.decided_by),
        "mode": str(policy.mode) if runs else "off",
        "reasoning": policy.guards and policy.reasoning,
        "events": None if tally is None else tally.events,
        "rewinds": 0,
        "stood_back": None if tally is None else tally.stood_back,
        "deadline_exceeded": False,
    }


def with_guard(reply: bytes, guard: dict[str, Any]) -> bytes:
    """A JSON object with one more field, `guard`; what is no object comes back as it is.

    Args:
        reply: of the server, or `data: ` and a chunk of its stream.
    """
    if reply.startswith(b"event: response."):
        return _in_response(reply, guard)
    content = reply.rstrip()
    if not content.endswith(_END):
        return reply
    comma = b"" if content[:-1].rstrip().endswith(b"{") else b","
    field = json.dumps(guard, ensure_ascii=False).encode()
    return content[:-1] + comma + b'"guard":' + field + _END + reply[len(content) :]


def is_last(frame: bytes) -> bool:
    """Whether a frame of a stream is the last chunk of an answer, or has the usage of all of them.

    Quotation marks in a text are escaped in JSON, so that no answer holds these fields.
    """
    if frame.startswith(b"event: response."):
        return frame.startswith((b"event: response.completed", b"event: response.incomplete"))
    if not frame.startswith(_DATA + b"{"):
        return False
    return b'"finish_reason":"' in frame or b'"choices":[]' in frame


def _in_response(frame: bytes, guard: dict[str, Any]) -> bytes:
    """The last event of `/v1/responses`, whose response is one floor down."""
    name, _, data = frame.partition(b"\n" + _DATA)
    event = json.loads(data)
    event["response"]["guard"] = guard
    return name + b"\n" + _DATA + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"
