"""vLLM as the engine: its core steps in this process, and our sampler draws and guards."""
