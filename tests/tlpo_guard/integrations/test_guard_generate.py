"""The guard inside `model.generate`, on the real model."""

from typing import Any

import torch

from tests.foreign_letters import foreign_to
from tlpo_guard.integrations.transformers import LanguageGuardLogitsProcessor
from tlpo_guard.models.load import LoadedModel
from tlpo_guard.policy import GuardPolicy, Mode

FOREIGN_TO_KOREAN = foreign_to("Hangul")
PROMPTS = [
    "스트레스를 줄이는 방법을 알려 주세요.",
    "한국의 사계절을 설명해 주세요.",
    "건강한 아침 식사를 추천해 주세요.",
]


def answers(loaded: LoadedModel, mode: Mode, **options: Any) -> tuple[list[str], LanguageGuardLogitsProcessor]:
    chats = [[{"role": "user", "content": p}] for p in PROMPTS]
    loaded.tokenizer.padding_side = "left"
    inputs = loaded.tokenizer.apply_chat_template(
        chats, add_generation_prompt=True, return_tensors="pt", return_dict=True, padding=True
    )
    policy = GuardPolicy(mode=mode, languages=("ko",), allow_english=False)
    length = inputs["input_ids"].shape[1]
    guard = LanguageGuardLogitsProcessor(loaded.tokenizer, loaded.model.config.vocab_size, policy, length)
    torch.manual_seed(0)
    out = loaded.model.generate(**inputs, max_new_tokens=32, logits_processor=[guard], **options)
    return loaded.tokenizer.batch_decode(out[:, length:], skip_special_tokens=True), guard


def test_a_masked_answer_holds_no_foreign_letter(smollm2: LoadedModel) -> None:
    texts, guard = answers(smollm2, Mode.MASK, do_sample=True, temperature=1.0)
    assert [t for t in texts if FOREIGN_TO_KOREAN.search(t)] == []
    assert {draft.action for _, draft in guard.events} == {"masked"}
    for _, draft in guard.events:
        assert len(draft.candidates) == 16
        assert [c[1] for c in draft.candidates] == sorted((c[1] for c in draft.candidates), reverse=True)


def test_an_observed_answer_is_the_unguarded_one(smollm2: LoadedModel) -> None:
    off, silent = answers(smollm2, Mode.OFF, do_sample=True, temperature=1.0)
    observed, guard = answers(smollm2, Mode.OBSERVE, do_sample=True, temperature=1.0)
    assert observed == off
    assert any(FOREIGN_TO_KOREAN.search(t) for t in off)
    assert silent.events == []
    assert {draft.action for _, draft in guard.events} == {"observed"}
