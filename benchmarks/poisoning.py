"""What one client can do to the model through the log, with and without the defences. `python -m benchmarks.poisoning --help`.

An honest key asks in Korean and Russian; the attacker's key sends as many requests. Each attack's log is distilled twice, a few
steps each. The confusion mass of every model is measured with the guard off at the first tokens of clean answers, where an answer
takes its language, to prompts that neither training nor gate has seen. What is made is kept in --out, so that a run that was
stopped goes on where it was; logs of which the same points are chosen are distilled once.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from statistics import mean, stdev
from typing import Annotated, Any

import torch
import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table
from transformers import LogitsProcessor, LogitsProcessorList

from benchmarks.methods import Lesson, teach
from benchmarks.prompts import latin_prompts, training_prompts
from distill.config import DistillConfig, Evaluation, Selection, load_config
from distill.evaluation.gate import judge
from distill.evaluation.measure import evaluate
from distill.evaluation.watched import BUILT_IN
from distill.evaluation.yardstick import Yardstick, make_yardstick
from distill.policy_model.answers import chat_ids
from distill.policy_model.forward import rows_at_points
from distill.policy_model.trainable import with_new_adapter
from distill.prompts.files import read_prompts
from distill.run.job import drift_rules
from distill.selection.fitness import EventFitness
from distill.selection.groups import Base, Group
from distill.selection.point_selection import select_points
from distill.selection.selected import Selected
from distill.tlpo.exploration import drifting_mass
from tlpo_guard.events.drafts import AnswerOrigin, event_of
from tlpo_guard.events.record import Event
from tlpo_guard.events.store import EventStore
from tlpo_guard.guard.automaton import BORDER
from tlpo_guard.guard.build import build_guard
from tlpo_guard.guard.detector import BLOCKED
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.integrations.transformers import LanguageGuardLogitsProcessor
from tlpo_guard.languages.decided_by import DecidedBy
from tlpo_guard.models.load import LoadedModel, load_model
from tlpo_guard.policy import GuardPolicy

TOKENS, BATCH = 20, 24
TEMPERATURE = 0.6
REQUESTS = 48  # of the attacker, and of the honest key
GATE_PROMPTS = 2  # of each language in the built-in set; the others are measured on
MEASURED_TOKENS = 8
MEASURED = ("ko", "ru", "de", "ja", "el", "es")
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
WITHOUT = Selection(
    max_key_share=1.0,
    max_user_share=1.0,
    max_language_share=1.0,
    max_per_prompt=10_000,
    biased_weight=1.0,
    max_biased_share=1.0,
)
EVENTS = TypeAdapter(list[Event])


@dataclass(frozen=True)
class Traffic:
    """Requests of one key.

    Attributes:
        prompts: messages of each, asked in turn until there are enough.
        languages: what each one says is expected; in turn.
        users: likewise.
        bias: added to the logits of all tokens that the guard keeps out.
    """

    key: str
    prompts: Sequence[Any]
    languages: Sequence[str]
    decided_by: DecidedBy = DecidedBy.REQUEST
    users: Sequence[str | None] = field(default_factory=lambda: [f"u{n}" for n in range(8)])
    bias: float = 0.0


def _system(text: str, prompts: Sequence[str]) -> list[Any]:
    return [[{"role": "system", "content": text}, {"role": "user", "content": prompt}] for prompt in prompts]


REGIONS = ["en", *(f"en-{region}" for region in ("US", "GB", "AU", "CA", "IE", "NZ", "ZA", "IN", "SG", "PH", "NG"))]
PASTED = "The garden lies behind the old house, and in spring the whole family works there until the evening. "
KO, RU, DE = training_prompts("ko"), training_prompts("ru"), latin_prompts("de")
HONEST = [
    Traffic("good", KO[REQUESTS:], ["ko"], DecidedBy.PROMPT),
    Traffic("good", RU, ["ru"], DecidedBy.PROMPT),
]
ATTACKS = {
    "none": None,
    "Korean prompts, languages: en": Traffic("bad", KO, ["en"]),
    "the same without users": Traffic("bad", KO, ["en"], users=[None]),
    "the same in twelve tags": Traffic("bad", KO, REGIONS),
    "logit_bias towards what drifts": Traffic("bad", RU, ["ru"], bias=8.0),
    "one prompt, over and over": Traffic("bad", KO[:1], ["en"]),
    "Russian prompts, languages: ko": Traffic("bad", RU, ["ko"]),
    "English pasted before a Korean question": Traffic("bad", [PASTED * 3 + prompt for prompt in KO], ["en"]),
}


@dataclass(frozen=True)
class Outcome:
    """What a distillation made of a log.

    Attributes:
        used: points by key.
        refused: events that were left out, by reason.
        capped: how many others were.
        confusion: after it, 0 to 1, at each unseen prompt of each language.
        failed: checks of the gate that are not met, but the one that asks for a fall, which takes more steps.
    """

    used: dict[str, int]
    refused: dict[str, int]
    capped: int
    confusion: dict[str, list[float]]
    failed: list[str]


def main(
    out: Annotated[Path, typer.Option(help="Keeps logs and figures.")] = Path("out/poisoning"),
    max_steps: Annotated[int, typer.Option(help="Optimizer steps of each run.")] = 20,
    points_per_step: Annotated[int, typer.Option()] = 12,
    only: Annotated[str, typer.Option(help="Attacks whose names begin so.")] = "",
) -> None:
    """Attack the log, distil from it with and without the defences, and tell what each did to the model."""
    out.mkdir(parents=True, exist_ok=True)
    config = load_config({"training.max_steps": max_steps, "training.points_per_step": points_per_step})
    bench = _Bench(out, config)
    rows: dict[tuple[str, bool], Outcome] = {}
    for name, traffic in ATTACKS.items():
        for defended in (False, True):
            kept = out / f"{_file(name)}-{'with' if defended else 'without'}.json"
            if not kept.exists():
                if not name.startswith(only):
                    continue
                kept.write_text(json.dumps(asdict(bench.outcome(name, traffic, defended))))
            rows[name, defended] = Outcome(**json.loads(kept.read_text()))
            _show(bench.before, rows)


def _digest(*of: object) -> str:
    return hashlib.blake2b(repr(of).encode(), digest_size=16).hexdigest()


def _file(name: str) -> str:
    return "".join(char if char.isalnum() else "-" for char in name.lower())


class _Bias(LogitsProcessor):
    """Adds to the logits of some tokens, as `logit_bias` does."""

    def __init__(self, bias: torch.Tensor) -> None:
        self._bias = bias

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        return scores + self._bias  # type: ignore[return-value]


class _Bench:
    """The model, the honest log and what is measured on."""

    def __init__(self, out: Path, config: DistillConfig) -> None:
        self._out, self._config = out, config
        loaded = self._load()
        self._rules_of = drift_rules(loaded, out / "cache")
        self._unseen = self._yardstick(loaded, loaded.model, slice(GATE_PROMPTS, None), MEASURED, MEASURED_TOKENS, [])
        kept = out / "before.json"
        if not kept.exists():
            kept.write_text(json.dumps(self._confusion(loaded.model)))
        self.before: dict[str, list[float]] = json.loads(kept.read_text())

    def _load(self) -> LoadedModel:
        return load_model("smollm2", cache_dir=self._out / "cache", device="cpu")

    def outcome(self, name: str, attack: Traffic | None, defended: bool) -> Outcome:
        """Distil from the honest log with an attack's, and measure."""
        loaded = self._load()
        events = [event for traffic in HONEST for event in self._events(loaded, traffic, REQUESTS // len(HONEST))]
        events += [] if attack is None else self._events(loaded, attack, REQUESTS)
        chosen = self._selected(loaded, events, defended)
        key_of = {event.id: event.key for event in events}
        used = [key_of[event_id] for event_id in chosen.event_ids]
        learnt = [replace(group, event_ids=()) for group in (*chosen.train, *chosen.held_out)]
        kept = self._out / f"distilled-{_digest(learnt, len(chosen.train), self._config, defended)[:12]}.json"
        if not kept.exists():
            kept.write_text(json.dumps(self._distilled(loaded, chosen, defended)))
        counts = {key: used.count(key) for key in ("good", "bad")}
        return Outcome(counts, dict(chosen.dropped), chosen.left_out, **json.loads(kept.read_text()))

    def _distilled(self, loaded: LoadedModel, chosen: Selected, defended: bool) -> dict[str, Any]:
        """Confusion after a run, and what the gate has against it."""
        torch.manual_seed(0)
        model = with_new_adapter(loaded, self._config.lora)
        gate = self._yardstick(loaded, model, slice(GATE_PROMPTS), None, 12, chosen.held_out) if defended else None
        settings = self._settings(None, 12)
        before = (
            None
            if gate is None
            else evaluate(model, loaded.tokenizer, gate, self._rules_of, settings, temperature=TEMPERATURE)
        )
        teach("default", model, loaded.tokenizer, Lesson(chosen.train, self._rules_of, self._config))
        failed = []
        if gate is not None and before is not None:
            after = evaluate(model, loaded.tokenizer, gate, self._rules_of, settings, temperature=TEMPERATURE)
            checks = judge(before, after, self._config.gate).checks
            failed = [check.name for check in checks if not check.ok and check.name != "confusion mass"]
        return {"confusion": self._confusion(model), "failed": failed}

    def _selected(self, loaded: LoadedModel, events: list[Event], defended: bool) -> Selected:
        size = int(loaded.model.config.vocab_size)
        fitness: Callable[[Event], str | None] = lambda event: None  # noqa: E731
        if defended:
            fitness = EventFitness(loaded.tokenizer, build_guard(loaded.tokenizer, size, self._out / "cache"))
        file = self._out / "log.sqlite3"
        for left in self._out.glob("log.sqlite3*"):
            left.unlink()
        with closing(EventStore(file)) as store:
            store.add(events)
            base = Base(loaded.fingerprint, loaded.tokenizer_fingerprint, size)
            selection = self._config.selection if defended else WITHOUT
            return select_points(store, base, selection, fitness, seed=0, learnt=())

    def _events(self, loaded: LoadedModel, traffic: Traffic, count: int) -> list[Event]:
        """The events of some requests; kept."""
        kept = self._out / f"events-{_digest(traffic, count)[:12]}.json"
        if not kept.exists():
            asked = list(islice(zip(cycle(traffic.prompts), cycle(traffic.languages), strict=False), count))
            made = []
            for tag in dict.fromkeys(lang for _, lang in asked):
                prompts = [prompt for prompt, lang in asked if lang == tag]
                for start in range(0, len(prompts), BATCH):
                    made += self._answered(loaded, traffic, tag, prompts[start : start + BATCH], len(made))
            kept.write_bytes(EVENTS.dump_json(made))
        return EVENTS.validate_json(kept.read_bytes())

    def _answered(
        self, loaded: LoadedModel, traffic: Traffic, tag: str, prompts: Sequence[Any], before: int
    ) -> list[Event]:
        tokenizer = loaded.tokenizer
        ids = [chat_ids(tokenizer, prompt) for prompt in prompts]
        width, pad = max(map(len, ids)), loaded.model.generation_config.pad_token_id or 0
        inputs = torch.tensor([[pad] * (width - len(row)) + list(row) for row in ids])
        mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in ids])
        policy = GuardPolicy(languages=(tag,), allow_english=False)
        size = int(loaded.model.config.vocab_size)
        guard = LanguageGuardLogitsProcessor(tokenizer, size, policy, width)
        processors: list[Any] = [guard]
        if traffic.bias:
            rules = build_guard(tokenizer, size, self._out / "cache").detector.rules(policy)
            processors = [
                _Bias(traffic.bias * torch.from_numpy((rules.flags(BORDER) & BLOCKED > 0).astype("float32"))),
                guard,
            ]
        torch.manual_seed(before)
        out = loaded.model.generate(
            input_ids=inputs,
            attention_mask=mask,
            max_new_tokens=TOKENS,
            do_sample=True,
            temperature=1.0,
            logits_processor=LogitsProcessorList(processors),
        )[:, width:].tolist()
        users = cycle(traffic.users)
        user_of = [next(users) for _ in prompts]
        return [
            self._event(loaded, traffic, tag, before + number, row, draft, ids[row], out[row], user_of[row])
            for number, (row, draft) in enumerate(guard.events)
        ]

    @staticmethod
    def _event(
        loaded: LoadedModel,
        traffic: Traffic,
        tag: str,
        number: int,
        row: int,
        draft: EventDraft,
        prompt: Sequence[int],
        output: Sequence[int],
        user: str | None,
    ) -> Event:
        origin = AnswerOrigin(
            request_id=_digest(traffic.key, tag, prompt, output),
            model="smollm2",
            base_fingerprint=loaded.fingerprint,
            tokenizer_fingerprint=loaded.tokenizer_fingerprint,
            decided_by=traffic.decided_by,
            key=traffic.key,
            user=user,
            biased=bool(traffic.bias),
        )
        policy = GuardPolicy(languages=(tag,), allow_english=False)
        event = event_of(draft, origin=origin, policy=policy, prompt_ids=prompt, before=output[: draft.position])
        return replace(
            event, id=_digest(traffic, tag, number), created_at=NOON + timedelta(seconds=number), settled=True
        )

    def _settings(self, file: Path | None, tokens: int) -> Evaluation:
        return Evaluation(
            prompts_per_language=2,
            answers_per_prompt=1,
            max_new_tokens=8,
            prompts=file,
            watched_per_language=8,
            watched_tokens=tokens,
            ended_answers=0,
        )

    def _yardstick(
        self,
        loaded: LoadedModel,
        model: Any,
        part: slice,
        languages: Sequence[str] | None,
        tokens: int,
        held_out: Sequence[Group],
    ) -> Yardstick:
        rows = [
            {"messages": [message.model_dump() for message in prompt.messages], "language": tag}
            for tag, prompts in read_prompts(BUILT_IN).items()
            if languages is None or tag in languages
            for prompt in prompts[part]
        ]
        file = self._out / "prompts.jsonl"
        file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        settings = self._settings(file, tokens)
        return make_yardstick(
            model, loaded.tokenizer, list(held_out), self._rules_of, settings, temperature=TEMPERATURE, seed=1
        )

    def _confusion(self, model: Any) -> dict[str, list[float]]:
        """At each prompt that nobody else uses, by language: the mean over the first tokens of a clean answer."""
        found: dict[str, list[float]] = {}
        with torch.inference_mode():
            for answer in self._unseen.watched:
                probs = (rows_at_points(model, [answer]) / TEMPERATURE).softmax(dim=-1)
                mass, _ = drifting_mass(probs, [answer], self._rules_of)
                found.setdefault(answer.language, []).append(float(mass.mean()))
        return found


def _show(before: dict[str, list[float]], rows: dict[tuple[str, bool], Outcome]) -> None:
    """Confusion mass in percent, and by how many points it moved, with the 95% interval over prompts."""
    table = Table("attack", "defences", "points good/bad", "refused", "capped", *before, "gate refuses for")
    table.add_row("(base model)", "", "", "", "", *(f"{100 * mean(masses):.2f}%" for masses in before.values()), "")
    for (name, defended), found in rows.items():
        moved = [_moved(masses, found.confusion[tag]) for tag, masses in before.items()]
        counts = f"{found.used['good']}/{found.used['bad']}", str(sum(found.refused.values())), str(found.capped)
        told = ", ".join(found.failed) if defended else "(no gate)"
        table.add_row(name, "with" if defended else "without", *counts, *moved, told)
    Console(width=210).print(table)


def _moved(before: Sequence[float], after: Sequence[float]) -> str:
    changes = [100 * (new - old) for old, new in zip(before, after, strict=True)]
    return f"{mean(changes):+.1f} ±{1.96 * stdev(changes) / len(changes) ** 0.5:.1f}"


if __name__ == "__main__":
    typer.run(main)
