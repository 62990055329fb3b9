"""Measurements and targets: what is printed and what is written as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.race import Row


@dataclass(frozen=True)
class Target:
    """A promise and what came of it. ``value`` is None when it could not be measured."""

    text: str
    value: float | None
    limit: float
    at_least: bool = False
    unit: str = "x"

    @property
    def met(self) -> bool | None:
        """Yes, no, or None for not measured."""
        if self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass(frozen=True)
class Measurement:
    """One race and its targets. Ratios are taken to the row named ``ours``."""

    name: str
    summary: str
    ours: str
    rows: Mapping[str, Row]
    targets: Sequence[Target]
    notes: Sequence[str] = field(default_factory=list)


def ratio(above: Row, below: Row) -> float | None:
    """Median over median; None when either is missing."""
    if above.median is None or not below.median:
        return None
    return above.median / below.median


def table(measurements: Sequence[Measurement]) -> str:
    """Every measurement as one aligned table, its targets and notes below it."""
    lines = []
    for measured in measurements:
        ours = measured.rows[measured.ours]
        width = max(len(name) for name in measured.rows)
        lines += [f"{measured.name}: {measured.summary}"]
        lines += [f"  {'':{width}}  {'median':>10}  {'fastest':>10}  {'slowest':>10}  {'to ours':>8}  runs"]
        for row in measured.rows.values():
            if row.missing or row.median is None:
                lines.append(f"  {row.name:{width}}  {row.missing or 'no sample'}")
                continue
            factor = ratio(row, ours)
            to_ours = "" if factor is None else f"{factor:.2f}x"
            spread = "  ".join(f"{_time(v):>10}" for v in (row.median, min(row.samples), max(row.samples)))
            lines.append(f"  {row.name:{width}}  {spread}  {to_ours:>8}  {len(row.samples):4}")
        lines += [f"  {_verdict(target)}" for target in measured.targets]
        lines += [f"  note: {note}" for note in measured.notes]
        lines += [""]
    return "\n".join(lines)


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _verdict(target: Target) -> str:
    sign = "≥" if target.at_least else "≤"
    promise = f"{target.text} {sign} {target.limit:g}{target.unit}"
    if target.value is None:
        return f"[ ? ] {promise}: not measured"
    return f"[{'met' if target.met else 'NOT'}] {promise}: {target.value:.2f}{target.unit}"


def document(measurements: Sequence[Measurement], facts: Mapping[str, Any], left_behind: Sequence[str]) -> dict[str, Any]:
    """The JSON document: seconds everywhere, each sample kept."""
    return {
        "format": "byhand-bench/1",
        "machine": dict(facts),
        "measurements": {measured.name: _measurement(measured) for measured in measurements},
        "left_behind": list(left_behind),
    }


def _measurement(measured: Measurement) -> dict[str, Any]:
    ours = measured.rows[measured.ours]
    return {
        "summary": measured.summary,
        "rows": {
            row.name: {
                "median": row.median,
                "samples": list(row.samples),
                "ratio_to_ours": ratio(row, ours),
                "missing": row.missing or None,
            }
            for row in measured.rows.values()
        },
        "targets": [
            {
                "text": target.text,
                "value": target.value,
                "limit": target.limit,
                "comparison": "at least" if target.at_least else "at most",
                "unit": target.unit.strip(),
                "met": target.met,
            }
            for target in measured.targets
        ],
        "notes": list(measured.notes),
    }


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write the document to a temporary name, then rename it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    partial.replace(path)
