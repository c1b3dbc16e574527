"""The engine over libllama: GGUF models on machines without a large GPU."""
