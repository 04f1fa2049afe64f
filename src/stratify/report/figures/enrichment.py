"""The forest of an enrichment analysis."""

from __future__ import annotations

from markupsafe import Markup

from stratify.analysis.results import EnrichmentResult, EnrichmentRow
from stratify.report.figures.forest import Column, Forest, Line, draw_forest
from stratify.report.format import count, known, p_value, ratio_interval

_LABEL = 190.0
_GROUP = 84.0
_P = 66.0


def enrichment_forest(result: EnrichmentResult, level: float) -> Markup | None:
    """Odds ratios of the features that have one, largest first as the result orders them; ``None`` without any."""
    rows = [row for row in result.rows if known(row.odds_ratio.value) is not None]
    if not rows:
        return None
    said = "; ".join(f"{feature_name(row)}: {ratio_interval(row.odds_ratio)}" for row in rows)
    groups = tuple(Column(group, _GROUP, below="n / N") for group in result.groups[:2])
    return draw_forest(
        Forest(
            f"Enrichment by {result.group_factor}: odds ratios",
            f"Odds ratios: {said}.",
            (Column("Feature", _LABEL, "start"), *groups, Column("adjusted p", _P)),
            1 + len(groups),
            tuple(_line(row, len(groups)) for row in rows),
            "Odds ratio",
            level,
            (f"more often in {result.groups[0]}", f"more often in {result.groups[-1]}"),
        )
    )


def feature_name(row: EnrichmentRow) -> str:
    """The feature, with its level where it has levels."""
    return row.feature if row.level is None else f"{row.feature}: {row.level}"


def _line(row: EnrichmentRow, groups: int) -> Line:
    pairs = list(zip(row.counts, row.totals, strict=False))[:groups]
    cells = [f"{count(n)} / {count(total)}" for n, total in pairs]
    cells += [""] * (groups - len(cells))
    return Line((feature_name(row), *cells, p_value(row.p_adjusted)), row.odds_ratio)
