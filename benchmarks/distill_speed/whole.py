"""A training of the log's points, with the settings of the code that runs it: the part of `distill_speed.history` that also
runs on earlier code, so it uses nothing that came later.

It is started as a script, with the code that is measured first on the path, and prints JSON.
"""

import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from distill.config import load_config
from distill.policy_model.trainable import with_new_adapter
from distill.run.adapter_training import train
from distill.run.job import drift_rules
from distill.run.progress import no_progress
from distill.selection.groups import Group
from distill.tlpo.anchors import make_anchors
from tlpo_guard.models.load import load_model


def main(points: Path, steps: int, cache: Path, model_name: str) -> None:
    """Print CPU seconds of the anchors and of the steps, and the points of a step.

    Args:
        points: JSON of groups, as `history` has written them.
        cache: where the model is unpacked to.
        model_name: name, folder or GGUF file.
    """
    torch.set_num_threads(1)
    config = load_config({"training.max_steps": steps})
    groups = [Group(**{name: _value(value) for name, value in row.items()}) for row in json.loads(points.read_text())]
    loaded = load_model(model_name, cache_dir=cache)
    rules_of = drift_rules(loaded, cache)
    torch.manual_seed(config.seed)
    model = with_new_adapter(loaded, config.lora)
    temperature = config.training.temperature  # that of the answers, too; earlier code has no other
    began = time.process_time()
    anchors: Any = make_anchors(
        model, loaded.tokenizer, groups, rules_of, config.anchors, temperature=temperature, seed=config.seed
    )
    made = time.process_time()
    with TemporaryDirectory() as folder:
        train(
            model,
            groups,
            rules_of,
            config,
            anchors=anchors,
            folder=Path(folder),
            resume_from=None,
            stop=lambda: False,
            progress=no_progress,
        )
    cost = {"anchors": made - began, "steps": time.process_time() - made, "points": config.training.points_per_step}
    print(json.dumps(cost))


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
