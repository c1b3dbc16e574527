"""Which events a training has learnt from: those that its steps have held, whatever they were meant to hold."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from peft import LoraConfig, get_peft_model

from distill.config import DistillConfig, RolloutSettings, Training
from distill.run.adapter_training import Trained, train
from distill.run.progress import no_progress
from distill.tlpo.rewards import RulesOf
from tests.distill.tlpo.launched import LORA, base_model, detector, explored_groups
from tests.processes import launched

STEPS, POINTS, BATCH = 3, 5, 4  # one batch is nearer to 5 points than two are
IN_TWO_PROCESSES = """
import sys
from pathlib import Path
from tests.distill.run.test_held_rows import trained
print("learnt", *sorted(trained(Path(sys.argv[1]), batch_size=1).learnt))
"""


def trained(folder: Path, *, batch_size: int = BATCH, stop_at: int = STEPS, resume: str = "", **config: Any) -> Trained:
    """On as many points as the steps should hold, of an event each."""
    groups = [replace(group, event_ids=(group.request_id,)) for group in explored_groups()[: STEPS * POINTS]]
    settings = Training(
        max_steps=STEPS, points_per_step=POINTS, batch_size=batch_size, save_steps=1, look_ahead_words=1
    )
    steps = iter(range(1, STEPS + 1))
    return train(
        get_peft_model(base_model(), LoraConfig(**LORA)),
        groups,
        RulesOf(detector()),
        DistillConfig(training=settings, **config),
        anchors=(),
        folder=folder,
        resume_from=folder / resume if resume else None,
        stop=lambda: next(steps) >= stop_at,
        progress=no_progress,
    )


def test_what_no_step_held_is_not_learnt(tmp_path: Path) -> None:
    learnt = trained(tmp_path / "parts").learnt
    assert learnt is not None and len(learnt) == STEPS * BATCH
    everything = trained(tmp_path / "whole", batch_size=POINTS).learnt
    assert everything is not None and len(everything) == STEPS * POINTS > len(learnt)


def test_a_run_that_goes_on_knows_what_was_held_before(tmp_path: Path) -> None:
    whole = trained(tmp_path / "whole").learnt
    before = trained(tmp_path / "parts", stop_at=2).learnt
    after = trained(tmp_path / "parts", resume="checkpoint-2").learnt
    assert before is not None and after is not None
    assert len(before) == 2 * BATCH and before < after == whole


def test_a_checkpoint_whose_list_was_not_written_counts_for_nothing(tmp_path: Path) -> None:
    whole, before = trained(tmp_path / "whole").learnt, trained(tmp_path / "parts", stop_at=2).learnt
    (tmp_path / "parts" / "checkpoint-2" / "held_rows.json").unlink()
    learnt = trained(tmp_path / "parts", resume="checkpoint-2").learnt
    assert whole is not None and before is not None
    assert learnt == whole - before


def test_what_each_process_held_is_learnt(tmp_path: Path) -> None:
    processes = launched(str(tmp_path), code=IN_TWO_PROCESSES)
    texts = [process.communicate()[0] for process in processes]
    assert [process.wait() for process in processes] == [0, 0], texts
    first, second = ([line for line in text.splitlines() if line.startswith("learnt")] for text in texts)
    assert first == second and len(first[0].split()) == 1 + STEPS * BATCH


def test_where_fresh_points_alone_are_trained_on_all_prompts_count_at_the_end(tmp_path: Path) -> None:
    rollouts = RolloutSettings(per_prompt=1, max_new_tokens=2, alone=True)
    assert trained(tmp_path, rollouts=rollouts).learnt is None
