import pytest

from tlpo_guard.intent.masking import has_code, without_code, without_quotes


@pytest.mark.parametrize(
    "text",
    [
        "```python\nx\n```",
        "see `git rebase`",
        "def add(a, b):\n    return a + b",
        "https://example.com/a",
        "SELECT id FROM users WHERE a > 3;",
    ],
)
def test_code_and_addresses(text: str) -> None:
    assert has_code(text)
    assert len(without_code(text)) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "Why is the sky blue?",
        "Ποια είναι η πρωτεύουσα της Βολιβίας;",
        "from Paris to Rome: which train?",
        "Convert this to YAML",
    ],
)
def test_prose_is_no_code(text: str) -> None:
    assert without_code(text) == text


def test_quotations_are_blanked_and_apostrophes_are_not() -> None:
    assert without_quotes('Say "good night" now').split() == ["Say", "now"]
    assert without_quotes("「おはよう」とは").strip() == "とは"
    assert without_quotes("It's the dogs' dinner") == "It's the dogs' dinner"


@pytest.mark.parametrize(
    "line",
    [
        "2026-04-01T10:00:03Z INFO server started on port 80",
        "[ERROR] could not open the file",
        "    at com.acme.App.run(App.java:12)",
        "Caused by: java.io.IOException: stream closed",
        "fatal: not a git repository",
        "lib/core.py:31: warning: name is not used",
        '  "title": "The quick brown fox",',
    ],
)
def test_lines_of_machines(line: str) -> None:
    assert without_code(f"{line}\nWarum?").strip() == "Warum?"
