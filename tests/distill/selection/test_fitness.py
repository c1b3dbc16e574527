from dataclasses import replace

import pytest

from distill.selection.fitness import NAMES_LANGUAGE, prompt_fitness
from distill.selection.groups import group_events
from tests.distill.selection.test_points import BASE, event
from tlpo_guard.models.load import LoadedModel


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [
        ("하늘은 왜 파란가요?", None),
        ("건강에 좋은 아침 식사를 추천해 주세요.", None),
        ("항상 한국어로 대답하세요. 하늘은 왜 파란가요?", None),
        ("'안녕'은 중국어로 뭐라고 하나요?", NAMES_LANGUAGE),
        ("Translate into Korean: good morning", NAMES_LANGUAGE),
        ("이 코드를 고쳐 주세요: ```print(1```", NAMES_LANGUAGE),
    ],
)
def test_prompts_whose_answers_may_hold_foreign_words_are_left_out(
    smollm2: LoadedModel, prompt: str, reason: str | None
) -> None:
    text = smollm2.tokenizer.apply_chat_template(
        [{"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True
    )
    ids = tuple(smollm2.tokenizer(text, add_special_tokens=False)["input_ids"])
    base = replace(BASE, size=len(smollm2.tokenizer))
    grouping = group_events([event(1, prompt_ids=ids)], base, prompt_fitness(smollm2.tokenizer))
    assert grouping.dropped == ({} if reason is None else {reason: 1})
    assert grouping.points == (reason is None)
