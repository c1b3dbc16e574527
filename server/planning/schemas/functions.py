"""Functions that the model may call."""

from typing import Any, Literal

from pydantic import Field

from server.planning.schemas.base import Strict, Text

__all__ = ["MOST_TOOLS", "FunctionSpec", "NamedTool", "Tool"]

MOST_TOOLS = 128


class FunctionSpec(Strict):
    """A function that the model may call."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    description: Text | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Tool(Strict):
    """A tool; functions are the only kind."""

    type: Literal["function"]
    function: FunctionSpec


class NamedFunction(Strict):
    """A function by its name."""

    name: str = Field(min_length=1, max_length=64)


class NamedTool(Strict):
    """The tool that has to be called."""

    type: Literal["function"]
    function: NamedFunction
