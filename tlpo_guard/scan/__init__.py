"""Drift in whole answers: scripts, lines and words, less what may be foreign."""

from tlpo_guard.scan.answers import Answer, answers
from tlpo_guard.scan.result import Drift
from tlpo_guard.scan.scanner import Scanned, Scanner

__all__ = ["Answer", "Drift", "Scanned", "Scanner", "answers"]
