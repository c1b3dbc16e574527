"""A distillation from the lease to the new version."""
