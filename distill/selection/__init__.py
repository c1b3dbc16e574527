"""Which logged events become training data."""
