"""The log of a guarded server, adapters taught from it by any method, and what ordinary fine-tuning leaves of them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time
from typing import Any

import torch

from benchmarks.methods import Lesson, teach
from benchmarks.quality.ability.texts import unseen_texts
from benchmarks.quality.models import TRAINING, Subject
from benchmarks.quality.prompts import training
from benchmarks.quality.rows import write_json
from benchmarks.traffic import Question, ask, serving
from distill.config import DistillConfig
from distill.policy_model.forward import logits_at, pad
from distill.policy_model.trainable import with_new_adapter
from distill.prompts.files import read_prompts
from distill.run.job import drift_rules
from distill.selection.balance import held_by_run
from distill.selection.fitness import EventFitness
from distill.selection.groups import Base, Group
from distill.selection.point_selection import select_points
from tlpo_guard.events.store import EventStore
from tlpo_guard.guard.build import build_guard
from tlpo_guard.models.load import LoadedModel, load_model

__all__ = ["fine_tuned", "log_traffic", "logged_points", "questions_of_file", "trained", "training_questions"]

_BATCH, _TEXTS = 8, 40


def log_traffic(folder: Path, questions: Sequence[Question], mode: str, tokens: int, temperature: float) -> None:
    """Ask a guarded server; what it logs is what the methods learn from. A folder that has a log gets more of it."""
    with serving(folder, engine="transformers") as url:  # the same wherever it is run
        options = {"max_tokens": tokens, "temperature": temperature}
        ask(url, mode, questions, f"training traffic, {mode}", options)


def training_questions(data: Path, languages: Sequence[str], most: int | None, seeds: Sequence[int]) -> list[Question]:
    """The training prompts of each language, or so many of them, evenly from all sources, with each seed."""
    asked = [(language, text) for language in languages for text in _some(training(language, data), most)]
    return [(*question, seed) for seed in seeds for question in asked]


def _some(texts: Sequence[str], most: int | None) -> Sequence[str]:
    return texts if most is None else texts[:: max(1, len(texts) // most)][:most]


def questions_of_file(file: Path, seeds: Sequence[int]) -> list[Question]:
    """The conversations of a file as `tlpo-guard distill --prompts` reads it, with each seed."""
    asked = [
        (language, [message.model_dump(include={"role", "content"}) for message in prompt.messages])
        for language, prompts in read_prompts(file).items()
        for prompt in prompts
    ]
    return [(*question, seed) for seed in seeds for question in asked]


def trained(method: str, config: DistillConfig, log: Path, folder: Path, model_name: str) -> float:
    """Teach an adapter from a log and save it; its CPU seconds.

    Args:
        method: as `benchmarks.methods.teach` has it.
        folder: of the adapter.

    Raises:
        ValueError: the log holds nothing for this model to learn.
    """
    loaded = load_model(model_name, cache_dir=log / "cache")
    points = logged_points(loaded, config, log)
    if not points:
        raise ValueError(f"{log} holds no events that {model_name} can learn from; make a log of this model with `log`")
    torch.manual_seed(config.seed)
    model = with_new_adapter(loaded, config.lora)
    lesson = Lesson(points, drift_rules(loaded, log / "cache"), config)
    began = process_time()
    teach(method, model, loaded.tokenizer, lesson)
    seconds = process_time() - began
    model.save_pretrained(str(folder))
    write_json(folder / TRAINING, {"method": method, "seed": config.seed, "cpu_seconds": round(seconds)})
    return seconds


def logged_points(loaded: LoadedModel, config: DistillConfig, log: Path) -> list[Group]:
    """The training points that a distillation would take from a log."""
    base = Base(loaded.fingerprint, loaded.tokenizer_fingerprint, int(loaded.model.config.vocab_size))
    guard = build_guard(loaded.tokenizer, base.size, log / "cache")
    store = EventStore(log / "events.sqlite3")
    try:
        fitness = EventFitness(loaded.tokenizer, guard)
        selected = select_points(store, base, config.selection, fitness, seed=config.seed, learnt=())
        return held_by_run(selected, config).train
    finally:
        store.close()


def fine_tuned(
    subject: Subject,
    data: Path,
    languages: Sequence[str],
    folder: Path,
    model_name: str,
    cache_dir: Path,
    report: Callable[[str], None],
    *,
    steps: int = 50,
    rate: float = 1e-4,
) -> None:
    """Go on with an adapter (the base: with a new one) by ordinary fine-tuning on clean text, English among it, and save it.

    The adapter's own weights are trained, which undoes what they hold sooner than a second adapter over them would.
    """
    loaded = load_model(model_name, cache_dir=cache_dir)
    torch.manual_seed(subject.seed)
    model = _trainable(loaded, subject)
    texts = [
        text
        for by_id in unseen_texts(data, loaded.tokenizer, [*languages, "en"], _TEXTS).values()
        for text in by_id.values()
    ]
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=rate)
    dice = torch.Generator().manual_seed(subject.seed)
    model.train()
    for step in range(steps):
        batch = [texts[i] for i in torch.randint(len(texts), (_BATCH,), generator=dice).tolist()]
        loss = _loss(model, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step % 10 == 0 or step == steps - 1:
            report(f"{subject.label}: step {step + 1} of {steps}, loss {float(loss.detach()):.3f}")
    model.save_pretrained(str(folder))


def _trainable(loaded: LoadedModel, subject: Subject) -> Any:
    if subject.folder is None:
        return with_new_adapter(loaded, DistillConfig().lora)
    from peft import PeftModel

    return PeftModel.from_pretrained(loaded.model, str(subject.folder), is_trainable=True)


def _loss(model: Any, batch: Sequence[Any]) -> torch.Tensor:
    """Mean negative log-likelihood of the texts' tokens."""
    ids, _ = pad([text.prompt_ids + text.ids for text in batch])
    rows = torch.tensor([row for row, text in enumerate(batch) for _ in text.ids])
    places = torch.tensor([len(text.prompt_ids) - 1 + i for text in batch for i in range(len(text.ids))])
    targets = torch.tensor([token for text in batch for token in text.ids])
    logits = logits_at(model, ids, rows, places, use_cache=False).float()
    return torch.nn.functional.cross_entropy(logits, targets)
