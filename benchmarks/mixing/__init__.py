"""Where a model really mixes scripts: prompts and settings at which it does so with English neutral, and what adapters change.

    python -m benchmarks.mixing prompts out/mixing-training.jsonl
    tlpo-guard distill --prompts out/mixing-training.jsonl --rollouts 4 --batch-size 2 --data-dir out/mixing-run
    python -m benchmarks.mixing find --out out/mixing
    python -m benchmarks.mixing compare --out out/mixing --adapter tlpo=ADAPTER --adapter tlpo=ADAPTER_OF_ANOTHER_SEED

`find` answers questions in many languages, alone and over Chinese or Russian documents, at two temperatures and two lengths, and
keeps the cells (language, kind, temperature, length) in which the base model mixes scripts often enough to measure. Whether a
cell is kept depends on half of its prompts; the other half, chosen by a hash, is sealed until `compare`. No prompt is chosen by
its answers, and `compare` draws new ones, so that the base model does not look worse than it is.

`prompts` writes prompts to train on, of the same kinds about other documents and other things. `compare` answers the kept ones
with the base model and with adapters, the same draws for all, and reports the share of mixed answers with 95% intervals over
prompts and training seeds, and a paired test over prompts.

Answers over documents have long contexts: eight of them at once take 14 GB to train on, hence the batch of two.
"""
