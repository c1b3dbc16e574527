"""What all request bodies are made of. What a body does not list is refused by name; null is as if a field were absent."""

from typing import Annotated, Any, LiteralString

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

__all__ = ["Name", "Penalty", "Positive", "Probability", "Strict", "Text", "TokenIds", "refusal"]

TokenIds = list[Annotated[int, Field(ge=0, lt=2**31)]]
Probability = Annotated[float, Field(gt=0.0, le=1.0)]
Penalty = Annotated[float, Field(ge=-2.0, le=2.0)]
Positive = Annotated[int, Field(ge=1, lt=2**31)]
Text = Annotated[str, Field(max_length=2**22)]
Name = Annotated[str, Field(max_length=512)]


def refusal(param: str, message: LiteralString) -> PydanticCustomError:
    """What is wrong between fields, with the one to name."""
    return PydanticCustomError("value_error", message, {"param": param})


class Strict(BaseModel):
    """A body, or a part of one, that knows all its fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None}
