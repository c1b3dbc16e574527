"""The guard in llama.cpp: python llama_cpp_script.py MODEL.gguf"""

import sys

from llama_cpp import Llama

from tlpo_guard import GuardPolicy
from tlpo_guard.integrations.llama_cpp import guarded

llm = Llama(sys.argv[1], n_ctx=512, verbose=False)
messages = [{"role": "user", "content": "한국의 사계절을 설명해 주세요."}]
policy = GuardPolicy(languages=("ko",), allow_english=False)

guard = guarded(llm, policy, temperature=0.0, conversation=messages)
reply = llm.create_chat_completion(messages, max_tokens=32, **guard.options)
guard.finish()
print(reply["choices"][0]["message"]["content"])
print(f"{len(guard.events)} tokens were kept out")
