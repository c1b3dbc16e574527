"""The OpenAI-style HTTP server around the guard."""
