"""What a scan lets pass is punished by no reward: code, copies, names, glosses."""

import pytest

from distill.selection.groups import Group
from distill.tlpo.rewards import LanguageRules, RulesOf
from tests.tlpo_guard.vocabulary.vocabularies import vocabulary
from tlpo_guard.guard.detector import DriftDetector

SMOLLM2 = vocabulary("smollm2")
RULES_OF = RulesOf(DriftDetector(SMOLLM2.index))


def ids(text: str) -> tuple[int, ...]:
    return tuple(SMOLLM2.encode(text))


def rules(language: str, prompt: str = "", **options: bool) -> LanguageRules:
    return RULES_OF(Group("a", ids(prompt or "?"), len(ids(prompt or "?")), (0,), language, **options))  # type: ignore[arg-type]


GERMAN = "Um den Server zu starten, öffnest du die Konsole und gibst das ein:\n\n"


@pytest.mark.parametrize(
    ("before", "branch"),
    [
        (GERMAN, "```bash\nsudo systemctl"),
        (GERMAN + "```", "bash\ncd the"),
        (GERMAN + "```bash\n", "docker compose up and"),
        ("Rufe dazu den Befehl ", "`make install and then`"),
        ("Rufe dazu den Befehl ", "`make install and"),
        ("Die Formel lautet $x_{", "where the force is"),
        ("<think>", "The user wants the"),
    ],
)
def test_code_formulas_and_reasoning_are_no_drift(before: str, branch: str) -> None:
    assert not rules("de").drifts(ids(before), ids(branch))


@pytest.mark.parametrize(
    ("before", "branch"),
    [
        (GERMAN, "```bash\nls\n```\nThen the server starts"),
        (GERMAN + "```bash\nls\n```\n", "Then the server starts"),
        ("Rufe dazu den Befehl `make` auf. ", "Then the server starts"),
    ],
)
def test_words_behind_code_are(before: str, branch: str) -> None:
    assert rules("de").drifts(ids(before), ids(branch))


def test_nothing_is_masked_or_weighed_inside_code() -> None:
    inside, outside = ids(GERMAN + "```python\n# "), ids(GERMAN)
    assert not rules("de").drifting(inside).any() and not rules("ko").blocked(inside).any()
    assert rules("de").drifting(outside).any() and rules("ko").blocked(outside).any()


def test_copies_of_the_prompt_and_glosses_are_no_drift_but_other_words_of_their_script_are() -> None:
    asked = rules("de", "Was bedeutet „頑張って“?")
    assert not asked.drifts_by_script(ids("Das Wort "), ids("頑張って"))
    assert not rules("de").drifts_by_script(ids("Das ist Kiew ("), ids("Київ"))
    assert asked.drifts_by_script(ids("Das Wort "), ids("複雑"))
    assert rules("de").drifts_by_script(ids("Das Wort "), ids("頑張って"))


def test_strict_is_about_english_and_not_about_names() -> None:
    strict = rules("ko", allow_english=False)
    assert not strict.drifts(ids("이것은 "), ids("NATO")) and not strict.drifts(ids("주파수는 5"), ids("GHz"))
    assert strict.drifts(ids("이것은 "), ids("the food"))


def test_an_answer_drifts_at_its_first_token_that_is_no_code() -> None:
    clean = GERMAN + "```bash\nsudo apt install the package and run it\n```\nDanach ist der Server bereit. "
    assert rules("de").first_drift(ids(clean)) is None
    answer = ids(clean) + ids("Then you can open the browser and see the page.")
    place = rules("de").first_drift(answer)
    assert place is not None and SMOLLM2.spelled(list(answer[place:])).decode().lstrip().startswith("Then")
    assert rules("de").first_drift(ids(clean) + ids("複雑")) == len(ids(clean))
