"""Whether `mask` leaves right answers alone: the same prompts and seeds with the guard off and with its default mode.

    python -m benchmarks.traffic_harm

300 English prompts that mention languages, countries or scripts, and 100 each in German, Korean, Japanese, Russian and Arabic,
answered by the packaged model; `--data ../shared/data` takes the latter from there. No request names its language. Both answers
come from the server's policy and the sampler of its engines. They are drawn from one row of logits as long as they are equal, so
that a difference is the guard's; what follows the first difference is not compared.

Whether an unguarded answer is right is judged without the guard's code, by its letters alone: each is Latin or in the script of
the prompt's language (of Arabic, Russian and Japanese in what ISO 8859-6, KOI8-R and Shift_JIS-2004 can encode), or in a script
that the prompt asks for, or stands in a run of foreign letters that the prompt has too, or is a single Greek letter. A last
character that the length has cut is left out of both answers.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import regex
import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.conversations.traffic_prompts import TrafficPrompt, traffic_prompts
from server.engines.engine import AnswerRequest
from server.engines.grammar import GrammarCompiler
from server.engines.sequences import SequenceMaker
from server.planning.guarding import PolicyChooser
from tlpo_guard.brought import Brought
from tlpo_guard.generation.draws import SamplingParams
from tlpo_guard.generation.sampler import Sampler
from tlpo_guard.generation.sequence import SampledSequence
from tlpo_guard.guard.build import build_guard
from tlpo_guard.guard_options import GuardOptions
from tlpo_guard.intent import Message
from tlpo_guard.keys import Key
from tlpo_guard.models.load import LoadedModel, load_model
from tlpo_guard.policy import GuardPolicy, Mode

_SCRIPTS = {
    "en": ("Latin",),
    "de": ("Latin",),
    "ko": ("Latin", "Hangul"),
    "ja": ("Latin", "Han", "Hiragana", "Katakana"),
    "ru": ("Latin", "Cyrillic"),
    "ar": ("Latin", "Arabic"),
}
_LETTERS = {"ja": "shift_jis_2004", "ru": "koi8_r", "ar": "iso8859_6"}
_PER_LANGUAGE = 100
_CUT = 3  # bytes of a begun character at most, and so tokens


@dataclass(slots=True)
class Pair:
    """One prompt's answers: token ids up to the end, or to where the guarded one parts."""

    prompt: TrafficPrompt
    off: list[int]
    differs_at: int | None = None
    instead: int | None = None


def right(prompt: TrafficPrompt, answer: str) -> bool:
    """Whether all letters of an answer are what the prompt's language or the prompt itself has."""
    if "\N{REPLACEMENT CHARACTER}" in answer:
        return False
    scripts = (*_SCRIPTS[prompt.language], *prompt.scripts, "Common", "Inherited")
    own = "".join(rf"\p{{{script}}}" for script in scripts)
    runs = regex.findall(rf"[[\p{{L}}\p{{M}}]--[{own}]]+", answer, regex.V1)
    foreign = [run for run in runs if run not in prompt.text and not regex.fullmatch(r"\p{Greek}", run)]
    return not foreign and _of_the_alphabet(prompt, answer)


def _of_the_alphabet(prompt: TrafficPrompt, answer: str) -> bool:
    """Whether the letters that other languages of the same script have too are the language's own."""
    codec = _LETTERS.get(prompt.language)
    own = _SCRIPTS[prompt.language][-1 if prompt.language != "ja" else 1]
    for char in regex.findall(rf"[\p{{L}}&&\p{{{own}}}]", answer, regex.V1) if codec else ():
        try:
            char.encode(codec)
        except UnicodeEncodeError:
            if char not in prompt.text:
                return False
    return True


