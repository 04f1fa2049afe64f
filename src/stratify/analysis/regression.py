"""Regression models of a plan: the patients of whom every covariate is known, and the columns these become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stratify.analysis.cohort import Followed, complete_rows
from stratify.analysis.endpoints import EndpointData
from stratify.analysis.factors import case_weights, factor, number, strata_codes, variable
from stratify.analysis.groups import with_reference
from stratify.analysis.populations import Population
from stratify.diagnostics import SourceSpan
from stratify.stats.design import Design, DesignTerm, design
from stratify.stats.variables import Categorical, Variable


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ModelRows(Followed):
    """Complete patients and their covariates as columns, factors against their references.

    ``strata``, ``offset`` and ``cluster`` are ``None`` where the model has none.
    """

    design: Design
    strata: NDArray[np.int64] | None
    offset: NDArray[np.float64] | None
    cluster: NDArray[np.int64] | None


def model_rows(
    data: EndpointData,
    population: Population,
    covariates: Sequence[str],
    references: Mapping[str, str],
    span: SourceSpan | None,
    *,
    strata: Sequence[str] = (),
    weights: str | None = None,
    offset: str | None = None,
    cluster: str | None = None,
    grouped: Categorical | None = None,
) -> ModelRows:
    """Read what a model needs of each patient, and leave out those of whom some of it is missing.

    ``grouped`` is a factor that patients are compared by besides.

    Raises
    ------
    StratifyError
        Names that are not known (A001) or of the wrong kind (A006), references that are no level (A007).
    """
    variables = [
        with_reference(variable(name, population, span), references.get(name), population, span) for name in covariates
    ]
    layers = tuple(factor(name, population, span) for name in strata)
    stratum = strata_codes(layers, len(data.time)) if layers else None
    weight = None if weights is None else case_weights(weights, population, span)
    shift = None if offset is None else number(offset, population, span)
    groups = None if cluster is None else _clusters(variable(cluster, population, span))
    absent = [] if grouped is None else [(grouped.missing, f'a value of "{grouped.name}"')]
    absent.append((~data.known, "time or event"))
    absent += [(one.missing, f'a value of "{one.name}"') for one in (*variables, weight, shift) if one is not None]
    absent += [] if stratum is None else [(stratum < 0, "a stratum")]
    absent += [] if groups is None else [(groups < 0, f'a value of "{cluster}"')]
    rows, note = complete_rows(absent)
    return ModelRows.of(
        data,
        rows,
        note,
        weight,
        competing_censor=grouped is None,
        design=design([one.taken(rows) for one in variables]),
        strata=None if stratum is None else stratum[rows],
        offset=None if shift is None else shift.values[rows],
        cluster=None if groups is None else groups[rows],
    )


def terms_in_words(term: DesignTerm) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Of each column of a term: its name, what it is in words, its level and the reference."""
    if term.reference is None:
        for column in term.columns:
            yield column, f"{term.name}, per unit", None, None
        return
    for column, level in zip(term.columns, term.levels, strict=True):
        yield column, f"{term.name}: {level} versus {term.reference}", level, term.reference


def _clusters(found: Variable) -> NDArray[np.int64]:
    if isinstance(found, Categorical):
        return found.codes
    codes = np.unique(found.values, return_inverse=True)[1].astype(np.int64)
    return np.where(found.missing, -1, codes)
