"""What the guard costs on a GPU, in microseconds a step. `python -m benchmarks.gpu_guard`."""

import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import torch

from benchmarks.gpu_decode import decode_step
from benchmarks.gpu_vocabulary import synthetic_vocabulary
from tlpo_guard.generation.draws import Draws, SamplingParams
from tlpo_guard.generation.masking import RowMasker, RowPolicies
from tlpo_guard.generation.sampler import Sampler
from tlpo_guard.generation.sequence import SampledSequence
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.guard.guard import Guard
from tlpo_guard.policy import GuardPolicy, Mode

SIZES = (151_936, 49_152, 262_144)  # the one that the bar is for first
ROWS = (1, 8, 64, 256)
SCRIPTS = ("Grek", "Armn", "Geor", "Ethi", "Khmr", "Mymr", "Sinh", "Telu")
BAR = 0.0025  # of a decode step, at 64 rows
PEAK = 30.0


def policies(count: int, many: bool, mode: Mode) -> list[GuardPolicy]:
    """The rows' policies: one, or as many as there are rows."""
    if not many:
        return [GuardPolicy(mode=mode, languages=("es",))] * count
    sets = [tuple(s for bit, s in enumerate(SCRIPTS) if number >> bit & 1) for number in range(count)]
    return [GuardPolicy(mode=mode, languages=("es",), scripts_too=chosen) for chosen in sets]


def logits_of(guard: Guard, rows: int, drifting: bool) -> torch.Tensor:
    """Rows that are sure of a token that drifts, or of one that does not."""
    verdicts = guard.detector.rules(GuardPolicy(languages=("es",))).verdicts()
    wanted = verdicts.drifts & ~verdicts.breaks if drifting else ~verdicts.blocked & ~verdicts.breaks
    tokens = np.flatnonzero(wanted)
    logits = torch.randn(rows, guard.detector.vocabulary.size, device="cuda")
    chosen = torch.from_numpy(tokens[(np.arange(rows) * 977 + 300) % len(tokens)]).cuda()
    return logits.scatter_(1, chosen.unsqueeze(1), PEAK)


def microseconds(step: Callable[[], object], repeats: int = 40) -> tuple[float, float]:
    """Median GPU time of a step between two events, and wall time."""
    for _ in range(5):
        step()
    torch.cuda.synchronize()
    on_device, wall = [], []
    for _ in range(repeats):
        first, last = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        began = time.perf_counter()
        first.record()
        step()
        last.record()
        last.synchronize()
        wall.append((time.perf_counter() - began) * 1e6)
        on_device.append(first.elapsed_time(last) * 1e3)
    return median(on_device), median(wall)


def busy(step: Callable[[], object], repeats: int = 20) -> float:
    """Microseconds a step in which the GPU works, whatever the host does: its kernels' and copies' times added up."""
    step()
    activities = [torch.profiler.ProfilerActivity.CUDA]
    with torch.profiler.profile(activities=activities) as profile:
        for _ in range(repeats):
            step()
        torch.cuda.synchronize()
    return sum(event.self_device_time_total for event in profile.key_averages()) / repeats


def sampler_step(guard: Guard, logits: torch.Tensor, held: list[GuardPolicy], top_p: float) -> Callable[[], object]:
    sampler = Sampler(guard)
    params = SamplingParams(temperature=0.7, top_p=top_p, seed=1)
    rows = [SampledSequence(params, Draws(1), guard.open(policy)) for policy in held]
    return lambda: sampler.step(logits, rows)


def sampler_cases(guard: Guard, rows: int) -> dict[str, tuple[float, float]]:
    """GPU-busy and wall time of each case."""
    clean, drifting = logits_of(guard, rows, False), logits_of(guard, rows, True)
    off, on, many = policies(rows, False, Mode.OFF), policies(rows, False, Mode.MASK), policies(rows, True, Mode.MASK)
    steps = {
        "off": sampler_step(guard, clean, off, 1.0),
        "clean": sampler_step(guard, clean, on, 1.0),
        "many policies": sampler_step(guard, clean, many, 1.0),
        "drift": sampler_step(guard, drifting, on, 1.0),
        "off top_p": sampler_step(guard, clean, off, 0.9),
        "clean top_p": sampler_step(guard, clean, on, 0.9),
        "drift top_p": sampler_step(guard, drifting, on, 0.9),
    }
    return {name: (busy(step), microseconds(step)[1]) for name, step in steps.items()}


def mask_time(guard: Guard, rows: int) -> float:
    device = torch.device("cuda")
    masker, logits = RowMasker(guard, device), logits_of(guard, rows, False)
    held = RowPolicies.of(guard, policies(rows, False, Mode.MASK), [0.7] * rows, device)
    states = torch.zeros(rows, dtype=torch.int64, device=device)
    return busy(lambda: masker.mask(logits, held, states))


def main() -> int:
    """Print all figures; 1 where the bar at 64 rows is not kept."""
    print(torch.cuda.get_device_name(), "torch", torch.__version__)
    graph, _alive = decode_step(64)
    decode, _ = microseconds(graph.replay, 20)
    print(f"decode step of a 7B model at 64 rows: {decode:.0f} us", flush=True)
    del graph, _alive
    kept = True
    for size in SIZES:
        guard = Guard(DriftDetector(synthetic_vocabulary(size)))
        for rows in ROWS:
            cases = sampler_cases(guard, rows)
            told = "  ".join(f"{name} {gpu:.0f}/{wall:.0f}" for name, (gpu, wall) in cases.items())
            print(f"{size:7d} x {rows:3d}  us GPU/wall  {told}  mask-only {mask_time(guard, rows):.0f}", flush=True)
            if (size, rows) == (SIZES[0], 64):
                gpu, wall = (cases["clean"][i] - cases["off"][i] for i in range(2))
                kept = gpu <= BAR * decode
                shares = f"{gpu:.1f} us of GPU ({gpu / decode:.3%}), {wall:.1f} us of wall time ({wall / decode:.3%})"
                print(
                    f"  the guard adds {shares}; bar {BAR:.2%} of GPU time: {'kept' if kept else 'MISSED'}", flush=True
                )
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
