"""TLPO: points, candidates, rewards, the loss and the trainer."""
