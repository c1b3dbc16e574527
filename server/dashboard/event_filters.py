"""Which events a page lists."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tlpo_guard.guard.points import Action, Kind

__all__ = ["EventChoice"]


def _blank_is_absent(value: Any) -> Any:
    return None if value == "" else value


Text = Annotated[Annotated[str, Field(max_length=512)] | None, BeforeValidator(_blank_is_absent)]


class EventChoice(BaseModel):
    """The query of a list of events; a blank field is as if it were absent."""

    model_config = ConfigDict(frozen=True)

    language: Text = None
    kind: Annotated[Kind | None, BeforeValidator(_blank_is_absent)] = None
    action: Annotated[Action | None, BeforeValidator(_blank_is_absent)] = None
    model: Text = None
    version: Text = None
    key: Text = None
    user: Text = None
    request: Text = None
    cursor: Text = None

    @property
    def filters(self) -> dict[str, Any]:
        """As the log knows them."""
        return {
            "language": self.language,
            "kind": self.kind,
            "action": self.action,
            "model": self.model,
            "adapter_version": self.version,
            "key": self.key,
            "user": self.user,
            "request_id": self.request,
        }

    @property
    def query(self) -> dict[str, str]:
        """The fields that are set but the cursor, for a link."""
        return {name: str(value) for name, value in self if value is not None and name != "cursor"}
