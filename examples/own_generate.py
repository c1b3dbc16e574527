"""The guard in your own `generate`: python own_generate.py [MODEL FOLDER OR HUB NAME]"""

import sys

from transformers import AutoModelForCausalLM, AutoTokenizer

from tlpo_guard import GuardPolicy
from tlpo_guard.integrations.transformers import LanguageGuardLogitsProcessor

name = sys.argv[1] if len(sys.argv) > 1 else "HuggingFaceTB/SmolLM2-135M-Instruct"
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForCausalLM.from_pretrained(name)
messages = [{"role": "user", "content": "한국의 사계절을 설명해 주세요."}]
inputs = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt", return_dict=True)
length = inputs["input_ids"].shape[1]

policy = GuardPolicy(languages=("ko",), allow_english=False)
guard = LanguageGuardLogitsProcessor(tokenizer, model.config.vocab_size, policy, length, temperature=0.0)
answer = model.generate(**inputs, max_new_tokens=32, do_sample=False, logits_processor=[guard])

print(tokenizer.decode(answer[0, length:], skip_special_tokens=True))
for _row, event in guard.events:
    kept_out, taken = tokenizer.decode(event.token_id), tokenizer.decode(event.replacement_id or 0)
    print(f"token {event.position}: {kept_out!r} was kept out, {taken!r} was taken")
