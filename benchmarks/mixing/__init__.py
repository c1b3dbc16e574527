"""Where a model really mixes scripts: prompts and settings at which it does so with English neutral, and what adapters change.

    python -m benchmarks.mixing prompts out/mixing-training.jsonl
    tlpo-guard distill --prompts out/mixing-training.jsonl --rollouts 4 --batch-size 2 --data-dir out/mixing-run
    python -m benchmarks.mixing find --out out/mixing
    python -m benchmarks.mixing compare --out out/mixing --adapter tlpo=ADAPTER --adapter tlpo=ADAPTER_OF_ANOTHER_SEED

`find` answers questions in many languages, alone and over Chinese or Russian documents, at two temperatures and two lengths, and
keeps the cells (language, kind, temperature, length) in which the base model mixes scripts often enough to measure. Whether a
cell is kept depends on half of its prompts; the other half is sealed until `compare`. A hash chooses it of questions that stand
alone; of documents it has every other topic, so that no document is in both. A kept set's prompts stay in the half that it
records. Where these share a document, as in sets made before halves went by topics, figures are given of both together alone.
No prompt is chosen by its answers, and `compare` draws new ones, so that the base model does not look worse than it is.

`prompts` writes prompts to train on, of the same kinds about other documents and other things. `compare` answers the kept ones
with the base model and with adapters, the same draws for all, and reports the share of mixed answers with 95% intervals over
documents, questions that stand alone and training seeds, and a paired test over documents and such questions, of these seeds.

Answers over documents have long contexts: eight of them at once take 14 GB to train on, hence the batch of two.
"""
