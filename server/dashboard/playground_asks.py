"""What the playground asks: one conversation, in three ways."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from server.planning.schemas import ChatRequest
from tlpo_guard.policy import Mode
from tlpo_guard.registry import BASE

__all__ = ["Ask", "Way"]

USER = "playground"  # whose the events are, so that they are found and deleted together
_LONGEST = 100_000  # characters


class Way(StrEnum):
    """One of the answers that stand side by side."""

    GUARDED = "guarded"
    UNGUARDED = "unguarded"
    BEFORE = "before"


class Ask(BaseModel):
    """The playground's form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: Annotated[str, Field(max_length=_LONGEST)] = ""
    system: Annotated[str, Field(max_length=_LONGEST)] = ""
    language: Annotated[str, Field(max_length=128)] = ""
    mode: Mode = Mode.MASK
    version: Annotated[str, Field(max_length=64)] = ""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.7
    max_tokens: Annotated[int, Field(ge=1, le=4096)] = 120
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0

    @property
    def messages(self) -> list[dict[str, str]]:
        """The conversation."""
        system = [{"role": "system", "content": self.system}] if self.system.strip() else []
        return [*system, {"role": "user", "content": self.prompt}]

    @property
    def languages(self) -> list[str]:
        """The expected languages, where the form names some."""
        return [tag for part in self.language.split(",") if (tag := part.strip())]

    def request(self, way: Way, model: str) -> ChatRequest:
        """The request for one of the answers. All have one seed, so that only the guard and the version differ.

        Args:
            model: served name.

        Raises:
            ValidationError: a language that is unknown.
        """
        guard: dict[str, Any] = {"mode": self.mode if way is Way.GUARDED else Mode.OBSERVE}
        if self.languages:
            guard["languages"] = self.languages
        version = BASE if way is Way.BEFORE else self.version
        return ChatRequest.model_validate(
            {
                "model": f"{model}@{version}" if version else model,
                "messages": self.messages,
                "guard": guard,
                "temperature": self.temperature,
                "max_tokens": self.max_tokens,
                "seed": self.seed,
                "user": USER,
                "stream": True,
            }
        )
