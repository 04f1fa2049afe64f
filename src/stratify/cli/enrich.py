"""``stratify enrich``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stratify.cli.boundary import AsJson, emit, warn
from stratify.cli.tables import Key, Where, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from stratify.analysis import Analyses
    from stratify.analysis.results import EnrichmentResult, EnrichmentRow


def enrich(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="One table: Parquet, Arrow or CSV.")],
    features: Annotated[str, typer.Option(metavar="A,B", help="Columns to compare.")],
    group: Annotated[str, typer.Option(help="Column with the two groups.")],
    reference: Annotated[str | None, typer.Option(help="The group that the other is compared with.")] = None,
    adjust: Annotated[str, typer.Option(help="bonferroni, holm, hochberg, hommel, bh, by or none.")] = "bh",
    where: Where = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Compare features between two groups of one table, adjusted for their number, no study needed.

    Example: stratify enrich biomarkers.csv --features KRAS,TP53,age --group arm --reference control
    """
    import json

    from stratify.analysis import results_json
    from stratify.study.one_table import TableQuestion, ask_enrichment

    answer = ask_enrichment(
        TableQuestion(data, key, where), features=names(features), group=group, reference=reference, adjust=adjust
    )
    warn(answer.findings)
    emit(as_json, {"statistics": json.loads(results_json(answer.analyses))}, *_parts(answer.analyses))


def _parts(analyses: Analyses) -> Iterator[RenderableType]:
    from stratify.analysis.results import EnrichmentResult, NotDone
    from stratify.cli.tables import table

    for result in analyses.results:
        if isinstance(result, NotDone):
            yield f"not done: {result.reason}"
        elif isinstance(result, EnrichmentResult):
            sizes = [f"{name} (n={size})" for name, size in zip(result.groups, result.sizes, strict=True)]
            yield table(
                ["feature", "level", *sizes, "odds ratio (95 % CI)", "p", "adjusted p", "missing"],
                (_row(row, result) for row in result.rows),
                left=2,
            )
            yield f"{result.method}; adjusted for their number: {result.adjust}"


def _row(row: EnrichmentRow, result: EnrichmentResult) -> list[str]:
    from stratify.report.format import count, count_and_share, fixed, known, p_value, ratio_interval

    if row.medians:
        cells = [f"median {fixed(median, 2)}" for median in row.medians]
    elif row.counts:
        cells = [count_and_share(part, whole) for part, whole in zip(row.counts, row.totals, strict=True)]
    else:
        cells = [""] * len(result.groups)
    ratio = ratio_interval(row.odds_ratio) if known(row.odds_ratio.value) is not None else "–"
    tested = [p_value(row.p_value) if row.p_value is not None else "–"]
    tested.append(p_value(row.p_adjusted) if row.p_adjusted is not None else "–")
    return [row.feature, row.level or "", *cells, ratio, *tested, count(row.missing)]
