"""Events for people: lines of a list, and one event with its strip of tokens and its candidates."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tlpo_guard.cli.output import marked, visible

if TYPE_CHECKING:
    from rich.text import Text

    from tlpo_guard.events.record import Event
    from tlpo_guard.events.shown import Decode, ShownEvent

__all__ = ["event_line", "print_event", "shown_by"]

_BEFORE = 40  # characters of the answer that a list shows
_STRIP = 16  # tokens
_BAR = 24  # columns of the most probable candidate


def shown_by(model: str | None, data_dir: Path) -> "Callable[[Event], ShownEvent | None]":
    """What turns events into text, by the tokenizer of `model` or else of each event's own; None where that cannot be had.

    Nothing is fetched for it. What is missing is told once, on standard error.
    """
    from tlpo_guard.events.shown import shown_event

    @cache
    def tokenizer(name: str) -> "tuple[Decode, str] | None":
        try:
            return _decoding(name, data_dir)
        except Exception as exc:  # the list is of use without text, too
            typer.echo(f"token ids are shown, for the tokenizer of {name} cannot be loaded: {exc}", err=True)
            return None

    def show(event: "Event") -> "ShownEvent | None":
        if (loaded := tokenizer(model or event.model)) is None:
            return None
        decode, fingerprint = loaded
        return shown_event(event, decode) if fingerprint == event.tokenizer_fingerprint else None

    return show


def _decoding(name: str, data_dir: Path) -> "tuple[Decode, str]":
    from tlpo_guard.models import load_tokenizer
    from tlpo_guard.models.fingerprints import tokenizer_fingerprint

    tokenizer = load_tokenizer(name, cache_dir=data_dir / "cache", fetch=False)

    def decode(ids: list[int]) -> str:
        return str(tokenizer.decode(ids))

    return decode, tokenizer_fingerprint(tokenizer)


def event_line(event: "Event", shown: "ShownEvent | None") -> "Text":
    """The answer's last words, the drifting token, and what was taken instead; ids where there is no text."""
    from rich.text import Text

    if shown is None:
        after = "" if event.replacement_id is None else f" → #{event.replacement_id}"
        return Text(f"#{event.token_id}{after}")
    before = visible(shown.before)
    line = Text(before if len(before) <= _BEFORE else "…" + before[-_BEFORE:])
    line.append_text(marked(shown.token, drift=True))
    if shown.replacement is not None:
        line.append(" → ").append_text(marked(shown.replacement, drift=False))
    return line


def print_event(event: "Event", shown: "ShownEvent | None") -> None:
    """One event: what was expected and done, the strip of tokens, the candidates as bars."""
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    console.print(f"event      {event.id}, {event.created_at:%Y-%m-%d %H:%M:%S} UTC")
    asked = f", key {event.key}" if event.key else ""
    console.print(f"request    {event.request_id}{asked}, user {event.user or 'not named'}")
    console.print(f"model      {event.model}, adapter {event.adapter_version}")
    console.print(f"expected   {event.language} (by {event.decided_by}, confidence {event.confidence:.2f})")
    for name, languages in (("admitted", event.admitted), ("claimed", event.claimed)):
        if languages:
            console.print(f"{name:<11}{languages}")
    console.print(f"found      drift by {event.kind} at token {event.position}; {event.action}")
    console.print(f"mass       {event.confusion_mass:.3f} of the probability drifts here", end="\n\n")
    console.print(event_line(event, None) if shown is None else _strip(shown), end="\n\n")
    for line in _bars(event, shown):
        console.print(line, no_wrap=True, overflow="ellipsis")


def _strip(shown: "ShownEvent") -> "Text":
    from rich.text import Text

    strip = Text("…" if shown.cut or len(shown.pieces) > _STRIP else "")
    for number, piece in enumerate(shown.pieces[-_STRIP:]):
        strip.append(visible(piece), "on grey23" if number % 2 else "on grey11").append("│", "dim")
    strip.append_text(marked(shown.token, drift=True))
    if shown.replacement is not None:
        strip.append(" → ").append_text(marked(shown.replacement, drift=False))
    return strip


def _bars(event: "Event", shown: "ShownEvent | None") -> "list[Text]":
    import math

    from rich.cells import cell_len
    from rich.text import Text

    if shown is None:
        rows = [(f"#{c.token_id}", math.exp(c.logprob), c.drifts, False) for c in event.candidates]
    else:
        rows = [(visible(c.text), c.probability, c.drifts, c.taken) for c in shown.candidates]
    width = max((cell_len(text) for text, *_ in rows), default=0)
    highest = max((probability for _, probability, *_ in rows), default=1.0) or 1.0
    lines = []
    for text, probability, drifts, taken in rows:
        line = Text(text + " " * (width - cell_len(text)) + f"  {probability:7.2%}  ")
        line.append("█" * max(1, round(_BAR * probability / highest)), "red" if drifts else "green")
        line.append("  drifts" if drifts else "").append("  ← in the answer" if taken else "")
        lines.append(line)
    return lines
