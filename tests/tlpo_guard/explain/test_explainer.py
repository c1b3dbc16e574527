"""What is explained is what the guard does: the same states, rules and pardons."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tlpo_guard.longest_tokens import cut
from tlpo_guard.brought import Brought
from tlpo_guard.explain import Explainer, Explanation, Question, question_of
from tlpo_guard.explain.token_places import token_places
from tlpo_guard.generation.draws import Draws, SamplingParams
from tlpo_guard.generation.sampler import Sampler
from tlpo_guard.generation.sequence import SampledSequence, Step
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.guard.guard import Guard
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.vocabulary.index import VocabularyIndex

torch = pytest.importorskip("torch")

PIECES = [
    "이것은",
    " 책",
    "입니다",
    "这是",
    "一本",
    "书",
    " the",
    " book",
    "Книга",
    " есть",
    "。",
    "(",
    ")",
    "`",
    "\n",
    "α",
]
TOKENS = [bytes([byte]) for byte in range(256)] + [piece.encode() for piece in PIECES]
GUARD = Guard(DriftDetector(VocabularyIndex.from_bytes(TOKENS)))


def encode(text: str) -> list[int]:
    return cut(text, TOKENS)


def answer(question: Question) -> Explanation:
    return Explainer(GUARD).explain(question, encode(question.completion))


def explained(completion: str, prompt: str = "이 문장을 다시 써 주세요.", **more: object) -> list[tuple[int, int, str]]:
    row = {"prompt": prompt, "completion": completion, **more}
    return [(b.start, b.end, b.text) for b in answer(question_of(row)).blocked]


def test_stretches_have_their_places_and_reasons() -> None:
    question = question_of(
        {"prompt": "아무 말이나 해 주세요.", "completion": "이것은 这是 一本。 책입니다 Книга", "language": "ko"}
    )
    explanation = answer(question)
    assert [(b.start, b.end, b.text) for b in explanation.blocked] == [(4, 9, "这是 一本"), (16, 21, "Книга")]
    assert explanation.blocked[0].why.startswith("ko is not written in Chinese characters")
    assert "Cyrillic letters" in explanation.blocked[1].why
    assert explanation.intent.languages == ("ko",)


def test_nothing_is_kept_out_of_what_nobody_knows_the_language_of() -> None:
    assert explained("Книга", prompt="12345") == []
    assert answer(question_of({"prompt": "이게 뭐야?"})).blocked == ()


def test_english_counts_where_it_is_not_allowed() -> None:
    assert explained("이것은 the book", language="ko") == []
    assert explained("이것은 the book", language="ko", allow_english=False) == [(4, 12, "the book")]


def test_a_language_needs_no_conversation() -> None:
    question = question_of({"completion": "이것은 这是", "language": "ko"})
    assert [(b.start, b.end, b.text) for b in answer(question).blocked] == [(4, 6, "这是")]


def test_letters_cut_by_tokens_are_reported_whole() -> None:
    assert explained("가复나", language="ko") == [(1, 2, "复")]


def test_a_half_of_a_surrogate_pair_does_no_harm() -> None:
    assert explained("이것은 \ud83d 책", language="ko") == []


@pytest.mark.parametrize(
    "row, problem",
    [
        ({}, "either `messages` or `prompt`"),
        ({"prompt": "a", "messages": []}, "either `messages` or `prompt`"),
        ({"prompt": 1}, "`prompt` must be a string"),
        ({"messages": "a"}, "a list of objects"),
        ({"messages": [{"content": "a"}]}, "`role`"),
        ({"prompt": "a", "completion": 1}, "`completion` must be a string"),
        ({"prompt": "a", "language": 1}, "`language` must be a string"),
        ({"prompt": "a", "language": "xx-nonsense"}, "`language`: "),
        ({"prompt": "a", "allow_english": 1}, "`allow_english` must be true or false"),
    ],
)
def test_what_is_wrong_with_a_record(row: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        question_of(row)


def test_places_of_tokens_in_a_text_that_the_tokenizer_changed() -> None:
    assert list(token_places("ab", [b"a", b"b"])) == [(0, 1), (1, 2)]
    assert list(token_places("é", ["é".encode()[:1], "é".encode()[1:]])) == [(0, 1), (0, 1)]
    assert list(token_places("ab", [b" ", b"ab"])) == [(0, 1), (0, 2)]
    assert list(token_places("a", [b"a", b""])) == [(0, 1), (1, 1)]


@given(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
)
def test_what_is_not_reported_is_what_the_sampler_lets_through(completion: str, prompt: str) -> None:
    question = question_of({"prompt": prompt, "completion": completion, "language": "ko", "allow_english": False})
    explanation = answer(question)
    blocked = {i for b in explanation.blocked for i in range(b.start, b.end)}
    intent = explanation.intent
    policy = GuardPolicy(
        languages=intent.languages, admitted=intent.admitted, claimed=intent.claimed, allow_english=False
    )
    state = GUARD.open(policy, brought=Brought.of(question.messages))
    sampler, ids = Sampler(GUARD), encode(completion)
    for token_id, (start, end) in zip(ids, token_places(completion, [TOKENS[i] for i in ids]), strict=True):
        steps: list[Step] = []
        alone = GUARD.open(policy, brought=state.brought)
        for before in state.output_ids:
            GUARD.advance(alone, before)
        row = torch.full((1, len(TOKENS)), -30.0)
        row[0, token_id] = 30.0
        sequence = SampledSequence(SamplingParams(temperature=0.0), Draws(0), alone, deliver=steps.append)
        sampler.step(row, [sequence])
        assert (steps[0].token_id != token_id) == bool(blocked & set(range(start, end)))
        GUARD.advance(state, token_id)


@pytest.mark.parametrize(
    ("prompt", "completion"),
    [
        ("Write the word book in Chinese characters or kanji", "It is 书 in those characters."),
        ("Write the word book in Cyrillic letters", "It is Книга in those letters."),
        ("'책'의 한자는 무엇인가요?", "한자는 书입니다"),
        ("What is the Sanskrit word for peace?", "The word is शान्ति in that script."),
    ],
)
def test_a_script_that_the_prompt_names_is_not_kept_out(prompt: str, completion: str) -> None:
    assert answer(question_of({"prompt": prompt, "completion": completion})).blocked == ()


def test_a_script_that_the_prompt_does_not_name_is_kept_out() -> None:
    asked = {"prompt": "Write the word book in Cyrillic letters", "completion": "It is 书 in those letters."}
    assert [one.text for one in answer(question_of(asked)).blocked] == ["书"]
