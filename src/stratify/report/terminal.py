"""The report's few lines for the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stratify.audit.release import Release
from stratify.report.blocks import not_done
from stratify.report.format import clean, count
from stratify.report.summary import headline_counts, interval_heading, key_results
from stratify.screening.attrition import AttritionRow

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table


def render_terminal(release: Release) -> Group:
    """Counts, attrition, the main estimates, and what was not done, for a :class:`rich.console.Console`.

    Texts of the release are printed as they are: neither rich's markup nor a terminal's control sequences act.
    """
    from rich.console import Group  # noqa: PLC0415 - the page is made without a terminal library
    from rich.text import Text  # noqa: PLC0415

    trial = release.trial
    head = Text(clean(release.title or trial.title or trial.id), style="bold")
    counts = ", ".join(f"{count(n)} {name.lower()}" for name, n in headline_counts(release))
    arms = ", ".join(f"{arm.label}: {count(arm.n)}" for arm in release.arms)
    parts: list[Text | Table] = [head, Text(counts)]
    if arms:
        parts.append(Text(clean(arms)))
    parts.append(_attrition_table(release.attrition.rows))
    if key_results(release):
        parts.append(_results_table(release))
    parts += [Text(clean(f"not done: {n.kind} {n.id}: {n.reason}"), style="yellow") for n in not_done(release)]
    return Group(*parts)


def _attrition_table(rows: tuple[AttritionRow, ...]) -> Table:
    table = _table("criterion", "kind", "in", "out", "failed", "only", "unknown", numbers=5)
    for r in rows:
        numbers = (r.persons_in, r.persons_out, r.failed, r.failed_only, r.unknown)
        _add(table, r.criterion.id, r.criterion.kind.value, *map(count, numbers))
    return table


def _results_table(release: Release) -> Table:
    table = _table("analysis", "question", "measure", interval_heading(release), "p", numbers=2)
    for key in key_results(release):
        _add(table, key.analysis, key.question, key.measure, "\n".join(map(str, key.estimate)), key.p_value)
    return table


def _table(*titles: str, numbers: int) -> Table:
    """A table whose last columns hold numbers."""
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, title in enumerate(titles):
        table.add_column(title, justify="right" if index >= len(titles) - numbers else "left")
    return table


def _add(table: Table, *cells: str) -> None:
    from rich.text import Text  # noqa: PLC0415

    table.add_row(*(Text(clean(cell)) for cell in cells))
