"""Whether hazard ratios change in time: the score test of proportional hazards, and each effect as time goes on.

Grambsch & Therneau (1994) Biometrika 81:515. The test is the exact score test of ``beta(t) = beta + theta g(t)``, with
the covariates' variance at each event time, as ``cox.zph`` of R's survival has it since version 3.0; before that, and
in other packages, the variance was taken as constant in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy import special, stats

from stratify.stats.cox_fit import CoxFit
from stratify.stats.design import DesignTerm
from stratify.stats.effects_in_time import EventRows, effects_in_time, event_rows, schoenfeld_residuals
from stratify.stats.fitted_model import FittedModel, fitted_model
from stratify.stats.hazard_ratio import ChiSquareTest
from stratify.stats.inputs import SurvivalInput, checked_level
from stratify.stats.natural_spline import natural_spline_fit
from stratify.stats.newton import solve
from stratify.stats.risk_sets import Floats, Ints
from stratify.stats.risk_table import risk_table
from stratify.stats.ties import tie_width

TimeTransform: TypeAlias = Literal["km", "rank", "identity", "log"]

_SINGULAR = 1e-9
"""Variance of a score after adjustment, relative to before, below which nothing is left to test."""
_DEGREES = 4  # of the smooth, as R draws it


@dataclass(frozen=True, eq=False, slots=True)
class TermInTime:
    """A term's test, and its effect at each event.

    Attributes
    ----------
    name, columns
        Of the term; the covariates that it tests together.
    test
        Score test of proportional hazards, with a degree of freedom for each identified column.
    event
        Positions, among the events of the whole test, of the m events that say something of this term: not those of
        strata within which it does not vary.
    effect
        Shape (m,): scaled Schoenfeld residual plus coefficient, an estimate of the log hazard ratio at that time; of a
        term of several columns the factor by which all its coefficients are multiplied there, 1 on average.
    variance
        Of one such value, as the confidence band of the smooth takes it; ``None`` where there is none.
    """

    name: str
    columns: tuple[str, ...]
    test: ChiSquareTest
    event: Ints
    effect: Floats
    variance: float | None


@dataclass(frozen=True, slots=True, eq=False)
class SmoothEffect:
    """A term's effect as a smooth function of time, with pointwise limits, or the reason why there is none.

    Attributes
    ----------
    x, time
        Transformed time, equally spaced, and time itself (interpolated between the events), shape (points,).
    effect, standard_error, ci_lower, ci_upper
        The smooth there, its standard error and limits.
    """

    x: Floats
    time: Floats
    effect: Floats
    standard_error: Floats
    ci_lower: Floats
    ci_upper: Floats
    level: float
    method: str
    reason: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class ProportionalHazardsTest:
    """The test of proportional hazards of a Cox model, with what a plot of its effects in time needs.

    Attributes
    ----------
    terms, overall
        The test of each term, and that of all together.
    transform
        The scale of time on which a linear change is looked for.
    x, time, row, stratum
        Of the k events by stratum, time and row: transformed time, time, position among the rows given, stratum
        (numbered from 0 in the order of the codes).
    not_estimable
        Why there is no test, else ``None``.
    """

    terms: tuple[TermInTime, ...]
    overall: ChiSquareTest
    transform: TimeTransform
    x: Floats
    time: Floats
    row: Ints
    stratum: Ints
    n: int
    events: int
    method: str
    not_estimable: str | None = None
    notes: tuple[str, ...] = ()

    def term(self, name: str) -> TermInTime:
        """The term with this name.

        Raises
        ------
        KeyError
            No such term.
        """
        for term in self.terms:
            if term.name == name:
                return term
        raise KeyError(name)

    def smooth(self, name: str, *, points: int = 40, level: float = 0.95) -> SmoothEffect:
        """A term's effect in time: a natural cubic spline of 4 degrees of freedom through its values by event.

        Knots and standard error are those of R's ``plot.cox.zph``, which draws two standard errors to either side.

        Raises
        ------
        KeyError
            No such term.
        """
        term, half = self.term(name), float(special.ndtri(0.5 + checked_level(level) / 2))
        method = f"natural cubic spline of {_DEGREES} degrees of freedom, time transformed by {self.transform}"
        found = None
        if term.variance is not None and len(self.x):
            x = np.linspace(self.x.min(), self.x.max(), points)
            knots = np.quantile(np.concatenate([x, self.x]), np.linspace(0, 1, _DEGREES))
            found = natural_spline_fit(self.x[term.event], term.effect, x, knots)
        if found is None or term.variance is None:
            reason = term.test.not_estimable or "the events are at too few different times for the smooth"
            none = np.empty(0)
            return SmoothEffect(none, none, none, none, none, none, level, method, reason)
        effect, error = found[0], found[1] * np.sqrt(term.variance)
        return SmoothEffect(
            x, self._time_of(x), effect, error, effect - half * error, effect + half * error, level, method
        )

    def _time_of(self, x: Floats) -> Floats:
        if self.transform == "log":
            return np.exp(x)
        known, first = np.unique(self.x, return_index=True)
        return np.interp(x, known, self.time[first])


def proportional_hazards_test(
    fit: CoxFit, *, transform: TimeTransform = "km", terms: Sequence[DesignTerm] | None = None
) -> ProportionalHazardsTest:
    """Test each term of a Cox model, and all together, for a hazard ratio that changes in time.

    Parameters
    ----------
    fit
        From :func:`stratify.stats.cox.cox`, with Efron or Breslow ties. Case weights count, a robust variance does not;
        penalised estimates have no such test.
    transform
        Time as ``"km"``: one minus the Kaplan-Meier estimate just before (all strata together, unweighted); ``"rank"``
        among all exit times; ``"identity"``; ``"log"``.
    terms
        Columns to be tested together, as the levels of a factor (:class:`stratify.stats.design.Design` has them);
        other covariates, and all if not given, are terms of their own.

    Raises
    ------
    ValueError
        An unknown transform, or a term with a column that is no covariate of the fit.
    """
    if transform not in {"km", "rank", "identity", "log"}:
        raise ValueError(f'transform must be "km", "rank", "identity" or "log", not {transform!r}')
    groups = _grouped(fit, terms)
    model = fitted_model(fit, "test of proportional hazards")
    if isinstance(model, str):
        return _none(fit, groups, transform, model)
    if not model.at_maximum:
        return _none(fit, groups, transform, "the estimates do not maximise the partial likelihood: no score test")
    events = event_rows(model)
    x = _transformed(model, events, transform)
    if x is None:
        return _none(fit, groups, transform, "an event at time 0 has no logarithm")
    score = _Score.of(model, events, x)
    effects = effects_in_time(model, events, [_identified(group, model) for group in groups])
    return ProportionalHazardsTest(
        terms=tuple(
            TermInTime(
                name=group.name,
                columns=group.columns,
                test=score.test(_identified(group, model), fit, group),
                event=effect.event,
                effect=effect.value,
                variance=effect.variance,
            )
            for group, effect in zip(groups, effects, strict=True)
        ),
        overall=score.test(list(range(len(model.names))), fit, None),
        transform=transform,
        x=x,
        time=events.time,
        row=model.position[events.row],
        stratum=events.stratum,
        n=fit.n,
        events=fit.events,
        method=_method(fit, transform),
        notes=fit.notes,
    )


def _grouped(fit: CoxFit, terms: Sequence[DesignTerm] | None) -> list[DesignTerm]:
    """Terms that cover all covariates, in the order of the covariates."""
    names = [term.term for term in fit.terms]
    stated = {column: term for term in terms or () for column in term.columns}
    unknown = [column for column in stated if column not in names]
    if unknown:
        raise ValueError(f"no covariate of the fit: {', '.join(unknown)}")
    found = [stated.get(name) or DesignTerm(name, (name,)) for name in names]
    return list(dict.fromkeys(found))


def _identified(term: DesignTerm, model: FittedModel) -> list[int]:
    return [model.names.index(column) for column in term.columns if column in model.names]


def _transformed(model: FittedModel, events: EventRows, transform: TimeTransform) -> Floats | None:
    """The events' times on the scale looked at; ``None`` where the logarithm does not exist."""
    match transform:
        case "identity":
            return events.time
        case "log":
            return np.log(events.time) if np.all(events.time > 0) else None
        case "rank":
            sets = model.path.rows.sets
            return np.asarray(stats.rankdata(sets.time[sets.group])[events.kernel])
        case "km":
            data = model.given.data
            table = risk_table(SurvivalInput(data.time, data.event, data.entry, None))
            survival = np.append(1.0, np.cumprod(1 - table.events / table.at_risk))
            before = np.searchsorted(table.time, events.time - tie_width(table.time), side="left")
            return np.asarray(1 - survival[before])


