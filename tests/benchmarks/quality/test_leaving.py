from pathlib import Path

import torch

from benchmarks.quality.ability.leaving import chance_of_leaving
from distill.policy_model.answers import chat_ids
from distill.policy_model.likelihood import Completion
from distill.run.job import drift_rules
from tlpo_guard.languages.scripts import NEUTRAL, script_of
from tlpo_guard.models.load import LoadedModel


def test_it_is_what_the_model_gives_tokens_of_foreign_letters(smollm2: LoadedModel, tmp_path: Path) -> None:
    model, tokenizer, rules_of = smollm2.model, smollm2.tokenizer, drift_rules(smollm2, tmp_path)
    prompt, answer = chat_ids(tokenizer, "Как лучше спать?"), tuple(tokenizer("Ложитесь спать рано.")["input_ids"])
    texts = {"whole": Completion(prompt, answer), "first": Completion(prompt, answer[:1])}
    found = chance_of_leaving(model, {"ru": texts}, rules_of)["ru"]
    (whole,), (first,) = found["whole"], found["first"]
    with torch.no_grad():
        probs = (model(torch.tensor([prompt])).logits[0, -1].float() / 0.6).softmax(dim=-1).tolist()
    foreign = part = 0.0
    for token_id, probability in enumerate(probs):
        text = tokenizer.decode([token_id])
        part += probability * ("\ufffd" in text)
        foreign += probability * any(char.isalpha() and script_of(char) not in {"Cyrl", *NEUTRAL} for char in text)
    assert 0.001 < foreign - 1e-3 <= first <= foreign + part + 1e-3 < 1.0
    assert first < whole < 1.0
    named = Completion(prompt, (*answer, *tokenizer(" Zoom")["input_ids"]))
    (with_name,) = chance_of_leaving(model, {"ru": {"named": named}}, rules_of)["ru"]["named"]
    assert abs(with_name - whole) < 1e-4
