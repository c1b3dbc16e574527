"""What a model learns from logged events alone, beside DPO, ORPO and SFT on them. `python -m benchmarks.quality --help`."""

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from benchmarks.methods import Lesson, teach
from benchmarks.prompts import held_out_prompts, training_prompts
from benchmarks.traffic import ask, serving
from distill.config import DistillConfig, load_config
from distill.evaluation.english import ENGLISH_PROMPTS
from distill.policy_model.answers import chat_ids, generate
from distill.policy_model.forward import adapter_off, logits_at, pad
from distill.policy_model.trainable import with_new_adapter
from distill.run.job import drift_rules
from distill.selection.fitness import EventFitness
from distill.selection.groups import Base, Group
from distill.selection.point_selection import select_points
from tlpo_guard.brought import Brought
from tlpo_guard.events.store import EventStore
from tlpo_guard.guard.build import build_guard
from tlpo_guard.models.load import LoadedModel, load_model
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.judge import AnswerJudge

OTHER_PROMPTS = 3  # every third one is held out
TOKENS, TEMPERATURE = 48, 0.6
MOST_HELD_OUT = 60


@dataclass(frozen=True)
class Answered:
    """A held-out prompt with an answer of the base model that does not drift."""

    prompt_ids: tuple[int, ...]
    ids: tuple[int, ...]


@dataclass(frozen=True)
class Figures:
    """Of one model with the guard off; rates by language."""

    confused: dict[str, float]
    perplexity: float
    english_kl: float
    length: float
    steps: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class _OfBase:
    figures: Figures
    clean: list[Answered]
    english: list[Answered]


_BASE = TypeAdapter(_OfBase)


def main(
    data: Annotated[Path, typer.Option(help="Folder with prompts/<language>.jsonl.")],
    out: Annotated[Path, typer.Option(help="Keeps the log of the training traffic and the figures.")] = Path(
        "out/quality"
    ),
    methods: Annotated[
        str,
        typer.Option(
            help="Of tlpo, continue, rollouts, dpo, orpo, sft, with commas; the last three at a learning rate of "
            "their own after a colon (dpo:1e-4)."
        ),
    ] = "tlpo,dpo,orpo,sft",
    seeds: Annotated[int, typer.Option(help="Runs of each method.")] = 3,
    languages: Annotated[str, typer.Option(help="Of the prompts; a folder --out is for one choice.")] = "ko,zh,de,tr",
    mode: Annotated[str, typer.Option(help="The guard's mode in the training traffic.")] = "mask",
    answers: Annotated[int, typer.Option(help="To each training prompt.")] = 2,
    max_steps: Annotated[
        int | None,
        typer.Option(
            help="Optimizer steps; default: the distiller's. Runs whose figures are in --out are not done again."
        ),
    ] = None,
    points_per_step: Annotated[int | None, typer.Option(help="Default: the distiller's.")] = None,
) -> None:
    """Ask a real server the training prompts, distil from its log, and answer held-out prompts with the guard off."""
    out.mkdir(parents=True, exist_ok=True)
    log = out / "data"
    spoken = languages.split(",")
    if not (log / "events.sqlite3").exists():
        _serve(log, data, spoken, mode, answers)
    torch.set_num_threads(2)
    bench = Bench(log, data, spoken, out)
    rows = [("base", 0, bench.base)]
    for seed in range(seeds):
        config = load_config(
            {"training.max_steps": max_steps, "training.points_per_step": points_per_step, "seed": seed}
        )
        for method in methods.split(","):
            kept = out / f"{method}-{seed}.json"
            if not kept.exists():
                kept.write_text(json.dumps(asdict(bench.trained(method, config))))
            rows.append((method, seed, Figures(**json.loads(kept.read_text()))))
            _show(rows)


def prompts(language: str, data: Path, *, held_out: bool) -> list[str]:
    """Training or held-out prompts; Korean ones are our own."""
    if language == "ko":
        return held_out_prompts("ko") if held_out else training_prompts("ko")
    lines = (data / "prompts" / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line)["prompt"] for line in lines]
    return [prompt for i, prompt in enumerate(found) if (i % OTHER_PROMPTS == 0) == held_out]


def _serve(log: Path, data: Path, spoken: Sequence[str], mode: str, answers: int) -> None:
    asked = [(lang, prompt) for lang in spoken for prompt in prompts(lang, data, held_out=False)]
    questions = [(*question, seed) for seed in range(answers) for question in asked]
    with serving(log) as url:
        ask(url, mode, questions, f"training traffic, {mode}", {"max_tokens": TOKENS, "temperature": TEMPERATURE})


