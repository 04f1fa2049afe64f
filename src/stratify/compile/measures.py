"""Measurements: what each row answers, and the quantifying and averaging picks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import polars as pl

from stratify.compile import kleene
from stratify.compile.censored import half_line_code
from stratify.compile.columns import Columns
from stratify.compile.compare import MANY, around, compare_integers, compare_number, compare_plain, is_one_of
from stratify.compile.fallback import reference_limit
from stratify.compile.kleene import ANSWER, FALSE, TRUE, Kleene, answer
from stratify.compile.rows import (
    NO_VALUE,
    OUTSIDE,
    UNSETTLED,
    Events,
    LeafPlan,
    Match,
    all_answer,
    any_answer,
    highest,
    match_where,
)
from stratify.compile.units import factor_of, offset_of
from stratify.compile.windows import Membership
from stratify.compile.words import translated
from stratify.model.dictionary import ColumnKind, Limit, Measure, limit_of, number_of
from stratify.model.expression import FieldIs, MeasureIs, RowAll, RowCondition, Take, Tie
from stratify.model.measure_units import plausible_range
from stratify.model.phenotype import PhenotypeTable
from stratify.model.truth import Reason
from stratify.model.value import LLN, ULN, Comparison, Literal, Op, Test

QUANTIFIED = frozenset({Take.ANY, Take.ALL, Take.MAX, Take.MIN})
"""Picks that are quantifiers over rows."""


class _Ask(Protocol):
    """Asks a comparison of some row or of all rows, and gives the answer's expression."""

    def __call__(self, compare: Comparison, *, some: bool) -> pl.Expr: ...


_AskTest = Callable[[Test], Kleene]
Among = Callable[[pl.Expr], pl.Expr]
"""Of a column of a patient's rows those that are asked."""
Parts = tuple[tuple[pl.Expr, ...], pl.Expr]
"""Named aggregates per patient, and the answer over them."""


@dataclass(frozen=True, slots=True)
class Readings:
    """The rows of a measure, as a leaf sees them.

    Parameters
    ----------
    selected
        Boolean without nulls: the row is one of the measure, and its ``where`` is not surely false.
    sure, perhaps, out
        Where the selected row stands; a row whose ``where`` is unknown is ``perhaps``.
    reason
        Why a row is only ``perhaps``.
    present
        Whether the row has a value.
    canonical
        The value in the measure's unit; text and true/false as recorded.
    number
        What is compared: the canonical value, or the multiple of the row's own reference limit.
    value
        The value as recorded.
    problem
        Reason why a value that is there cannot be compared, 0 if it can; ``None`` if it always can.
    limit
        Which :class:`~stratify.model.dictionary.Limit` of the result the number is; ``None`` where numbers are
        results.
    """

    selected: pl.Expr
    sure: pl.Expr
    perhaps: pl.Expr
    out: pl.Expr
    reason: pl.Expr
    present: pl.Expr
    canonical: pl.Expr
    number: pl.Expr
    value: pl.Expr
    problem: pl.Expr | None
    kind: ColumnKind
    limit: pl.Expr | None = None

    def code(self, compare: Comparison, *, met: int = TRUE, unmet: int = FALSE, unknown: int = 0) -> pl.Expr:
        """The answer of a row with a value: ``met``, ``unmet``, or ``unknown`` more than the reason's number."""
        if self.kind is ColumnKind.NUMBER:
            truth = compare_number(self.number, compare)
        else:
            truth = compare_plain(self.value, self.kind, compare)
        code = pl.when(truth).then(answer(met)).otherwise(answer(unmet))
        if self.limit is not None:
            code = half_line_code(self.number, self.limit, compare, code, met=met, unmet=unmet, unknown=unknown)
        if self.problem is None:
            return code
        return pl.when(self.problem > 0).then(self.problem + answer(unknown)).otherwise(code)

    @property
    def comparable(self) -> pl.Expr:
        """Whether nothing stands against comparing a value that is there."""
        return pl.lit(True) if self.problem is None else self.problem == 0


