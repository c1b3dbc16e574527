"""What a distillation must not cost: grammar, knowledge, the base's own distribution, and answers that fit their prompts."""
