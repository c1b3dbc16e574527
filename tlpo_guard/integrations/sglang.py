"""The guard inside SGLang, as a custom logit processor.

The server needs this package, `--enable-custom-logit-processor` and `--disable-overlap-schedule`: with overlapping steps a row
comes before its last token is known. A request sends `LanguageGuard().to_str()`, and `guard_*` arguments as `custom_params`.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from sglang.srt.sampling.custom_logit_processor import CustomLogitProcessor

from tlpo_guard.brought import Brought
from tlpo_guard.events.drafts import AnswerOrigin
from tlpo_guard.events.record import Event
from tlpo_guard.guard.build import build_guard
from tlpo_guard.guard_options import default_policy, parse_arguments
from tlpo_guard.languages.decided_by import DecidedBy
from tlpo_guard.rows.cuts import Cuts
from tlpo_guard.rows.host_masker import HostMasker
from tlpo_guard.rows.request import RowRequest
from tlpo_guard.rows.row_guard import RowGuard
from tlpo_guard.settings import load_settings

__all__ = ["LanguageGuard"]

logger = logging.getLogger(__name__)

_REQUEST = "__req__"  # SGLang's own: the request that a row belongs to
_HELD = "__tlpo_guard__"
_GREEDY_TOP_K = 1  # what SGLang makes of a temperature of 0


class LanguageGuard(CustomLogitProcessor):  # type: ignore[misc]
    """Takes drifting tokens out of the rows whose requests ask for it. What is known of an answer is kept with its request.

    Attributes:
        on_event: called with each event when its token is known; set it in a class of your own that the server can import.
    """

    on_event: ClassVar[Callable[[Event], object] | None] = None

    def __call__(
        self, logits: torch.Tensor, custom_param_list: Sequence[dict[str, Any] | None] | None = None
    ) -> torch.Tensor:
        """Rows without their drifting tokens, changed in place; float [rows, vocabulary]."""
        held = list(enumerate(custom_param_list or ()))
        watched = {row: params for row, params in held if params is not None and _REQUEST in params}
        if not watched or _overlaps():
            return logits
        index = list(watched)
        rows = logits[index].float().cpu().numpy()
        for row, params in zip(rows, watched.values(), strict=True):
            try:
                row[:] = self._masked(row.copy(), params)
            except Exception:
                logger.exception("the guard failed; the row stays as it is")
        logits[index] = torch.from_numpy(rows).to(device=logits.device, dtype=logits.dtype)
        return logits

    def _masked(self, row: NDArray[np.float32], params: dict[str, Any]) -> NDArray[np.float32]:
        answer: Sequence[int] = params[_REQUEST].output_ids
        guard: RowGuard | None = params.get(_HELD)
        if guard is None or len(guard.state.output_ids) > len(answer):
            guard = params[_HELD] = self._begin(len(row), params)
        for position in range(len(guard.state.output_ids), len(answer)):
            guard.take(int(answer[position]))
        return guard.mask(row)

    def _begin(self, columns: int, params: Mapping[str, Any]) -> RowGuard:
        request, arguments = params[_REQUEST], parse_arguments(params)
        sampling = request.sampling_params
        temperature = 0.0 if sampling.top_k == _GREEDY_TOP_K else float(sampling.temperature)
        origin = AnswerOrigin(
            request_id=arguments.request or str(request.rid),
            key=arguments.key,
            user=arguments.user,
            adapter_version=arguments.adapter,
            decided_by=arguments.decided_by or DecidedBy.REQUEST,
            confidence=arguments.confidence,
            temperature=temperature,
            top_p=float(sampling.top_p),
        )
        policy, brought = arguments.over(default_policy(_settings())), Brought(arguments.brought or ())
        asked = RowRequest(policy, temperature, Cuts(), brought, origin, type(self).on_event, arguments.begun)
        return asked.begin(_row_masks(request.tokenizer, columns), request.origin_input_ids)


@cache
def _overlaps() -> bool:
    """Whether the server's steps overlap, so that no row's last token is known; said once."""
    try:
        overlaps = not import_module("sglang.srt.runtime_context").get_schedule().disable_overlap_schedule
    except (ImportError, AttributeError):  # a release that keeps the setting elsewhere
        return False
    if overlaps:
        logger.error("tlpo-guard does nothing here: start the server with --disable-overlap-schedule")
    return overlaps


@cache
def _settings() -> Any:
    return load_settings()


@cache
def _row_masks(tokenizer: Any, columns: int) -> HostMasker:
    return HostMasker(build_guard(tokenizer, columns))
