"""Replies as bytes: each is a model that the OpenAPI document shows, and what is not set in it is not sent."""

from fastapi import Response
from pydantic import BaseModel

__all__ = ["Reply", "event_frame", "json_response"]


class Reply(BaseModel):
    """A reply, or a part of one. Fields that were never set do not go out; those that are None go out as null."""

    def wire(self) -> str:
        """The JSON that goes out."""
        return self.model_dump_json(exclude_unset=True)


def json_response(reply: Reply, status: int = 200) -> Response:
    """One whole reply."""
    return Response(reply.wire(), status_code=status, media_type="application/json")


def event_frame(reply: Reply, event: str | None = None) -> str:
    """One server-sent event."""
    name = "" if event is None else f"event: {event}\n"
    return f"{name}data: {reply.wire()}\n\n"
