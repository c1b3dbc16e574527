"""Figures of a model with the guard off, before and after a distillation, and the gate that compares them."""
