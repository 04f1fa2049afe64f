"""Limits of a fallback table as Polars expressions: looked up by who the patient is and how old on the day of the row.

The lines are written out before any data are seen: for each site and sex that a line names, for any other and for one
that is not known, the limit in each range of ages. So that a row needs no join, its patient carries one number that
says which site and sex; and ages from the youngest to the oldest have one limit if they lie in one *piece*, a run of
ranges with the same limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import product

import polars as pl

from stratify.compile.ages import completed
from stratify.compile.words import translated
from stratify.model.dictionary import ColumnKind, first_day, last_day
from stratify.model.expression import AgeUnit
from stratify.model.fallback import OLDEST, Fallback, FallbackKey, FallbackLine

WHO, BORN = "fallback:who", "fallback:born"
"""Names by which the number of the site and sex, and the date of birth, travel with the patients."""
_AT, _LACKING = "fallback:at", "fallback:lacking"
"""Names of the row's date, and of whether it lacks a limit, among what is looked up."""
_ENDS = (first_day, last_day)
_OTHER = None
"""A site or a sex that no line names."""


@dataclass(frozen=True, slots=True)
class Fallen:
    """The limit of a row in the measure's unit, null where it is not known, and what it needs of the patients.

    ``carried`` are expressions over the patients' columns, under the names by which the rows have them.
    """

    limit: pl.Expr
    carried: tuple[pl.Expr, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A column of the patients, as the plan has it."""

    name: str
    kind: ColumnKind


def fallen_back(
    fallback: Fallback,
    lines: Sequence[FallbackLine],
    unit: str,
    site: Held | None,
    sex: Held | None,
    birth: Held | None,
    date: str | None,
    lacking: pl.Expr,
) -> Fallen:
    """The limits of rows by these lines, which are those of the measure.

    Parameters
    ----------
    date
        The column with the date of the row.
    lacking
        Boolean without nulls: the row is one of the measure, and has no limit. Only such are looked up.
    """
    sites, sexes = _words(line.site for line in fallback.lines or ()), _words(line.sex for line in fallback.lines or ())
    # A site known to be none of these is one more, and one that is not known another.
    index = _index(fallback.site, site, sites) * (len(sexes) + 2) + _index(fallback.sex, sex, sexes)
    lookup = _written_out(lines, unit, sites, sexes)
    who = index.cast(pl.Int32).alias(WHO)
    asked, carried = [lacking.alias(_LACKING), pl.col(WHO)], [who]
    if len(lookup.starts) > 1 and birth is not None and date is not None:
        carried += [pl.col(part(birth.name)).alias(part(BORN)) for part in _ENDS]
        asked += [pl.col(part(BORN)) for part in _ENDS]
        asked += [pl.col(part(date)).alias(part(_AT)) for part in _ENDS]
    look_up = partial(_looked_up, lookup=lookup)
    limit = pl.struct(asked).map_batches(look_up, return_dtype=pl.Float64, is_elementwise=True)
    return Fallen(limit, tuple(carried))


def reference_limit(
    column: str | None, fallen: pl.Expr | None, factor: pl.Expr | None, offset: pl.Expr | None
) -> pl.Expr:
    """The reference limit of a row in the row's unit: its own, or else that of the fallback table.

    Where the row's unit is not known the table's limit stays as it is: what such a row lacks is a unit, and no limit.

    Parameters
    ----------
    column
        With the row's own limit.
    fallen
        The limit of the table, in the measure's unit.
    factor, offset
        From the row's unit to the measure's; ``None`` where all rows are in the measure's, and where nothing is added.
    """
    own = pl.lit(None, pl.Float64) if column is None else pl.col(column)
    if fallen is None:
        return own
    if factor is not None:
        fallen = pl.coalesce((fallen if offset is None else fallen - offset) / factor, fallen)
    return pl.coalesce(own, fallen)


def _words(said: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({word for word in said if word is not None}))


def _index(key: FallbackKey | None, held: Held | None, words: Sequence[str]) -> pl.Expr:
    """Which of the words a patient's text stands for: one more for any other, two more where that is not known."""
    if key is None or held is None or not words:
        return pl.lit(len(words) + 1, pl.Int32)
    plain = replace(key, words=dict(key.words))  # mappings of the model cannot be pickled
    word = translated(held.name, held.kind, plain.word)
    places = {word: place for place, word in enumerate(words)}
    index = word.replace_strict(places, default=len(words), return_dtype=pl.Int32)
    return pl.when(word.is_null()).then(len(words) + 1).otherwise(index)


# --- the lines written out ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Lookup:
    """The limits by :data:`WHO` and range of ages, one after the other, and the piece that each range is of.

    Plain values, for equal lookups must make equal expressions. ``starts``: the first age of each range.
    """

    starts: tuple[int, ...]
    limits: tuple[float | None, ...]
    pieces: tuple[int, ...]


def _written_out(lines: Sequence[FallbackLine], unit: str, sites: Sequence[str], sexes: Sequence[str]) -> _Lookup:
    starts = sorted({0, *(line.first for line in lines), *(line.last + 1 for line in lines if line.last < OLDEST)})
    applying = {
        (site, sex): [line for line in lines if _is_of(line.site, site) and _is_of(line.sex, sex)]
        for site, sex in product([*sites, _OTHER], [*sexes, _OTHER])
    }
    said: list[Fraction | None] = []
    pieces: list[int] = []
    for who in product(_choices(sites), _choices(sexes)):
        possible = [applying[one] for one in product(*who)]
        mine = [_said(possible, unit, age) for age in starts]
        changes = [place == 0 or limit != mine[place - 1] for place, limit in enumerate(mine)]
        for changed in changes:
            pieces.append((pieces[-1] if pieces else 0) + changed)
        said += mine
    return _Lookup(tuple(starts), tuple(None if limit is None else float(limit) for limit in said), tuple(pieces))


def _choices(words: Sequence[str]) -> list[list[str | None]]:
    """What each index stands for: one word, another than these, or all that it may be."""
    each: list[str | None] = [*words, _OTHER]
    return [*([word] for word in each), each]


def _said(possible: Iterable[Sequence[FallbackLine]], unit: str, age: int) -> Fraction | None:
    """The one limit of that age, whichever of these lines are the patient's; ``None`` where there is none, or two."""
    found: set[Fraction | None] = set()
    for lines in possible:
        found |= {line.limit(unit) for line in lines if line.first <= age <= line.last} or {None}
    return next(iter(found)) if len(found) == 1 else None


def _is_of(named: str | None, word: str | None) -> bool:
    return named is None or named == word


def _looked_up(asked: pl.Series, lookup: _Lookup) -> pl.Series:
    """The limit of each row that lacks one; few do, so the others are left out before anything is computed."""
    rows = asked.struct.unnest()
    places = rows[_LACKING].arg_true()
    limits = _limits(rows[places], lookup)
    return pl.repeat(None, len(rows), dtype=pl.Float64, eager=True).scatter(places, limits).alias(asked.name)


def _limits(rows: pl.DataFrame, lookup: _Lookup) -> pl.Series:
    aged = first_day(BORN) in rows.columns
    ages = rows.with_columns(_ages() if aged else _EVERY_AGE).select("youngest", "oldest")
    starts = pl.Series(lookup.starts, dtype=pl.Int64)
    limits, pieces = pl.Series(lookup.limits, dtype=pl.Float64), pl.Series(lookup.pieces, dtype=pl.Int64)
    first, last = (
        rows[WHO].cast(pl.Int64) * len(starts)
        + starts.search_sorted(age.cast(pl.Int64), side="right").cast(pl.Int64)
        - 1
        for age in ages
    )
    same = pieces.gather(first) == pieces.gather(last)
    return limits.gather(first).set(~same, None)


_EVERY_AGE = (pl.lit(0).alias("youngest"), pl.lit(OLDEST).alias("oldest"))


def _ages() -> tuple[pl.Expr, pl.Expr]:
    """The least and the greatest completed age on the day of the row; every age where it is not known.

    Nobody is measured before birth: of days on which a patient may have been born those count that allow it, and where
    there is none the age is not known.
    """
    youngest = completed(AgeUnit.YEARS, pl.col(last_day(BORN)), pl.col(first_day(_AT)))
    oldest = completed(AgeUnit.YEARS, pl.col(first_day(BORN)), pl.col(last_day(_AT)))
    known = (oldest >= 0).fill_null(False)
    return (
        pl.when(known).then(youngest.clip(0, OLDEST)).otherwise(0).alias("youngest"),
        pl.when(known).then(oldest.clip(0, OLDEST)).otherwise(OLDEST).alias("oldest"),
    )
