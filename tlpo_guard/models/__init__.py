"""Loading models, and telling them apart."""
