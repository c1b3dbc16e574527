"""The guard in vLLM: python vllm_script.py MODEL. It is found by its entry point, once tlpo-guard is installed beside vLLM."""

import sys

from vllm import LLM, SamplingParams

if __name__ == "__main__":  # vLLM starts a process that imports this file again
    llm = LLM(sys.argv[1], max_model_len=256, enforce_eager=True)
    guard = {"guard_languages": "ko", "guard_mode": "mask", "guard_allow_english": False}
    params = SamplingParams(temperature=0.0, max_tokens=32, extra_args=guard)
    conversation = [{"role": "user", "content": "한국의 사계절을 설명해 주세요."}]
    print(llm.chat(conversation, params)[0].outputs[0].text)
