"""A Cox model of several covariates: hazard ratios, tests of each factor and of the model, concordance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stratify.analysis.conventions import Conventions
from stratify.analysis.endpoints import EndpointData
from stratify.analysis.estimates import of_concordance, of_hazard_ratio, of_test
from stratify.analysis.hazards import TIES, TIES_REFERENCE, is_infinite
from stratify.analysis.populations import Population
from stratify.analysis.references import Reference
from stratify.analysis.refusal import refuse_without_robust
from stratify.analysis.regression import ModelRows, model_rows, terms_in_words
from stratify.analysis.results import Effect, EffectsResult, EffectTable, Estimate, TestResult
from stratify.analysis.results.effects import CONCORDANCE, HAZARD_RATIO, LOG_LIKELIHOOD
from stratify.model.study import CoxSpec
from stratify.stats.concordance import concordance
from stratify.stats.cox import cox
from stratify.stats.cox_fit import CoxFit

LIKELIHOOD_RATIO = "likelihood-ratio, all covariates"


def cox_model(spec: CoxSpec, data: EndpointData, population: Population, conventions: Conventions) -> EffectsResult:
    """Fit the model that the plan describes.

    Raises
    ------
    StratifyError
        Names that are not known, of the wrong kind, or references that are no level.
    """
    rows = model_rows(
        data,
        population,
        spec.covariates,
        spec.references,
        spec.span,
        strata=spec.strata,
        weights=spec.weights,
        offset=spec.offset,
        cluster=spec.cluster,
    )
    robust = spec.weights is not None or spec.cluster is not None
    if robust:
        refuse_without_robust(spec.id, conventions.ties, spec.span, profile=spec.interval == "profile")
    fit = fitted(rows, conventions, interval=spec.interval)
    beside = () if fit.firth is None else (_penalised(rows, fit, fit.firth),)
    tests = tuple(_tests(rows, fit))
    return EffectsResult(
        id=spec.id,
        kind=spec.kind,
        endpoint=data.endpoint.id,
        endpoint_label=data.label,
        heading=f"{data.label}: Cox model of {', '.join(spec.covariates)}",
        unit=data.endpoint.unit.value,
        n=rows.n,
        events=rows.events,
        excluded=rows.excluded,
        tables=(_ratios(data, rows, fit), *beside, _quality(rows, fit)),
        tests=tests,
        figures=(),
        primary=tests[0],
        level=conventions.level,
        described=tuple(_described(spec, conventions, penalised=bool(beside))),
        notes=tuple(dict.fromkeys(note for note in (rows.note, *rows.design.notes, *fit.notes) if note)),
    )


def fitted(rows: ModelRows, conventions: Conventions, *, interval: str = "wald") -> CoxFit:
    """The fit; with weights or clusters its variance is robust."""
    return cox(
        rows.time,
        rows.event,
        rows.design.x,
        names=rows.design.names,
        strata=rows.strata,
        weights=rows.weights,
        entry=rows.entry,
        offset=rows.offset,
        cluster=rows.cluster,
        robust=rows.weights is not None,
        ties=conventions.ties,
        level=conventions.level,
        interval="profile" if interval == "profile" else "wald",
    )


def _ratios(data: EndpointData, rows: ModelRows, fit: CoxFit) -> EffectTable:
    effects = []
    for term in rows.design.terms:
        for column, words, level, reference in terms_in_words(term):
            found = fit.term(column)
            effects.append(
                Effect(HAZARD_RATIO, of_hazard_ratio(found), words, found.method, level, reference, term.name)
            )
    return EffectTable(f"{data.label}: hazard ratios", tuple(effects), fit.method, forest=True)


def _penalised(rows: ModelRows, fit: CoxFit, firth: CoxFit) -> EffectTable:
    """Of the terms whose likelihood is monotone, the estimates under Firth's penalty."""
    effects = []
    for term in rows.design.terms:
        for column, words, level, reference in terms_in_words(term):
            if is_infinite(fit.term(column)):
                found = firth.term(column)
                estimate = of_hazard_ratio(found)
                effects.append(Effect(HAZARD_RATIO, estimate, words, found.method, level, reference, term.name))
    return EffectTable("Where the likelihood is monotone: Firth's penalised estimates", tuple(effects), firth.method)


def _quality(rows: ModelRows, fit: CoxFit) -> EffectTable:
    """What the model says of the patients it was fitted to."""
    effects = []
    infinite = any(term.hazard_ratio in {0.0, float("inf")} for term in fit.terms)
    if fit.not_estimable is None and not infinite:
        score = fit.risk_score(rows.design.x)
        found = concordance(
            rows.time,
            rows.event,
            score,
            entry=rows.entry,
            strata=rows.strata,
            weights=rows.weights,
            cluster=rows.cluster,
            level=fit.level,
        )
        effects.append(Effect(CONCORDANCE, of_concordance(found), "Harrell's C of the model", found.method))
    for value, what in ((fit.log_likelihood_null, "no covariates"), (fit.log_likelihood, "the model")):
        effects.append(
            Effect(
                LOG_LIKELIHOOD,
                Estimate(value, note=fit.not_estimable or ""),
                f"log partial likelihood, {what}",
                f"{fit.method}, {what}",
                single=True,
            )
        )
    return EffectTable("Quality of the model", tuple(effects), "in the patients it was fitted to")


def _tests(rows: ModelRows, fit: CoxFit) -> Iterator[TestResult]:
    yield of_test(fit.likelihood_ratio, LIKELIHOOD_RATIO)
    yield of_test(fit.wald, "Wald, all covariates")
    yield of_test(fit.score, "score, all covariates")
    if fit.robust_score is not None:
        yield of_test(fit.robust_score, "robust score, all covariates")
    for term in rows.design.terms:
        if len(term.columns) > 1:
            found = of_test(fit.wald_test(term.columns), f"Wald, {term.name}", term.name)
            yield replace(found, method=f"Wald test of {term.name}, all levels together")


def _described(
    spec: CoxSpec, conventions: Conventions, *, penalised: bool
) -> Iterator[tuple[str, tuple[Reference, ...]]]:
    interval = "profile-likelihood" if spec.interval == "profile" else "Wald"
    yield (
        f"Cox models have {TIES[conventions.ties]} and {interval} intervals; factors are compared with the reference "
        "named.",
        (Reference.COX, TIES_REFERENCE[conventions.ties]),
    )
    if spec.weights is not None or spec.cluster is not None:
        yield "Models with weights or clusters have Lin and Wei's robust variance.", (Reference.LIN_WEI,)
    if penalised:
        yield (
            "Where the likelihood is monotone, Firth's estimates have penalised profile-likelihood intervals.",
            (Reference.HEINZE_SCHEMPER,),
        )
    yield "Concordance is Harrell's, with the infinitesimal jackknife's error.", (Reference.HARRELL,)
