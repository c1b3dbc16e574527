"""Strings of the conversations that the answers in the V2 runner's slots may say again, followed on the device.

The host tells where an answer stands in them behind the tokens that its request comes with. From there on the device follows
what was taken, which it reads as all else from vLLM's own buffer, and in the rows of a step their drafts; nobody waits for it.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.guard.copy_edges import CopyEdges, CopyWalk
from tlpo_guard.integrations.vllm.copy_table import CopyTable
from tlpo_guard.integrations.vllm.recent import RecentRows
from tlpo_guard.transfer import to_device

__all__ = ["SlotCopies"]


class SlotCopies:
    """Where the answers in the slots stand.

    Args:
        drafts: tokens at most that a step takes beside one.
    """

    def __init__(self, slots: int, device: torch.device, drafts: int) -> None:
        self._count, self._on, self._drafts = slots, device, drafts
        self._edges: dict[int, CopyEdges] = {}
        self._begun: dict[int, tuple[NDArray[np.bool_], int]] = {}  # standing, and index of the last token before
        self._firsts: dict[int, int] = {}  # places of the slots on the device
        self._dirty = False
        self._has = np.zeros(slots, dtype=np.bool_)
        self._slots = torch.arange(slots, device=device)
        self._known = torch.full((slots,), -1, dtype=torch.int64, device=device)  # index of the last token followed
        self._standing = torch.zeros(1, dtype=torch.bool, device=device)
        self._table: CopyTable | None = None

    def fill(self, index: int, walk: CopyWalk | None, last: int) -> None:
        """Put the strings of a request into a slot.

        Args:
            walk: where its answer stands; None where it brought no strings.
            last: index of the token that it stands behind, the prompt's included.
        """
        self._dirty |= walk is not None or index in self._edges
        self._edges.pop(index, None)
        self._begun.pop(index, None)
        self._has[index] = walk is not None
        if walk is not None:
            self._edges[index] = walk.edges
            self._begun[index] = walk.standing, last

    def upload(self) -> None:
        """Tell the device what has changed; nobody waits for it."""
        if not self._dirty:
            return
        self._dirty = False
        places, firsts = self._places()
        self._table = CopyTable.of(self._edges, firsts, self._count, self._on)
        self._begin(places)
        self._firsts = firsts

    def _places(self) -> tuple[list[NDArray[np.int64]], dict[int, int]]:
        """Where each place's standing comes from, the new ones behind those on the device; and the first place of each slot."""
        places, firsts, first, fresh = [], {}, 0, len(self._standing)
        for slot, edges in self._edges.items():
            firsts[slot] = first
            first += edges.places
            begun = slot in self._begun
            start = fresh if begun else self._firsts[slot]
            fresh += edges.places if begun else 0
            places.append(np.arange(start, start + edges.places))
        places.append(np.array([len(self._standing) - 1]))
        return places, firsts

    def _begin(self, places: list[NDArray[np.int64]]) -> None:
        begun = [(slot, *self._begun[slot]) for slot in self._edges if slot in self._begun]
        if begun:
            slots, standing, last = zip(*begun, strict=True)
            self._standing = torch.cat([self._standing, to_device(np.concatenate(standing), self._on)])
            known = to_device(np.array(last, dtype=np.int64), self._on)
            self._known = self._known.index_copy(0, to_device(np.array(slots, dtype=np.int64), self._on), known)
            self._begun.clear()
        self._standing = self._standing.index_select(0, to_device(np.concatenate(places), self._on))

    def open(self, held: Any, ctx: Any, rows: RecentRows, size: int) -> torch.Tensor | None:
        """The tokens that copies go on or begin with; bool [rows, vocabulary], or None where there are none in the batch.

        Args:
            held: vLLM's `LogitsProcRequestState`.
            ctx: its `LogitsContext` of these rows.
            size: of the vocabulary.
        """
        table = self._table
        if table is None or not self._has[ctx.idx_mapping_np].any():
            return None
        local, tokens = ctx.expanded_local_pos.long(), ctx.input_ids.long()
        self._catch_up(table, held.all_token_ids.gpu, rows, rows.positions - local)
        out = torch.zeros(len(local) + 1, size, dtype=torch.bool, device=self._on)  # the last row is nobody's
        standing, drafts = self._standing, self._drafts if len(local) > len(ctx.idx_mapping_np) else 0
        for draft in range(drafts + 1):
            here = torch.where(local == draft, rows.slots, self._count)
            if draft:
                standing = table.walked(standing, self._by_slot(here, tokens, -1))
            row = self._by_slot(here, torch.arange(len(local), device=self._on), len(local))
            row = torch.where(table.usable(standing), row[table.slots], len(local))
            out.index_put_((row, table.tokens), table.yes)
        return out[:-1]

    def _catch_up(self, table: CopyTable, taken: torch.Tensor, rows: RecentRows, last: torch.Tensor) -> None:
        """Follow what was taken up to a token of each row's request; int64 [rows]."""
        known = self._known
        reached = known.index_put((rows.slots,), torch.maximum(last, known[rows.slots]))
        for step in range(1, self._drafts + 2):
            at = known + step
            token = taken[self._slots, at.clamp(max=taken.shape[1] - 1)].long()
            token = torch.where(at <= reached, token, -1)
            self._standing = table.walked(self._standing, torch.nn.functional.pad(token, (0, 1), value=-1))
        lost = torch.nn.functional.pad(reached - known > self._drafts + 1, (0, 1))
        self._standing = self._standing & ~lost[table.owners]
        self._known = reached

    def _by_slot(self, slots: torch.Tensor, values: torch.Tensor, nothing: int) -> torch.Tensor:
        """What rows hold, by their slots; int64 [slots + 1], the last one nobody's."""
        out = torch.full((self._count + 1,), nothing, dtype=torch.int64, device=self._on)
        return out.index_put_((slots,), values).index_fill_(0, self._slots[-1:] + 1, nothing)
