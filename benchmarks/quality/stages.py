"""Answers and their verdicts, from one folder into the next; what is there is not made again."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from benchmarks.made_with import adapter_digest, digest, is_made, keep_settings
from benchmarks.quality.judges import judge_all
from benchmarks.quality.models import MASKED, Subject, merged
from benchmarks.quality.prompts import LANGUAGES, Prompt, english_prompts, held_out, read_prompts
from benchmarks.quality.repetition import figures
from benchmarks.quality.rows import Answer, AnswerFile, Verdict, read_answers, write_rows
from benchmarks.quality.selective import PAIRS, PREFIX, selective
from distill.policy_model.answers import chat_ids
from distill.policy_model.sampling import sample
from distill.run.job import drift_rules
from distill.selection.groups import Group
from distill.tlpo.guarded import DriftMask
from distill.tlpo.rewards import RulesOf
from tlpo_guard.models.load import load_tokenizer

__all__ = ["ENGLISH", "HELD_OUT", "SHORT", "SMALL", "Size", "answer_all", "draw_seed", "judge_files", "prompt_sets"]

HELD_OUT, ENGLISH = "held-out", "english"
SHORT = 48  # tokens of the shorter answers, which are the first ones of the longer
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured.

    Attributes:
        languages: of the held-out prompts.
        prompts: in each language, and English ones.
        selective: prompts for each pair of languages.
        draws: answers to each prompt.
        long_draws: how many of them are of full length; the others are short.
        tokens: of the longest answer.
    """

    languages: tuple[str, ...] = LANGUAGES
    prompts: int = 120
    selective: int = 50
    draws: int = 3
    long_draws: int = 3
    tokens: int = 256
    temperature: float = 0.6


SMALL = Size(prompts=12, selective=4, draws=1, tokens=96)


def prompt_sets(data: Path, size: Size, extra: Sequence[Path] = ()) -> Iterator[tuple[str, str, list[Prompt], int]]:
    """(set, language, prompts, draws) of all that is answered; what shows harm elsewhere is answered once.

    Args:
        extra: files of further prompts, each a set of its own.
    """
    for language in size.languages:
        yield HELD_OUT, language, held_out(language, data, size.prompts), size.draws
    for path in extra:
        prompts = read_prompts(path)
        for language in dict.fromkeys(prompt.language for prompt in prompts):
            yield path.stem, language, [p for p in prompts if p.language == language], size.draws
    yield ENGLISH, "en", english_prompts(data, size.prompts), 1
    for own, wanted in PAIRS:
        if own in size.languages and size.selective:
            yield f"{PREFIX}{own}", wanted, selective(own, wanted, data, size.selective), 1


def draw_seed(language: str, draw: int) -> int:
    """Of one draw of one language: the same for all models, so that only the models differ."""
    return zlib.crc32(f"{language} {draw}".encode())


def answer_all(
    model_name: str,
    subject: Subject,
    sets: Sequence[tuple[str, str, list[Prompt], int]],
    size: Size,
    out: Path,
    cache_dir: Path,
    report: Report,
) -> None:
    """Sample a subject's answers to all sets; those to English prompts and on request are short, and never masked.

    Raises:
        typer.BadParameter: some are there that other settings have made.
    """
    todo = []
    adapter = adapter_digest(subject.folder)
    for prompt_set, language, prompts, draws in sets:
        short = prompt_set == ENGLISH or prompt_set.startswith(PREFIX)
        if short and subject.name == MASKED:
            continue
        settings = {
            "model": model_name,
            "adapter": adapter,
            "temperature": size.temperature,
            "prompts": digest(f"{prompt.id} {prompt.text}" for prompt in prompts),
        }
        long_draws = 0 if short else min(size.long_draws, draws)
        for tokens, numbers in (
            (size.tokens, range(long_draws)),
            (min(SHORT, size.tokens), range(long_draws, draws)),
        ):
            files = [AnswerFile(prompt_set, language, draw, tokens) for draw in numbers]
            if files := [file for file in files if not is_made(file.path(out / "answers", subject.label), settings)]:
                todo.append((files, prompts, settings))
    if not todo:
        return
    loaded = merged(model_name, subject.folder, cache_dir)
    rules_of = drift_rules(loaded, cache_dir) if subject.name == MASKED else None
    for files, prompts, settings in todo:
        began = process_time()
        asked = [chat_ids(loaded.tokenizer, prompt.text) for prompt in prompts]
        drawn = sample(
            loaded.model,
            asked,
            max_new_tokens=files[0].tokens,
            temperature=size.temperature,
            seeds=[draw_seed(f"{file.prompt_set} {file.language}", file.draw) for file in files],
            rule=None if rules_of is None else _mask(rules_of, asked, prompts),
        )
        for file, answers in zip(files, drawn, strict=True):
            rows = [Answer(p.id, p.language, p.text, answer) for p, answer in zip(prompts, answers, strict=True)]
            path = file.path(out / "answers", subject.label)
            keep_settings(path, settings)
            write_rows(path, rows)
        seconds, tokens = process_time() - began, sum(len(answer) for answers in drawn for answer in answers)
        report(
            f"{subject.label}: {files[0].prompt_set} {files[0].language}: {len(files)} draws of {len(prompts)} answers, "
            f"{tokens} tokens, {seconds:.0f} CPU seconds"
        )


def _mask(rules_of: RulesOf, asked: Sequence[tuple[int, ...]], prompts: Sequence[Prompt]) -> DriftMask:
    """Keeps out what leaves the prompts' languages, English with it, by letters and by words."""
    groups = [
        Group(p.id, ids, len(ids), (), p.language, allow_english=False) for p, ids in zip(prompts, asked, strict=True)
    ]
    return DriftMask(rules_of.guard, list(map(rules_of, groups)), [()] * len(asked), words=True)


def judge_files(model_name: str, out: Path, cache_dir: Path, report: Report) -> None:
    """Judge all answers that are there and not judged yet, each also cut at 48 tokens."""
    tokenizer = None
    for path in sorted((out / "answers").glob("*/*/*.jsonl")):
        made, label = AnswerFile.of(path), path.parent.parent.name
        for tokens in sorted({min(SHORT, made.tokens), made.tokens}):
            target = AnswerFile(made.prompt_set, made.language, made.draw, tokens).path(out / "judged", label)
            if target.exists() and target.stat().st_mtime >= path.stat().st_mtime:
                continue
            tokenizer = tokenizer or load_tokenizer(model_name, cache_dir=cache_dir)
            answers = read_answers(path)
            texts = [_text(tokenizer, answer.ids[:tokens]) for answer in answers]
            verdicts = judge_all(answers, texts)
            write_rows(
                target,
                [
                    Verdict(a.id, a.language, confused, figures(a.ids, tokens))
                    for a, confused in zip(answers, verdicts, strict=True)
                ],
            )
            share = sum(v["ours, strict"] for v in verdicts) / max(len(verdicts), 1)
            report(f"{label}: {made.prompt_set} {made.language} {tokens}: {share:.1%} confused by the strict judge")


def _text(tokenizer: object, ids: Sequence[int]) -> str:
    """The text of some tokens; without the character that a length limit has cut."""
    text: str = tokenizer.decode(list(ids), skip_special_tokens=True)  # type: ignore[attr-defined]
    return text.rstrip("\ufffd")