def readings(
    condition: RowCondition | None,
    compare: Comparison,
    measure: Measure,
    events: Events,
    place: Membership,
    *,
    mean: bool,
    fallback: pl.Expr | None = None,
) -> Readings:
    """The row expressions that every pick is made of, of rows that meet ``condition``.

    What they are compared with says whether numbers or texts are read; of a ``mean`` no part may be a limit.
    ``fallback``: the reference limit, in the measure's unit, of rows that have none.
    """
    kinds, keep = events.kinds, events.rows.keep
    where = Match(pl.lit(True), answer(NO_VALUE), always=True)
    if condition is not None:
        where = match_where(condition, kinds).kept(events.rows)
    selected = measure_rows(measure)
    sure, perhaps, reason = place.sure, place.perhaps, place.reason
    if not where.always:
        selected &= where.possible
        undecided = where.truth.is_null()
        outside_reason = pl.when(place.perhaps).then(place.reason).otherwise(answer(0))
        reason = keep(highest(outside_reason, pl.when(undecided).then(where.reason).otherwise(answer(0))))
        sure, perhaps = place.sure & ~undecided, place.perhaps | (place.sure & undecided)
    recorded = kinds[measure.value]
    kind = measure.kind_for(recorded, compare)
    value = pl.col(measure.value)
    canonical, number = value, value
    problem: pl.Expr | None = None
    limit: pl.Expr | None = None
    raw = value
    if measure.categorical:
        kind, value, problem = _category(measure, events)
        canonical = value
    elif kind is ColumnKind.NUMBER:
        if recorded is ColumnKind.RESULT:
            value, limit = pl.col(number_of(measure.value)), pl.col(limit_of(measure.value))
        canonical, number, problem = _number(measure, compare.unit, value, limit, events.rows, fallback, mean=mean)
        canonical, number, problem = keep(canonical), keep(number), None if problem is None else keep(problem)
        raw = value
    elif kind is ColumnKind.EMPTY:  # a column of the type Null supports no arithmetic
        raw = value = canonical = number = pl.lit(None, pl.Float64)
    present = keep((raw if limit is None else limit).is_not_null())
    return Readings(
        keep(selected), sure, perhaps, place.out, reason, present, canonical, number, value, problem, kind, limit
    )


def averages(leaf: MeasureIs) -> bool:
    """Whether values are averaged: of limits there is no mean."""
    return leaf.take in {Take.MEAN, Take.MEDIAN} or (leaf.take.picks_by_date and leaf.tie is Tie.MEAN)


def _category(measure: Measure, events: Events) -> tuple[ColumnKind, pl.Expr, pl.Expr]:
    """The category of each text; a text that is in none is a value that leaves the question open."""
    raw = pl.col(measure.value)
    if measure.phenotypes is not None:
        table = events.library.phenotypes[measure.phenotypes]
        found = translated(measure.value, events.kinds[measure.value], partial(_phenotype, _plain(table)))
    elif events.kinds[measure.value] is ColumnKind.EMPTY:
        found = pl.lit(None, pl.String)
    else:
        found = raw.replace_strict(dict(measure.categories), default=None, return_dtype=pl.String)
    found = events.rows.keep(found)
    return ColumnKind.TEXT, found, events.rows.keep(_or(Reason.NULL_VALUE, found.is_null(), None))


def _plain(table: PhenotypeTable) -> PhenotypeTable:
    """The table with mappings that can be pickled."""
    return replace(
        table,
        diplotypes=dict(table.diplotypes),
        functions=dict(table.functions),
        by_function=dict(table.by_function),
        activities=dict(table.activities),
    )


def _phenotype(table: PhenotypeTable, text: str) -> str | None:
    return table.phenotype(text)


def with_tested(leaf: MeasureIs, measure: Measure) -> MeasureIs:
    """A biomarker as a measure whose rows meet the conditions on assay and specimen too."""
    if leaf.tested is None:
        return leaf
    asked = [] if leaf.where is None else [leaf.where]
    for column, texts in ((measure.assay, leaf.tested.assays), (measure.specimen, leaf.tested.specimens)):
        if texts and column is not None:
            alternatives = tuple((Test(Op.EQ, Literal(text)),) for text in texts)
            asked.append(FieldIs(column, Comparison(alternatives)))
    return replace(leaf, where=RowAll(tuple(asked)) if asked else None)


def untested(plan: LeafPlan) -> LeafPlan:
    """A biomarker without any result was not tested."""
    code = pl.when(plan.answer == int(Reason.NO_RECORD)).then(answer(Reason.NOT_TESTED)).otherwise(plan.answer)
    return replace(plan, answer=code)


def measure_rows(measure: Measure) -> pl.Expr:
    """Boolean without nulls: the row belongs to the measure."""
    wanted = [is_one_of(pl.col(column), values).fill_null(False) for column, values in measure.rows.items()]
    return pl.all_horizontal(wanted) if wanted else pl.lit(True)


