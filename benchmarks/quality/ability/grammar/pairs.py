"""All minimal pairs, the same number of each fault."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from benchmarks.quality.ability.grammar import east_asian, european, south_and_west
from benchmarks.quality.ability.grammar.template import Template

__all__ = ["LANGUAGES", "Pair", "minimal_pairs"]

_TEMPLATES: Mapping[str, Sequence[Template]] = east_asian.TEMPLATES | european.TEMPLATES | south_and_west.TEMPLATES
LANGUAGES = tuple(_TEMPLATES)
PER_FAULT = 64


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence and the same with one fault."""

    id: str
    language: str
    right: str
    wrong: str


def minimal_pairs(per_fault: int = PER_FAULT) -> list[Pair]:
    """Pairs of every language and fault; which ones, is the same every time.

    Args:
        per_fault: most of one fault.
    """
    pairs = []
    for language, templates in _TEMPLATES.items():
        for template in templates:
            made = list(_filled(template))
            chosen = random.Random(f"{language} {template.fault}").sample(made, min(per_fault, len(made)))
            pairs += [Pair(f"{template.fault} {i}", language, *two) for i, two in enumerate(chosen)]
    return pairs


def _filled(template: Template) -> list[tuple[str, str]]:
    names = list(template.slots)
    found = {}
    for choice in product(*template.slots.values()):
        values = dict(zip(names, choice, strict=True))
        right, wrong = template.right.format(**values), template.wrong.format(**values)
        found[right] = (right, wrong)
    return [pair for pair in found.values() if pair[0] != pair[1]]
