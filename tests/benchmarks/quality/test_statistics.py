import numpy as np
import pytest

from benchmarks.quality.statistics import change, fall, p_value, rate, share


def rates(share, prompts=120, seeds=1, seed=0):
    return (np.random.default_rng(seed).random((seeds, prompts)) < share).astype(float)


def test_a_fall_is_relative_and_its_interval_holds_it():
    before, after = {"ko": rates(0.5)}, {"ko": rates(0.05, seeds=3, seed=1)}
    found = fall(before, after)
    assert found.value == pytest.approx(1 - after["ko"].mean() / before["ko"].mean())
    assert found.low < found.value < found.high and found.low > 0.7
    assert p_value(before, after) < 0.001


def test_languages_weigh_alike_however_many_prompts_they_have():
    values = {"ko": np.ones((1, 10)), "de": np.zeros((1, 90))}
    assert rate(values).value == 0.5


def test_prompts_are_the_unit_so_more_draws_of_few_prompts_do_not_narrow_the_interval():
    few = rates(0.4, prompts=20)
    copied = {"ko": np.repeat(few, 9, axis=0)}  # nine seeds that agree
    one, nine = rate({"ko": few}), rate(copied)
    assert nine.high - nine.low == pytest.approx(one.high - one.low, rel=0.1)


def test_prompts_of_one_unit_are_one_also_across_languages():
    before, after = ({language: np.full((1, 6), value) for language in ("ko", "ar")} for value in (1.0, 0.5))
    alone = {language: [(language, str(prompt)) for prompt in range(6)] for language in before}
    together = {language: [("document", str(prompt // 2)) for prompt in range(6)] for language in before}
    assert p_value(before, after, alone) == p_value(before, after) == 2 / 2**12
    assert p_value(before, after, together) == 2 / 2**3
    values = {language: np.repeat(rates(0.4, prompts=20), 3, axis=1) for language in before}
    copied = {language: [("document", str(prompt // 3)) for prompt in range(60)] for language in before}
    found, one = rate(values, copied), rate({"ko": rates(0.4, prompts=20)})
    assert (found.value, found.low, found.high) == pytest.approx((one.value, one.low, one.high))


def test_seeds_that_differ_widen_the_interval():
    alike = {"ko": np.full((3, 200), 0.1)}
    differing = {"ko": np.repeat(np.array([[0.0], [0.1], [0.2]]), 200, axis=1)}
    assert rate(alike).value == pytest.approx(rate(differing).value)
    width = rate(differing).high - rate(differing).low
    assert width > 0.1 and rate(alike).high == pytest.approx(rate(alike).low)


def test_what_chance_does_is_no_finding():
    values = [p_value({"ko": rates(0.3, seed=2 * i)}, {"ko": rates(0.3, seed=2 * i + 1)}) for i in range(40)]
    assert np.mean([p < 0.05 for p in values]) < 0.2
    assert p_value({"ko": rates(0.3)}, {"ko": rates(0.3)}) == 1.0


def test_the_interval_holds_the_truth_nearly_as_often_as_it_says():
    held = 0
    for i in range(60):
        found = fall({"ko": rates(0.5, seed=1000 + i)}, {"ko": rates(0.1, seed=5000 + i)})
        held += found.low <= 0.8 <= found.high
    assert held >= 50


def test_nothing_to_fall_has_no_fall():
    nothing = {"ko": np.zeros((1, 5))}
    assert fall(nothing, nothing).value is None
    assert change(nothing, nothing).as_dict() == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_a_fall_to_nothing_is_not_known_for_certain():
    before, after = {"ko": rates(0.5)}, {"ko": np.zeros((1, 120))}
    found = fall(before, after)
    assert found.value == found.high == 1.0 and found.low == pytest.approx(1 - (3 / 120) / before["ko"].mean())
    assert share(after).as_dict() == {"value": 0.0, "low": 0.0, "high": 3 / 120}
    assert share(before) == rate(before)