def _number(
    measure: Measure,
    unit: str | None,
    value: pl.Expr,
    limit: pl.Expr | None,
    rows: Columns,
    fallback: pl.Expr | None = None,
    *,
    mean: bool,
) -> tuple[pl.Expr, pl.Expr, pl.Expr | None]:
    """The value in the measure's unit, the value to compare, and the reason where there is none: the highest."""
    canonical = value
    factor: pl.Expr | None = None
    offset: pl.Expr | None = None
    problem: pl.Expr | None = None
    if limit is not None:
        problem = _or(Reason.NULL_VALUE, limit == Limit.UNREADABLE, problem)
    if measure.unit_column is not None:
        factor, offset = rows.keep(factor_of(measure, measure.unit_column)), offset_of(measure, measure.unit_column)
        canonical = value * factor if offset is None else value * factor + offset
        problem = _or(Reason.UNIT_UNKNOWN, factor.is_null(), problem)
    compared = canonical
    if unit in {ULN, LLN}:
        column = measure.reference_high if unit == ULN else measure.reference_low
        reference = reference_limit(column, None if fallback is None else rows.keep(fallback), factor, offset)
        usable = reference > 0
        problem = _or(Reason.NO_REFERENCE_RANGE, ~usable.fill_null(False), problem)
        compared = pl.when(usable).then(value / reference)
    if limit is not None and mean:
        problem = _or(Reason.CENSORED_VALUE, limit.abs().is_between(1, Limit.ABOVE), problem)
    plausible = plausible_range(measure)
    if plausible is not None:
        too_low, too_high = canonical < float(around(plausible[0])[0]), canonical > float(around(plausible[1])[1])
        if limit is not None:  # of a limit one side is open: below 1 may be anything down to 0
            too_low, too_high = too_low & (limit <= 0), too_high & (limit >= 0)
        problem = _or(Reason.IMPLAUSIBLE, too_low | too_high, problem)
    return canonical, compared, problem


def usable_number(measure: Measure, recorded: ColumnKind, rows: Columns) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Whether there is a value, the value in the measure's unit, and why it cannot be used, 0 if it can."""
    if recorded is ColumnKind.EMPTY:
        return pl.lit(False), pl.lit(None, pl.Float64), answer(0)
    value, limit = pl.col(measure.value), None
    if recorded is ColumnKind.RESULT:
        value, limit = pl.col(number_of(measure.value)), pl.col(limit_of(measure.value))
    canonical, _, problem = _number(measure, None, value, limit, rows, mean=True)
    present = (value if limit is None else limit).is_not_null()
    return present, canonical, answer(0) if problem is None else problem


def _or(reason: Reason, found: pl.Expr, before: pl.Expr | None) -> pl.Expr:
    """The reason where it is found, else what was there before."""
    return pl.when(found).then(answer(reason)).otherwise(answer(0) if before is None else before)


def every_row(column: pl.Expr) -> pl.Expr:
    """All of a patient's rows."""
    return column


def quantified(leaf: MeasureIs, rows: Readings, events: Events, name: str, among: Among = every_row) -> Parts:
    """``any, all, max, min``: each a quantifier over the answers of the rows that ``among`` leaves.

    The maximum is at most x when all values are, and at least x when some value is; an equality is both.
    """
    keep = events.rows.keep
    aggregates: list[pl.Expr] = []

    def ask(compare: Comparison, *, some: bool) -> pl.Expr:
        column = f"{name}:{len(aggregates)}"
        strict = leaf.take in {Take.ANY, Take.ALL}
        code = keep(_quantified_code(rows, keep(rows.code(compare)), some=some, strict=strict))
        aggregates.append(among(code).max().alias(column))
        return (any_answer if some else all_answer)(pl.col(column))

    if leaf.take in {Take.ANY, Take.ALL}:
        result = ask(leaf.compare, some=leaf.take is Take.ANY)
    else:
        result = _extreme(leaf.compare, partial(_ask_test, ask, leaf))
    return tuple(aggregates), result


