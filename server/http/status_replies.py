"""What the endpoints around the models answer, and how the document tells of errors."""

from typing import Any, Literal

from server.http.errors import ErrorBody
from server.http.wire import Reply

__all__ = [
    "DetokenizeReply",
    "HealthReply",
    "ModelCard",
    "ModelList",
    "ReadyReply",
    "RootReply",
    "TokenizeReply",
    "VersionReply",
    "refusals",
]


class ModelCard(Reply):
    """A model or one of its adapter versions.

    Attributes:
        root: the model that a version belongs to.
        created: Unix time, seconds; of the model itself, when the server loaded it.
        max_model_len: tokens of a prompt and its answer together.
        current: whether requests for the model get this version.
    """

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    root: str
    max_model_len: int
    version: str
    current: bool


class ModelList(Reply):
    """What is served."""

    object: Literal["list"]
    data: list[ModelCard]


class TokenizeReply(Reply):
    """A text as the model sees it."""

    tokens: list[int]
    count: int
    max_model_len: int
    token_strs: list[str] | None = None


class DetokenizeReply(Reply):
    """The text of token ids."""

    prompt: str


class HealthReply(Reply):
    """How the server is."""

    status: str
    model: str
    adapter: str
    running: int
    waiting: int
    engine_rows: int
    engine_restarts: int
    guard_faults: int
    events_written: int
    events_dropped: int
    events_failed: int
    events_pending: int
    commit_failures: int
    swap_failures: int


class ReadyReply(Reply):
    """Whether requests should come here."""

    ready: bool
    reason: str | None


class RootReply(Reply):
    """What stands at an address, and the paths of what tells more."""

    name: str
    version: str
    docs: str
    health: str
    dashboard: str


class VersionReply(Reply):
    """What runs."""

    version: str


_MEANINGS = {
    400: "The request cannot be served; `param` names the field.",
    403: "The key may not do this, or the name or page that the request comes by is not allowed.",
    401: "Wrong or missing API key.",
    404: "No such model or version.",
    409: "The adapter version cannot be served.",
    413: "The body is too large.",
    429: "No place in the line; come back after `Retry-After` seconds.",
    500: "The server failed.",
    503: "The server is about to stop, or its engine has stopped.",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Documentation of an endpoint's errors."""
    return {status: {"model": ErrorBody, "description": _MEANINGS[status]} for status in statuses}
