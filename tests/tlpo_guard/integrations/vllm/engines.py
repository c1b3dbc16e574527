"""Real vLLM engines in this process, and what the guard in them has logged."""

import gc
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tlpo_guard.events.opening import open_store
from tlpo_guard.events.record import Event
from tlpo_guard.guard.build import build_guard
from tlpo_guard.guard.guard import Guard
from tlpo_guard.policy import GuardPolicy

GUARD = "tlpo_guard.integrations.vllm.processor:TlpoGuard"
ENVIRONMENT = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "TORCH_COMPILE_DISABLE": "1",
    "VLLM_LOGGING_LEVEL": "ERROR",
}
PROMPTS = [
    "한국의 가을 날씨를 설명해 주세요.",
    "아침에 무엇을 먹으면 좋을까요?",
    "책을 읽는 습관을 기르는 방법을 알려 주세요.",
    "바다와 산 가운데 어디가 더 좋은가요?",
    "친구에게 보낼 생일 축하 글을 써 주세요.",
    "고양이를 처음 키울 때 알아야 할 것은 무엇인가요?",
    "서울에서 하루 동안 볼 만한 곳을 알려 주세요.",
    "운동을 꾸준히 하려면 어떻게 해야 할까요?",
]

Ids = tuple[int, ...]


def prompts(tokenizer: Any, count: int, more: str = "") -> list[dict[str, Any]]:
    """Prompts in Korean, as vLLM takes them."""
    chats = [[{"role": "user", "content": PROMPTS[i % len(PROMPTS)] + more}] for i in range(count)]
    ids = (tokenizer.apply_chat_template(c, add_generation_prompt=True, return_dict=False) for c in chats)
    return [{"prompt_token_ids": list(one)} for one in ids]


def sampling(seed: int | None, mode: str | None = "mask", *, english: bool = False, **more: Any) -> Any:
    """Parameters of a request."""
    from vllm import SamplingParams

    told = None
    if mode is not None:
        told = {"guard_mode": mode, "guard_languages": "ko", "guard_allow_english": english, "guard_brought": []}
    options = {"temperature": 0.8, "max_tokens": 32, "seed": seed} | more
    return SamplingParams(extra_args=told, **options)


class Engine:
    """An engine, with the guard in it or without."""

    def __init__(self, folder: str, data_dir: Path, *, guarded: bool = True, **more: Any) -> None:
        from vllm import LLM

        options = {
            "model": folder,
            "served_model_name": "smollm2",
            "enforce_eager": True,
            "kv_cache_memory_bytes": 256 << 20,
            "block_size": 32,
            "max_num_seqs": 16,
            "max_model_len": 1024,
            "dtype": "bfloat16",
            "disable_log_stats": True,
        }
        if guarded:
            options["logits_processors"] = [GUARD]
        self.llm: Any = LLM(**(options | more))
        self.guarded = guarded
        self._data_dir = data_dir
        self._read = 0

    @property
    def processor(self) -> Any:
        """The guard in the engine."""
        from tlpo_guard.integrations.vllm import settling

        return settling._works[0]

    def run(self, asked: Sequence[Any], params: Sequence[Any]) -> list[Any]:
        """The outputs of some prompts."""
        return list(self.llm.generate(list(asked), list(params), use_tqdm=False))

    def answers(self, asked: Sequence[Any], params: Sequence[Any]) -> list[Ids]:
        """Their token ids."""
        return [tuple(one.token_ids) for output in self.run(asked, params) for one in output.outputs]

    def events(self) -> list[Event]:
        """What was logged since the last time."""
        settled = self.processor.settle()
        until = time.monotonic() + 10.0
        while self.processor.settle().stored < settled.known and time.monotonic() < until:
            time.sleep(0.01)
        all_events = sorted(open_store(self._data_dir / "events.sqlite3").iter(), key=lambda event: event.created_at)
        new, self._read = all_events[self._read :], len(all_events)
        return new


@contextmanager
def engine(folder: str, data_dir: Path, *, guarded: bool = True, **more: Any) -> Iterator[Engine]:
    """An engine that logs into a folder."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (ENVIRONMENT | {"TLPO_GUARD_DATA_DIR": str(data_dir)}).items():
            patch.setenv(name, os.environ.get(name, value) if name in ("VLLM_LOGGING_LEVEL",) else value)
        made = Engine(folder, data_dir, guarded=guarded, **more)
        try:
            yield made
        finally:
            made.llm.llm_engine.engine_core.shutdown()
            del made.llm
            gc.collect()


def model_guard(loaded: Any) -> Guard:
    """The guard over the model's tokenizer."""
    return build_guard(loaded.tokenizer, loaded.model.config.vocab_size)


def first_drift(guard: Guard, answer: Ids, *, english: bool = False) -> int:
    """Index of the first token of an answer that may not stand; its length where there is none."""
    state = guard.open(GuardPolicy(languages=("ko",), allow_english=english))
    for index, token_id in enumerate(answer):
        if guard.drifts(state, token_id):
            return index
        guard.advance(state, token_id)
    return len(answer)


def common(one: Ids, other: Ids) -> int:
    """How many tokens two answers begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))


def check_events(events: list[Event], outputs: list[Any]) -> None:
    """Each event stands on an answer, has the token that was really taken, and comes once."""
    places = set()
    for event in events:
        here = [
            tuple(one.token_ids)
            for output in outputs
            if tuple(output.prompt_token_ids) == event.prompt_ids
            for one in output.outputs
        ]
        begun = [a for a in here if a[: event.position] == event.output_ids and len(a) > event.position]
        assert begun, event
        if event.action == "masked":
            assert any(answer[event.position] == event.replacement_id for answer in begun)
        places.add((event.request_id, event.prompt_ids, event.output_ids))
    if all(len(output.outputs) == 1 for output in outputs):
        assert len(places) == len(events)
