"""Strings of the conversation in rows that are only masked: they stay open token by token, and nothing else does."""

import torch

from tests.tlpo_guard.byte_vocabulary import DETECTOR, SIZE, TOKENS, VOCABULARY
from tlpo_guard.brought import Brought
from tlpo_guard.generation.copies import Copies
from tlpo_guard.generation.late_rows import LateRows
from tlpo_guard.guard.guard import Guard
from tlpo_guard.policy import GuardPolicy

POLICY = GuardPolicy(languages=("ko",), allow_english=True)
BROUGHT = Brought(["가수 邓丽君 노래, мир 뜻"])
CPU = torch.device("cpu")


def copied(answer: bytes) -> bytes:
    """As much of an answer, byte by byte, as is open one after the other."""
    copies = Copies.of(BROUGHT, DETECTOR.rules(POLICY), 1, CPU)
    assert copies is not None
    taken = b""
    for byte in answer:
        if not copies.open(SIZE)[0, byte]:
            break
        copies.follow(torch.tensor([byte]))
        taken += bytes([byte])
    return taken


def test_a_string_stays_open_to_its_end_and_may_come_again() -> None:
    assert copied("邓丽君".encode()) == "邓丽君".encode()
    assert copied("邓丽君邓丽".encode()) == "邓丽君邓丽".encode()
    assert copied("мир".encode()) == "мир".encode()


def test_what_leaves_the_string_is_closed() -> None:
    assert copied("邓丽的".encode()) == "邓丽".encode()
    assert copied("邓丽君的".encode()) == "邓丽君".encode()
    assert copied("миру".encode()) == "мир".encode()
    assert copied("ира".encode()) == b"\xd0"  # that also begins the one


def test_longer_tokens_and_a_space_before_them_are_edges_too() -> None:
    copies = Copies.of(BROUGHT, DETECTOR.rules(POLICY), 1, CPU)
    assert copies is not None
    assert copies.open(SIZE)[0, TOKENS.index("мир".encode())]
    assert not copies.open(SIZE)[0, TOKENS.index("中文".encode())]


def test_a_conversation_without_foreign_letters_brings_none() -> None:
    assert Copies.of(Brought(["노래 하나"]), DETECTOR.rules(POLICY), 1, CPU) is None


def test_rows_that_generate_may_copy_while_others_are_masked() -> None:
    prompt = torch.zeros(2, 1, dtype=torch.int64)
    rows = LateRows(Guard(DETECTOR), POLICY, prompt, 0.0, BROUGHT)
    name, other = "邓丽君".encode(), "中国人".encode()
    answers = torch.zeros(2, 0, dtype=torch.int64)
    for own, foreign in zip(name, other, strict=True):
        logits = torch.zeros(2, SIZE)
        logits[0, own], logits[1, foreign] = 30.0, 30.0
        taken = rows.mask(logits, answers).argmax(dim=-1, keepdim=True)
        answers = torch.cat([answers, taken], dim=1)
    assert b"".join(map(VOCABULARY.token_bytes, answers[0].tolist())) == name
    assert b"".join(map(VOCABULARY.token_bytes, answers[1].tolist())) != other
    assert {row for row, _ in rows.events()} == {1}


def test_claims_are_settled_while_rows_generate() -> None:
    policy = GuardPolicy(languages=("ko",), claimed=("ru",), allow_english=False)
    rows = LateRows(Guard(DETECTOR), policy, torch.zeros(1, 1, dtype=torch.int64), 0.0)
    answers = torch.zeros(1, 0, dtype=torch.int64)
    for byte in "Сегодня хорошая погода, и мы гуляем. ".encode():
        logits = torch.zeros(1, SIZE)
        logits[0, byte] = 30.0
        assert int(rows.mask(logits, answers).argmax()) == byte
        answers = torch.cat([answers, torch.tensor([[byte]])], dim=1)
    hangul = torch.zeros(1, SIZE)
    hangul[0, TOKENS.index("한국".encode())] = 30.0
    assert torch.isfinite(rows.mask(hangul, answers)[0, TOKENS.index("한국".encode())])  # admitted now
