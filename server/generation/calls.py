"""Calls of tools, whole and in pieces."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

__all__ = ["CallPiece", "CalledTool", "ToolTurn", "new_call_id", "whole_calls"]


@dataclass(frozen=True, slots=True)
class CalledTool:
    """A call that the model made.

    Attributes:
        arguments: JSON text of an object; the beginning of one where the answer was cut.
    """

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class CallPiece:
    """Part of a call.

    Attributes:
        index: of the call in its answer.
        id, name: in the first piece of a call, which has no arguments; None in the others.
        arguments: the next characters of JSON text.
    """

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class ToolTurn:
    """The tools of a request.

    Attributes:
        names: of the functions that may be called.
        forced: the answer has to be a call.
        parallel: there may be several calls.
        bare: an answer that is the JSON of a call, without marks, is one.
    """

    names: frozenset[str]
    forced: bool
    parallel: bool
    bare: bool = True


def new_call_id() -> str:
    """An id that no other call has."""
    return f"call_{uuid.uuid4().hex[:24]}"


def whole_calls(pieces: Iterable[CallPiece]) -> list[CalledTool]:
    """The calls that an answer's pieces make up."""
    calls: list[CalledTool] = []
    arguments: list[list[str]] = []
    for piece in pieces:
        if piece.id is not None:
            calls.append(CalledTool(piece.id, piece.name or "", ""))
            arguments.append([])
        arguments[piece.index].append(piece.arguments)
    return [replace(call, arguments="".join(parts)) for call, parts in zip(calls, arguments, strict=True)]
