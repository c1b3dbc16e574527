import sys

import pytest
import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast, TrainerCallback

from distill.baselines import trl_training
from distill.baselines.pairs import Pair, pairs
from distill.baselines.trl_training import baseline_pairs, train_baseline
from distill.config import Training
from distill.selection.groups import Group
from distill.tlpo.exploration import explore
from tests.distill.conftest import ENDING
from tlpo_guard.errors import ConfigurationError, DistillationError

LENGTH = 12  # of a completion in training
SETTINGS = Training(max_steps=4, points_per_step=8, batch_size=4)


@pytest.fixture(scope="module")
def tokenizer():
    """Only its special tokens are read."""
    words = {f"<{i}>": i for i in range(304)}
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(WordLevel(words, unk_token="<0>")), eos_token=f"<{ENDING}>", pad_token="<301>"
    )


@pytest.fixture
def adapted(small_llama):
    torch.manual_seed(0)
    return get_peft_model(small_llama, LoraConfig(r=8, lora_alpha=16, target_modules="all-linear"))


def made(model, batch, rules_of, length=6, seed=0) -> list[Pair]:
    return pairs(model, batch, rules_of, temperature=0.6, max_new_tokens=length, seed=seed)


@torch.no_grad()
def logp(model, prompt, completion) -> float:
    """Of a completion, at temperature 1, from a forward of its own."""
    model.eval()
    rows = model(torch.tensor([[*prompt, *completion]])).logits[0].float().log_softmax(-1)
    return sum(float(rows[len(prompt) - 1 + i, token]) for i, token in enumerate(completion))


def test_pairs_begin_with_the_best_candidate_of_each_side_at_every_point_that_has_both(small_llama, batch, rules_of):
    found = explore(small_llama, batch, rules_of)
    points = [(group, p) for group in batch for p in group.points]
    expected = []
    for row, (group, point) in enumerate(points):
        ids, rewards = found.candidate_ids[row].tolist(), found.rewards[row].tolist()
        if len(set(rewards)) == 2:
            expected.append((group.ids[: point + 1], ids[rewards.index(1.0)], ids[rewards.index(-1.0)]))
    assert len(expected) >= 3
    actual = made(small_llama, batch, rules_of)
    assert [(p.prompt_ids, p.chosen_ids[0], p.rejected_ids[0]) for p in actual] == expected


def test_chosen_goes_on_without_drift_and_rejected_as_the_model_would(small_llama, batch, rules_of):
    owners = {group.ids[: p + 1]: group for group in batch for p in group.points}
    drifted = 0
    for seed in range(4):
        for pair in made(small_llama, batch, rules_of, seed=seed):
            group = owners[pair.prompt_ids]
            before = pair.prompt_ids[group.prompt_length :]
            rules = rules_of(group)
            for i, token in enumerate(pair.chosen_ids[1:], start=1):
                answer = (*before, *pair.chosen_ids[:i])
                assert token == ENDING or not (rules.drifting(answer) | rules.breaks(answer))[token]
            drifted += rules.drifts((*before, pair.rejected_ids[0]), pair.rejected_ids[1:])
            assert all(1 <= len(side) <= 6 for side in (pair.chosen_ids, pair.rejected_ids))
    assert drifted > 0


def test_an_answer_that_ends_keeps_its_end(small_llama, batch, rules_of):
    usual = [token for pair in made(small_llama, batch, rules_of) for token in pair.rejected_ids[1:]]
    end = max(set(usual), key=usual.count)
    small_llama.config.eos_token_id = small_llama.generation_config.eos_token_id = end
    ended = [p.rejected_ids for p in made(small_llama, batch, rules_of) if len(p.rejected_ids) < 6]
    assert any(len(ids) > 1 for ids in ended)
    assert all(ids.index(end) == len(ids) - 1 for ids in ended)


def test_pairs_repeat_by_their_seed(small_llama, batch, rules_of):
    first = made(small_llama, batch, rules_of, seed=1)
    assert made(small_llama, batch, rules_of, seed=1) == first
    assert made(small_llama, batch, rules_of, seed=2) != first


