"""The benchmarks that train: each runs in small, and measures what it says."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
import typer
from typer.testing import CliRunner

from benchmarks import methods, objectives
from benchmarks.distill_speed import __main__ as distill_speed
from benchmarks.distill_speed import history, points
from benchmarks.distill_speed.points import make_material
from benchmarks.distill_speed.steps import Race
from benchmarks.objectives import Run, ahead
from distill.config import Anchors, DistillConfig, LoraSettings, Training
from distill.policy_model.trainable import with_new_adapter
from distill.run.job import drift_rules
from tests.cache import CACHE
from tlpo_guard.models.load import load_model

CONFIG = DistillConfig(
    training=Training(max_steps=1, points_per_step=4, num_candidates=8, look_ahead=1),
    anchors=Anchors(answers=2, draws=1, requests=2, per_batch=1, max_new_tokens=4),
    lora=LoraSettings(rank=2, last_layers=1.0),
)


@pytest.fixture(autouse=True)
def short_answers(monkeypatch):
    monkeypatch.setattr(points, "_TOKENS", 8)


def run(main, *arguments, code=0):
    app = typer.Typer()
    app.command()(main)
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False, env={"COLUMNS": "2000"})
    assert result.exit_code == code, result.output
    return result.output


def of_small_model(small_model, config=CONFIG):
    loaded = load_model(str(small_model), cache_dir=CACHE, dtype=torch.float32)
    torch.manual_seed(0)
    model, rules_of = with_new_adapter(loaded, config.lora), drift_rules(loaded, CACHE)
    return loaded, model, rules_of, make_material(model, loaded.tokenizer, rules_of, config, 2)


def test_both_ways_of_a_step_have_the_same_loss_and_gradient(small_model, monkeypatch):
    monkeypatch.setattr(points, "_TOKENS", 40)
    anchors = CONFIG.anchors.model_copy(update={"max_new_tokens": 40})  # so that not all of their places count
    training = CONFIG.training.model_copy(update={"learning_rate": 1e-2})
    config = CONFIG.model_copy(update={"anchors": anchors, "training": training})
    _, model, rules_of, material = of_small_model(small_model, config)
    base = load_model(str(small_model), cache_dir=CACHE, dtype=torch.float32)
    race = Race(model, base, material, rules_of, config)
    for step in range(3):
        race.step(step)
    before, now = race.runners
    assert max(len(anchor.ids) for anchor in material.anchors) > 24
    assert now.losses == pytest.approx(before.losses, rel=1e-3, abs=1e-5)
    assert race.alike > 0.9999
    assert race.points and before.cpu > 0 and now.cpu > 0
    assert race.confusion_mass(now) == pytest.approx(race.confusion_mass(before), abs=1e-3)


def test_distill_speed_prints_costs_and_bars(small_model):
    options = ["--steps", "1", "--points", "4", "--prompts", "2", "--model", str(small_model)]
    output = run(distill_speed.main, *options, "--cache-dir", str(CACHE))
    assert "times fewer CPU seconds a point (bar 2.5)" in output and "of the memory (bar 1.00)" in output


def test_a_whole_training_of_some_checkout_is_timed(small_model, tmp_path, monkeypatch):
    *_, material = of_small_model(small_model)
    settings = {"TRAINING__POINTS_PER_STEP": 4, "ANCHORS__ANSWERS": 2, "ANCHORS__MAX_NEW_TOKENS": 4, "LORA__RANK": 2}
    for name, value in settings.items():
        monkeypatch.setenv(f"TLPO_GUARD_DISTILL_{name}", str(value))
    groups = tmp_path / "points.json"
    groups.write_text(json.dumps([asdict(group) for group in material.groups]), encoding="utf-8")
    took = history.cost(history.HERE, groups, 1, CACHE, str(small_model))
    assert took["points"] == 4 and took["steps"] > 0 and took["anchors"] > 0


@pytest.mark.parametrize("method", ["default", "paper", "no_anchors", "no_tail", "admissible", "sft+anchors"])
def test_methods_learn_from_the_same_points(small_model, method, monkeypatch):
    if method.startswith("sft"):
        pytest.importorskip("trl")
    loaded, model, rules_of, material = of_small_model(small_model)
    held = []
    plain = methods.AnchorLoss.of
    monkeypatch.setattr(methods.AnchorLoss, "of", lambda *given: held.append(1) or plain(*given))
    before = {name: p.detach().clone() for name, p in model.named_parameters() if p.requires_grad}
    lesson = methods.Lesson(list(material.groups), rules_of, CONFIG)
    assert methods.teach(method, model, loaded.tokenizer, lesson) > 0
    assert any(not torch.equal(p, before[name]) for name, p in model.named_parameters() if name in before)
    assert bool(held) == (method not in ("paper", "no_anchors"))


def test_an_unknown_method_is_told(small_model):
    with pytest.raises(KeyError):
        methods.teach("dpo+more", None, None, methods.Lesson([], None, CONFIG))  # type: ignore[arg-type]


def test_curves_are_made_once_and_compared(small_model, tmp_path: Path):
    weights = ["--tlpo", "1", "--admissible", "1", "--all-layers", "1"]
    options = ["--out", str(tmp_path), "--small", *weights, "--model", str(small_model)]
    output = run(objectives.main, *options, "--cache-dir", str(CACHE))
    files = sorted(tmp_path.glob("*.json"))
    assert [file.name for file in files] == ["admissible-1-0.json", "all_layers-1-0.json", "tlpo-1-0.json"]
    assert all(0.0 <= json.loads(file.read_text())["confused"] <= 1.0 for file in files)
    refused = run(objectives.main, *[option for option in options if option != "--small"], code=2)
    assert "tokens 8, now 48" in refused and "training.max_steps 2, now 12" in refused
    files[0].write_text(json.dumps(json.loads(files[0].read_text()) | {"confused": 0.25}), encoding="utf-8")
    document = tmp_path / "page.md"
    document.write_text(
        "<!-- objectives: python -m benchmarks.objectives -->\n<!-- end of objectives -->\n", encoding="utf-8"
    )
    again = run(objectives.main, *options, "--cache-dir", str(CACHE), "--document", str(document))
    assert "25.0%" not in output and "25.0%" in again and "| admissible | 1 | 1 | 25.0% |" in document.read_text()


def test_what_is_ahead_is_read_at_the_same_english_kl():
    def curve(objective, shift):
        return [Run(objective, kl, 0, 0.5 - kl - shift, kl, 0.9, 1.0) for kl in (0.1, 0.2, 0.3)]

    runs = [*curve("tlpo", 0.0), *curve("admissible", 0.1), *curve("all_layers", -0.1)]
    assert ahead(runs, "admissible")[0] == pytest.approx(0.1) and ahead(runs, "all_layers")[0] == pytest.approx(-0.1)
    apart = [Run("tlpo", 1, 0, 0.5, 0.1, 0.9, 1.0), Run("admissible", 1, 0, 0.5, 0.2, 0.9, 1.0)]
    assert ahead(apart, "admissible") == {} == ahead(apart, "all_layers")
