"""Requests for another language, made of the prompts that are trained on."""

from distill.policy_model.answers import chat_ids
from distill.tlpo.requests import requests
from tlpo_guard.models.load import LoadedModel


def test_prompts_get_a_request_in_their_users_message(smollm2: LoadedModel) -> None:
    tokenizer = smollm2.tokenizer
    texts = ["한국의 {사계절}을 설명해 주세요.", "Was ist das?"]
    found = list(requests(tokenizer, [chat_ids(tokenizer, text) for text in texts], 5))
    assert len(found) == 2
    for ids, text in zip(found, texts, strict=True):
        asked = tokenizer.decode(ids)
        plain = tokenizer.decode(chat_ids(tokenizer, text))
        assert text in asked and "English" in asked
        assert asked.endswith(plain[plain.index(text) + len(text) :]) and asked.startswith(plain[: plain.index(text)])


def test_so_many_are_made_and_chinese_is_among_what_is_asked_for(smollm2: LoadedModel) -> None:
    tokenizer = smollm2.tokenizer
    prompts = [chat_ids(tokenizer, f"Frage {i}") for i in range(9)]
    found = [tokenizer.decode(ids) for ids in requests(tokenizer, prompts, 7)]
    assert len(found) == len(set(found)) == 7
    assert sum("中文" in text for text in found) == 2
    assert not list(requests(tokenizer, prompts, 0))


def test_conversations_that_are_no_single_message_are_passed_over(smollm2: LoadedModel) -> None:
    tokenizer = smollm2.tokenizer
    own = chat_ids(tokenizer, [{"role": "system", "content": "Kurz."}, {"role": "user", "content": "Was ist das?"}])
    assert not list(requests(tokenizer, [own, (1, 2, 3)], 5))
