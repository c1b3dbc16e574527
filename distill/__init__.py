"""From logged confusion points to a LoRA adapter: Token-Level Policy Optimization (TLPO)."""
