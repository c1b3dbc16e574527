"""What the reference makes of confusion points, which stays as it is: kept from one turn of a point to the next."""

from array import array
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import torch
from torch import Tensor

from distill.policy_model.forward import rows_at_points
from distill.policy_model.partial import Kept, PartialForward
from distill.policy_model.reference import Reference
from distill.selection.groups import Group

__all__ = ["BaseStates"]

_BYTES = 64 * 2**20


class BaseStates:
    """Runs the reference over the sequences whose points it has not seen, and its head over all.

    Args:
        reference: of the policy.
    """

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._known: OrderedDict[bytes, Tensor] = OrderedDict()
        self._partial: PartialForward | None = None

    @torch.no_grad()
    def rows(self, model: Any, groups: Sequence[Group], kept: Sequence[Kept]) -> Tensor:
        """The reference's logits at the points; float32 [P, V].

        Args:
            model: the policy.
            kept: what forwards of the policy over each of these sequences have left.
        """
        keys = [[_key(group, point) for point in group.points] for group in groups]
        new = [row for row, of_group in enumerate(keys) if any(key not in self._known for key in of_group)]
        partial = self._runs(self._reference.model_beside(model))
        with self._reference.policy(model) as base:
            fresh = dict[bytes, Tensor]()
            if new:
                chosen = [groups[row] for row in new]
                given = Kept()
                if base is model:
                    given = Kept.together([kept[row] for row in new], max(len(group.ids) for group in chosen))
                states = list[Tensor]()
                with partial.given(given):
                    rows_at_points(base, chosen, states=states)
                fresh = dict(zip((key for row in new for key in keys[row]), states[0].clone(), strict=True))
            found = torch.stack([self._seen(key, fresh) for of_group in keys for key in of_group])
            self._keep(fresh)
            return partial.logits(found)

    def _runs(self, base: Any) -> PartialForward:
        """Made while the adapter is on: a layer whose adapter is off has nothing that learns."""
        if self._partial is None or self._partial.model is not base:
            self._partial = PartialForward(base)
        return self._partial

    def _seen(self, key: bytes, fresh: dict[bytes, Tensor]) -> Tensor:
        if key in fresh:
            return fresh[key]
        self._known.move_to_end(key)
        return self._known[key]

    def _keep(self, fresh: dict[bytes, Tensor]) -> None:
        """The oldest go where there are too many."""
        self._known.update(fresh)
        if self._known:
            one = next(iter(self._known.values()))
            most = max(1, _BYTES // (one.numel() * one.element_size()))
            while len(self._known) > most:
                self._known.popitem(last=False)


def _key(group: Group, point: int) -> bytes:
    return blake2b(array("q", group.ids[: point + 1]).tobytes(), digest_size=16).digest()
