"""What stands before vLLM's own server: of a request, what the guard is told; of its reply, what the client is."""
