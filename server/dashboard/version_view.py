"""Adapter versions as a person reads them: where each comes from, what it changed, and what the gate said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tlpo_guard.registry import BASE, AdapterVersion, Pointers

__all__ = ["Check", "LanguageChange", "VersionNode", "VersionView", "lineage_tree", "version_view"]

_SHARES = ("confusion mass", "confusion, own prompts", "accuracy")  # checks whose figures are shares


@dataclass(frozen=True, slots=True)
class Check:
    """One figure of the gate; None for what is no number."""

    name: str
    before: float | None
    after: float | None
    limit: float | None
    ok: bool

    @property
    def is_share(self) -> bool:
        """Whether the figures are shares, 0 to 1."""
        return self.name.startswith(_SHARES)


@dataclass(frozen=True, slots=True)
class LanguageChange:
    """Mean confusion mass at held-out points of a language; None where it is not known."""

    language: str
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version.

    Attributes:
        verdict: `passed`, `refused`, `not judged` or `damaged`.
        steps: figures of each optimizer step.
    """

    version: AdapterVersion
    is_current: bool
    is_promoted: bool
    is_pinned: bool
    verdict: str
    parent: str
    created_at: str
    events: int | None
    checks: Sequence[Check]
    languages: Sequence[LanguageChange]
    steps: Sequence[Mapping[str, Any]]
    examples: Sequence[Mapping[str, Any]]

    @property
    def name(self) -> str:
        """Its name."""
        return self.version.name

    @property
    def confusion(self) -> Check | None:
        """The check of the confusion mass; None where there is none."""
        return next((check for check in self.checks if check.name == "confusion mass"), None)


@dataclass(frozen=True, slots=True)
class VersionNode:
    """A version and those that were trained on from it. `view` is None for the base, and for a parent that is gone."""

    name: str
    view: VersionView | None
    children: list["VersionNode"] = field(default_factory=list)


def version_view(version: AdapterVersion, pointers: Pointers) -> VersionView:
    """One version; what its report and lineage lack is left out."""
    report = version.report or {}
    verdict = "passed" if version.passed else "refused" if version.refused else "not judged"
    events = version.lineage.get("events")
    return VersionView(
        version=version,
        is_current=version.name == pointers.current,
        is_promoted=version.name == pointers.promoted,
        is_pinned=version.name == pointers.pinned,
        verdict="damaged" if version.damage else verdict,
        parent=str(version.lineage.get("parent") or BASE),
        created_at=str(version.lineage.get("created_at") or ""),
        events=events if isinstance(events, int) else None,
        checks=[_check(check) for check in _rows(_mapping(report.get("gate")).get("checks"))],
        languages=_languages(report),
        steps=_rows(report.get("steps")),
        examples=_rows(report.get("examples")),
    )


def lineage_tree(views: Sequence[VersionView]) -> VersionNode:
    """The base and what came of it."""
    root = VersionNode(BASE, None)
    nodes = {BASE: root} | {view.name: VersionNode(view.name, view) for view in views}
    for view in views:
        if view.parent not in nodes or view.parent == view.name:
            nodes[view.parent] = gone = VersionNode(view.parent, None)
            root.children.append(gone)
        nodes[view.parent].children.append(nodes[view.name])
    return root


def _languages(report: Mapping[str, Any]) -> list[LanguageChange]:
    before, after = (_mapping(_mapping(report.get(side)).get("by_language")) for side in ("before", "after"))
    return [
        LanguageChange(tag, _mass(before[tag]), _mass(after.get(tag)))
        for tag in sorted(before, key=lambda tag: -(_mass(before[tag]) or 0.0))
    ]


def _mass(figures: Any) -> float | None:
    return _number(_mapping(figures).get("confusion_mass"))


def _check(check: Mapping[str, Any]) -> Check:
    before, after, limit = (_number(check.get(side)) for side in ("before", "after", "limit"))
    return Check(str(check.get("name", "")), before, after, limit, bool(check.get("ok")))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
