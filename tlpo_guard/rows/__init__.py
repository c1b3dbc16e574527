"""The guard of single answers over numpy rows, for engines that hand their logits to a callback; needs no torch."""
