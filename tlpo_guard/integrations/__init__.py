"""Thin adapters of the guard's core to inference engines; each module imports its engine alone."""
