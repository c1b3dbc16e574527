"""A tokenizer's vocabulary, as bytes and code points."""