class Bench:
    """The log, the held-out prompts and what the base model makes of them."""

    def __init__(self, log: Path, data: Path, spoken: Sequence[str], out: Path) -> None:
        self._log = log
        self._last: Lesson | None = None
        self._held_out = {lang: prompts(lang, data, held_out=True)[:MOST_HELD_OUT] for lang in spoken}
        self._judges = {lang: AnswerJudge(GuardPolicy(languages=(lang,), allow_english=False)) for lang in spoken}
        kept = out / "base.json"
        if not kept.exists():
            kept.write_bytes(_BASE.dump_json(self._of_base()))
        made = _BASE.validate_json(kept.read_bytes())
        self.base, self._clean, self._english = made.figures, made.clean, made.english

    def _of_base(self) -> "_OfBase":
        loaded = self._load()
        english = self._english_answers(loaded)
        confused, clean, length = self._answered(loaded.model, loaded.tokenizer, seed=1)
        self._clean = clean
        return _OfBase(Figures(confused, self._perplexity(loaded.model), 0.0, length), clean, english)

    def _load(self) -> LoadedModel:
        return load_model("smollm2", cache_dir=self._log / "cache")

    def trained(self, method: str, config: DistillConfig) -> Figures:
        """Train one adapter and measure it."""
        loaded = self._load()
        torch.manual_seed(config.seed)
        model = with_new_adapter(loaded, config.lora)
        seconds = teach(method, model, loaded.tokenizer, self._lesson(loaded, config))
        model.eval()
        english_kl = self._kl(model)
        model.merge_adapter()  # as it is served, and twice as fast
        confused, _, length = self._answered(model, loaded.tokenizer, seed=config.seed + 2)
        return Figures(confused, self._perplexity(model), english_kl, length, config.training.max_steps, seconds)

    def _lesson(self, loaded: LoadedModel, config: DistillConfig) -> Lesson:
        if self._last is None or self._last.config != config:
            rules_of = drift_rules(loaded, self._log / "cache")
            self._last = Lesson(self._groups(loaded, config), rules_of, config)
        return self._last

    def _groups(self, loaded: LoadedModel, config: DistillConfig) -> list[Group]:
        base = Base(loaded.fingerprint, loaded.tokenizer_fingerprint, int(loaded.model.config.vocab_size))
        guard = build_guard(loaded.tokenizer, base.size, self._log / "cache")
        store = EventStore(self._log / "events.sqlite3")
        try:
            found = select_points(
                store, base, config.selection, EventFitness(loaded.tokenizer, guard), seed=config.seed, learnt=()
            )
        finally:
            store.close()
        return found.train

    def _answered(self, model: Any, tokenizer: Any, seed: int) -> tuple[dict[str, float], list[Answered], float]:
        """Share of confused answers by language, the clean answers, and the mean length in tokens."""
        confused, clean, lengths = {}, [], []
        for language, asked in self._held_out.items():
            ids = [chat_ids(tokenizer, prompt) for prompt in asked]
            answers = generate(model, ids, max_new_tokens=TOKENS, temperature=TEMPERATURE, seed=seed, batch_size=32)
            judged = [
                bool(self._judges[language].drifts(tokenizer.decode(answer), Brought((prompt,))))
                for prompt, answer in zip(asked, answers, strict=True)
            ]
            confused[language] = sum(judged) / len(judged)
            clean += [Answered(p, a) for p, a, bad in zip(ids, answers, judged, strict=True) if a and not bad]
            lengths += map(len, answers)
        return confused, clean, statistics.mean(lengths)

    def _english_answers(self, loaded: LoadedModel) -> list[Answered]:
        ids = [chat_ids(loaded.tokenizer, prompt) for prompt in ENGLISH_PROMPTS]
        answers = generate(loaded.model, ids, max_new_tokens=TOKENS)
        return [Answered(p, a) for p, a in zip(ids, answers, strict=True)]

    def _perplexity(self, model: Any) -> float:
        """Of the base model's clean held-out answers."""
        rows = [logp.gather(1, ids[:, None]) for logp, ids in _rows(model, self._clean)]
        return math.exp(-float(torch.cat(rows).mean()))

    def _kl(self, model: Any) -> float:
        """KL(base || model) over English answers, nats a token."""
        with adapter_off(model):
            base = torch.cat([logp for logp, _ in _rows(model, self._english)])
        now = torch.cat([logp for logp, _ in _rows(model, self._english)])
        return float((base.exp() * (base - now)).sum(dim=-1).mean())


def _rows(model: Any, answered: Sequence[Answered], batch: int = 8) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Log-probabilities of all next tokens over the answers, and the answers; float32 [N, V], int64 [N], by batch."""
    found = []
    with torch.no_grad():
        for start in range(0, len(answered), batch):
            part = answered[start : start + batch]
            ids, _ = pad([a.prompt_ids + a.ids for a in part])
            rows = torch.tensor([r for r, a in enumerate(part) for _ in a.ids])
            at = torch.tensor([len(a.prompt_ids) - 1 + i for a in part for i in range(len(a.ids))])
            logp = logits_at(model, ids, rows, at, use_cache=False).float().log_softmax(dim=-1)
            found.append((logp, torch.tensor([i for a in part for i in a.ids])))
    return found


def _show(rows: list[tuple[str, int, Figures]]) -> None:
    base = rows[0][2]
    table = Table(
        "method",
        "runs",
        *base.confused,
        "confused, relative",
        "perplexity",
        "English KL",
        "answer length",
        "steps",
        "seconds",
    )
    for method in dict.fromkeys(name for name, _, _ in rows):
        runs = [figures for name, _, figures in rows if name == method]
        table.add_row(
            method,
            str(len(runs)),
            *(_spread([f.confused[lang] for f in runs], "{:.1%}") for lang in base.confused),
            _spread([_mean(f) / _mean(base) - 1 for f in runs], "{:+.1%}"),
            _spread([f.perplexity / base.perplexity - 1 for f in runs], "{:+.2%}"),
            _spread([f.english_kl for f in runs], "{:.4f}"),
            _spread([f.length / base.length - 1 for f in runs], "{:+.1%}"),
            _spread([f.steps for f in runs], "{:.0f}"),
            _spread([f.seconds for f in runs], "{:.0f}"),
        )
    Console(width=150).print(table)


def _mean(figures: Figures) -> float:
    return statistics.mean(figures.confused.values())


def _spread(values: list[float], form: str) -> str:
    middle = form.format(statistics.mean(values))
    return middle if len(values) < 2 else f"{middle} ± {form.format(statistics.stdev(values)).lstrip('+')}"


if __name__ == "__main__":
    typer.run(main)
