"""Keep a language model in its user's language: detection, the guard, events and the adapter registry."""
