"""Foreign text as a page shows it."""

from server.dashboard.shown import visible


def test_markup_controls_and_overrides_are_shown() -> None:
    shown = visible('<b>"\u202e\x07\u2066')
    assert shown.startswith("&lt;b&gt;&#34;")
    assert "\u202e" not in shown and "\x07" not in shown and "\u2066" not in shown
    assert ">U+202E</span>" in shown and ">U+0007</span>" in shown and ">U+2066</span>" in shown


def test_honest_text_stays_as_it_is() -> None:
    for text in ("می\u200cخواهم", "क्\u200dष", "👩\u200d💻", "two\nlines\tand a tab"):
        assert visible(text) == text
