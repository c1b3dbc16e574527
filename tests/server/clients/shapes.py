"""What the clients ask for."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ANSWER", "QUESTION", "WEATHER", "City"]

QUESTION = "What is the capital of France?"
ANSWER = "The capital of France is Paris."
WEATHER: dict[str, Any] = {
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string", "maxLength": 12}},
        "required": ["city"],
        "additionalProperties": False,
    },
}


class City(BaseModel):
    """A city."""

    model_config = ConfigDict(extra="forbid")

    city: str = Field(max_length=12)
    population: int = Field(ge=0, le=99)
