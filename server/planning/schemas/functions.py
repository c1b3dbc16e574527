"""Functions that the model may call."""

from typing import Annotated, Any, Literal

from pydantic import Field

from server.planning.schemas.base import Strict, Text

__all__ = ["MOST_TOOLS", "FunctionName", "FunctionSpec", "NamedTool", "Tool"]

MOST_TOOLS = 128

FunctionName = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\s\x00-\x1f]+$")]


class FunctionSpec(Strict):
    """A function that the model may call."""

    name: FunctionName
    description: Text | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Tool(Strict):
    """A tool; functions are the only kind."""

    type: Literal["function"]
    function: FunctionSpec


class NamedFunction(Strict):
    """A function by its name."""

    name: FunctionName


class NamedTool(Strict):
    """The tool that has to be called."""

    type: Literal["function"]
    function: NamedFunction
