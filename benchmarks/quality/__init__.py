"""What a distillation does and what it costs, with intervals. `python -m benchmarks.quality --help`.

Stages with files between them, each resumable: `log` and `train` make adapters; `answers` samples a model's answers to held-out
prompts with the guard off; `judge` has them judged; `ability` measures what should have stayed; `table` makes the figures.
"""
