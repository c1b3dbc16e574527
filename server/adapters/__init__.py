"""Which adapter version is in the weights."""
