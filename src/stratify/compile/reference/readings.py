"""The rows of a measure: where each lies, what it reads, and what it answers by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from stratify.compile.reference.compare import Scalar, highest, is_one_of, meets, same_number, scalar
from stratify.compile.reference.context import Context
from stratify.compile.reference.days import Place, Row, When, WindowDays
from stratify.compile.reference.rows import distinct, where_outcome
from stratify.model.dictionary import ColumnKind, Measure
from stratify.model.expression import RowCondition
from stratify.model.truth import Outcome, Reason, Truth, of_bool, unknown
from stratify.model.value import LLN, ULN, Comparison, Literal, Test


@dataclass(frozen=True, slots=True)
class Reading:
    """One row of a measure that is selected, surely or perhaps.

    Parameters
    ----------
    place
        In the window; a row that ``where`` only perhaps selects is ``MAYBE`` at best.
    membership_doubts
        Mask of reasons why the row is only perhaps among those asked.
    canonical
        The value in the measure's unit (or text, true/false); ``None`` where its unit is unknown.
    compared
        What is compared: the canonical value, or the ratio to the row's own reference limit.
    value_doubts
        Mask of reasons why the value cannot be compared.
    copies
        How many exact copies of the row were left out.
    """

    index: int
    when: When
    dated: bool
    place: Place
    membership_doubts: int
    is_null: bool
    canonical: Scalar | None = None
    compared: Scalar | None = None
    value_doubts: int = 0
    copies: int = 0

    @property
    def sure(self) -> bool:
        """Whether the row surely is among those asked."""
        return self.place is Place.IN

    @property
    def doubts(self) -> int:
        """Every reason why the row alone leaves something open, its date apart."""
        return self.membership_doubts | self.value_doubts

    @property
    def date_doubts(self) -> int:
        """The reasons why the row's rank by date is open: it is perhaps not asked, or its date is not exact."""
        when = self.when.doubt if self.dated else None
        return self.membership_doubts | (when.bit if when else 0)

    def answer(self, holds: Callable[[Scalar], bool]) -> Outcome:
        """What the row says by itself."""
        if self.value_doubts:
            return unknown(highest(self.value_doubts))
        if self.compared is None:
            return unknown(Reason.NULL_VALUE)
        return of_bool(holds(self.compared))


def readings(
    condition: RowCondition | None, window: WindowDays, unit: str | None, measure: Measure, context: Context
) -> tuple[Reading, ...]:
    """The rows of a measure that perhaps meet a condition, inside the window and outside, without exact copies.

    ``unit`` is the threshold's: a multiple of a reference limit is compared as such.
    """
    kinds = context.catalogue[measure.table]
    selected = [(index, row) for index, row in enumerate(context.rows(measure.table)) if selects(measure, row)]
    found = []
    for index, row, copies in distinct(selected):
        where = where_outcome(condition, row, kinds)
        if where.truth is not Truth.FALSE:
            found.append(replace(_reading(index, row, where, window, unit, measure, context), copies=copies))
    return tuple(found)


def selects(measure: Measure, row: Row) -> bool:
    """Whether a row is one of the measure."""
    return all(is_one_of(row, column, texts) for column, texts in measure.rows.items())


def _reading(
    index: int, row: Row, where: Outcome, window: WindowDays, unit: str | None, measure: Measure, context: Context
) -> Reading:
    table = context.dictionary.tables[measure.table]
    when, dated = context.row_date(table, row), table.date is not None
    place = window.place(when) if dated else Place.IN
    doubts = where.reasons
    if place is Place.MAYBE:
        doubts |= (when.doubt or Reason.PARTIAL_DATE).bit  # an exact date is perhaps in when the anchor is partial
    if place is Place.IN and where.truth is Truth.UNKNOWN:
        place = Place.MAYBE
    kind = context.catalogue[measure.table][measure.value]
    value = None if kind is ColumnKind.EMPTY else scalar(row.get(measure.value))
    if value is None:
        return Reading(index, when, dated, place, doubts, is_null=True)
    canonical, compared, value_doubts = read_value(value, row, measure, unit)
    return Reading(index, when, dated, place, doubts, False, canonical, compared, value_doubts)


def read_value(value: Scalar, row: Row, measure: Measure, unit: str | None) -> tuple[Scalar | None, Scalar | None, int]:
    """The value in the measure's unit, what is compared, and a mask of what stands against it."""
    doubts = 0
    factor = _unit_factor(row, measure)
    if factor is None:
        doubts |= Reason.UNIT_UNKNOWN.bit
    canonical = _scaled(value, factor)
    if not _plausible(canonical, measure):
        doubts |= Reason.IMPLAUSIBLE.bit
    compared = canonical
    if unit in {ULN, LLN}:
        compared = _ratio(value, row, measure.reference_high if unit == ULN else measure.reference_low)
        if compared is None:
            doubts |= Reason.NO_REFERENCE_RANGE.bit
    return canonical, compared, doubts


def _unit_factor(row: Row, measure: Measure) -> Fraction | None:
    if measure.unit_column is None:
        return Fraction(1)
    unit = row.get(measure.unit_column)
    if unit is not None and unit == measure.unit:
        return Fraction(1)
    factor = measure.units.get(str(unit)) if unit is not None else None
    return None if factor is None else Fraction(factor)


def _scaled(value: Scalar, factor: Fraction | None) -> Scalar | None:
    if factor is None:
        return None
    return value * factor if isinstance(value, Fraction) else value


def _plausible(canonical: Scalar | None, measure: Measure) -> bool:
    if measure.plausible is None or not isinstance(canonical, Fraction):
        return True
    low, high = map(Fraction, measure.plausible)
    return low <= canonical <= high or same_number(canonical, low) or same_number(canonical, high)


def _ratio(value: Scalar, row: Row, column: str | None) -> Fraction | None:
    reference = scalar(row.get(column)) if column is not None else None
    if not isinstance(reference, Fraction) or not isinstance(value, Fraction) or reference <= 0:
        return None
    return value / reference


def in_measure_unit(comparison: Comparison, measure: Measure) -> Comparison:
    """The comparison with thresholds in the measure's own unit (multiples of reference limits stay as they are)."""
    if comparison.unit in {None, ULN, LLN, measure.unit}:
        return comparison
    factor = measure.units.get(str(comparison.unit))
    if factor is None:
        raise ValueError(f"{comparison.unit} is no unit of {measure.name}")

    def convert(test: Test) -> Test:
        number = test.value.number
        if number is None:
            raise ValueError(f"not a number: {test.value.text!r}")
        return Test(test.op, Literal(str(number * factor)))

    alternatives = tuple(tuple(convert(test) for test in alternative) for alternative in comparison.alternatives)
    return Comparison(alternatives, measure.unit, comparison.negated)


def whole(comparison: Comparison) -> Callable[[Scalar], bool]:
    """The whole comparison as a question to one value."""
    return lambda value: meets(value, comparison)
