"""Whether an answer is confused, by five judges that know nothing of each other, English counted and neutral."""

from benchmarks.quality.judges.all_judges import COUNTED, JUDGES, NEUTRAL, judge_all

__all__ = ["COUNTED", "JUDGES", "NEUTRAL", "judge_all"]
