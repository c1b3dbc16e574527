"""How many examples Hypothesis tries: some in every run of the tests, more in `make test-long`."""

from hypothesis import settings

__all__ = ["LONG", "SHORT", "examples"]

SHORT, LONG = "short", "long"


def examples(count: int, long: int | None = None) -> settings:
    """So many examples for a test, or as many as `long` says (by default ten times the count) in the long profile."""
    thorough = settings.get_current_profile_name() == LONG
    return settings(max_examples=(long or 10 * count) if thorough else count)
