"""Why an answer is expected in a language, and what of it the guard would keep out."""

from tlpo_guard.explain.explainer import Blocked, Explainer, Explanation
from tlpo_guard.explain.question import Question, question_of

__all__ = ["Blocked", "Explainer", "Explanation", "Question", "question_of"]
