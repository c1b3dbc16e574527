"""What one request allows, and what the guard does about the rest."""

from dataclasses import dataclass, replace
from enum import StrEnum

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.languages.scripts import script_code
from tlpo_guard.languages.tags import language

__all__ = ["GuardPolicy", "Mode"]


class Mode(StrEnum):
    """How far the guard goes."""

    OFF = "off"
    OBSERVE = "observe"
    MASK = "mask"
    REWIND = "rewind"


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """The rules of one request; hashable, so that tables are shared between requests with the same rules.

    Attributes:
        mode: `off` does nothing, `observe` logs, `mask` also keeps drifting tokens from being sampled, `rewind` takes back
            drift that only the words show, too.
        languages: expected languages, BCP-47; empty means unknown, and unknown is never masked.
        admitted: languages that may appear as words, names, examples and quotations in an answer in the expected ones.
        claimed: languages that the whole answer may still turn out to be in; its first clear words decide, and until then
            only what no claim covers is kept out.
        allow_english: Latin letters in an answer in another script are neutral; False is the strict mode.
        allow_hanja: Han characters in a Korean answer are neutral.
        scripts_too: further scripts that an answer may hold, ISO 15924, such as `Grek`.
        reasoning: what the model thinks aloud, and its tool calls, are guarded too.
        event_mass: confusion mass from which on a position is an event, 0 to 1.
    """

    mode: Mode = Mode.MASK
    languages: tuple[str, ...] = ()
    admitted: tuple[str, ...] = ()
    claimed: tuple[str, ...] = ()
    allow_english: bool = True
    allow_hanja: bool = False
    scripts_too: tuple[str, ...] = ()
    reasoning: bool = False
    event_mass: float = 0.05

    def __post_init__(self) -> None:
        if not 0.0 < self.event_mass <= 1.0:
            raise ConfigurationError(f"event_mass is {self.event_mass}; it must be above 0 and at most 1")
        object.__setattr__(self, "mode", Mode(self.mode))
        object.__setattr__(self, "scripts_too", tuple(map(script_code, self.scripts_too)))
        for name in ("languages", "admitted", "claimed"):
            object.__setattr__(self, name, tuple(language(tag).tag for tag in getattr(self, name)))

    @property
    def guards(self) -> bool:
        """Whether there is anything to watch for."""
        return self.mode is not Mode.OFF and bool(self.languages)

    @property
    def acts(self) -> bool:
        """Whether drift is kept out, and not only logged."""
        return self.mode in (Mode.MASK, Mode.REWIND)

    @property
    def opened(self) -> "GuardPolicy":
        """The policy while every claim stands."""
        return replace(self, languages=tuple(dict.fromkeys((*self.languages, *self.claimed))), claimed=())

    def settled(self, languages: tuple[str, ...]) -> "GuardPolicy":
        """The policy of an answer in some of its languages; the others are admitted."""
        others = dict.fromkeys((*self.admitted, *self.languages, *self.claimed))
        admitted = tuple(tag for tag in others if tag not in languages)
        return replace(self, languages=languages, admitted=admitted, claimed=())

    @property
    def scripts(self) -> frozenset[str]:
        """What an answer may be written in once its language is settled, admitted languages among them: ISO 15924 codes of
        scripts, or of parts of them where an expected language writes only those (`languages.repertoires`)."""
        allowed = frozenset[str]().union(*(language(tag).letters for tag in (*self.languages, *self.admitted)))
        if self.allow_english:
            allowed |= {"Latn"}
        if self.allow_hanja and "Hang" in allowed:
            allowed |= {"Hani"}
        return allowed | frozenset(self.scripts_too)
