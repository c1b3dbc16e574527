"""The report of a distillation for people: one HTML page, with examples."""
