"""Language tags, scripts and what they have in common."""
