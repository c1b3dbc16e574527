"""An update and an exploration against K full sequences a point. `python -m benchmarks.distill_speed.plain --help`.

The plain way that ours is held against: for every confusion point K sequences of context and candidate, logits of the whole
vocabulary at all their positions, for the policy and for the reference; and K calls of `generate` that each read the whole
context for the look-ahead. "Folded" is the plain way with the faster frozen layers that our trainer brings
(`distill.policy_model.frozen_linear`): what is left is the gain of sharing the context. Each measurement is a process of its own.

With one thread CPU time is what a quiet machine would take; with more, threads that wait for one that something else keeps from
running count as busy, and the figures are worth nothing unless the machine is quiet.
"""

import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.distill_speed.memory import reset_peak, status
from benchmarks.prompts import held_out_prompts, training_prompts

LANGUAGE = "ko"
LENGTHS = (100, 500)  # tokens of the shortest and the longest context
K, LOOK_AHEAD, TEMPERATURE = 16, 3, 0.6
BATCH = 8  # points that ours takes at once, as in the training
PLAIN_BATCH = 8  # sequences of the plain way: all K of 500 tokens at once need more than 20 GiB
WAYS = ("update", "update, plain", "update, plain and folded", "exploration", "exploration, plain")
TIMES, SHARE = (
    {"update": 16, "exploration": 10},
    4,
)  # at least so many times as fast, and at most a fourth of the memory

Dtype = Literal["float32", "bfloat16"]


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of all points, those of them on the processor, and the most memory above that of the loaded model, MiB."""

    seconds: float
    cpu: float
    memory: float


def main(
    points: Annotated[int, typer.Option(min=1, help="Confusion points, one a context.")] = 4,
    dtype: Annotated[Dtype, typer.Option(help="Of the model's weights.")] = "float32",
    threads: Annotated[int, typer.Option(help="CPU threads of torch.")] = 1,
    cache_dir: Annotated[Path, typer.Option(help="Where the model is unpacked to.")] = Path("data/cache"),
    measure: Annotated[str | None, typer.Option(help="Only this row, as JSON.")] = None,
) -> None:
    """Print what both ways cost, and how many times as fast and as small ours is."""
    if measure is not None:
        cost = _measured(measure, points, dtype, threads, cache_dir)
        print(json.dumps(asdict(cost)))
        return
    options = (f"--points={points}", f"--dtype={dtype}", f"--threads={threads}", f"--cache-dir={cache_dir}")
    costs: dict[str, Cost] = {}
    for way in track(WAYS, console=Console(stderr=True)):
        costs[way] = _apart(way, options)
    table = Table(
        "", "ms a point", "of the CPU", "peak memory, MiB", title=f"{points} points, {LENGTHS} tokens, K={K}, {dtype}"
    )
    for way, cost in costs.items():
        table.add_row(way, f"{1e3 * cost.seconds / points:.0f}", f"{1e3 * cost.cpu / points:.0f}", f"{cost.memory:.0f}")
    console = Console()
    console.print(table)
    for name, least in TIMES.items():
        for plain in (way for way in WAYS if way.startswith(f"{name}, ")):
            times, cpu = costs[plain].seconds / costs[name].seconds, costs[plain].cpu / costs[name].cpu
            console.print(f"{name}: {times:.1f} times as fast as {plain!r}, by CPU time {cpu:.1f} (bar {least})")
    ours = max(costs[name].memory for name in TIMES)
    plain_peak = max(costs[f"{name}, plain"].memory for name in TIMES)
    console.print(f"peak memory of both together: 1/{plain_peak / ours:.1f} (bar 1/{SHARE})")


def _apart(way: str, options: tuple[str, ...]) -> Cost:
    """A measurement in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.distill_speed.plain", f"--measure={way}", *options]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def _measured(way: str, points: int, dtype: str, threads: int, cache_dir: Path) -> Cost:
    import torch

    torch.set_num_threads(threads)
    bench = Bench(dtype, cache_dir)
    if way in ("update", "update, plain and folded"):
        bench.fold()
    work = {
        "update": bench.update,
        "update, plain": bench.plain_update,
        "update, plain and folded": bench.plain_update,
        "exploration": bench.exploration,
        "exploration, plain": bench.plain_exploration,
    }[way]
    work(bench.groups(1, LENGTHS[0]))  # kernels are chosen
    groups = bench.groups(points, LENGTHS[1])
    gc.collect()
    base = reset_peak()
    began, busy = time.perf_counter(), time.process_time()
    work(groups)
    return Cost(time.perf_counter() - began, time.process_time() - busy, (status("VmHWM") - base) / 1024)


