"""A vocabulary of all bytes, some words and some pieces of characters, and logits over it."""

import torch

from tlpo_guard.generation.draws import SamplingParams
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.vocabulary.index import VocabularyIndex

WORDS = ["가", "한국", "漢", "中文", "語다", "hello", "мир", "かな", " ", "1", "。", "다é", "π", "λόγος", " α"]
PIECES = [
    b"\xea\xb0\x80\xe4",
    b"\x80\xed\x95",
    b"\xb8\xad",
    b" \xe3\x81",
    b"\x80\xce",
    b"\xb1r",
]  # characters cut by a token's border
TOKENS = [bytes([b]) for b in range(256)] + [w.encode() for w in WORDS] + PIECES
VOCABULARY = VocabularyIndex.from_bytes(TOKENS)
DETECTOR = DriftDetector(VOCABULARY)
SIZE = len(TOKENS)
STEPS = 24

SETTINGS = [
    SamplingParams(seed=1),
    SamplingParams(temperature=0.0),
    SamplingParams(temperature=0.7, seed=2),
    SamplingParams(temperature=2.0, top_p=0.9, seed=3),
    SamplingParams(top_k=40, seed=4),
    SamplingParams(temperature=1.5, min_p=0.1, seed=5),
]


MARKS = [*b"`~$\\([:/"]  # that begin code, formulas, addresses and glosses, where any letters may stand


def random_logits(seed: int, rows: int, spread: float = 2.0) -> torch.Tensor:
    logits = torch.randn(rows, SIZE, generator=torch.Generator().manual_seed(seed)) * spread
    logits[:, MARKS] -= 100.0
    return logits


def one_hot(*token_ids: int, height: float = 30.0) -> torch.Tensor:
    """A row over which the tokens come in this order."""
    logits = torch.zeros(1, SIZE)
    for rank, token_id in enumerate(token_ids):
        logits[0, token_id] = height - rank
    return logits


def word(text: str) -> int:
    return TOKENS.index(text.encode())