def counted(
    leaf: MeasureIs, times: Comparison, rows: Readings, events: Events, name: str, among: Among = every_row
) -> Parts:
    """How many results meet the comparison: an interval, of which every number must agree.

    Wants the table without copies of rows. Without a result that surely is there any number may be missing.
    """
    keep = events.rows.keep
    code = among(keep(_quantified_code(rows, keep(rows.code(leaf.compare)), some=True, strict=True)))
    there = among(keep(rows.selected & rows.sure & rows.present))
    aggregates = (
        (code == TRUE).sum().alias(f"{name}:sure"),
        ((code > UNSETTLED) & (code < TRUE)).sum().alias(f"{name}:perhaps"),
        code.filter(code < TRUE).max().alias(f"{name}:why"),
        there.any().alias(f"{name}:there"),
    )
    fewest = pl.col(f"{name}:sure").fill_null(0).cast(pl.Int64)
    most = fewest + pl.col(f"{name}:perhaps").fill_null(0)
    most = pl.when(pl.col(f"{name}:there").fill_null(False)).then(most).otherwise(pl.lit(MANY, pl.Int64))
    return aggregates, compare_integers(fewest, most, times, any_answer(pl.col(f"{name}:why")))


def _ask_test(ask: _Ask, leaf: MeasureIs, test: Test) -> Kleene:
    """One test of an extreme: ``max >= x`` asks for some value, ``max <= x`` for all."""
    unit = leaf.compare.unit
    if test.op in {Op.EQ, Op.NE}:
        parts = [_ask_test(ask, leaf, Test(op, test.value)) for op in (Op.GE, Op.LE)]
        both = kleene.conjunction(parts)
        return both if test.op is Op.EQ else kleene.negation(both)
    rising = test.op in {Op.GE, Op.GT}
    some = rising if leaf.take is Take.MAX else not rising
    return kleene.from_answer(ask(Comparison(((test,),), unit), some=some))


def _extreme(compare: Comparison, ask: _AskTest) -> pl.Expr:
    alternatives = [kleene.conjunction([ask(test) for test in tests]) for tests in compare.alternatives]
    whole = kleene.disjunction(alternatives)
    return kleene.to_answer(kleene.negation(whole) if compare.negated else whole)


def _quantified_code(rows: Readings, code: pl.Expr, *, some: bool, strict: bool) -> pl.Expr:
    """Row code of a quantifier: for "some", true decides; for "all", false does."""
    decides, against = (TRUE, FALSE) if some else (FALSE, TRUE)
    reason = rows.reason
    lacking = UNSETTLED + pl.when(rows.perhaps).then(highest(reason, answer(NO_VALUE))).otherwise(answer(NO_VALUE))
    uncertain = pl.when(code < FALSE).then(highest(reason, code)).otherwise(reason)
    return (
        pl.when(~rows.selected)
        .then(answer(0))
        .when(rows.out)
        .then(answer(OUTSIDE))
        .when(~rows.present)
        .then(lacking if strict else answer(NO_VALUE))
        .when(rows.sure & (code == decides))
        .then(answer(TRUE))
        .when(rows.sure & (code == against))
        .then(answer(FALSE))
        .when(rows.sure)
        .then(UNSETTLED + code)
        .when(code == against)
        .then(reason)
        .otherwise(UNSETTLED + uncertain)
        .cast(ANSWER)
    )


def averaged(leaf: MeasureIs, rows: Readings, events: Events, name: str) -> Parts:
    """``mean, median`` of the rows that surely count; one that cannot be compared or only perhaps counts undoes it."""
    keep = events.rows.keep
    code, value = f"{name}:code", f"{name}:value"
    good = keep(rows.sure & rows.comparable)
    problem = answer(0) if rows.problem is None else rows.problem
    row_code = (
        pl.when(~rows.selected)
        .then(answer(0))
        .when(rows.out)
        .then(answer(OUTSIDE))
        .when(~rows.present)
        .then(answer(NO_VALUE))
        .when(good)
        .then(answer(FALSE))
        .when(rows.perhaps)
        .then(UNSETTLED + highest(rows.reason, problem))
        .otherwise(UNSETTLED + problem)
        .cast(ANSWER)
    )
    counted = keep(pl.when(rows.selected & rows.present & good).then(rows.number))
    average = counted.mean() if leaf.take is Take.MEAN else counted.median()
    met = compare_number(pl.col(value), leaf.compare)
    met_answer = pl.when(met).then(answer(TRUE)).otherwise(answer(FALSE))
    result = pl.when(pl.col(code) == FALSE).then(met_answer).otherwise(any_answer(pl.col(code)))
    return (keep(row_code).max().alias(code), average.alias(value)), result
