"""A measure's units: how a value in another unit becomes one in the measure's, and which values are plausible.

The factors that the dictionary gives come first, then the table of analytes. Nothing is converted by a unit's name
alone from mass to amount of substance: that takes an analyte, or the dictionary's own factor.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from stratify.model.analytes import IDENTITY, Analyte, Conversion, analyte, conversion, readable_units
from stratify.model.dictionary import Measure
from stratify.model.units import parse_unit
from stratify.model.value import LLN, ULN, Comparison, Literal, Test


def named_analytes(names: Iterable[str], unit: str | None) -> tuple[Analyte, ...]:
    """The analytes that the names of a measure are those of, each once.

    Only such as can be read in the measure's unit: a measure ``MG`` in ``U/L`` is not magnesium. Without a unit a
    name says nothing: ``HCG`` may be a pregnancy test.
    """
    if unit is None:
        return ()
    found = dict.fromkeys(of for name in names if (of := analyte(name)) is not None)
    return tuple(of for of in found if conversion(of, unit, of.unit) is not None)


def unit_conversion(measure: Measure, text: str) -> Conversion | None:
    """How a value in the unit that a text names becomes one in the measure's; ``None`` where nothing says so."""
    if measure.unit is None:
        return None
    if text == measure.unit:
        return IDENTITY
    factor = _declared(measure, text)
    return conversion(measure.analyte, text, measure.unit) if factor is None else Conversion(factor)


def conversion_to(measure: Measure, unit: str | None) -> Conversion | None:
    """How a value in the measure's unit becomes one in another; ``None`` where nothing says so."""
    if unit is None:
        return IDENTITY if measure.unit is None else None
    into = unit_conversion(measure, unit)
    return None if into is None else into.inverse()


def same_unit(one: str | None, other: str | None) -> bool:
    """Whether two texts are spellings of one unit."""
    if one is None or other is None or one == other:
        return one == other
    unit = parse_unit(one)
    return unit is not None and unit == parse_unit(other)


def proportional(measure: Measure) -> bool:
    """Whether every conversion to the measure's unit is a factor alone."""
    of = measure.analyte
    return of is None or all(bridge.conversion.proportional for bridge in of.bridges)


def in_unit_of(measure: Measure, compare: Comparison) -> Comparison | None:
    """The comparison with its thresholds in the measure's unit, exactly; ``None`` where nothing converts them.

    Multiples of reference limits, texts and thresholds in the measure's own unit, however spelled, stay as they are.
    """
    if compare.unit in {None, ULN, LLN, measure.unit}:
        return compare
    into = unit_conversion(measure, str(compare.unit))
    if into is None:
        return None
    if into == IDENTITY:
        return replace(compare, unit=measure.unit)
    alternatives = tuple(
        tuple(Test(test.op, _converted(test.value, into)) for test in tests) for tests in compare.alternatives
    )
    return Comparison(alternatives, measure.unit, compare.negated)


def plausible_range(measure: Measure) -> tuple[Fraction, Fraction] | None:
    """Lowest and highest plausible value in the measure's unit: the dictionary's, or else the analyte's."""
    if measure.plausible is not None:
        return Fraction(measure.plausible[0]), Fraction(measure.plausible[1])
    if measure.any_value or measure.analyte is None:
        return None
    into = unit_conversion(measure, measure.analyte.unit)
    if into is None:
        return None
    low, high = (into(end) for end in measure.analyte.plausible)
    return low, high


def units_read(measure: Measure) -> tuple[str, ...]:
    """Units, the measure's own first, in which the measure can be read; spellings and prefixes of them can be too."""
    more = () if measure.analyte is None else readable_units(measure.analyte)
    return tuple(dict.fromkeys(text for text in (measure.unit, *measure.units, *more) if text is not None))


def _declared(measure: Measure, text: str) -> Fraction | None:
    """The dictionary's factor for a unit, whichever way it is spelled."""
    if text in measure.units:
        return Fraction(measure.units[text])
    unit = parse_unit(text) if measure.units else None
    return next(
        (Fraction(factor) for name, factor in measure.units.items() if unit is not None and parse_unit(name) == unit),
        None,
    )


def _converted(threshold: Literal, into: Conversion) -> Literal:
    return threshold if threshold.exact is None else Literal(threshold.text, into(threshold.exact))
