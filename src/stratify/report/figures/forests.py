"""The forests of interaction and subgroup analyses."""

from __future__ import annotations

from markupsafe import Markup

from stratify.analysis.results import ForestRow, InteractionResult, SubgroupsResult
from stratify.report.figures.forest import Column, Forest, Line, Look, draw_forest
from stratify.report.format import count, p_value, ratio_interval

_LABEL = 166.0
_ARM = 84.0
_P = 78.0


def _columns(group: str, versus: str) -> tuple[Column, ...]:
    return (
        Column("Subgroup", _LABEL, "start"),
        Column(group, _ARM, below="events / n"),
        Column(versus, _ARM, below="events / n"),
        Column("p for interaction", _P),
    )


def _line(row: ForestRow, label: str, look: Look = Look.ROW) -> Line:
    arms = tuple(f"{count(e)} / {count(n)}" for e, n in zip(row.arm_events, row.arm_n, strict=True))
    return Line((label, *arms, ""), row.hazard_ratio, look)


def _heading(text: str, p: str = "") -> Line:
    return Line((text, "", "", p), None, Look.HEADING)


def _said(label: str, row: ForestRow) -> str:
    return f"{label}: {ratio_interval(row.hazard_ratio)}"


def subgroup_forest(result: SubgroupsResult) -> Markup:
    """Hazard ratio in each level of each factor, below the overall one."""
    lines = [_line(result.overall, "All patients", Look.OVERALL)]
    said = [_said("All patients", result.overall)]
    for subgroup in result.subgroups:
        lines.append(_heading(subgroup.label, p_value(subgroup.interaction.p_value)))
        lines += [_line(row, row.level) for row in subgroup.rows]
        said += [_said(f"{subgroup.label} {row.level}", row) for row in subgroup.rows]
    return draw_forest(
        Forest(
            f"Subgroup analysis of {result.endpoint_label}: {result.group} versus {result.versus}",
            f"Hazard ratios: {'; '.join(said)}.",
            _columns(result.group, result.versus),
            3,
            tuple(lines),
            "Hazard ratio",
            result.level,
            (f"favours {result.group}", f"favours {result.versus}"),
        )
    )


def interaction_forest(result: InteractionResult) -> Markup:
    """Hazard ratio at each level of the biomarker: from the level's own patients, and from the interaction model."""
    own = f"{result.biomarker}: each level's own patients"
    model = f"{result.biomarker}: interaction model"
    lines = [
        _heading(own),
        *(_line(row, row.level) for row in result.rows),
        _heading(model, p_value(result.interaction.p_value)),
        *(_line(row, row.level) for row in result.model_rows),
    ]
    said = [_said(f"{row.level}, own patients", row) for row in result.rows]
    said += [_said(f"{row.level}, model", row) for row in result.model_rows]
    return draw_forest(
        Forest(
            f"Effect of {result.group} versus {result.versus} on {result.endpoint_label} by {result.biomarker}",
            f"Hazard ratios: {'; '.join(said)}. Interaction p {p_value(result.interaction.p_value)}.",
            _columns(result.group, result.versus),
            3,
            tuple(lines),
            "Hazard ratio",
            result.level,
            (f"favours {result.group}", f"favours {result.versus}"),
        )
    )
