"""How one token is drawn for each sequence of a batch."""
