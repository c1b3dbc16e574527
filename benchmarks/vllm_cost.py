"""What the guard costs inside vLLM on a CPU: clean rows against one argmax, its share of a step, and throughput on and off.

python -m benchmarks.vllm_cost rows       needs no vLLM
python -m benchmarks.vllm_cost engine FOLDER
"""

import argparse
import os
import tempfile
import time
from statistics import median
from typing import Any

import numpy as np
import torch

from benchmarks.gpu_vocabulary import synthetic_vocabulary
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.guard.guard import Guard
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.rows.cuts import Cuts
from tlpo_guard.rows.host_masker import HostMasker, OwnSampling

REPEATS = 100
WAYS: dict[str, dict[str, Any]] = {
    "greedy": {},
    "sampled": {},
    "top_p 0.9": {"top_p": 0.9},
    "top_k 40": {"top_k": 40},
    "top_k 40, top_p 0.95": {"top_k": 40, "top_p": 0.95},
    "min_p 0.05": {"min_p": 0.05},
}
SUBJECTS = [
    *("날씨에", "아침에", "책에", "바다에", "산에", "친구에", "생일에", "고양이에"),
    *("서울에", "운동에", "음악에", "음식에", "학교에", "여행에", "건강에", "역사에"),
]
ROWS = len(SUBJECTS)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["rows", "engine"])
    parser.add_argument("folder", nargs="?", default="")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    if chosen.what == "rows":
        for size in (49_152, 152_064, 262_144):
            _rows(size)
    else:
        _engine(chosen.folder)


def _rows(size: int) -> None:
    """A clean row: nothing in it drifts with a probability worth a look."""
    guard = Guard(DriftDetector(synthetic_vocabulary(size)))
    state = guard.open(GuardPolicy(languages=("ko",)))
    assert state.rules is not None
    raw = torch.randn(size, generator=torch.Generator().manual_seed(1))
    raw[torch.from_numpy(state.rules.verdicts(0).blocked.copy())] -= 12.0
    raw[int(np.flatnonzero(~state.rules.verdicts(0).blocked)[7])] = 15.0
    masker = HostMasker(guard)
    for name, cuts in WAYS.items():
        temperature = 0.0 if name == "greedy" else 0.8
        how = OwnSampling(temperature, Cuts(**cuts, temperature=0.8), cut_again=True)
        argmax, mask = [], []
        for _ in range(REPEATS):
            row = raw.clone()
            argmax.append(_seconds(row.argmax))
            row = raw.clone()
            mask.append(_seconds(lambda row=row, how=how: masker.mask(row.numpy(), state, how)))
        one, other = median(argmax), median(mask)
        print(f"{size} tokens, {name}: {other * 1e6:.0f} us a row, {other / one:.2f} x argmax ({one * 1e6:.0f} us)")


def _seconds(call: Any) -> float:
    """Of CPU time."""
    began = time.thread_time()
    call()
    return time.thread_time() - began


def _engine(folder: str) -> None:
    os.environ |= {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "TORCH_COMPILE_DISABLE": "1", "VLLM_LOGGING_LEVEL": "ERROR"}
    os.environ["TLPO_GUARD_DATA_DIR"] = tempfile.mkdtemp()
    from vllm import LLM, SamplingParams

    from tlpo_guard.integrations.vllm.v1 import V1Guard

    spent = {"guard": 0.0}
    for name in ("apply", "update_state"):
        setattr(V1Guard, name, _timed(getattr(V1Guard, name), spent))
    llm = LLM(
        folder,
        logits_processors=["tlpo_guard.integrations.vllm.processor:TlpoGuard"],
        enforce_eager=True,
        max_model_len=512,
        max_num_seqs=ROWS,
        block_size=32,
        kv_cache_memory_bytes=256 << 20,
    )
    tokenizer = llm.get_tokenizer()
    chats = [[{"role": "user", "content": f"{subject} 대해 한국어로 설명해 주세요."}] for subject in SUBJECTS]
    ids = (tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False) for chat in chats)
    prompts = [{"prompt_token_ids": list(one)} for one in ids]
    rates: dict[str, list[float]] = {"off": [], "mask": []}
    shares = []
    for turn in range(12):
        mode = ("off", "mask")[turn % 2]
        told = {"guard_mode": mode, "guard_languages": "ko"}
        params = [
            SamplingParams(temperature=0.8, seed=i, max_tokens=48, ignore_eos=True, extra_args=told)
            for i in range(ROWS)
        ]
        spent["guard"], began, cpu = 0.0, time.perf_counter(), time.process_time()
        llm.generate(prompts, params, use_tqdm=False)
        seconds, used = time.perf_counter() - began, time.process_time() - cpu
        if turn > 1:
            rates[mode].append(ROWS * 48 / used)
            shares += [spent["guard"] / seconds] if mode == "mask" else []
    on, off = median(rates["mask"]), median(rates["off"])
    print(f"{ROWS} rows: {median(shares):.1%} of the step in the guard")
    print(f"tokens by CPU second: {on:.0f} on, {off:.0f} off, {on / off:.3f}")


def _timed(method: Any, spent: dict[str, float]) -> Any:
    def timed(*arguments: Any) -> Any:
        began = time.perf_counter()
        try:
            return method(*arguments)
        finally:
            spent["guard"] += time.perf_counter() - began

    return timed


if __name__ == "__main__":
    main()
