"""The logits processor that vLLM loads, by its entry point or by `--logits-processors`, for whichever of its model runners."""

import atexit
import logging
import weakref
from typing import Any

import torch
from vllm.v1.sample.logits_processor import BatchUpdate
from vllm.v1.sample.logits_processor import LogitsProcessor as V1Processor
from vllm.v1.worker.gpu.sample.logits_processor import LogitsProcessor as V2Processor

from tlpo_guard.guard.build import build_guard
from tlpo_guard.guard_options import parse_arguments
from tlpo_guard.integrations.vllm.logged import EngineLog
from tlpo_guard.integrations.vllm.requests import engine_policy
from tlpo_guard.integrations.vllm.settling import Settled, works_here
from tlpo_guard.integrations.vllm.v1 import V1Guard
from tlpo_guard.integrations.vllm.v2 import V2Guard
from tlpo_guard.settings import load_settings

__all__ = ["TlpoGuard"]

logger = logging.getLogger(__name__)


class TlpoGuard(V1Processor, V2Processor):  # type: ignore[misc]
    """The guard in one engine. Named twice, as by its entry point and on the command line, only the first one works.

    Attributes:
        works: whether it is that one.
    """

    _configured: "weakref.ref[Any] | None" = None

    def __init__(self, vllm_config: Any, device_or_states: Any, is_pin_memory: bool | None = None) -> None:
        seen = TlpoGuard._configured
        self.works = seen is None or seen() is not vllm_config
        self._v1: V1Guard | None = None
        self._v2: V2Guard | None = None
        self._log: EngineLog | None = None
        if not self.works:
            return
        TlpoGuard._configured = weakref.ref(vllm_config)
        self._start(vllm_config, device_or_states, v1=is_pin_memory is not None)

    def _start(self, vllm_config: Any, device_or_states: Any, *, v1: bool) -> None:
        from vllm.tokenizers import get_tokenizer

        settings, model = load_settings(), vllm_config.model_config
        default = engine_policy(settings)
        tokenizer = get_tokenizer(model.tokenizer, revision=model.tokenizer_revision, trust_remote_code=False)
        guard = build_guard(tokenizer, model.get_vocab_size(), settings.data_dir / "cache")
        self._log = EngineLog.of(settings, model, tokenizer) if _writes_events() else None
        if self._log is not None:
            atexit.register(self.close)
        if v1:
            self._v1 = V1Guard(guard, default, self._log)
        else:
            from vllm.v1.sample.ops.topk_topp_sampler import apply_top_k_top_p

            speculative = vllm_config.speculative_config
            drafts = 0 if speculative is None else int(speculative.num_speculative_tokens)
            self._v2 = V2Guard(guard, default, self._log, device_or_states, apply_top_k_top_p, drafts)
        works_here(self)

    @property
    def rows(self) -> int:
        """Rows that are watched."""
        guard = self._v1 or self._v2
        return 0 if guard is None else guard.rows

    def settle(self) -> Settled:
        """Take in the tokens that are known by now; called between two steps."""
        if (guard := self._v1 or self._v2) is not None:
            guard.settle()
        return Settled(0, 0) if self._log is None else Settled(self._log.known, self._log.stored)

    def close(self) -> None:
        """Write what is known."""
        self.settle()
        if self._log is not None:
            self._log.close()

    @classmethod
    def validate_params(cls, sampling_params: Any) -> None:
        """Raises ConfigurationError, a ValueError, which becomes a 400."""
        parse_arguments(sampling_params.extra_args)

    def is_argmax_invariant(self) -> bool:
        """It is not: the most probable token may drift."""
        return False

    def update_state(self, batch_update: BatchUpdate | None) -> None:
        """V1: rows that came, went or moved."""
        if self._v1 is not None:
            self._v1.update_state(batch_update)

    def apply(self, logits: torch.Tensor, ctx: Any = None) -> torch.Tensor:
        """Rows without their drifting tokens; float32 [rows, vocabulary]."""
        if self._v2 is not None:
            return self._v2.apply(logits, ctx)
        return logits if self._v1 is None else self._v1.apply(logits)

    def add_request(self, req_idx: int, sampling_params: Any) -> bool:
        """V2: a request enters the batch; False where the guard leaves it alone."""
        return self._v2 is not None and self._v2.add_request(req_idx, sampling_params)

    def apply_staged_writes(self) -> None:
        """V2: before each step."""
        if self._v2 is not None:
            self._v2.apply_staged_writes()


def _writes_events() -> bool:
    """Whether this process is the one of its engine that samples; several that do so in step sample the same."""
    from vllm.distributed import get_pp_group, get_tp_group

    return bool(get_pp_group().is_last_rank and get_tp_group().is_first_rank)
