"""The methods paragraph: finished sentences that name every estimator used, and no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from stratify.analysis.conventions import Conventions, conventions_of
from stratify.analysis.hazards import TIES, TIES_REFERENCE
from stratify.analysis.references import ADJUSTMENTS, Reference
from stratify.analysis.results import (
    Analyses,
    BaselineResult,
    EffectsResult,
    EnrichmentResult,
    InteractionResult,
    SubgroupsResult,
    SurvivalResult,
)
from stratify.model.study import Study

_Said: TypeAlias = tuple[str, tuple[Reference, ...]]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Methods:
    """Sentences in the order of reading, and the publications they name in the order in which they do."""

    sentences: tuple[str, ...]
    references: tuple[str, ...]


def describe_methods(study: Study, analyses: Analyses) -> Methods:
    """What was done, for the analyses that were done."""
    conventions = conventions_of(study)
    said = [*_population(conventions), *_results(analyses, conventions), *_multiplicity(analyses)]
    references = dict.fromkeys(reference.value for _, named in said for reference in named)
    return Methods(tuple(sentence for sentence, _ in said), tuple(references))


def _population(conventions: Conventions) -> Iterator[_Said]:
    named = {"r": "R's survival package", "sas": "SAS's procedures LIFETEST and PHREG"}[conventions.profile]
    yield (
        "Analyses are of the eligible patients; a patient without the value that an analysis needs is left out of that "
        "analysis and counted.",
        (),
    )
    yield f"Conventions are those of {named}; confidence intervals have level {_percent(conventions.level)}.", ()


def _results(analyses: Analyses, conventions: Conventions) -> Iterator[_Said]:
    results = analyses.results
    if _of(BaselineResult, results):
        yield from _baseline(_of(BaselineResult, results))
    curves = _of(SurvivalResult, results)
    if curves:
        yield from _survival(curves, conventions)
    compared = bool(_of(InteractionResult, results) or _of(SubgroupsResult, results))
    if compared or any(result.contrasts for result in curves):
        yield _cox(conventions)
    if any(result.strata for result in curves):
        yield "Stratified tests and models have a baseline hazard for each combination of strata.", ()
    if any(result.rmst_horizon is not None for result in curves):
        yield (
            "Restricted mean survival times are areas under the Kaplan-Meier curve up to the horizon named, with "
            "Greenwood's plug-in variance; differences have normal intervals.",
            (Reference.ROYSTON_PARMAR, Reference.UNO),
        )
    if compared:
        yield (
            "Whether the effect differs between levels is judged by the likelihood-ratio test of the model with "
            "treatment by factor terms against the model with main effects, not by the p-values within levels.",
            (Reference.WANG,),
        )
    if _of(EnrichmentResult, results):
        yield from _enrichment(_of(EnrichmentResult, results))
    yield from dict.fromkeys(said for result in _of(EffectsResult, results) for said in result.described)


def _baseline(tables: Sequence[BaselineResult]) -> Iterator[_Said]:
    variables = [variable for table in tables for variable in table.variables]
    numbers = any(not variable.levels for variable in variables)
    factors = any(variable.levels for variable in variables)
    if numbers:
        quartiles = "Numbers are described by mean, standard deviation, median and quartiles (type 7)."
        yield quartiles, (Reference.HYNDMAN_FAN,)
    if any(len(table.groups) > 1 for table in tables):
        yield (
            "Imbalance at baseline is shown by standardised differences and not tested.",
            (Reference.AUSTIN,) * numbers + (Reference.YANG_DALTON,) * factors,
        )


def _survival(results: Sequence[SurvivalResult], conventions: Conventions) -> Iterator[_Said]:
    rule = {"r": "the midpoint rule of R", "sas": "the rule of SAS"}[conventions.quantile]
    yield (
        f"Survival is estimated by Kaplan-Meier with Greenwood's variance and {conventions.interval} intervals; "
        f"medians follow {rule}, their limits invert those of the curve.",
        (Reference.KAPLAN_MEIER, Reference.GREENWOOD, Reference.BROOKMEYER_CROWLEY),
    )
    yield "Median follow-up is estimated by reverse Kaplan-Meier.", (Reference.SCHEMPER_SMITH,)
    if any(result.tests for result in results):
        yield "Groups are compared by the log-rank test, two-sided.", (Reference.MANTEL,)
    names = [test.name for result in results for test in result.tests]
    for word, sentence, reference in _RANK_TESTS:
        if any(word in name for name in names):
            yield sentence, (reference,)
    if any(contrast.survival_differences for result in results for contrast in result.contrasts):
        yield "Differences of survival at a time have normal intervals and tests.", ()


def _cox(conventions: Conventions) -> _Said:
    ties = TIES_REFERENCE[conventions.ties]
    return f"Hazard ratios are from Cox models with {TIES[conventions.ties]} and Wald intervals.", (Reference.COX, ties)


_RANK_TESTS = (
    (
        "Fleming-Harrington",
        "Fleming-Harrington tests weigh by powers of the pooled survival just before an event and of its complement.",
        Reference.FLEMING_HARRINGTON,
    ),
    ("Gehan", "The Gehan-Breslow test weighs events by the number at risk.", Reference.GEHAN),
    ("Tarone-Ware", "The Tarone-Ware test weighs events by the root of the number at risk.", Reference.TARONE_WARE),
    ("Peto-Peto", "The Peto-Peto test weighs events by an estimate of the pooled survival.", Reference.PETO),
    (
        "MaxCombo",
        "MaxCombo takes the largest of the Fleming-Harrington statistics (0, 0), (0, 1), (1, 0) and (1, 1) against "
        "their joint normal distribution.",
        Reference.MAXCOMBO,
    ),
)

_FEATURE_TESTS = (
    (
        "Fisher's exact",
        "Features of two levels are compared by Fisher's exact test, with the conditional maximum-likelihood odds "
        "ratio and its exact interval.",
        Reference.FISHER,
    ),
    (
        "Fisher-Freeman-Halton",
        "Features of several levels or between several groups are compared by the Fisher-Freeman-Halton exact test.",
        Reference.FREEMAN_HALTON,
    ),
    (
        "chi-square",
        "Tables too large to enumerate are compared by Pearson's chi-square test.",
        Reference.PEARSON,
    ),
    (
        "Wilcoxon",
        "Numbers are compared by Wilcoxon's rank-sum test with continuity correction.",
        Reference.WILCOXON,
    ),
    (
        "Kruskal-Wallis",
        "Numbers are compared between several groups by the Kruskal-Wallis test.",
        Reference.KRUSKAL_WALLIS,
    ),
)


def _enrichment(results: Sequence[EnrichmentResult]) -> Iterator[_Said]:
    methods = [row.method for result in results for row in result.rows if row.p_value is not None]
    for word, sentence, reference in _FEATURE_TESTS:
        if any(word in method for method in methods):
            yield sentence, (reference,)
    for adjust in dict.fromkeys(result.adjust for result in results):
        if adjust in ADJUSTMENTS and methods:
            name, reference = ADJUSTMENTS[adjust]
            yield f"P-values of features are adjusted for their number by {name}.", (reference,)


def _multiplicity(analyses: Analyses) -> Iterator[_Said]:
    if analyses.family is None:
        yield from ()
        return
    name, reference = ADJUSTMENTS[analyses.family.method]
    members = ", ".join(member.analysis for member in analyses.family.members)
    yield f"The primary tests of {members} are adjusted together by {name}.", (reference,)


def _of(kind: type[_T], results: Sequence[object]) -> list[_T]:
    return [result for result in results if isinstance(result, kind)]


def _percent(level: float) -> str:
    return f"{100 * level:.10g}%"
