"""The guard: what drifts, and what is done about it."""
