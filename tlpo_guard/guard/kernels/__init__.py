"""Triton kernels of the guard; import them only where triton is installed and logits are on a GPU."""
