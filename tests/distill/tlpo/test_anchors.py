"""What a distillation is held to beside its confusion points."""

from dataclasses import replace

import pytest
import torch
from peft import LoraConfig, get_peft_model

from distill.config import Anchors
from distill.policy_model.forward import end_tokens
from distill.tlpo.anchors import Anchor, AnchorLoss, make_anchors
from distill.tlpo.batches import features
from distill.tlpo.trainer import TLPOConfig, TLPOTrainer
from tests.distill.evaluation.test_evaluation import ByteTokenizer

COMPLETIONS = [Anchor((1, 2, 3), (256, 257, 4, 5)), Anchor((9,), (7, 8)), Anchor((60,) * 6, (8, 9, 10))]


@pytest.fixture
def adapted(small_llama):
    torch.manual_seed(0)
    return get_peft_model(small_llama, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear")).eval()


def change(model):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.05, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def plain_kl(model, completions):
    """One token at a time."""
    found = []
    for completion in completions:
        ids = completion.prompt_ids + completion.ids
        for end in range(len(completion.prompt_ids), len(ids)):
            now = model(torch.tensor([ids[:end]])).logits[0, -1].log_softmax(-1)
            with model.disable_adapter():
                base = model(torch.tensor([ids[:end]])).logits[0, -1].log_softmax(-1)
            found.append((base.exp() * (base - now)).sum())
    return torch.stack(found).mean()


@torch.no_grad()
def test_the_loss_is_the_weighted_kl_to_the_base_over_all_tokens(adapted):
    loss = AnchorLoss(COMPLETIONS, Anchors(weight=3.0, per_batch=3), seed=0)
    assert float(loss(adapted, 0)) == pytest.approx(0.0, abs=1e-6)
    change(adapted)
    assert float(loss(adapted, 0)) == pytest.approx(3.0 * float(plain_kl(adapted, COMPLETIONS)), rel=1e-4)


@torch.no_grad()
def test_other_batches_get_other_anchors_and_the_same_turn_the_same(adapted):
    change(adapted)
    loss = AnchorLoss(COMPLETIONS, Anchors(per_batch=1), seed=0)
    figures = [float(loss(adapted, turn)) for turn in range(12)]
    assert len(set(figures)) == 3
    assert float(loss(adapted, 5)) == figures[5]


def test_anchors_are_clean_answers_to_training_prompts_and_english_ones(adapted, batch, rules_of, vocabulary):
    found = make_anchors(
        adapted, ByteTokenizer(vocabulary), batch, rules_of, Anchors(max_new_tokens=8), temperature=1.0, seed=0
    )
    prompts = {group.ids[: group.prompt_length]: group for group in batch}
    own = [completion for completion in found if completion.prompt_ids in prompts]
    assert own and len(found) > len(own)
    for completion in own:
        assert rules_of(prompts[completion.prompt_ids]).first_drift(completion.ids) is None
    assert make_anchors(adapted, None, batch, rules_of, Anchors(weight=0.0), temperature=1.0, seed=0) == []


def test_anchored_training_stays_nearer_to_the_base(small_llama, batch, rules_of, tmp_path):
    def kl_after(weight):
        torch.manual_seed(0)
        model = get_peft_model(small_llama, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear"))
        args = TLPOConfig(output_dir=str(tmp_path), max_steps=10, learning_rate=5e-3, kl_beta=0.0, seed=1)
        anchor = AnchorLoss(COMPLETIONS, Anchors(weight=weight, per_batch=3), seed=0) if weight else None
        trainer = TLPOTrainer(
            model=model, args=args, train_dataset=features(batch), rules_of=rules_of, anchor_loss=anchor
        )
        trainer.train()
        assert ("anchor_loss" in trainer.state.log_history[0]) is bool(weight)
        found = float(plain_kl(model.eval(), COMPLETIONS))
        model.unload()
        return found

    assert kl_after(5.0) < 0.5 * kl_after(0.0)


def test_an_anchor_that_ended_has_its_end_and_one_that_was_cut_has_none(adapted, batch, rules_of, vocabulary):
    prompt = batch[0].ids[: batch[0].prompt_length]
    (whole,) = [a for a in anchors(adapted, batch[:1], rules_of, vocabulary, 8) if a.prompt_ids == prompt]
    adapted.get_base_model().generation_config.eos_token_id = end = whole.ids[5]
    first = whole.ids.index(end)
    (ended,) = [a for a in anchors(adapted, batch[:1], rules_of, vocabulary, 8) if a.prompt_ids == prompt]
    assert ended.ids[-1] in (end, adapted.config.eos_token_id)
    assert ended.ids[:-1] == whole.ids[:first]
    if first:
        (cut,) = [a for a in anchors(adapted, batch[:1], rules_of, vocabulary, first) if a.prompt_ids == prompt]
        assert cut.ids == whole.ids[:first]


def anchors(model, groups, rules_of, vocabulary, tokens):
    settings = Anchors(max_new_tokens=tokens)
    return make_anchors(model, ByteTokenizer(vocabulary), groups, rules_of, settings, temperature=1e-4, seed=0)


@torch.no_grad()
def test_the_first_and_the_last_token_of_an_anchor_count_at_every_turn(adapted):
    change(adapted)
    long = Anchor((1, 2, 3), tuple(range(100, 160)))
    with_end, without = AnchorLoss([long], Anchors(per_batch=1), 0), AnchorLoss([long], Anchors(per_batch=1), 0)
    for turn in range(6):
        ((_, places),) = with_end.chosen(turn, ())
        assert (places[0], places[-1], len(set(places))) == (0, 59, 24)
    assert len({float(without(adapted, turn)) for turn in range(6)}) == 6


def test_of_several_clean_answers_to_a_prompt_one_that_ended_is_an_anchor(adapted, batch, rules_of, vocabulary):
    ends = list(range(0, adapted.config.vocab_size, 8))  # about half of the answers of six tokens end
    adapted.get_base_model().generation_config.eos_token_id = ends
    groups = [replace(group, ids=(first, *group.ids[1:])) for group in batch for first in range(1, 7)]

    def ended(draws):
        settings = Anchors(max_new_tokens=6, requests=0, draws=draws)
        made = make_anchors(adapted, ByteTokenizer(vocabulary), groups, rules_of, settings, temperature=1.0, seed=0)
        prompts = {group.ids[: group.prompt_length] for group in groups}
        found = [anchor for anchor in made if anchor.prompt_ids in prompts]
        assert len(found) == len({anchor.prompt_ids for anchor in found}) > 0
        return sum(anchor.ids[-1] in ends for anchor in found) / len(found)

    assert ended(4) > ended(1) + 0.2


@torch.no_grad()
def test_every_batch_has_an_anchor_that_ended(adapted):
    (end,) = end_tokens(adapted)
    ended = Anchor((9, 8), (7, end))
    loss = AnchorLoss([*COMPLETIONS, *COMPLETIONS, ended], Anchors(per_batch=1), seed=0)
    only = AnchorLoss([ended], Anchors(per_batch=1), seed=0)
    change(adapted)
    for turn in range(8):
        assert float(loss(adapted, turn)) == pytest.approx(float(only(adapted, turn)), rel=1e-5)


@torch.no_grad()
@pytest.mark.parametrize(
    ("settings", "by_request", "ended"), [({"end_weight": 5.0}, False, True), ({"request_weight": 7.0}, True, False)]
)
def test_the_end_and_the_first_token_of_a_request_count_more(adapted, settings, by_request, ended):
    (end,) = end_tokens(adapted)
    ids = (7, 11, end if ended else 12)
    change(adapted)
    at_token = [float(plain_kl(adapted, [Anchor((9, 8, *ids[:i]), ids[i : i + 1])])) for i in range(3)]
    extra = at_token[-1] * 4 if ended else at_token[0] * 6
    for flagged, more in ((by_request, extra), (False, extra if ended else 0.0)):
        loss = AnchorLoss([Anchor((9, 8), ids, flagged)], Anchors(per_batch=1, **settings), seed=0)
        assert float(loss(adapted, 0)) == pytest.approx((sum(at_token) + more) / 3, rel=1e-3)
    cut = AnchorLoss([Anchor((9, 8), ids[:2])], Anchors(per_batch=1, **settings), seed=0)
    assert float(cut(adapted, 0)) == pytest.approx(sum(at_token[:2]) / 2, rel=1e-3)


def test_anchors_know_whether_their_language_was_asked_for(adapted, batch, rules_of, vocabulary):
    prompts = {group.ids[: group.prompt_length] for group in batch}
    for anchor in anchors(adapted, batch, rules_of, vocabulary, 8):
        assert anchor.by_request is (anchor.prompt_ids not in prompts)
