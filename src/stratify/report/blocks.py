"""One block of the page for each result: which template shows it, and its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import assert_never

from markupsafe import Markup

from stratify.analysis.results import (
    AnalysisResult,
    BaselineResult,
    EffectsResult,
    EnrichmentResult,
    InteractionResult,
    NotDone,
    SubgroupsResult,
    SurvivalResult,
)
from stratify.audit.release import Release
from stratify.report.baseline_rows import BaselineRow, baseline_rows
from stratify.report.figures import (
    Drawn,
    effect_figures,
    enrichment_forest,
    interaction_forest,
    kaplan_meier,
    subgroup_forest,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A result as the page shows it."""

    anchor: str
    kind: str
    result: AnalysisResult
    heading: str
    figure: Markup | None = None
    drawn: tuple[Drawn, ...] = ()
    """Figures with their captions, where there may be several."""
    rows: tuple[BaselineRow, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    """Footnote marks by method, of an enrichment table."""

    @property
    def template(self) -> str:
        """Name of the template that shows it."""
        return f"{self.kind}.html.j2"


def blocks(release: Release) -> Iterator[Block]:
    """Blocks in the plan's order; analyses not done are listed elsewhere."""
    for number, result in enumerate(release.analyses.results, 1):
        if not isinstance(result, NotDone):
            yield _block(result, f"analysis-{number}", release.level)


def not_done(release: Release) -> tuple[NotDone, ...]:
    """Analyses that could not be done."""
    return tuple(r for r in release.analyses.results if isinstance(r, NotDone))


def _block(result: AnalysisResult, anchor: str, level: float) -> Block:
    match result:
        case BaselineResult():
            return Block(anchor, "baseline", result, f"Baseline by {result.by}", rows=baseline_rows(result))
        case SurvivalResult():
            heading = f"{result.endpoint_label} by {result.by}"
            return Block(anchor, "survival", result, heading, kaplan_meier(result) if result.curves else None)
        case InteractionResult():
            heading = f"{result.endpoint_label}: effect of {result.group} by {result.biomarker}"
            return Block(anchor, "interaction", result, heading, interaction_forest(result))
        case SubgroupsResult():
            heading = f"{result.endpoint_label}: {result.group} versus {result.versus} in subgroups"
            return Block(anchor, "subgroups", result, heading, subgroup_forest(result))
        case EffectsResult():
            return Block(anchor, "effects", result, result.heading, drawn=effect_figures(result))
        case EnrichmentResult():
            heading = f"Features by {result.group_factor}"
            return Block(anchor, "enrichment", result, heading, enrichment_forest(result, level), marks=_marks(result))
        case _:
            assert_never(result)


def _marks(result: EnrichmentResult) -> dict[str, str]:
    """A letter for each method, in the order of the rows."""
    methods = dict.fromkeys(row.method for row in result.rows)
    return {method: ascii_lowercase[i % len(ascii_lowercase)] for i, method in enumerate(methods)}
