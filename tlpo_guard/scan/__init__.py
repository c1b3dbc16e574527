"""Drift in whole answers: scripts, lines and words, less what may be foreign."""

from tlpo_guard.scan.answers import Answer, answers
from tlpo_guard.scan.result import Drift, DriftKind, Scanned
from tlpo_guard.scan.scanner import Scanner

__all__ = ["Answer", "Drift", "DriftKind", "Scanned", "Scanner", "answers"]
