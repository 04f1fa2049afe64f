"""A parametric accelerated failure time model: time ratios, scale, fit."""

from __future__ import annotations

import math
from collections.abc import Iterator

from scipy import special

from stratify.analysis.conventions import Conventions
from stratify.analysis.endpoints import EndpointData
from stratify.analysis.estimates import of_test, of_time_ratio
from stratify.analysis.populations import Population
from stratify.analysis.references import Reference
from stratify.analysis.refusal import refused
from stratify.analysis.regression import ModelRows, model_rows, terms_in_words
from stratify.analysis.results import Effect, EffectsResult, EffectTable, Estimate
from stratify.analysis.results.effects import AIC, LOG_LIKELIHOOD, SCALE, TIME_RATIO
from stratify.model.study import AftSpec
from stratify.stats.aft import aft
from stratify.stats.aft_fit import AftFit
from stratify.stats.aft_likelihood import AftDistribution

_DISTRIBUTIONS: dict[str, tuple[AftDistribution, str]] = {
    "weibull": ("weibull", "Weibull"),
    "exponential": ("exponential", "exponential"),
    "lognormal": ("lognormal", "log-normal"),
    "loglogistic": ("loglogistic", "log-logistic"),
}


def parametric(spec: AftSpec, data: EndpointData, population: Population, conventions: Conventions) -> EffectsResult:
    """Fit the model that the plan describes.

    Raises
    ------
    StratifyError
        Names that are not known, of the wrong kind, references that are no level; a time of 0 (A018).
    """
    rows = model_rows(data, population, spec.covariates, spec.references, spec.span)
    if rows.n and not rows.time.min() > 0:
        raise refused(
            "A018",
            f'{int((rows.time <= 0).sum())} patients of analysis "{spec.id}" have a time of 0.',
            spec.span,
            why="A parametric model is one of the logarithm of time, and 0 has none.",
            hint="Ask for `kind: cox`, or correct the times.",
        )
    distribution, name = _DISTRIBUTIONS[spec.distribution]
    fit = aft(
        rows.time,
        rows.event,
        rows.design.x,
        names=rows.design.names,
        distribution=distribution,
        entry=rows.entry,
        level=conventions.level,
    )
    ratio = of_test(fit.likelihood_ratio, "likelihood-ratio, all covariates")
    return EffectsResult(
        id=spec.id,
        kind=spec.kind,
        endpoint=data.endpoint.id,
        endpoint_label=data.label,
        heading=f"{data.label}: {name} model of {', '.join(spec.covariates)}",
        unit=data.endpoint.unit.value,
        n=rows.n,
        events=rows.events,
        excluded=rows.excluded,
        tables=(_ratios(data, rows, fit), EffectTable("The model", tuple(_model(fit)), fit.method)),
        tests=(ratio, of_test(fit.wald, "Wald, all covariates")),
        figures=(),
        primary=ratio,
        level=conventions.level,
        described=(
            (
                f"Accelerated failure time models have {name} times; a time ratio above 1 is a longer time to the "
                "event.",
                (Reference.WEI_AFT,),
            ),
        ),
        notes=tuple(dict.fromkeys(note for note in (rows.note, *rows.design.notes, *fit.notes) if note)),
    )


def _ratios(data: EndpointData, rows: ModelRows, fit: AftFit) -> EffectTable:
    effects = []
    for term in rows.design.terms:
        for column, words, level, reference in terms_in_words(term):
            found = fit.term(column)
            effects.append(Effect(TIME_RATIO, of_time_ratio(found), words, found.method, level, reference, term.name))
    return EffectTable(f"{data.label}: time ratios", tuple(effects), fit.method, forest=True)


def _model(fit: AftFit) -> Iterator[Effect]:
    reason = fit.not_estimable or ""
    if fit.scale is not None:
        yield Effect(SCALE, _scale(fit.scale, fit), "scale", fit.method)
    yield Effect(LOG_LIKELIHOOD, Estimate(fit.log_likelihood, note=reason), "log-likelihood", fit.method, single=True)
    if fit.log_likelihood is not None:
        parameters = 1 + (fit.log_scale_standard_error is not None) + sum(t.time_ratio is not None for t in fit.terms)
        value = 2 * parameters - 2 * fit.log_likelihood
        yield Effect(AIC, Estimate(value), "Akaike's information criterion", fit.method, single=True)


def _scale(scale: float, fit: AftFit) -> Estimate:
    """The scale with an interval symmetric for its logarithm; the exponential's is 1 and has none."""
    error = fit.log_scale_standard_error
    if error is None:
        return Estimate(scale, note="fixed")
    factor = math.exp(float(special.ndtri(0.5 + fit.level / 2)) * error)
    return Estimate(scale, scale / factor, scale * factor)
