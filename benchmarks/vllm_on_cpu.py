"""What vLLM's own server needs on a machine without GPU and network."""

VARIABLES = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "TORCH_COMPILE_DISABLE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "auto",
    "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",
}
