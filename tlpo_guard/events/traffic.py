"""How much was answered, and how much of it drifted: sums by time, language and adapter version."""

from dataclasses import dataclass, fields

__all__ = ["Traffic", "TrafficPoint"]


@dataclass(frozen=True, slots=True)
class Traffic:
    """Sums over some answers.

    Attributes:
        tokens: of the answers.
        guarded_tokens: those chosen under a guard.
        confusion_mass: probability of drifting tokens, summed over the guarded tokens.
        events: confusion points logged.
        interventions: tokens chosen otherwise for the guard.
        rewinds: how often an answer went back.
        stood_back: drifts that were let pass.
        seconds: from the requests to their last bytes, summed.
    """

    answers: int = 0
    tokens: int = 0
    guarded_tokens: int = 0
    confusion_mass: float = 0.0
    events: int = 0
    interventions: int = 0
    rewinds: int = 0
    stood_back: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Traffic") -> "Traffic":
        return Traffic(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Traffic)))

    @property
    def mass_rate(self) -> float | None:
        """Mean confusion mass of a guarded token, 0 to 1; None where there was none."""
        return self.confusion_mass / self.guarded_tokens if self.guarded_tokens else None

    @property
    def event_rate(self) -> float | None:
        """Events to an answer; None without answers."""
        return self.events / self.answers if self.answers else None

    @property
    def mean_seconds(self) -> float | None:
        """Of an answer; None without answers."""
        return self.seconds / self.answers if self.answers else None


@dataclass(frozen=True, slots=True)
class TrafficPoint:
    """The traffic of one stretch of time in one language, from one adapter version.

    Attributes:
        begins_at: Unix time, seconds.
        language: as the figures call it; `unknown` where none was expected.
        adapter_version: `base` or a version's name.
    """

    begins_at: int
    language: str
    adapter_version: str
    traffic: Traffic
