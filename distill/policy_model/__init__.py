"""The model that learns, and how it is run."""
