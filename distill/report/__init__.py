"""The report of a distillation for people: one HTML page, with examples."""

from distill.report.examples import Examples, examples
from distill.report.model import Candidate, Example
from distill.report.page import render_html

__all__ = ["Candidate", "Example", "Examples", "examples", "render_html"]
