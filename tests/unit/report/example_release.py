"""A release as a real run gives it: GBSG-2 (Schumacher 1994), patients of 18 to 65 years, by hormone therapy.

Curves and counts are computed here from the patients with plain numpy; hazard ratios of subgroups are Peto's one-step
estimates, close enough to look at. The report is tested on what it prints, not on these numbers.
"""

from __future__ import annotations

from functools import cache
from math import erfc

import numpy as np
from lifelines.datasets import load_gbsg2

from stratify.analysis.results import (
    Analyses,
    BaselineResult,
    BaselineVariable,
    CategoricalSummary,
    ContinuousSummary,
    Contrast,
    Curve,
    EffectsResult,
    EnrichmentResult,
    EnrichmentRow,
    Estimate,
    FamilyMember,
    FamilyResult,
    ForestRow,
    InteractionResult,
    NotDone,
    StepCurve,
    Subgroup,
    SubgroupsResult,
    SurvivalResult,
    TestResult,
)
from stratify.audit.release import ArmCount, CriterionText, InputFile, Release, StratumBalance
from stratify.diagnostics import DataPlace, Finding, Severity, SourceSpan
from stratify.model.expression import Ref
from stratify.model.protocol import Criterion, CriterionSeverity, Kind, Parameter, Trial
from stratify.screening.attrition import Attrition, AttritionRow
from unit.report.example_effects import competing_risks, cox_model, proportional_hazards, restricted_means

GROUPS = ("Control", "Hormone therapy")
ENDPOINT = "Recurrence-free survival"
MARKS = (0.0, 365.0, 730.0, 1095.0, 1460.0, 1825.0, 2190.0, 2555.0)
AT = (365.0, 1095.0, 1825.0)
HORIZON = 1825.0
Z = 1.959963984540054


class Columns:
    """The eligible patients as arrays."""

    def __init__(self) -> None:
        everyone = load_gbsg2()
        self.everyone = everyone
        rows = everyone[(everyone["age"] >= 18) & (everyone["age"] <= 65)]
        self.rows = rows
        self.time = rows["time"].to_numpy(dtype=float)
        self.event = rows["cens"].to_numpy(dtype=bool)
        self.treated = (rows["horTh"] == "yes").to_numpy()
        self.factors = {
            "Menopausal status": (rows["menostat"].to_numpy(dtype=str), ("Pre", "Post")),
            "Tumour grade": (rows["tgrade"].to_numpy(dtype=str), ("I", "II", "III")),
            "Oestrogen receptor": (
                np.where(rows["estrec"] >= 20, "positive (≥ 20 fmol/mg)", "negative (< 20 fmol/mg)"),
                ("negative (< 20 fmol/mg)", "positive (≥ 20 fmol/mg)"),
            ),
        }


@cache
def columns() -> Columns:
    return Columns()


