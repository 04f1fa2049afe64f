"""The rows of a measure: where each lies, what it reads, and what it answers by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from stratify.compile.reference.censored import answers_of_limit
from stratify.compile.reference.compare import Scalar, highest, is_one_of, meets, same_number, scalar
from stratify.compile.reference.context import Context
from stratify.compile.reference.days import Place, Row, When, WindowDays
from stratify.compile.reference.fallback import Fallen, fallen_back
from stratify.compile.reference.rows import distinct, where_outcome
from stratify.model.alteration import Tested
from stratify.model.analytes import IDENTITY, Conversion, conversion
from stratify.model.dictionary import ColumnKind, Limit, Measure, limit_of, number_of
from stratify.model.expression import RowCondition, Take, Tie
from stratify.model.truth import TRUE, Outcome, Reason, Truth, conjunction, of_bool, unknown
from stratify.model.units import parse_unit
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
        What is compared: the canonical value, or the ratio to the row's own reference limit, or that of the fallback
        table.
    value_doubts
        Mask of reasons why the value cannot be compared.
    limit
        Whether the number is the result or a limit of it.
    copies
        How many exact copies of the row were left out.
    fallen
        The reference limit of the fallback table, where the row has none and is compared with one.
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
    limit: Limit = Limit.EXACT
    fallen: Fallen | None = None

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

    def answer(self, comparison: Comparison) -> Outcome:
        """What the row says by itself."""
        if self.value_doubts:
            return unknown(highest(self.value_doubts))
        if self.compared is None:
            return unknown(Reason.NULL_VALUE)
        if isinstance(self.compared, Fraction) and self.limit.censored:
            answers = answers_of_limit(self.compared, self.limit, comparison)
            return of_bool(True in answers) if len(answers) == 1 else unknown(Reason.CENSORED_VALUE)
        return of_bool(meets(self.compared, comparison))


def readings(
    condition: RowCondition | None,
    window: WindowDays,
    compare: Comparison,
    measure: Measure,
    context: Context,
    *,
    mean: bool,
    tested: Tested | None = None,
) -> tuple[Reading, ...]:
    """The rows of a measure that perhaps meet a condition, inside the window and outside, without exact copies.

    What they are compared with says whether numbers or texts are read, and a multiple of a reference limit is compared
    as such; of a ``mean`` no part may be a limit.
    """
    kinds = context.catalogue[measure.table]
    selected = [(index, row) for index, row in enumerate(context.rows(measure.table)) if selects(measure, row)]
    found = []
    for index, row, copies in distinct(selected):
        where = conjunction((where_outcome(condition, row, kinds), _tested(tested, measure, row)))
        if where.truth is not Truth.FALSE:
            found.append(
                replace(_reading(index, row, where, window, compare, measure, context, mean=mean), copies=copies)
            )
    return tuple(found)


def _tested(tested: Tested | None, measure: Measure, row: Row) -> Outcome:
    """Whether a biomarker's row is of an assay and a specimen that count."""
    if tested is None:
        return TRUE
    asked = ((measure.assay, tested.assays), (measure.specimen, tested.specimens))
    return conjunction(_said(is_one_of(row, column, texts)) for column, texts in asked if texts and column is not None)


def _said(found: bool | None) -> Outcome:
    return unknown(Reason.NULL_VALUE) if found is None else of_bool(found)


def selects(measure: Measure, row: Row) -> bool:
    """Whether a row is one of the measure."""
    return all(is_one_of(row, column, texts) for column, texts in measure.rows.items())


def _reading(
    index: int,
    row: Row,
    where: Outcome,
    window: WindowDays,
    compare: Comparison,
    measure: Measure,
    context: Context,
    *,
    mean: bool,
) -> Reading:
    table = context.dictionary.tables[measure.table]
    when, dated = context.row_date(table, row), table.date is not None
    place = window.place(when) if dated else Place.IN
    doubts = where.reasons
    if place is Place.MAYBE:
        doubts |= (when.doubt or Reason.PARTIAL_DATE).bit  # an exact date is perhaps in when the anchor is partial
    if place is Place.IN and where.truth is Truth.UNKNOWN:
        place = Place.MAYBE
    value, limit = recorded(row, compare, measure, context.catalogue[measure.table][measure.value])
    if limit is None:
        return Reading(index, when, dated, place, doubts, is_null=True)
    if measure.categorical:
        category = _category(str(value), measure, context)
        doubt = Reason.NULL_VALUE.bit if category is None else 0
        return Reading(index, when, dated, place, doubts, False, category, category, doubt)
    fallen = _fallen(row, when, measure, compare.unit, context)
    canonical, compared, value_doubts = read_value(value, limit, row, measure, compare.unit, fallen)
    if limit.censored and mean:
        value_doubts |= Reason.CENSORED_VALUE.bit
    found = Reading(index, when, dated, place, doubts, False, canonical, compared, value_doubts, limit=limit)
    return replace(found, fallen=fallen)


def _fallen(row: Row, when: When, measure: Measure, unit: str | None, context: Context) -> Fallen | None:
    """What the fallback table says of a row without a reference limit of its own."""
    if unit not in {ULN, LLN} or own_limit(row, measure, str(unit)) is not None:
        return None
    return fallen_back(measure, str(unit), when, context)


def own_limit(row: Row, measure: Measure, unit: str) -> Scalar | None:
    """The row's own reference limit, as recorded."""
    column = measure.reference_high if unit == ULN else measure.reference_low
    return None if column is None else scalar(row.get(column))


