"""Runs a model over batches of tokens of many sequences, and keeps their keys and values."""

import ctypes
from dataclasses import dataclass
from typing import Any

import llama_cpp
import numpy as np
import torch

from server.engines.engine import EngineError
from server.engines.llama_cpp.model import LlamaModel

__all__ = ["MOST_SEQUENCES", "Chunk", "LlamaContext", "OutOfCellsError"]

MOST_SEQUENCES = 256  # that libllama tells apart
# Up to this many tokens at a time, flash attention on a CPU adds up each token's past by itself. From 64 on it takes 64 cells of
# the memory at once, twice as fast in long prompts, and the sums depend on where among other answers' cells a prompt begins.
_SAME_ORDER = 63
_MOST_VIEWS = 64


class OutOfCellsError(Exception):
    """There is no room for the keys and values of a batch; nothing of it was computed."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Tokens of one sequence that follow each other.

    Attributes:
        sequence: libllama's number of it.
        start: position of the first one.
        wanted: for how many of the last ones the logits are wanted.
    """

    sequence: int
    start: int
    token_ids: list[int]
    wanted: int


class LlamaContext:
    """Keys, values and logits of up to 256 sequences. Used from one thread at a time.

    Args:
        cells: tokens whose keys and values there is room for.
        sequences: at most, each a number below it.
        threads: of the CPU.
        batch: tokens of one `decode` at most.
        together: how many of them are computed together; None is what keeps answers the same whatever is in the batch.
    """

    def __init__(
        self, model: LlamaModel, *, cells: int, sequences: int, threads: int, batch: int, together: int | None = None
    ) -> None:
        params = llama_cpp.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_seq_max = cells, batch, sequences
        params.n_ubatch = min(batch, together or _same_order(batch))
        params.n_threads = params.n_threads_batch = threads
        params.kv_unified = True
        params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED
        params.no_perf = True
        self._size = model.size
        self._handle: Any = llama_cpp.llama_init_from_model(model.handle, params)
        if not self._handle:
            raise EngineError(f"llama.cpp has no memory for {cells} tokens; lower kv_cache_tokens")
        self._memory = llama_cpp.llama_get_memory(self._handle)
        self._batch = _Batch(batch)
        self._views = dict[tuple[int, int], torch.Tensor]()  # of libllama's memory, by address and rows
        self.cells = int(llama_cpp.llama_n_ctx(self._handle))

    def decode(self, chunks: list[Chunk]) -> torch.Tensor:
        """Run the model.

        Returns:
            The logits that are wanted, in the order of the tokens; float32 [wanted, vocabulary], valid until the next call.

        Raises:
            OutOfCellsError: there is no room for so many tokens.
            EngineError: libllama failed.
        """
        wanted = self._batch.fill(chunks)
        code = llama_cpp.llama_decode(self._handle, self._batch.struct)
        if code == 1:
            raise OutOfCellsError
        if code != 0:
            raise EngineError(f"llama.cpp failed on a batch (code {code})")
        if not wanted:
            return torch.empty(0, self._size)
        return self._logits(wanted)

    def _logits(self, rows: int) -> torch.Tensor:
        """Where libllama has the logits of so many tokens; making the view takes longer than finding it again."""
        pointer = llama_cpp.llama_get_logits(self._handle)
        key = ctypes.addressof(pointer.contents), rows
        view = self._views.get(key)
        if view is None:
            if len(self._views) >= _MOST_VIEWS:
                self._views.clear()
            view = self._views[key] = torch.from_numpy(np.ctypeslib.as_array(pointer, shape=(rows, self._size)))
        return view

    def copy(self, source: int, target: int, length: int) -> None:
        """Share the first tokens of a sequence with another one, which is empty."""
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, 0, length)

    def cut(self, sequence: int, length: int) -> None:
        """Keep the first tokens of a sequence only."""
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, length, -1)

    def keep_only(self, sequence: int) -> bool:
        """Forget all sequences but one, which moves to the first cells; whether it is still there."""
        size = llama_cpp.llama_state_seq_get_size(self._handle, sequence)
        state = (ctypes.c_uint8 * size)()
        whole = llama_cpp.llama_state_seq_get_data(self._handle, state, size, sequence) == size
        self.clear()
        return whole and bool(llama_cpp.llama_state_seq_set_data(self._handle, state, size, sequence) == size)

    def clear(self) -> None:
        """Forget all sequences."""
        llama_cpp.llama_memory_clear(self._memory, False)

    def use_adapter(self, adapter: Any | None) -> None:
        """Run with a LoRA adapter of libllama, or with none."""
        count = 0 if adapter is None else 1
        adapters = (llama_cpp.llama_adapter_lora_p_ctypes * count)(*([] if adapter is None else [adapter]))
        scales = (ctypes.c_float * count)(*[1.0] * count)
        if llama_cpp.llama_set_adapters_lora(self._handle, adapters, count, scales):
            raise EngineError("llama.cpp does not take the adapter")

    def close(self) -> None:
        """Give the memory back."""
        handle, self._handle = self._handle, None
        self._views.clear()
        if handle:
            llama_cpp.llama_free(handle)


def _same_order(batch: int) -> int:
    return batch if llama_cpp.llama_supports_gpu_offload() else _SAME_ORDER


class _Batch:
    """A batch in libllama's form, over arrays that stay."""

    def __init__(self, size: int) -> None:
        self._tokens, self._positions, self._sequences = (np.zeros(size, dtype=np.int32) for _ in range(3))
        self._counts, self._wanted = np.ones(size, dtype=np.int32), np.zeros(size, dtype=np.int8)
        step = self._sequences.itemsize
        self._lists = (self._sequences.ctypes.data + step * np.arange(size)).astype(np.uintp)
        ints = ctypes.POINTER(ctypes.c_int32)
        self.struct = llama_cpp.llama_batch(
            n_tokens=0,
            token=self._tokens.ctypes.data_as(ints),
            embd=None,
            pos=self._positions.ctypes.data_as(ints),
            n_seq_id=self._counts.ctypes.data_as(ints),
            seq_id=self._lists.ctypes.data_as(ctypes.POINTER(ints)),
            logits=self._wanted.ctypes.data_as(ctypes.POINTER(ctypes.c_int8)),
        )

    def fill(self, chunks: list[Chunk]) -> int:
        """Take in some tokens; how many logits are wanted."""
        at = wanted = 0
        for chunk in chunks:
            wanted += chunk.wanted
            end = at + len(chunk.token_ids)
            self._tokens[at:end] = chunk.token_ids
            self._positions[at:end] = np.arange(chunk.start, chunk.start + end - at)
            self._sequences[at:end] = chunk.sequence
            self._wanted[at:end] = 0
            self._wanted[end - chunk.wanted : end] = 1
            at = end
        self.struct.n_tokens = at
        return wanted