@dataclass(frozen=True, eq=False, slots=True)
class _Score:
    """Score and information of ``theta`` at zero beside those of ``beta``, per scaled covariate.

    ``score`` (p,) is the sum of Schoenfeld residuals times g(t); ``information`` (3, p, p) the sums over the events of
    the covariates' variance times 1, g and g squared. g is centred and at most 1.
    """

    score: Floats
    information: Floats

    @classmethod
    def of(cls, model: FittedModel, events: EventRows, x: Floats) -> _Score:
        path = model.path
        g = x - x.mean()
        g = g / max(float(np.max(np.abs(g))), np.finfo(np.float64).tiny)
        factor = np.zeros(len(path.sums))
        factor[events.group] = g  # tied events of one stratum share their time
        weight = path.rows.weight[events.kernel]
        score = (weight * g) @ schoenfeld_residuals(model, events)
        return cls(score, np.array([path.information(factor**k) for k in range(3)]))

    def test(self, columns: list[int], fit: CoxFit, term: DesignTerm | None) -> ChiSquareTest:
        """Of some of the columns, the coefficients of all adjusted for."""
        method = "score test of proportional hazards"
        if not columns:
            names = fit.terms if term is None else [fit.term(column) for column in term.columns]
            return ChiSquareTest.absent(next((t.not_estimable for t in names if t.not_estimable), "no term"), method)
        plain, mixed, squared = self.information
        before = squared[np.ix_(columns, columns)]
        left = before - mixed[columns] @ solve(plain, mixed[:, columns])
        size = np.sqrt(before.diagonal())
        if not np.all(size > 0) or np.linalg.eigvalsh(left / np.outer(size, size))[0] <= _SINGULAR:
            return ChiSquareTest.absent("the events are at too few different times to tell a change in time", method)
        return ChiSquareTest.of(float(self.score[columns] @ solve(left, self.score[columns])), len(columns), method)


def _method(fit: CoxFit, transform: TimeTransform) -> str:
    return f"score test of proportional hazards (Grambsch-Therneau), time transformed by {transform}; {fit.method}"


def _none(fit: CoxFit, terms: Sequence[DesignTerm], transform: TimeTransform, reason: str) -> ProportionalHazardsTest:
    absent = ChiSquareTest.absent(reason, "score test of proportional hazards")
    numbers, places = np.empty(0), np.empty(0, np.int64)
    return ProportionalHazardsTest(
        terms=tuple(TermInTime(term.name, term.columns, absent, places, numbers, None) for term in terms),
        overall=absent,
        transform=transform,
        x=numbers,
        time=numbers,
        row=places,
        stratum=places,
        n=fit.n,
        events=fit.events,
        method=_method(fit, transform),
        not_estimable=reason,
        notes=fit.notes,
    )