def _category(text: str, measure: Measure, context: Context) -> str | None:
    """The category or the phenotype that a text stands for; ``None`` where it is in none."""
    if measure.phenotypes is not None:
        return context.protocol.library.phenotypes[measure.phenotypes].phenotype(text)
    return measure.categories.get(text)


def recorded(row: Row, compare: Comparison, measure: Measure, kind: ColumnKind) -> tuple[Scalar | None, Limit | None]:
    """The value as the row has it, and whether it is the result; ``None`` for both where there is no value."""
    match kind:
        case ColumnKind.EMPTY:
            return None, None
        case ColumnKind.RESULT if measure.kind_for(kind, compare) is ColumnKind.NUMBER:
            limit = row.get(limit_of(measure.value))
            return scalar(row.get(number_of(measure.value))), None if limit is None else Limit(int(str(limit)))
        case _:
            value = scalar(row.get(measure.value))
            return value, None if value is None else Limit.EXACT


def averages(take: Take, tie: Tie) -> bool:
    """Whether values are averaged: of limits there is no mean."""
    return take in {Take.MEAN, Take.MEDIAN} or (take.picks_by_date and tie is Tie.MEAN)


def read_value(
    value: Scalar | None, limit: Limit, row: Row, measure: Measure, unit: str | None, fallen: Fallen | None = None
) -> tuple[Scalar | None, Scalar | None, int]:
    """The value in the measure's unit, what is compared, and a mask of what stands against it.

    ``fallen``: the reference limit of a row that has none.
    """
    if isinstance(value, str | bool):
        return value, value, 0
    doubts = Reason.NULL_VALUE.bit if value is None else 0
    into = _conversion(row, measure)
    if into is None:
        doubts |= Reason.UNIT_UNKNOWN.bit
    canonical = None if into is None or value is None else into(value)
    if not _plausible(canonical, limit, measure):
        doubts |= Reason.IMPLAUSIBLE.bit
    compared = canonical
    if unit in {ULN, LLN}:
        reference = _reference(own_limit(row, measure, str(unit)), fallen, into)
        if reference is None:
            doubts |= Reason.NO_REFERENCE_RANGE.bit
        compared = None if reference is None or value is None else value / reference
    return canonical, compared, doubts


def _conversion(row: Row, measure: Measure) -> Conversion | None:
    if measure.unit_column is None:
        return IDENTITY
    unit = row.get(measure.unit_column)
    return None if unit is None else _into(measure, str(unit))


def _into(measure: Measure, unit: str) -> Conversion | None:
    """From a unit to the measure's: by the dictionary's factors, else by way of the analyte's own unit."""
    if measure.unit is None or unit == measure.unit:
        return None if measure.unit is None else IDENTITY
    read = parse_unit(unit)
    for name, factor in measure.units.items():
        if name == unit or (read is not None and read == parse_unit(name)):
            return Conversion(Fraction(factor))
    if measure.analyte is None:
        return conversion(None, unit, measure.unit)
    there = conversion(measure.analyte, unit, measure.analyte.unit)
    back = conversion(measure.analyte, measure.unit, measure.analyte.unit)
    return None if there is None or back is None else there.then(back.inverse())


def back_from(measure: Measure, unit: str) -> Conversion:
    """From the measure's unit to another."""
    into = _into(measure, unit)
    if into is None:
        raise ValueError(f"{measure.name} is not known in {unit}")
    return into.inverse()


def _plausible(canonical: Fraction | None, limit: Limit, measure: Measure) -> bool:
    """Whether the value is plausible; of a limit, whether some result beyond it is."""
    ends = _plausible_ends(measure)
    if ends is None or canonical is None:
        return True
    low, high = ends
    reaches_low = canonical >= low or same_number(canonical, low) or limit in {Limit.ABOVE, Limit.AT_LEAST}
    reaches_high = canonical <= high or same_number(canonical, high) or limit in {Limit.BELOW, Limit.AT_MOST}
    return reaches_low and reaches_high


def _plausible_ends(measure: Measure) -> tuple[Fraction, Fraction] | None:
    if measure.plausible is not None:
        return Fraction(measure.plausible[0]), Fraction(measure.plausible[1])
    into = None if measure.analyte is None else _into(measure, measure.analyte.unit)
    if measure.any_value or measure.analyte is None or into is None:
        return None
    return into(measure.analyte.plausible[0]), into(measure.analyte.plausible[1])


def _reference(own: Scalar | None, fallen: Fallen | None, into: Conversion | None) -> Fraction | None:
    """The limit in the row's unit, as far as that is known; ``None`` for none, and for one of 0 or below."""
    limit = own
    if own is None and fallen is not None:
        limit = fallen.limit if into is None else into.inverse()(fallen.limit)
    return limit if isinstance(limit, Fraction) and limit > 0 else None


def in_measure_unit(comparison: Comparison, measure: Measure) -> Comparison:
    """The comparison with thresholds in the measure's own unit (multiples of reference limits stay as they are)."""
    if comparison.unit in {None, ULN, LLN, measure.unit}:
        return comparison
    into = _into(measure, str(comparison.unit))
    if into is None:
        raise ValueError(f"{comparison.unit} is no unit of {measure.name}")

    def convert(test: Test) -> Test:
        number = test.value.exact
        if number is None:
            raise ValueError(f"not a number: {test.value.text!r}")
        return Test(test.op, Literal(test.value.text, into(number)))

    alternatives = tuple(tuple(convert(test) for test in alternative) for alternative in comparison.alternatives)
    return Comparison(alternatives, measure.unit, comparison.negated)
