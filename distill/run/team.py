"""The processes of one `accelerate launch`: the first one leads the run, the others only train beside it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

__all__ = ["Team"]

_PATIENCE = timedelta(hours=6)  # the others wait while the leader selects and measures


class Team:
    """Processes that train together; a process that was not launched with others is a team of its own."""

    def __init__(self) -> None:
        self.size, self.index = 1, 0
        self._waiting = False
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            import torch
            from accelerate import PartialState

            state = PartialState(cpu=not torch.cuda.is_available(), timeout=_PATIENCE)
            self.size, self.index = state.num_processes, state.process_index
            self._waiting = self.size > 1

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

    def begin(self, job: Any) -> None:
        """Tell the others what to train on; they wait for it in `await_job`."""
        self._waiting = False
        self.share(job)

    def await_job(self) -> Any:
        """What the leader tells; None where there is nothing to train."""
        return self.share(None)

    @contextmanager
    def led(self) -> Iterator["Team"]:
        """For the leader: however this ends, nobody is left waiting."""
        try:
            yield self
        finally:
            if self._waiting:
                self.begin(None)
