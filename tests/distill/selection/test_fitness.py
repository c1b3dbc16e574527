"""Nothing doubtful is taught: events that were none of the model's faults are left out, each with its reason."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from distill.config import Selection
from distill.selection.drift_reasons import ADMITTED, COPIED, IN_CODE, NAME, SYMBOL, UNDER_WAY
from distill.selection.fitness import ASKS_FOR_CODE, CONTRADICTED, UNSETTLED, EventFitness
from distill.selection.groups import Base
from distill.selection.point_selection import select_points
from tests.distill.selection.test_points import event
from tlpo_guard.events.record import Event
from tlpo_guard.events.store import EventStore
from tlpo_guard.guard.build import build_guard
from tlpo_guard.languages.decided_by import DecidedBy
from tlpo_guard.models.load import LoadedModel

SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"  # of the model's template


@pytest.fixture(scope="module")
def fitness(smollm2: LoadedModel) -> EventFitness:
    return EventFitness(smollm2.tokenizer, build_guard(smollm2.tokenizer, len(smollm2.tokenizer)))


def prompt_ids(smollm2: LoadedModel, prompt: str, system: str = "") -> tuple[int, ...]:
    turns = [{"role": "system", "content": system}] if system else []
    text = smollm2.tokenizer.apply_chat_template(
        [*turns, {"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True
    )
    return tuple(smollm2.tokenizer(text, add_special_tokens=False)["input_ids"])


def logged(smollm2: LoadedModel, prompt: str, answer: str, drift: str, system: str = "", **changes: Any) -> Event:
    """An event of an answer that goes on with a drift."""
    before = smollm2.tokenizer(answer, add_special_tokens=False)["input_ids"]
    token_id = smollm2.tokenizer(drift, add_special_tokens=False)["input_ids"][0]
    made = event(1, tuple(before), prompt_ids=prompt_ids(smollm2, prompt, system))
    return replace(made, token_id=token_id, decided_by=DecidedBy.PROMPT, **changes)


FAULTS = [
    ("하늘은 왜 파란가요?", "하늘이 파란 이유는 ", "複雑", {"language": "ko"}),
    ("건강에 좋은 아침 식사를 추천해 주세요.", "아침에는 ", " food", {"language": "ko", "allow_english": False}),
    ("건강에 좋은 아침 식사를 추천해 주세요.", "", "I", {"language": "ko", "allow_english": False}),
    ("하늘은 왜 파란가요?", "", "Dear", {"language": "ko", "allow_english": False}),
    ("항상 한국어로 대답하세요. 하늘은 왜 파란가요?", "하늘은 ", "и", {"language": "ko"}),
    ("Почему небо голубое?", "Небо голубое, потому что ", "的", {"language": "ru"}),
    ("Warum ist der Himmel blau?", "Der Himmel ist blau, weil ", "その", {"language": "de"}),
    ("Why is the sky blue?", "The sky is blue because ", "свет", {"language": "en"}),
    ("하늘은 왜 파란가요?", "The sky, 하늘은 ", "небо", {"language": "ko", "allow_english": False}),
    ("하늘은 왜 파란가요?", "(Sky) ", "небо", {"language": "ko"}),
]


@pytest.mark.parametrize(("prompt", "answer", "drift", "changes"), FAULTS)
@pytest.mark.parametrize("settled", [None, True])
def test_faults_of_the_model_are_examples(
    smollm2: LoadedModel,
    fitness: EventFitness,
    prompt: str,
    answer: str,
    drift: str,
    changes: dict[str, Any],
    settled: bool | None,
) -> None:
    assert fitness(logged(smollm2, prompt, answer, drift, settled=settled, **changes)) is None


EN, KO, RU = {"language": "en"}, {"language": "ko"}, {"language": "ru"}
DOUBTFUL = [
    (
        "Suggest three side dishes of Japanese cuisine.",
        "Three side dishes are ",
        "the",
        {"language": "ja"},
        CONTRADICTED,
    ),
    ("Tell me about the islands of French Polynesia.", "The islands ", "и", {"language": "fr"}, CONTRADICTED),
    ("Расскажи о роли чая в китайской культуре.", "Чай ", "и", {"language": "zh"}, CONTRADICTED),
    ("Wie entstand der englische Landschaftsgarten?", "Der ", "и", {"language": "en"}, CONTRADICTED),
    ("Write the number 14 in Roman numerals.", "The number is ", "и", {"language": "la"}, CONTRADICTED),
    ("How do I compute the area of an ellipse? Use π.", "The area is ", "π", EN, SYMBOL),
    ("Wie groß ist der Winkel?", "Der Winkel ", "Δ", {"language": "de"}, SYMBOL),
    ("What does 頑張って mean?", "The phrase ", "頑", EN, None),
    ("What is the Japanese word for rain?", "The word is ", "雨", EN, None),
    ("Repeat exactly: Коваленко", "", "Ков", EN, None),
    ("Who is 宮崎駿?", "His name is ", "宮", EN, None),
    ("How do you say thank you in Russian?", "You say ", "с", EN, None),
    (
        'Traceback (most recent call last):\n  File "a.py", line 3, in <module>\nValueError: bad value\n\n이 오류는 왜 나나요?',
        "",
        "이",
        EN,
        None,
    ),
    ("Fix the grammar: Gestern ich bin ins Kino gegangen.", "Gestern bin ich ", "и", EN, CONTRADICTED),
    ("AI가 뭐예요?", "", "AI", KO | {"allow_english": False}, None),
    ("와이파이 주파수가 어떻게 되나요?", "주파수는 5", "GHz", KO | {"allow_english": False}, NAME),
    ("Какой движок у этого сайта?", "Сайт сделан на ", "WordPress", RU | {"allow_english": False}, NAME),
    ("이 코드를 고쳐 주세요: ```print(1```", "여기 ", "и", KO, ASKS_FOR_CODE),
    ("파이썬(Python)으로 소수를 구하는 함수를 짜 줘", "여기 ", "и", KO, ASKS_FOR_CODE),
    ("Schreib mir ein Skript, das Dateien umbenennt.", "Hier: ", "и", {"language": "de"}, ASKS_FOR_CODE),
    ("서버는 어떻게 설치하나요?", "다음과 같이:\n```bash\n", "и", KO, IN_CODE),
    ("하늘은 왜 파란가요?", "하늘은 небо ", "и", KO, UNDER_WAY),
    ("하늘은 왜 파란가요?", "하늘은 sky", " is", KO | {"allow_english": False}, UNDER_WAY),
    ("Gökyüzü neden mavidir?", 'א"', "ל", {"language": "tr"}, UNDER_WAY),
]


@pytest.mark.parametrize(("prompt", "answer", "drift", "changes", "reason"), DOUBTFUL)
def test_events_of_everyday_prompts_that_were_no_faults_are_left_out(
    smollm2: LoadedModel,
    fitness: EventFitness,
    prompt: str,
    answer: str,
    drift: str,
    changes: dict[str, Any],
    reason: str | None,
) -> None:
    """As versions that noted no claims have logged them."""
    told = fitness(logged(smollm2, prompt, answer, drift, **changes))
    assert told == reason if reason else told in (ADMITTED, COPIED, CONTRADICTED, UNSETTLED, ASKS_FOR_CODE, NAME)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"settled": False, "claimed": "ja"}, UNSETTLED),
        ({"settled": True, "admitted": "zh"}, ADMITTED),
        ({"settled": True, "claimed": "zh"}, ADMITTED),
        ({"settled": True, "admitted": "ru"}, None),
        ({"settled": True, "decided_by": DecidedBy.REQUEST, "language": "th"}, CONTRADICTED),
        ({"settled": True, "kind": "word", "admitted": "en"}, ADMITTED),
    ],
)
def test_the_claims_of_an_event_count(
    smollm2: LoadedModel, fitness: EventFitness, changes: dict[str, Any], reason: str | None
) -> None:
    made = logged(smollm2, "Почему небо голубое?", "Небо голубое, потому что ", "的", language="ru")
    assert fitness(replace(made, **changes)) == reason


def test_a_log_of_such_prompts_gives_no_points_and_says_why(
    smollm2: LoadedModel, fitness: EventFitness, tmp_path: Path
) -> None:
    doubtful = [logged(smollm2, prompt, answer, drift, **changes) for prompt, answer, drift, changes, _ in DOUBTFUL]
    faults = [
        logged(smollm2, prompt, answer, drift, settled=True, **changes) for prompt, answer, drift, changes in FAULTS
    ]
    with closing(EventStore(tmp_path / "events.sqlite3")) as store:
        store.add([replace(e, id=f"d{n}", request_id=f"d{n}") for n, e in enumerate(doubtful)])
        store.add([replace(e, id=f"f{n}", request_id=f"f{n}") for n, e in enumerate(faults)])
        base = Base("base", "tokens", len(smollm2.tokenizer))
        found = select_points(store, base, Selection(), fitness, seed=0, learnt=())
    assert found.event_ids == [f"f{n}" for n in range(len(FAULTS))]
    assert sum(found.dropped.values()) == len(DOUBTFUL)
    assert {CONTRADICTED, SYMBOL, IN_CODE, ASKS_FOR_CODE, NAME} <= set(found.dropped)
