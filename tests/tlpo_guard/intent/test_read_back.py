"""The conversation behind an event, read back from token ids."""

from collections.abc import Sequence

from tlpo_guard.intent import Message
from tlpo_guard.intent.read_back import messages_of
from tlpo_guard.models.load import LoadedModel
from tlpo_guard.vocabulary.special_tokens import special_texts


def test_the_messages_are_read_back(smollm2: LoadedModel) -> None:
    def decode(token_ids: Sequence[int]) -> str:
        return str(smollm2.tokenizer.decode(list(token_ids), skip_special_tokens=True))

    special = special_texts(smollm2.tokenizer, len(smollm2.tokenizer))
    said = [{"role": "system", "content": "Sei kurz."}, {"role": "user", "content": "Wie geht es dir?\nUnd sonst?"}]
    ids = smollm2.tokenizer.apply_chat_template(said, add_generation_prompt=True, return_dict=False)
    assert messages_of(decode, special, ids) == [
        Message("system", "Sei kurz."),
        Message("user", "Wie geht es dir?\nUnd sonst?"),
    ]
    bare = smollm2.tokenizer("Es war einmal", add_special_tokens=False)["input_ids"]
    assert messages_of(decode, special, bare) == [Message("user", "Es war einmal")]