class Bench:
    """The model with an adapter, and the two ways."""

    def __init__(self, dtype: str, cache_dir: Path) -> None:
        import torch
        from peft import LoraConfig, get_peft_model

        from distill.tlpo.rewards import RulesOf
        from tlpo_guard.guard.detector import DriftDetector
        from tlpo_guard.models.load import load_model
        from tlpo_guard.vocabulary.index import VocabularyIndex

        loaded = load_model("smollm2", cache_dir=cache_dir, dtype=getattr(torch, dtype), device="cpu")
        self._tokenizer = loaded.tokenizer
        self._base: Any = loaded.model
        size = loaded.model.config.vocab_size
        self._rules_of = RulesOf(DriftDetector(VocabularyIndex.of(loaded.tokenizer, size=size)))
        torch.manual_seed(0)
        lora = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
        self._model: Any = get_peft_model(loaded.model, lora)

    def fold(self) -> None:
        """The frozen layers as the trainer has them."""
        from distill.policy_model.frozen_linear import fold_frozen

        fold_frozen(self._model)

    def groups(self, count: int, longest: int) -> list[Any]:
        """Contexts of real text, from the shortest to the longest, each with one point at its end."""
        from distill.selection.groups import Group

        text = "\n".join([*training_prompts(LANGUAGE), *held_out_prompts(LANGUAGE)])
        ids = self._tokenizer(text * 4)["input_ids"]
        found = []
        for number in range(count):
            length = LENGTHS[0] + (longest - LENGTHS[0]) * number // max(count - 1, 1)
            context = tuple(ids[number * 97 : number * 97 + length])
            found.append(Group(f"r{number}", context, length // 2, (length - 1,), LANGUAGE, allow_english=False))
        return found

    def update(self, groups: list[Any]) -> None:
        """Policy, reference, loss and gradients as the trainer makes them."""
        from distill.policy_model.bucketing import alike
        from distill.policy_model.forward import adapter_off, evaluating, rows_at_points
        from distill.tlpo.loss import tlpo_advantages, tlpo_loss

        for batch, candidates, probs, rewards in self._updates(groups, BATCH):
            loss: Any = 0.0
            for chosen in alike([len(group.ids) for group in batch]):
                part = [batch[i] for i in chosen]

                def logp(part: list[Any] = part, ids: Any = candidates[chosen]) -> Any:
                    rows = rows_at_points(self._model, part) / TEMPERATURE
                    return rows.log_softmax(dim=-1).gather(1, ids)

                now = logp()
                with _no_grad(), adapter_off(self._model), evaluating(self._model):
                    reference = logp()
                advantages = tlpo_advantages(probs[chosen], rewards[chosen])
                loss = loss + tlpo_loss(now, now.detach(), reference, advantages) * len(part)
            (loss / len(batch)).backward()

    def plain_update(self, groups: list[Any]) -> None:
        """K sequences a point, and all of their logits."""
        from distill.tlpo.loss import tlpo_advantages, tlpo_loss

        for (group,), candidates, probs, rewards in self._updates(groups, 1):
            sequences, advantages = _sequences(group, candidates), tlpo_advantages(probs, rewards)
            for ids, advantage in zip(sequences.split(PLAIN_BATCH), advantages.split(PLAIN_BATCH, dim=1), strict=True):

                def logp(ids: Any = ids) -> Any:
                    rows = self._model(input_ids=ids, use_cache=False).logits[:, -2].float() / TEMPERATURE
                    return rows.log_softmax(dim=-1).gather(1, ids[:, -1:]).T

                now = logp()
                with _no_grad(), self._model.disable_adapter():
                    reference = logp()
                (tlpo_loss(now, now.detach(), reference, advantage) * PLAIN_BATCH / K).backward()

    def exploration(self, groups: list[Any]) -> None:
        """Candidates, look-ahead on the shared cache, and rewards."""
        from distill.policy_model.bucketing import alike
        from distill.tlpo.exploration import explore

        for start in range(0, len(groups), BATCH):
            batch = groups[start : start + BATCH]
            for chosen in alike([len(group.ids) for group in batch]):
                explore(self._model, [batch[i] for i in chosen], self._rules_of, K, LOOK_AHEAD, TEMPERATURE)

    def plain_exploration(self, groups: list[Any]) -> None:
        """Candidates by one forward, then a call of `generate` for each."""
        import torch
        from transformers import GenerationConfig

        self._model.eval()
        how = GenerationConfig(max_new_tokens=LOOK_AHEAD, do_sample=False, pad_token_id=0)
        for group in groups:
            rules = self._rules_of(group)
            with torch.no_grad():
                row = self._model(input_ids=torch.tensor([group.ids]), use_cache=False, logits_to_keep=1).logits[0, -1]
                for candidate in row.topk(K).indices.tolist():
                    ids = torch.tensor([[*group.ids, candidate]])
                    out = self._base.generate(input_ids=ids, attention_mask=torch.ones_like(ids), generation_config=how)
                    rules.drifts(group.output_before(group.points[0]), out[0, len(group.ids) :].tolist())

    def _updates(self, groups: list[Any], size: int) -> Iterator[tuple[list[Any], Any, Any, Any]]:
        """Batches with candidates, their probabilities and rewards; gradients are let go after each."""
        import torch

        self._model.train()
        dice = torch.Generator().manual_seed(0)
        for start in range(0, len(groups), size):
            batch = groups[start : start + size]
            candidates = torch.randint(0, self._base.config.vocab_size, (len(batch), K), generator=dice)
            probs = torch.rand(len(batch), K, generator=dice) / K
            rewards = torch.randint(0, 2, (len(batch), K), generator=dice) * 2.0 - 1.0
            yield batch, candidates, probs, rewards
            self._model.zero_grad(set_to_none=True)


def _sequences(group: Any, candidates: Any) -> Any:
    import torch

    context = torch.tensor(group.ids).expand(K, -1)
    return torch.cat([context, candidates.T], dim=1)


def _no_grad() -> Any:
    import torch

    return torch.no_grad()


if __name__ == "__main__":
    typer.run(main)
