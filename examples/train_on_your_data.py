"""TLPO on data of your own, without a server: python train_on_your_data.py MODEL OUT

Each row is a context, some next tokens, and whether the answer stays in its language with each of them. The contexts here are
Korean sentences; the candidates are what the model itself finds likely, and the detector judges them.
"""

import sys

import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from distill import TLPOConfig, TLPOTrainer
from tlpo_guard import DriftDetector, GuardPolicy, VocabularyIndex

CONTEXTS = ["한국의 수도는", "봄에는 꽃이", "여름에는 날씨가", "가을 하늘은", "겨울에는 눈이", "김치는"]
CANDIDATES, STEPS = 16, 4

name, out = sys.argv[1:]
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32)
vocabulary = VocabularyIndex.of(tokenizer, size=model.config.vocab_size)
drifts = DriftDetector(vocabulary).rules(GuardPolicy(languages=("ko",), allow_english=False)).verdicts().drifts

rows = []
for context in CONTEXTS:
    ids = tokenizer(context)["input_ids"]
    with torch.inference_mode():
        candidates = model(torch.tensor([ids])).logits[0, -1].topk(CANDIDATES).indices.tolist()
    rewards = [-1 if drifts[token_id] else 1 for token_id in candidates]
    if len(set(rewards)) == 2:  # where all are right, or all are wrong, there is nothing to learn
        rows.append({"input_ids": ids, "candidate_ids": candidates, "rewards": rewards})

model = get_peft_model(model, LoraConfig(target_modules="all-linear"))
config = TLPOConfig(output_dir=out, max_steps=STEPS, learning_rate=1e-4, report_to="none", use_cpu=True)
trainer = TLPOTrainer(model=model, args=config, train_dataset=Dataset.from_list(rows))
trainer.train()
model.save_pretrained(out)
print(f"{len(rows)} points, adapter in {out}")
