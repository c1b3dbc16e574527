from collections import Counter

from benchmarks.quality.ability.choosing import chosen_sentences
from benchmarks.quality.ability.grammar import LANGUAGES, minimal_pairs
from benchmarks.quality.judges.others import by_fasttext


def test_there_are_enough_pairs_of_each_language_and_no_sentence_twice():
    pairs = minimal_pairs()
    counts = Counter(pair.language for pair in pairs)
    assert len(pairs) >= 2000 and len(LANGUAGES) >= 8 and min(counts.values()) >= 200
    assert len({(pair.language, pair.right) for pair in pairs}) == len(pairs)
    assert all(pair.right != pair.wrong and "{" not in pair.right + pair.wrong for pair in pairs)
    assert not {pair.right for pair in pairs} & {pair.wrong for pair in pairs}
    assert minimal_pairs() == pairs


def test_sentences_are_in_their_language():
    wrong = Counter(pair.language for pair in minimal_pairs(12) if by_fasttext(pair.right, pair.language))
    counts = Counter(pair.language for pair in minimal_pairs(12))
    assert all(wrong[language] <= 0.25 * counts[language] for language in LANGUAGES)


def test_a_real_model_knows_english_and_is_not_told_which_is_right(smollm2):
    pairs = [pair for pair in minimal_pairs(8) if pair.language == "en"]
    found = chosen_sentences(smollm2.model, smollm2.tokenizer, pairs)["en"]
    assert len(found) == len(pairs) and sum(value for (value,) in found.values()) > 0.85 * len(pairs)
    swapped = [type(pair)(pair.id, pair.language, pair.wrong, pair.right) for pair in pairs]
    turned = chosen_sentences(smollm2.model, smollm2.tokenizer, swapped)["en"]
    assert all(found[key][0] + turned[key][0] <= 1 for key in found)
