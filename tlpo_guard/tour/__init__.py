"""The tour: the whole loop on the packaged model, in ten minutes."""