class Answers:
    """Answers prompts with the guard off and on at a time.

    Args:
        tokens: length of an answer.
        temperature: of the draws.
    """

    def __init__(self, loaded: LoadedModel, cache: Path, tokens: int, temperature: float) -> None:
        self._model: Any = loaded.model
        self.tokenizer: Any = loaded.tokenizer
        self._tokens, self._temperature = tokens, temperature
        size = int(self._model.config.vocab_size)
        guard = build_guard(self.tokenizer, size, cache)
        ends = self._model.generation_config.eos_token_id
        self._ends = frozenset(ends if isinstance(ends, list) else [ends])
        grammar = GrammarCompiler(self.tokenizer, size, sorted(self._ends))
        self._maker = SequenceMaker(guard, guard.detector.vocabulary, grammar, self._model.device)
        self._chooser = PolicyChooser(GuardPolicy())
        self._sampler = Sampler(guard)

    def ids(self, prompt: TrafficPrompt) -> list[int]:
        """A prompt's token ids, ready to be answered."""
        turns = [{"role": "user", "content": prompt.text}]
        text = self.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    @torch.no_grad()
    def batch(self, prompts: Sequence[tuple[int, TrafficPrompt]]) -> Iterator[Pair]:
        """The answers to some prompts; each comes with its seed."""
        ids = [self.ids(prompt) for _, prompt in prompts]
        rows = [self._rows(mode, prompts, ids) for mode in (Mode.OFF, Mode.MASK)]
        pairs = [Pair(prompt, []) for _, prompt in prompts]
        width = max(map(len, ids))
        given = torch.tensor([[0] * (width - len(row)) + row for row in ids])
        mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in ids])
        cache, done = None, [False] * len(pairs)
        for _ in range(self._tokens):
            places = (mask.cumsum(1) - 1).clamp(min=0)[:, -given.shape[1] :]
            out = self._model(
                input_ids=given, attention_mask=mask, position_ids=places, past_key_values=cache, logits_to_keep=1
            )
            cache, logits = out.past_key_values, out.logits[:, -1].float()
            taken = self._step(logits, rows, pairs, done)
            if all(done):
                break
            given, mask = taken.unsqueeze(1), torch.cat([mask, torch.ones_like(mask[:, :1])], dim=1)
        assert not self._sampler.faults
        yield from pairs

    def _step(
        self, logits: torch.Tensor, rows: list[list[SampledSequence]], pairs: list[Pair], done: list[bool]
    ) -> torch.Tensor:
        """The unguarded tokens, int64 [prompts]; answers that have ended, and guarded ones that have parted, are left out."""
        live = [i for i, ended in enumerate(done) if not ended]
        alike = [i for i in live if pairs[i].differs_at is None]
        sequences = [*(rows[0][i] for i in live), *(rows[1][i] for i in alike)]
        drawn = self._sampler.step(logits[[*live, *alike]], sequences).tolist()
        taken = torch.zeros(len(pairs), dtype=torch.int64)
        for index, masked in zip(alike, drawn[len(live) :], strict=True):
            if masked != drawn[live.index(index)]:
                pairs[index].differs_at, pairs[index].instead = len(pairs[index].off), masked
        for index, token_id in zip(live, drawn[: len(live)], strict=True):
            pairs[index].off.append(token_id)
            done[index] = token_id in self._ends
            taken[index] = token_id
        return taken

    def _rows(
        self, mode: Mode, prompts: Sequence[tuple[int, TrafficPrompt]], ids: Sequence[list[int]]
    ) -> list[SampledSequence]:
        rows = []
        for (seed, prompt), prompt_ids in zip(prompts, ids, strict=True):
            messages = [Message("user", prompt.text)]
            brought, options = Brought.of([prompt.text]), GuardOptions(mode=mode)
            planned = self._chooser.prompt(prompt_ids, messages, brought, options, Key("benchmark"))
            params = SamplingParams(temperature=self._temperature, seed=seed)
            request = AnswerRequest(
                f"{mode}-{seed}", prompt_ids, self._tokens, params, planned.policy, brought=planned.brought
            )
            rows.append(self._maker.make(request))
        return rows

    def judged(self, pair: Pair) -> tuple[str, bool]:
        """The unguarded answer without a cut character, and whether the guarded one has the same tokens that far."""
        ids = [token_id for token_id in pair.off if token_id not in self._ends]
        whole = next((n for n in range(len(ids), max(len(ids) - _CUT, 0) - 1, -1) if self._is_whole(ids[:n])), 0)
        kept = whole if whole < len(ids) else len(pair.off)
        return self.tokenizer.decode(ids[:whole]), pair.differs_at is None or pair.differs_at >= kept

    def _is_whole(self, ids: Sequence[int]) -> bool:
        return not self.tokenizer.decode(ids).endswith("\N{REPLACEMENT CHARACTER}")


def prompts_of(data: Path | None) -> list[TrafficPrompt]:
    """Our own prompts; those that are not English from a folder, if there is one."""
    own = list(traffic_prompts())
    if data is None:
        return own
    taken = [prompt for prompt in own if prompt.language == "en"]
    for language in dict.fromkeys(prompt.language for prompt in own if prompt.language != "en"):
        lines = (data / "prompts" / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
        taken += [TrafficPrompt(language, json.loads(line)["prompt"]) for line in lines[:_PER_LANGUAGE]]
    return taken


def main() -> None:
    """Print the table and the differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with prompts/<language>.jsonl; default: our own prompts")
    parser.add_argument("--tokens", type=int, default=40, help="length of an answer")
    parser.add_argument("--temperature", type=float, default=0.7, help="sampling temperature")
    parser.add_argument("--batch", type=int, default=32, help="prompts at a time")
    parser.add_argument("--every", type=int, default=1, help="only every so many-th prompt")
    parser.add_argument("--cache", type=Path, default=Path("data/cache"), help="where the model is unpacked")
    chosen = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 120)
    answers = Answers(load_model("smollm2", cache_dir=chosen.cache), chosen.cache, chosen.tokens, chosen.temperature)
    prompts = list(enumerate(prompts_of(chosen.data)))[:: chosen.every]
    prompts.sort(key=lambda one: len(answers.ids(one[1])))
    totals: dict[str, Counter[str]] = {}
    cuts = [*range(0, len(prompts), chosen.batch), len(prompts)]
    for start, end in track(list(pairwise(cuts)), console=Console(stderr=True)):
        for pair in answers.batch(prompts[start:end]):
            text, equal = answers.judged(pair)
            good = right(pair.prompt, text)
            counts = {"prompts": 1, "right": good, "equal": good and equal, "changed": not good and not equal}
            totals.setdefault(pair.prompt.language, Counter()).update(counts)
            if good and not equal:
                _tell(console, answers, pair)
    console.print(_table(totals))


def _tell(console: Console, answers: Answers, pair: Pair) -> None:
    assert pair.differs_at is not None and pair.instead is not None
    before, whole = (answers.tokenizer.decode(ids) for ids in (pair.off[: pair.differs_at], pair.off))
    instead = answers.tokenizer.decode([pair.instead])
    line = f"{pair.prompt.language} {pair.prompt.text!r}: {instead!r} after {before[-40:]!r} in {whole!r}"
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def _table(totals: dict[str, Counter[str]]) -> Table:
    columns = ("prompts", "right with the guard off", "of these equal under mask", "%", "wrong ones changed")
    table = Table("language", *columns, title="mask = off, token for token")
    for language, counts in (*totals.items(), ("all", sum(totals.values(), Counter()))):
        shown = [str(counts[key]) for key in ("prompts", "right", "equal")]
        share = f"{100 * counts['equal'] / max(counts['right'], 1):.2f}"
        table.add_row(language, *shown, share, str(counts["changed"]))
    return table


if __name__ == "__main__":
    main()
