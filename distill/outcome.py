"""How a distillation can end, for reports and for the exit code of the command."""

from enum import StrEnum

__all__ = ["Outcome"]


class Outcome(StrEnum):
    """How a distillation ended; the values stand in reports and in the scheduler's log."""

    PROMOTED = "promoted"
    GATE_NOT_PASSED = "gate_not_passed"
    TOO_FEW_EVENTS = "too_few_events"
    ANOTHER_RUNS = "another_runs"
    FAILED = "failed"

    @property
    def exit_code(self) -> int:
        """Exit code of `tlpo-guard distill`."""
        return _EXIT_CODES[self]

    @classmethod
    def of_exit_code(cls, code: int) -> "Outcome":
        """What an exit code means; `FAILED` for every code that stands for nothing else."""
        return next((outcome for outcome, known in _EXIT_CODES.items() if known == code), cls.FAILED)


_EXIT_CODES = {
    Outcome.PROMOTED: 0,
    Outcome.FAILED: 1,
    Outcome.GATE_NOT_PASSED: 3,
    Outcome.TOO_FEW_EVENTS: 4,
    Outcome.ANOTHER_RUNS: 5,
}
