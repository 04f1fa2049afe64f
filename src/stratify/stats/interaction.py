"""Treatment by biomarker: whether a marker changes the treatment effect, and whether it matters at all.

A marker that shifts the hazard in both arms alike is prognostic, one that changes the hazard ratio of treatment is
predictive. The test of the second is the likelihood-ratio test of the model with treatment x marker terms against the
model with main effects only (Gail & Simon 1985 Biometrics 41:361 for the question; Wang et al. 2007 NEJM 357:2189 for
why p within a subgroup is not the answer).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from stratify.stats.cox import cox
from stratify.stats.cox_fit import CoxFit
from stratify.stats.hazard_ratio import ChiSquareTest, HazardRatio
from stratify.stats.inputs import checked_level, group_codes
from stratify.stats.risk_sets import Floats, Ints
from stratify.stats.scaled_rows import Ties
from stratify.stats.treatment_effect import TREATMENT, TrialRows, treatment_effect, trial_rows


@dataclass(frozen=True, slots=True)
class BiomarkerLevel:
    """One level of the marker: counts, and the treatment's hazard ratio found in two ways.

    Attributes
    ----------
    n_by_arm, events_by_arm
        Control, experimental.
    within_level
        From a fit to the patients of this level alone, as a forest plot shows it: own baseline hazard, own covariates.
    from_interaction_model
        From the one model with interaction: the levels share baseline hazard and covariate effects.
    """

    level: str
    n: int
    events: int
    n_by_arm: tuple[int, int]
    events_by_arm: tuple[int, int]
    within_level: HazardRatio
    from_interaction_model: HazardRatio


@dataclass(frozen=True, eq=False, slots=True)
class Interaction:
    """Treatment by biomarker.

    Attributes
    ----------
    levels
        In the order given, empty ones too.
    interaction
        Likelihood-ratio test of the treatment x marker terms: predictive or not.
    prognostic
        Hazard ratio of each level against ``reference_level``, from the model with main effects only.
    prognostic_test
        Likelihood-ratio test of the marker's main effect.
    treatment
        Hazard ratio of treatment from the model with main effects only.
    interaction_terms
        Ratios of hazard ratios, each level against ``reference_level``.
    main_effects_model, interaction_model
        The fits behind these.
    n, events, missing
        Patients and events used; rows left out because arm, marker, stratum or covariate is missing.
    """

    levels: tuple[BiomarkerLevel, ...]
    reference_level: str | None
    interaction: ChiSquareTest
    prognostic: tuple[HazardRatio, ...]
    prognostic_test: ChiSquareTest
    treatment: HazardRatio
    interaction_terms: tuple[HazardRatio, ...]
    main_effects_model: CoxFit
    interaction_model: CoxFit
    n: int
    events: int
    missing: int
    level: float
    method: str
    not_estimable: str | None
    notes: tuple[str, ...]


def interaction(
    time: ArrayLike,
    event: ArrayLike,
    arm01: ArrayLike,
    biomarker_codes: ArrayLike,
    *,
    levels: Sequence[str],
    strata: ArrayLike | None = None,
    adjust: ArrayLike | None = None,
    adjust_names: Sequence[str] = (),
    arms: tuple[str, str] = ("control", "experimental"),
    ties: Ties = "efron",
    level: float = 0.95,
) -> Interaction:
    """Analyse treatment by biomarker in Cox models.

    Parameters
    ----------
    time, event
        Shape (n,), as for :func:`stratify.stats.cox.cox`.
    arm01
        1 experimental, 0 control, -1 missing.
    biomarker_codes
        Positions in ``levels``, -1 for missing. The first level that has patients is the reference.
    levels
        Names of the marker's levels.
    strata
        Whole-number codes, -1 for missing.
    adjust, adjust_names
        Further covariates (n, q), NaN for missing, in every model, and their names.
    arms
        What control and experimental arm are called in reasons and notes.
    ties, level
        As for :func:`stratify.stats.cox.cox`.

    Raises
    ------
    ValueError
        Shapes or codes that do not fit, and what survival data may not hold.
    """
    rows = trial_rows(time, event, arm01, strata=strata, adjust=adjust, adjust_names=adjust_names)
    return interaction_of(rows, biomarker_codes, levels, len(np.asarray(time)), Setup(arms, ties, checked_level(level)))


@dataclass(frozen=True, slots=True)
class Setup:
    """How treatment effects are estimated and what the arms are called."""

    arms: tuple[str, str]
    ties: Ties
    level: float


def interaction_of(
    rows: TrialRows, biomarker_codes: ArrayLike, levels: Sequence[str], total: int, setup: Setup
) -> Interaction:
    """As :func:`interaction`, from rows already checked; ``biomarker_codes`` belong to all ``total`` rows given."""
    codes = group_codes(biomarker_codes, len(levels), "biomarker_codes")
    if len(codes) != total:
        raise ValueError(f"biomarker_codes has {len(codes)} entries, time has {total}")
    marker = codes[rows.position]
    rows, marker = rows.take(marker >= 0), marker[marker >= 0]
    present = [k for k in range(len(levels)) if np.any(marker == k)]
    others = present[1:]
    without, main, full = _models(rows, marker, [(k, levels[k]) for k in others], setup)
    found = tuple(_level(k, levels[k], rows, marker, full, setup) for k in range(len(levels)))
    reason = _not_estimable(main, len(present))
    test, prognostic_test = "likelihood-ratio test of treatment x biomarker", "likelihood-ratio test of the biomarker"
    return Interaction(
        levels=found,
        reference_level=levels[present[0]] if present else None,
        interaction=_likelihood_ratio(main, full, test, reason),
        prognostic=tuple(main.term(levels[k]) for k in others),
        prognostic_test=_likelihood_ratio(without, main, prognostic_test, reason),
        treatment=main.term(TREATMENT),
        interaction_terms=tuple(full.term(_product(levels[k])) for k in others),
        main_effects_model=main,
        interaction_model=full,
        n=main.n,
        events=main.events,
        missing=total - main.n,
        level=setup.level,
        method=f"{main.method}; likelihood-ratio tests of nested models",
        not_estimable=reason,
        notes=full.notes,
    )


def _models(
    rows: TrialRows, marker: Ints, others: Sequence[tuple[int, str]], setup: Setup
) -> tuple[CoxFit, CoxFit, CoxFit]:
    """Without the marker, with its main effect, with its interaction: nested in this order."""
    dummies = np.column_stack([np.empty((len(marker), 0)), *(marker == k for k, _ in others)])
    base = np.column_stack([rows.arm, rows.adjust])
    base_names = [TREATMENT, *rows.adjust_names]
    main = [name for _, name in others]
    parts: list[tuple[Floats, list[str]]] = [(base, base_names), (dummies, main)]
    parts.append((dummies * rows.arm[:, None], [_product(name) for name in main]))
    fits = []
    for depth in (1, 2, 3):
        x = np.column_stack([block for block, _ in parts[:depth]])
        names = [name for _, block in parts[:depth] for name in block]
        data = rows.data
        fits.append(cox(data.time, data.event, x, names=names, strata=rows.strata, ties=setup.ties, level=setup.level))
    return fits[0], fits[1], fits[2]


def _product(name: str) -> str:
    return f"{TREATMENT} x {name}"


def _level(k: int, name: str, rows: TrialRows, marker: Ints, full: CoxFit, setup: Setup) -> BiomarkerLevel:
    here = rows.take(marker == k)
    n, events = here.by_arm()
    within = treatment_effect(here, name, setup.arms, setup.ties, setup.level)
    joint = replace(_joint(name, full, within), n=sum(n), events=sum(events))
    return BiomarkerLevel(name, sum(n), sum(events), n, events, within, joint)


def _joint(name: str, full: CoxFit, within: HazardRatio) -> HazardRatio:
    if within.not_estimable:
        return HazardRatio.absent(name, within.not_estimable, full.setting)
    parts = [term for term in (TREATMENT, _product(name)) if any(t.term == term for t in full.terms)]
    return full.linear_combination(dict.fromkeys(parts, 1.0), name)


def _likelihood_ratio(small: CoxFit, large: CoxFit, method: str, reason: str | None) -> ChiSquareTest:
    if reason or small.log_likelihood is None or large.log_likelihood is None:
        return ChiSquareTest.absent(reason or "not fitted", method)
    test = ChiSquareTest.of(2 * (large.log_likelihood - small.log_likelihood), large.df - small.df, method)
    if test.not_estimable:
        return replace(test, not_estimable="no level beyond the first has patients of both arms at risk at an event")
    return test


def _not_estimable(main: CoxFit, present: int) -> str | None:
    if not main.n or not main.events:
        return main.not_estimable
    if present < 2:
        return "only one level of the biomarker has patients"
    return main.term(TREATMENT).not_estimable
