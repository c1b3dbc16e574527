"""What a policy allows."""

import pytest

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.policy import GuardPolicy


@pytest.mark.parametrize(
    ("policy", "scripts"),
    [
        (GuardPolicy(languages=("ko",), allow_english=False), {"Hang"}),
        (GuardPolicy(languages=("ko",)), {"Hang", "Latn"}),
        (GuardPolicy(languages=("ko",), allow_english=False, allow_hanja=True), {"Hang", "Hani"}),
        (GuardPolicy(languages=("ru",), allow_english=False, allow_hanja=True), {"Cyrl-ru"}),
        (GuardPolicy(languages=("en", "hi"), allow_english=False), {"Latn", "Deva"}),
        (GuardPolicy(languages=("ja-Latn",), allow_english=False), {"Latn"}),
        (GuardPolicy(languages=("hi", "hi-Latn"), allow_english=False), {"Deva", "Latn"}),
        (GuardPolicy(languages=("de",), scripts_too=("grek", "Hani")), {"Latn", "Grek", "Hani"}),
        (GuardPolicy(languages=("sr-Latn",)), {"Latn"}),
        (GuardPolicy(languages=("ja",), allow_english=False), {"Jpan", "Hira", "Kana"}),
    ],
)
def test_scripts(policy: GuardPolicy, scripts: set[str]) -> None:
    assert policy.scripts == scripts


@pytest.mark.parametrize("code", ["Klng", "", "Zyyy", "Greek"])
def test_a_script_that_is_none_is_refused(code: str) -> None:
    with pytest.raises(ConfigurationError, match="ISO 15924"):
        GuardPolicy(languages=("ko",), scripts_too=(code,))
