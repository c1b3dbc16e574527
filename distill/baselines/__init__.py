"""Other methods on the same events."""
