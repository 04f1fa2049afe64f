"""Tests of equal survival: the log-rank test, and those that a plan asks for besides."""

from __future__ import annotations

from collections.abc import Iterator

from stratify.analysis.cohort import Cohort
from stratify.analysis.estimates import join, known, of_test
from stratify.analysis.groups import Groups
from stratify.analysis.results import TestResult
from stratify.model.study import SurvivalSpec, fleming_harrington
from stratify.stats.logrank import logrank
from stratify.stats.logrank_sums import Weighting
from stratify.stats.maxcombo import maxcombo

LOG_RANK = "log-rank"
WEIGHTS = "patients have weights: rank tests are not made for them; see the Cox model's robust variance"

_WEIGHTINGS: dict[str, tuple[str, Weighting]] = {
    "gehan": ("Gehan-Breslow", "gehan"),
    "tarone-ware": ("Tarone-Ware", "tarone-ware"),
    "peto": ("Peto-Peto", "peto-peto"),
}


def comparisons(spec: SurvivalSpec, groups: Groups, cohort: Cohort) -> tuple[TestResult, ...]:
    """The log-rank test, with strata the stratified one too, then those named; the last is the primary one."""
    if len(groups.names) == 1:
        return ()
    if cohort.weights is not None:
        return (TestResult(LOG_RANK, None, 0, None, "log-rank test", WEIGHTS),)
    return tuple(_tests(spec, groups, cohort))


def _tests(spec: SurvivalSpec, groups: Groups, cohort: Cohort) -> Iterator[TestResult]:
    yield _rank_test(LOG_RANK, groups, cohort)
    if spec.strata:
        yield _rank_test(f"stratified {LOG_RANK}", groups, cohort, stratified=True)
    for name in spec.tests:
        if name != "logrank":
            yield _named(name, groups, cohort, stratified=bool(spec.strata))


def _named(name: str, groups: Groups, cohort: Cohort, *, stratified: bool) -> TestResult:
    prefix = "stratified " if stratified else ""
    if name == "maxcombo":
        return _maxcombo(f"{prefix}MaxCombo", groups, cohort, stratified=stratified)
    exponents = fleming_harrington(name)
    if exponents is not None:
        rho, gamma = exponents
        shown = f"{prefix}Fleming-Harrington ({rho:g}, {gamma:g})"
        return _rank_test(shown, groups, cohort, rho=rho, gamma=gamma, stratified=stratified)
    shown, weighting = _WEIGHTINGS[name]
    return _rank_test(f"{prefix}{shown}", groups, cohort, weighting=weighting, stratified=stratified)


def _maxcombo(name: str, groups: Groups, cohort: Cohort, *, stratified: bool) -> TestResult:
    if len(groups.names) > 2:
        reason = f"MaxCombo compares two groups, here are {len(groups.names)}"
        return TestResult(name, None, 0, None, "MaxCombo", reason)
    found = maxcombo(
        cohort.time,
        cohort.event,
        cohort.group,
        levels=groups.names,
        strata=cohort.strata if stratified else None,
        entry=cohort.entry,
    )
    note = join(found.not_estimable, found.note)
    return TestResult(name, None, 0, known(found.p_value), found.method, note, z=known(found.statistic))


def _rank_test(
    name: str,
    groups: Groups,
    cohort: Cohort,
    *,
    rho: float = 0.0,
    gamma: float = 0.0,
    weighting: Weighting = "fleming-harrington",
    stratified: bool = False,
) -> TestResult:
    found = logrank(
        cohort.time,
        cohort.event,
        cohort.group,
        levels=groups.names,
        strata=cohort.strata if stratified else None,
        entry=cohort.entry,
        rho=rho,
        gamma=gamma,
        weighting=weighting,
    )
    return of_test(found, name)
