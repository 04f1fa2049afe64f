"""Table 1 as lines of text: one or more lines a variable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stratify.analysis.results import BaselineResult, BaselineVariable, CategoricalSummary, ContinuousSummary
from stratify.report.format import NE, count, count_and_share, fixed, known, not_estimable


@dataclass(frozen=True, slots=True)
class BaselineRow:
    """A line of Table 1: its cells by group, then overall. ``smd`` stands on a variable's first line only."""

    label: str
    cells: tuple[str, ...]
    smd: str = ""
    heading: bool = False
    missing: bool = False


Summary = ContinuousSummary | CategoricalSummary


def baseline_rows(result: BaselineResult) -> tuple[BaselineRow, ...]:
    """All lines of Table 1."""
    return tuple(row for variable in result.variables for row in _variable(variable))


def _variable(variable: BaselineVariable) -> list[BaselineRow]:
    summaries = (*variable.groups, variable.overall)
    columns = len(summaries)
    smd = not_estimable(variable.smd_note) if known(variable.smd) is None else fixed(variable.smd, 3)
    rows = [BaselineRow(variable.label, ("",) * columns, smd, heading=True)]
    if variable.levels:
        rows += [_line(level, summaries, _level(i)) for i, level in enumerate(variable.levels)]
    else:
        decimals = _decimals(variable.overall)
        rows.append(_line("mean (SD)", summaries, lambda s: _mean(s, decimals)))
        rows.append(_line("median [Q1, Q3]", summaries, lambda s: _median(s, decimals)))
        rows.append(_line("min to max", summaries, lambda s: _range(s, decimals)))
    missing = _line("missing, n", summaries, lambda s: count(s.missing))
    rows.append(BaselineRow(missing.label, missing.cells, missing=True))
    return rows


def _line(label: str, summaries: tuple[Summary, ...], text: Callable[[Summary], str]) -> BaselineRow:
    return BaselineRow(label, tuple(text(s) for s in summaries))


def _level(index: int) -> Callable[[Summary], str]:
    def text(summary: Summary) -> str:
        if isinstance(summary, ContinuousSummary):
            return NE
        return count_and_share(summary.counts[index], sum(summary.counts))

    return text


def _decimals(summary: Summary) -> int:
    """Decimals that suit the values: three for fractions, none from 10 000 upwards, otherwise one."""
    if isinstance(summary, CategoricalSummary):
        return 0
    size = max((abs(v) for v in (summary.minimum, summary.maximum) if v is not None), default=0.0)
    return 0 if size >= 10_000 else 1 if size >= 1 else 3


def _mean(summary: Summary, decimals: int) -> str:
    if isinstance(summary, CategoricalSummary) or known(summary.mean) is None:
        return NE
    return f"{fixed(summary.mean, decimals)} ({fixed(summary.sd, decimals)})"


def _median(summary: Summary, decimals: int) -> str:
    if isinstance(summary, CategoricalSummary) or known(summary.median) is None:
        return NE
    return f"{fixed(summary.median, decimals)} [{fixed(summary.q1, decimals)}, {fixed(summary.q3, decimals)}]"


def _range(summary: Summary, decimals: int) -> str:
    if isinstance(summary, CategoricalSummary) or known(summary.minimum) is None:
        return NE
    return f"{fixed(summary.minimum, decimals)} to {fixed(summary.maximum, decimals)}"
