"""From a plan to answers."""
