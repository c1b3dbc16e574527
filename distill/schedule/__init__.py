"""When a distillation runs, and who is told."""
