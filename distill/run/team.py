"""The processes of one `accelerate launch`: the first one leads the run, the others answer prompts and train beside it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

__all__ = ["Team"]

_PATIENCE = timedelta(hours=6)  # the others wait while the leader selects and measures


class Team:
    """Processes that work together; by default this one alone.

    Args:
        index: of this process.
        size: number of the processes.
    """

    def __init__(self, index: int = 0, size: int = 1) -> None:
        self.index, self.size = index, size
        self._waiting = size > 1  # whether the others wait for a job

    @classmethod
    def launched(cls) -> "Team":
        """The processes that this one was launched with; a process that was not launched with others is a team of its own."""
        if int(os.environ.get("WORLD_SIZE", "1")) == 1:
            return cls()
        import torch
        from accelerate import PartialState

        state = PartialState(cpu=not torch.cuda.is_available(), timeout=_PATIENCE)
        return cls(state.process_index, state.num_processes)

    @property
    def leads(self) -> bool:
        """Whether this is the first process."""
        return self.index == 0

    def share(self, value: Any) -> Any:
        """The leader's value, in every process; each of them has to call this.

        It travels as a pickle between processes that one launcher started.
        """
        if self.size == 1:
            return value
        from accelerate.utils import broadcast_object_list

        return broadcast_object_list([value])[0]

    def gather(self, value: Any) -> list[Any]:
        """The values of all processes, by their index, in each of them; each has to call this."""
        if self.size == 1:
            return [value]
        from accelerate.utils import gather_object

        gathered: list[Any] = gather_object([value])
        return gathered

    def begin(self, job: Any) -> None:
        """Tell the others what to do; they wait for it in `await_job`."""
        self._waiting = False
        self.share(job)

    @contextmanager
    def beginning(self, job: Any) -> Iterator[None]:
        """Tell the others what to do, too, before they wait for the next job. Where it fails here, it has not ended there."""
        self.begin(job)
        yield
        self._waiting = self.size > 1

    def await_job(self) -> Any:
        """What the leader tells; None where there is nothing to do."""
        return self.share(None)

    @contextmanager
    def led(self) -> Iterator["Team"]:
        """For the leader: however this ends, nobody is left waiting."""
        try:
            yield self
        finally:
            if self._waiting:
                self.begin(None)