def steps_of(time: np.ndarray, event: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Event times, Kaplan-Meier survival, Greenwood's sum."""
    at = np.unique(time[event])
    d = np.array([(event & (time == t)).sum() for t in at], dtype=float)
    r = np.array([(time >= t).sum() for t in at], dtype=float)
    with np.errstate(divide="ignore"):
        return at, np.cumprod(1 - d / r), np.cumsum(np.where(r > d, d / (r * np.maximum(r - d, 1)), np.inf))


def crossing(at: np.ndarray, values: np.ndarray) -> float | None:
    below = np.flatnonzero(values <= 0.5)
    return float(at[below[0]]) if below.size else None


def mean_to(at: np.ndarray, s: np.ndarray, tau: float) -> tuple[float, float]:
    """Restricted mean; its variance is left out of the example (a fixed standard error of 30 days)."""
    edges = np.concatenate([[0.0], at[at < tau], [tau]])
    heights = np.concatenate([[1.0], s[at < tau]])
    return float((np.diff(edges) * heights).sum()), 30.0


def around(value: float, se: float) -> Estimate:
    return Estimate(value, value - Z * se, value + Z * se, se)


def curve(group: str, time: np.ndarray, event: np.ndarray) -> Curve:
    at, s, green = steps_of(time, event)
    se = np.sqrt(green)
    lower, upper = s * np.exp(-Z * se), np.minimum(s * np.exp(Z * se), 1.0)
    follow_at, follow, _ = steps_of(time, ~event)
    index = [int(np.searchsorted(at, t, side="right")) - 1 for t in AT]
    mean, mean_se = mean_to(at, s, HORIZON)
    upper_median = crossing(at, upper)
    return Curve(
        group=group,
        n=int(time.size),
        events=int(event.sum()),
        times=(0.0, *map(float, at)),
        survival=(1.0, *map(float, s)),
        lower=(1.0, *map(float, lower)),
        upper=(1.0, *map(float, upper)),
        censor_times=tuple(sorted(map(float, time[~event]))),
        at_risk=tuple(int((time >= t).sum()) for t in MARKS),
        median=Estimate(
            crossing(at, s),
            crossing(at, lower),
            upper_median,
            note="" if upper_median is not None else "upper limit not reached",
        ),
        landmarks=tuple(Estimate(float(s[i]), float(lower[i]), float(upper[i])) for i in index),
        restricted_mean=around(mean, mean_se),
        median_follow_up=Estimate(crossing(follow_at, follow), 1300.0, 1500.0),
    )


def peto(time: np.ndarray, event: np.ndarray, treated: np.ndarray) -> Estimate:
    observed = expected = variance = 0.0
    for t in np.unique(time[event]):
        risk, dead = time >= t, event & (time == t)
        n, n1, d = risk.sum(), (risk & treated).sum(), dead.sum()
        observed += (dead & treated).sum()
        expected += d * n1 / n
        variance += d * n1 / n * (1 - n1 / n) * (n - d) / max(n - 1, 1)
    if variance == 0:
        return Estimate(None, note="no events in either arm")
    log, se = (observed - expected) / variance, variance**-0.5
    p = erfc(abs(log / se) / 2**0.5)
    return Estimate(float(np.exp(log)), float(np.exp(log - Z * se)), float(np.exp(log + Z * se)), float(se), p)


def forest_row(factor: str, level: str, keep: np.ndarray) -> ForestRow:
    c = columns()
    time, event, treated = c.time[keep], c.event[keep], c.treated[keep]
    return ForestRow(
        factor,
        level,
        int(keep.sum()),
        int(event.sum()),
        (int(treated.sum()), int((~treated).sum())),
        (int((event & treated).sum()), int((event & ~treated).sum())),
        peto(time, event, treated),
    )


def survival() -> SurvivalResult:
    c = columns()
    return SurvivalResult(
        id="km",
        endpoint="rfs",
        endpoint_label=ENDPOINT,
        unit="days",
        by="arm",
        strata=("menopausal status", "tumour grade"),
        n=int(c.time.size),
        events=int(c.event.sum()),
        excluded=0,
        curves=tuple(
            curve(group, c.time[keep], c.event[keep])
            for group, keep in zip(GROUPS, (~c.treated, c.treated), strict=True)
        ),
        marks=MARKS,
        at=AT,
        rmst_horizon=HORIZON,
        contrasts=(
            Contrast(
                GROUPS[1],
                GROUPS[0],
                Estimate(0.740, 0.567, 0.965, 0.1357, 0.0264),
                Estimate(0.714, 0.541, 0.943, 0.1417, 0.0175),
                Estimate(134.2, 21.6, 246.8, 57.4, 0.0194),
            ),
        ),
        tests=(
            TestResult("log-rank", 4.964, 1, 0.0259, "Mantel-Haenszel log-rank test"),
            TestResult("stratified log-rank", 5.713, 1, 0.0168, "log-rank test stratified by menopausal status, grade"),
        ),
        level=0.95,
        km_method="Kaplan-Meier estimate, Greenwood variance, log-transformed limits.",
        cox_method="Cox model, Efron's method for ties, Wald limits and p-values.",
        rmst_method="Area under the Kaplan-Meier curve to 1825 days.",
    )


def interaction() -> InteractionResult:
    values, levels = columns().factors["Oestrogen receptor"]
    rows = tuple(forest_row("Oestrogen receptor", level, values == level) for level in levels)
    return InteractionResult(
        id="pred",
        endpoint="rfs",
        endpoint_label=ENDPOINT,
        by="arm",
        group=GROUPS[1],
        versus=GROUPS[0],
        biomarker="Oestrogen receptor",
        excluded=0,
        rows=rows,
        model_rows=rows,
        interaction=TestResult("interaction", 1.226, 1, 0.268, "likelihood-ratio test of the product terms"),
        prognostic=(
            ForestRow(
                "Oestrogen receptor", levels[1], 376, 144, (136, 240), (43, 101), Estimate(0.73, 0.58, 0.92, 0.1, 0.008)
            ),
        ),
        level=0.95,
        method="Cox model with arm, biomarker and their product; Efron's method for ties.",
    )


def subgroups() -> SubgroupsResult:
    c = columns()
    found = []
    for (label, (values, levels)), p in zip(c.factors.items(), (0.412, 0.0496, 0.268), strict=True):
        rows = [forest_row(label, level, values == level) for level in levels]
        test = TestResult("interaction", 1.1, len(levels) - 1, p, "likelihood-ratio test")
        if label == "Tumour grade":
            rows.append(ForestRow(label, "not graded", 3, 0, (2, 1), (0, 0), Estimate(None, note="no events")))
        found.append(Subgroup(label, label, tuple(rows), test, 0))
    return SubgroupsResult(
        id="sub",
        endpoint="rfs",
        endpoint_label=ENDPOINT,
        by="arm",
        group=GROUPS[1],
        versus=GROUPS[0],
        overall=forest_row("", "All patients", np.ones(c.time.size, dtype=bool)),
        subgroups=tuple(found),
        level=0.95,
        method="Cox model within each level; interaction by likelihood ratio in all patients.",
    )


def number_summary(x: np.ndarray, missing: int = 0) -> ContinuousSummary:
    q1, median, q3 = np.quantile(x, [0.25, 0.5, 0.75])
    return ContinuousSummary(
        int(x.size), missing, float(x.mean()), float(x.std(ddof=1)), *map(float, (median, q1, q3, x.min(), x.max()))
    )


def factor_summary(x: np.ndarray, levels: tuple[str, ...], missing: int = 0) -> CategoricalSummary:
    return CategoricalSummary(int(x.size), missing, tuple(int((x == level).sum()) for level in levels))


def baseline() -> BaselineResult:
    c = columns()
    arms = (~c.treated, c.treated)
    found = []
    named = (("age", "Age, years", 0.21), ("tsize", "Tumour size, mm", 0.05), ("pnodes", "Positive nodes, n", 0.02))
    for name, label, smd in named:
        x = c.rows[name].to_numpy(dtype=float)
        found.append(
            BaselineVariable(name, label, (), tuple(number_summary(x[a]) for a in arms), number_summary(x), smd)
        )
    for label, (x, levels) in c.factors.items():
        groups = tuple(factor_summary(x[a], levels) for a in arms)
        found.append(BaselineVariable(label, label, levels, groups, factor_summary(x, levels), 0.114))
    empty = ContinuousSummary(0, 620, None, None, None, None, None, None, None)
    found.append(BaselineVariable("ki67", "Ki-67, %", (), (empty, empty), empty, None, "nobody has a value"))
    return BaselineResult(
        "t1", "arm", GROUPS, (411, 209), tuple(found), "Quartiles by R's type 7; pooled standard deviation."
    )


def enrichment() -> EnrichmentResult:
    fisher = "Fisher's exact test, conditional odds ratio"
    made = (
        ("Node count ≥ 4", (175, 90), Estimate(1.02, 0.72, 1.45), 0.931, 0.931, ""),
        ("Postmenopausal", (193, 134), Estimate(2.02, 1.41, 2.89), 0.00007, 0.00035, ""),
        ("Tumour grade III", (105, 45), Estimate(0.80, 0.52, 1.21), 0.302, 0.503, ""),
        ("Progesterone receptor ≥ 20", (234, 132), Estimate(1.30, 0.91, 1.86), 0.141, 0.353, ""),
        ("Bilateral disease", (0, 2), Estimate(float("inf"), 0.37, float("inf")), 0.113, 0.353, "no case in Control"),
    )
    rows = [
        EnrichmentRow(name, None, counts, (411, 209), (), ratio, p, adjusted, 0, fisher, note)
        for name, counts, ratio, p, adjusted, note in made
    ]
    rows.append(
        EnrichmentRow("Age, years", None, (), (), (50.0, 54.0), Estimate(None), 0.0002, 0.0006, 0, "Wilcoxon rank-sum")
    )
    constant = Estimate(None, note="everyone has it")
    rows.append(
        EnrichmentRow(
            "Female", None, (411, 209), (411, 209), (), constant, None, None, 0, fisher, "not tested: constant"
        )
    )
    return EnrichmentResult(
        "enr", "arm", GROUPS, (411, 209), tuple(rows), "Benjamini-Hochberg", "Two-sided tests, one a feature."
    )


def effects() -> tuple[EffectsResult, ...]:
    """An analysis of each of the kinds that answer with effects."""
    curves = tuple(StepCurve(curve.group, curve.times, curve.survival) for curve in survival().curves)
    return (cox_model(), competing_risks(GROUPS), restricted_means(curves, HORIZON), proportional_hazards(curves))


CRITERIA = (
    ("I01", Kind.INCLUSION, "Age 18 to 65 years at randomisation.", "4.1.1", "age is at least 18 and at most 65.", 66),
    (
        "I02",
        Kind.INCLUSION,
        "Histologically verified primary breast cancer.",
        "4.1.2",
        "diagnosis is breast cancer.",
        0,
    ),
    (
        "I03",
        Kind.INCLUSION,
        "At least one positive regional lymph node, at least six nodes examined.",
        "4.1.3",
        "positive nodes are at least 1.",
        0,
    ),
    ("E01", Kind.EXCLUSION, "Distant metastases at diagnosis.", "4.2.1", "no metastasis is recorded.", 0),
)


def criterion_of(name: str, kind: Kind, text: str, severity: CriterionSeverity) -> Criterion:
    return Criterion(name, kind, text, Ref("rule_of_" + name), severity=severity)


def attrition() -> Attrition:
    reached, rows = 686, []
    for name, kind, text, _, _, out in CRITERIA:
        criterion = criterion_of(name, kind, text, CriterionSeverity.REQUIRED)
        rows.append(AttritionRow(criterion, reached, out, out, out, 4 if name == "E01" else 0, 0, 0))
        reached -= out
    return Attrition(686, 620, 0, 66, tuple(rows), ((("I01",), 66),))


def balance() -> tuple[StratumBalance, ...]:
    c = columns()
    return tuple(
        StratumBalance(
            label,
            levels,
            tuple((int(((x == v) & ~c.treated).sum()), int(((x == v) & c.treated).sum())) for v in levels),
        )
        for label, (x, levels) in c.factors.items()
    )


@cache
def example_release() -> Release:
    """The whole example."""
    results = (
        baseline(),
        survival(),
        interaction(),
        subgroups(),
        enrichment(),
        *effects(),
        NotDone("os", "survival", "the data has no column for death"),
    )
    family = FamilyResult(
        "Holm's method.",
        (FamilyMember("km", "stratified log-rank", 0.0168, 0.0336), FamilyMember("pred", "interaction", 0.268, 0.268)),
    )
    return Release(
        title="Hormone therapy in node-positive breast cancer",
        trial=Trial("GBSG-2", "German Breast Cancer Study Group 2", "III", "3.0", "1984-07-01", "1.2", "approved"),
        protocol_file="rules/gbsg2.yaml",
        protocol_digest="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        study_digest="60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
        profile="r",
        level=0.95,
        version="0.1.0",
        parameters=(
            Parameter("oldest", "65", "years", "4.1.1"),
            Parameter("er_positive", "20", "fmol/mg", "central laboratory", overridden=True),
        ),
        criteria=tuple(
            CriterionText(name, kind.value, text, ref, prose, "query", "required")
            for name, kind, text, ref, prose, _ in CRITERIA
        ),
        attrition=attrition(),
        arms=(ArmCount("control", GROUPS[0], 411), ArmCount("hormone", GROUPS[1], 209)),
        balance=balance(),
        analyses=Analyses(results, family, ()),
        methods=(
            "Survival was estimated by the Kaplan-Meier method with Greenwood's variance [1].",
            "Hazard ratios come from Cox models with Efron's approximation for ties [2].",
        ),
        references=(
            "Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457-481.",
            "Cox DR. J R Stat Soc B 1972;34:187-220.",
        ),
        inputs=(
            InputFile("patients.parquet", 21_344, "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"),
        ),
        findings=(
            Finding(
                "D021",
                "2 columns are all null",
                DataPlace("patients", "ki67"),
                "a rule that asks them is unknown for everyone",
                "drop them or deliver them",
                Severity.WARNING,
            ),
            Finding(
                "P104", "criterion I03 has no example", SourceSpan("rules/gbsg2.yaml", 31, 3), severity=Severity.NOTE
            ),
        ),
        finished="2025-03-01T12:00:00+00:00",
    )
