"""What an analysis calls by name: arm, strata, definitions and columns, as factors with levels or as numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stratify.analysis.populations import Population
from stratify.analysis.refusal import refused
from stratify.compile import definition_column, stratum_column
from stratify.diagnostics import DataPlace, SourceSpan, nearest
from stratify.model.dictionary import PATIENT_KEY, PATIENTS, ColumnKind
from stratify.model.study import ARM
from stratify.stats.variables import Categorical, Continuous, Variable

MAX_CODES = 10
"""Up to so many distinct whole numbers are codes of levels (a grade, a stage), more are a measurement."""
MAX_LEVELS = 50
"""A text column with more distinct texts is not a factor: it is free text, or the name of something else."""

_SHOWN = 10
NO, YES = "no", "yes"
"""Levels of what is true or false; "no" comes first, so that effects are those of having it."""


def variable(name: str, population: Population, span: SourceSpan | None = None) -> Variable:
    """What a name means: the arm, else a stratum, else a definition, else a column of the patients table.

    A column of text or true/false, or of at most ten distinct whole numbers (among all patients, eligible or not), is
    a factor whose levels are those that eligible patients have; other numbers are continuous.

    Raises
    ------
    StratifyError
        The name is not known (A001), or is a column of dates or of free text (A006).
    """
    allocation = population.allocation
    if name == ARM:
        return _by_level(name, allocation.frame["arm"], [arm.id for arm in allocation.arms])
    for stratum in allocation.strata:
        if name == stratum.id:
            return _by_level(name, allocation.frame[stratum_column(name)], stratum.levels)
    if name in population.protocol.definitions:
        return _yes_no(name, population.definitions[definition_column(name)])
    if name in population.kinds and name != PATIENT_KEY:
        return _column(name, population, span)
    raise refused(
        "A001",
        f'"{name}" is not known: no stratum, definition or column of the patients table has this name.',
        span,
        hint=nearest(name, _known(population)),
    )


def factor(name: str, population: Population, span: SourceSpan | None = None) -> Categorical:
    """The factor of that name.

    Raises
    ------
    StratifyError
        As :func:`variable`; also where the name is a continuous number (A006).
    """
    found = variable(name, population, span)
    if isinstance(found, Categorical):
        return found
    raise refused(
        "A006",
        f'"{name}" is a number with many values, but a factor with levels is needed here.',
        span,
        why="Where a measurement is cut decides the answer; the cut is declared, never guessed.",
        hint="Define a condition (`definitions`) or a stratum with `bands` in the protocol, and name that.",
    )


def number(name: str, population: Population, span: SourceSpan | None = None) -> Continuous:
    """The numbers of that name, a column of codes included: a weight of 1 or 2 is a number.

    Raises
    ------
    StratifyError
        The name is no column of the patients table (A001), or one that holds no numbers (A006).
    """
    if name not in population.kinds or name == PATIENT_KEY:
        columns = [column for column in population.kinds if column != PATIENT_KEY]
        raise refused("A001", f'"{name}" is no column of the patients table.', span, hint=nearest(name, columns))
    kind = population.kinds[name]
    if kind is not ColumnKind.NUMBER:
        raise refused("A006", f'"{name}" is a column of {kind.value}; numbers are needed here.', span)
    return Continuous(name, population.patients[name].cast(pl.Float64).fill_null(float("nan")).to_numpy())


def case_weights(name: str, population: Population, span: SourceSpan | None = None) -> Continuous:
    """Weights of that name.

    Raises
    ------
    StratifyError
        As :func:`number`; also where a weight is 0 or below (A020).
    """
    found = number(name, population, span)
    bad = ~found.missing & (found.values <= 0)
    if bad.any():
        who = tuple(map(str, population.ids.filter(pl.Series(bad)).head(_SHOWN).to_list()))
        raise refused(
            "A020",
            f'"{name}" is not above 0 for {int(bad.sum())} eligible patients.',
            DataPlace(PATIENTS, name, patients=who),
            why="A weight says how many patients one stands for.",
            hint="Correct it, or leave it empty: such patients are left out and counted.",
        )
    return found


def strata_codes(factors: Sequence[Categorical], n: int) -> NDArray[np.int64]:
    """One code for each combination of levels that occurs, -1 where a factor is missing; all 0 without factors."""
    codes = np.zeros(n, dtype=np.int64)
    known = np.ones(n, dtype=np.bool_)
    for item in factors:
        known &= ~item.missing
        combined = codes * max(len(item.levels), 1) + np.maximum(item.codes, 0)
        codes = np.unique(combined, return_inverse=True)[1].astype(np.int64)  # dense, so that no product overflows
    return np.where(known, codes, -1)


def recorded_levels(name: str, population: Population) -> frozenset[str]:
    """The levels of a column among all patients, eligible or not; none for what is no factor in a column."""
    match population.kinds.get(name):
        case ColumnKind.NUMBER:
            codes = population.everyone[name].drop_nulls().unique()
            return frozenset(f"{code:.0f}" for code in codes.to_list()) if _are_codes(codes) else frozenset()
        case ColumnKind.TEXT | ColumnKind.RESULT:
            return frozenset(population.everyone[name].drop_nulls().unique().to_list())
        case _:
            return frozenset()


def _known(population: Population) -> Iterator[str]:
    yield ARM
    yield from (stratum.id for stratum in population.allocation.strata)
    yield from population.protocol.definitions
    yield from (name for name in population.kinds if name != PATIENT_KEY)


def _column(name: str, population: Population, span: SourceSpan | None) -> Variable:
    kind, values = population.kinds[name], population.patients
    match kind:
        case ColumnKind.NUMBER:
            return _number(name, values[name].cast(pl.Float64), population.everyone[name].cast(pl.Float64))
        case ColumnKind.BOOLEAN:
            return _yes_no(name, values[name])
        case ColumnKind.TEXT | ColumnKind.RESULT:
            return _text(name, values[name], population.everyone[name].n_unique(), span)
        case ColumnKind.EMPTY:
            return Categorical(name, np.full(population.n, -1), ())
        case ColumnKind.DATE | ColumnKind.DATETIME | ColumnKind.PARTIAL_DATE:
            raise refused(
                "A006",
                f'"{name}" is a column of dates: neither a factor nor a number.',
                span or DataPlace(PATIENTS, name),
                hint="Define a condition on the date in the protocol, and name that.",
            )


def _number(name: str, values: pl.Series, everyone: pl.Series) -> Variable:
    if _are_codes(everyone.drop_nulls().unique()):
        levels = values.drop_nulls().unique().sort()
        text = pl.Series(values=[f"{level:.0f}" for level in levels.to_list()], dtype=pl.String)
        return _by_level(name, values.replace_strict(levels, text, return_dtype=pl.String), text.to_list())
    return Continuous(name, values.fill_null(float("nan")).to_numpy())


def _are_codes(distinct: pl.Series) -> bool:
    return 0 < len(distinct) <= MAX_CODES and bool((distinct == distinct.round()).all())


def _text(name: str, values: pl.Series, distinct: int, span: SourceSpan | None) -> Categorical:
    if distinct > MAX_LEVELS:
        raise refused(
            "A006",
            f'"{name}" is a column of text with {distinct} different texts, too many for levels of a factor.',
            span or DataPlace(PATIENTS, name),
            hint=f"A factor has at most {MAX_LEVELS} levels. Define a stratum in the protocol to group them.",
        )
    return _by_level(name, values, values.drop_nulls().unique().sort().to_list())


def _yes_no(name: str, values: pl.Series) -> Categorical:
    codes = values.cast(pl.Int64).fill_null(-1).to_numpy()
    return Categorical(name, codes, (NO, YES))


def _by_level(name: str, values: pl.Series, levels: Sequence[str]) -> Categorical:
    index = {level: position for position, level in enumerate(levels)}
    codes = values.replace_strict(index, default=-1, return_dtype=pl.Int64).fill_null(-1)
    return Categorical(name, codes.to_numpy(), tuple(levels))