@pytest.mark.parametrize("method", ["dpo", "orpo", "sft"])
def test_a_baseline_learns_its_pairs_and_leaves_the_rest_of_the_model(
    adapted, tokenizer, batch, rules_of, tmp_path, method, capfd
):
    learnt = pairs(adapted, batch, rules_of, temperature=0.6, max_new_tokens=LENGTH, seed=3)
    frozen = {name: p.clone() for name, p in adapted.named_parameters() if not p.requires_grad}

    def margins() -> tuple[float, float]:
        chosen = [logp(adapted, p.prompt_ids, p.chosen_ids) for p in learnt]
        rejected = [logp(adapted, p.prompt_ids, p.rejected_ids) for p in learnt]
        return sum(chosen), sum(chosen) - sum(rejected)

    before = margins()
    rows = train_baseline(adapted, tokenizer, learnt, method, SETTINGS, seed=3, output_dir=tmp_path, learning_rate=2e-3)
    after = margins()
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert after[0] > before[0] or method == "dpo"
    assert after[1] > before[1] or method == "sft"
    assert all(torch.equal(p, frozen[name]) for name, p in adapted.named_parameters() if name in frozen)
    assert list(adapted.peft_config) == ["default"] and "forward" not in vars(adapted.get_base_model())
    assert capfd.readouterr() == ("", "")
    assert not any(tmp_path.iterdir())


def test_a_baseline_trains_on_one_device_however_many_it_sees(adapted, tokenizer, tmp_path, monkeypatch):
    class Watch(TrainerCallback):
        def on_train_begin(self, args, state, control, **kwargs):
            seen.append(args.n_gpu)

    seen = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.setattr(trl_training, "_AS_TLPO", tuple(n for n in trl_training._AS_TLPO if n != "use_cpu"))
    anything = [Pair((1, 2), (3,), (4,))] * 4
    one = SETTINGS.model_copy(update={"max_steps": 1})
    train_baseline(adapted, tokenizer, anything, "sft", one, seed=0, output_dir=tmp_path, callbacks=[Watch()])
    assert len(seen) == 1 and seen[0] <= 1


def test_the_first_loss_of_dpo_is_that_of_the_adapter_off(adapted, tokenizer, batch, rules_of, tmp_path):
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.1)
    whole = SETTINGS.model_copy(update={"batch_size": 32, "max_steps": 1})
    learnt = pairs(adapted, batch, rules_of, temperature=0.6, max_new_tokens=LENGTH, seed=0)
    rows = train_baseline(adapted, tokenizer, learnt, "dpo", whole, seed=0, output_dir=tmp_path, learning_rate=0.0)

    def margin(pair: Pair) -> float:
        return logp(adapted, pair.prompt_ids, pair.chosen_ids) - logp(adapted, pair.prompt_ids, pair.rejected_ids)

    now = [margin(pair) for pair in learnt]
    with adapted.disable_adapter():
        base = [margin(pair) for pair in learnt]
    losses = -torch.nn.functional.logsigmoid(0.1 * (torch.tensor(now) - torch.tensor(base)))
    assert rows[0]["loss"] == pytest.approx(float(losses.mean()), rel=1e-3)
    assert abs(rows[0]["loss"] - 0.6931) > 1e-3


def test_points_of_one_kind_only_are_refused(adapted, rules_of):
    anything = Group("a", (1, 2, 3, 4), 2, (3,), "ko", scripts="Hani,Cyrl,Hira", allow_hanja=True)
    with torch.no_grad():
        adapted.get_base_model().lm_head.weight[:256] = 0.0
    with pytest.raises(DistillationError, match="none of 1 points"):
        baseline_pairs(adapted, [anything], rules_of, SETTINGS, seed=0)


def test_the_pairs_of_a_run_are_of_no_more_points_than_its_steps_see(adapted, batch, rules_of):
    one = SETTINGS.model_copy(update={"max_steps": 1, "points_per_step": 1})
    few = baseline_pairs(adapted, batch, rules_of, one, seed=0, max_new_tokens=2)
    many = baseline_pairs(adapted, batch, rules_of, SETTINGS, seed=0, max_new_tokens=2)
    assert 0 < len(few) < len(many)
    assert {p.prompt_ids for p in few} <= {p.prompt_ids for p in many}


def test_without_trl_the_way_out_is_named(adapted, tokenizer, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "trl", None)
    with pytest.raises(ConfigurationError, match=r"tlpo-guard\[baselines\]"):
        train_baseline(adapted, tokenizer, [Pair((1,), (2,), (3,))], "dpo", SETTINGS, seed=0, output_dir=tmp_path)
