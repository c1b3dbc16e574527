import pytest

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.guard_options import FRONT_END, GuardArguments, GuardOptions, default_policy, parse_arguments
from tlpo_guard.languages.decided_by import DecidedBy
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.settings import load_settings


def test_a_request_that_says_nothing_is_held_to_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLPO_GUARD_LANGUAGES", "ko,ja")
    monkeypatch.setenv("TLPO_GUARD_GUARD_MODE", "observe")
    monkeypatch.setenv("TLPO_GUARD_EVENT_MASS", "0.2")
    default = default_policy(load_settings())
    assert default == GuardPolicy(mode=Mode.OBSERVE, languages=("ko", "ja"), event_mass=0.2)
    assert parse_arguments(None).over(default) == default
    assert parse_arguments({"priority": 3}).over(default) == default
    assert GuardOptions().over(default) == default


def test_flat_arguments_are_read_as_engines_carry_them() -> None:
    arguments = {
        "guard_mode": "mask",
        "guard_languages": "ko, EN",
        "guard_allow_english": 0,
        "guard_allow_hanja": "true",
        "guard_scripts": ["Grek"],
        "guard_reasoning": 1.0,
        "guard_event_mass": 1,
        "guard_claimed": ["fr"],
        "guard_admitted": "ja",
        "other": "is not ours",
    }
    expected = GuardPolicy(
        languages=("ko", "en"),
        admitted=("ja",),
        claimed=("fr",),
        allow_english=False,
        allow_hanja=True,
        scripts_too=("Grek",),
        reasoning=True,
        event_mass=1.0,
    )
    assert parse_arguments(arguments).over(GuardPolicy(mode=Mode.OFF)) == expected


def test_the_front_end_tells_what_only_it_knows() -> None:
    told = parse_arguments(
        {
            "guard_request": "r1",
            "guard_key": "team",
            "guard_user": "u",
            "guard_adapter": "v0007",
            "guard_decided_by": "prompt",
            "guard_confidence": 0.5,
            "guard_brought": ["漢字とは", ""],
        }
    )
    assert (told.request, told.key, told.user, told.adapter) == ("r1", "team", "u", "v0007")
    assert (told.decided_by, told.confidence, told.brought) == (DecidedBy.PROMPT, 0.5, ["漢字とは", ""])
    assert set(FRONT_END) == set(GuardArguments.model_fields) - set(GuardOptions.model_fields) - {"event_mass"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"guard_mod": "mask"}, "guard_mod is not known; known are guard_mode, guard_languages, "),
        (
            {"guard_mode": "rewind"},
            "guard_mode: 'rewind' takes back what is written, which needs tlpo-guard's own server",
        ),
        ({"guard_mode": "loud"}, "guard_mode: Input should be 'off', 'observe', 'mask' or 'rewind'"),
        ({"guard_languages": "no-such-language-tag"}, "guard_languages: "),
        ({"guard_languages": 7}, "guard_languages must be a list, or names with commas between them"),
        ({"guard_languages": [7]}, "guard_languages must be a string"),
        ({"guard_languages": ["ko"] * 17}, "guard_languages: "),
        ({"guard_scripts": "Xxyz"}, "guard_scripts: "),
        ({"guard_allow_english": "perhaps"}, "guard_allow_english must be true or false"),
        ({"guard_allow_english": 2}, "guard_allow_english must be true or false"),
        ({"guard_event_mass": 0}, "guard_event_mass: Input should be greater than 0"),
        ({"guard_event_mass": float("nan")}, "guard_event_mass: "),
        ({"guard_decided_by": "dice"}, "guard_decided_by: "),
    ],
)
def test_what_cannot_be_used_is_named(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_arguments(arguments)
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).startswith(message)


def test_the_servers_own_guard_object_takes_no_flat_forms() -> None:
    for options in ({"languages": "ko"}, {"allow_english": 1}, {"event_mass": 0.1}, {"request": "r1"}):
        with pytest.raises(ValueError):
            GuardOptions.model_validate(options)
    assert GuardOptions.model_validate({"mode": "rewind", "languages": None}).mode is Mode.REWIND
