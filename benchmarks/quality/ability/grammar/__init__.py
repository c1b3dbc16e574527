"""Minimal pairs: a sentence and the same with one fault of agreement or order, made from templates written for this benchmark."""

from benchmarks.quality.ability.grammar.pairs import LANGUAGES, Pair, minimal_pairs

__all__ = ["LANGUAGES", "Pair", "minimal_pairs"]
