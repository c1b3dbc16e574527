"""The TLPO paper's metrics: response and word pass rate, with English neutral and counted, and accuracy.

The paper names the metrics and does not define them in full; what follows is the evaluation that its authors published with their
code (their detector, version 1.1.2), in words of our own:

- An answer is cut into words: Chinese by jieba, Japanese by MeCab, else between punctuation and spaces. Before that LaTeX
  commands, addresses, phonetic signs, and the symbols of units, functions and formats are taken out.
- A letter is neutral where it is a sign (Greek, superscripts, letterlike symbols; in Chinese the vowels of pinyin with their
  tones), else it belongs to the expected language or does not. ASCII letters are neutral where English is, and always in a word
  with a capital at its beginning: names.
- A word fails with one letter that does not belong, passes with one that does, and is not rated where all are neutral.
- The word pass rate is the share of passing words among all rated ones of all answers. An answer passes without a failing word;
  one without rated words is not rated; the response pass rate is the share of passing ones. Both are percentages, by language
  and as the mean over languages.
- The authors fail lines, too, of five words and more of which most fail. Such a line holds failing words, so no figure changes by
  it, and it is left out here.

Three things differ. Letters are told by their Unicode script instead of by parts of their Unicode name; for the paper's four
languages that is the same, and all others that are not written in Latin letters can be rated, too. The list of symbols is ours.
Languages in Latin letters, for which the paper reports nothing, are refused: the authors' code rates their words one by one with
a language identifier that is not installed here. LPR and WPR of the Language Confusion Benchmark rate them.

Accuracy is that of multiple-choice questions, asked in chat and answered by a letter, as the paper's MMMLU is; each file of
questions is a task, and the tasks' mean is the paper's last column.
"""

from tlpo_guard.paper.rates import PaperRates, paper_rates
from tlpo_guard.paper.words import WordCounts, count_words

__all__ = ["PaperRates", "WordCounts", "count_words", "paper_rates"]
