"""Analytes: what a laboratory value or a vital sign measures, in which units it can be read, and what is plausible.

A mass becomes an amount of substance only for a known analyte: 1 mg/dL is 88.4 umol/L of creatinine and 17.1 of
bilirubin. Conversions are exact rational numbers, so that to another unit and back is the value itself. The table
is :mod:`stratify.model.analyte_table`; it is read when the first analyte is asked for.

A unit without a dimension says nothing of what it counts: a prothrombin activity of 90 % is no INR of 0.9. An analyte
reads ``1``, ``%`` or a score only where its row names it, and without an analyte these convert to nothing but
themselves. Logarithms (``log10 copies/mL``) are no multiple of what they are the logarithm of and are not converted.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from types import MappingProxyType

from stratify.model.analyte_table import ROWS
from stratify.model.units import Unit, parse_unit

_CUSTOMARY = """
1 % [pH] g/L g/dL mg/L mg/dL ug/L ug/dL ug/mL ng/L ng/dL ng/mL pg/mL mol/L mmol/L umol/L nmol/L pmol/L meq/L
U/L mU/L kU/L U/mL ukat/L nkat/L [IU]/L m[IU]/L k[IU]/L [IU]/mL m[IU]/mL u[IU]/mL 10*12/L 10*9/L 10*6/L 10*6/uL 10*3/uL
/uL /mL L mL L/L fL pg fmol mg/g ug/mg mg/mg g/g mg/mmol g/mol mmol/mol mg/d g/d mosm/kg mmol/kg mm/h s ms /min mm[Hg]
kPa Cel [degF] kg g [lb_av] m cm mm [in_i] m2 kg/m2 mL/min mL/s mL/min/{1.73_m2} mL/s/{1.73_m2} {mutations}/Mb
mg/L{FEU} ng/mL{FEU} ug/mL{FEU} mg/L{DDU} ng/mL{DDU} ug/mL{DDU}
"""
_FAR = Fraction(1_000_000)
"""A unit further off than this is no customary one: nobody is weighed in picograms."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """From one unit to another: ``factor * value + offset``, exactly."""

    factor: Fraction
    offset: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if self.factor == 0:
            raise ValueError("a conversion has a factor other than 0")

    def __call__(self, value: Decimal | Fraction | int) -> Fraction:
        """The value in the other unit."""
        return self.factor * Fraction(value) + self.offset

    @property
    def proportional(self) -> bool:
        """Whether 0 stays 0, so that the factor alone converts."""
        return self.offset == 0

    def inverse(self) -> Conversion:
        """The way back."""
        return Conversion(1 / self.factor, -self.offset / self.factor)

    def then(self, after: Conversion) -> Conversion:
        """The conversion followed by another, as one."""
        return Conversion(after.factor * self.factor, after(self.offset))


IDENTITY = Conversion(Fraction(1))


@dataclass(frozen=True, slots=True)
class Bridge:
    """A unit of another kind in which an analyte can be read, and how it becomes the analyte's own.

    ``source`` names where the factor is published, if it is not the SI conversion table of the AMA Manual of Style.
    """

    unit: str
    conversion: Conversion
    source: str = ""


@dataclass(frozen=True, slots=True)
class Analyte:
    """Something measured.

    Parameters
    ----------
    id
        Short name, upper case; where CDISC has a test code, that is among ``names``.
    names
        Further names that belong to no other analyte, compared as :func:`analyte` does.
    unit
        The unit of ``plausible`` and of comparisons, as a UCUM code.
    bridges
        Units of other dimensions. Units of the same dimension need none, unless it is empty.
    plausible
        Lowest and highest value that can be true of a living patient and that an instrument reports.
    loinc
        LOINC codes that name this analyte in serum, plasma or blood (or as the id says).
    """

    id: str
    names: tuple[str, ...]
    unit: str
    bridges: tuple[Bridge, ...]
    plausible: tuple[Decimal, Decimal]
    loinc: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        units = [parse_unit(text) for text in (self.unit, *(bridge.unit for bridge in self.bridges))]
        if None in units or len(set(units)) < len(units):
            raise ValueError(f"{self.id}: a unit that is none, or that is named twice")
        if self.plausible[0] >= self.plausible[1]:
            raise ValueError(f"{self.id}: no value is plausible")

    def is_plausible(self, value: Decimal | Fraction | int) -> bool:
        """Whether a value in the analyte's unit lies in the plausible range, ends included."""
        low, high = (Fraction(end) for end in self.plausible)
        return low <= Fraction(value) <= high


@cache
def analytes() -> Mapping[str, Analyte]:
    """Every analyte by its id."""
    return MappingProxyType({row.id: row for row in map(_analyte, _index().values())})


def analyte(name: str) -> Analyte | None:
    """The analyte of that id, name or LOINC code: whatever its case, NFKC-normalised, with single spaces."""
    line = _index().get(_key(name))
    return None if line is None else _analyte(line)


def conversion(of: Analyte | None, from_unit: str, to_unit: str) -> Conversion | None:
    """How a value in one unit becomes a value in another, or ``None`` where nothing says so.

    Without an analyte only between spellings and prefixes of one dimension, never from mass to amount of substance.
    """
    first, last = parse_unit(from_unit), parse_unit(to_unit)
    if first is None or last is None:
        return None
    if of is None:
        return _same_dimension(first, last)
    there, back = _to_canonical(of, first), _to_canonical(of, last)
    return None if there is None or back is None else there.then(back.inverse())


def readable_units(of: Analyte) -> tuple[str, ...]:
    """Units in which the analyte can be read: its own, those of its bridges, and the customary ones of these kinds."""
    named = (of.unit, *(bridge.unit for bridge in of.bridges))
    found = ((unit, conversion(of, unit, of.unit)) for unit in _CUSTOMARY.split())
    more = (unit for unit, into in found if into is not None and 1 / _FAR <= into.factor <= _FAR)
    return tuple(dict.fromkeys((*named, *more)))


def _same_dimension(first: Unit, last: Unit) -> Conversion | None:
    if first == last:
        return IDENTITY
    if first.bare or first.dimension != last.dimension:
        return None
    return Conversion(first.scale / last.scale)


def _to_canonical(of: Analyte, unit: Unit) -> Conversion | None:
    for text, onward in ((of.unit, IDENTITY), *((bridge.unit, bridge.conversion) for bridge in of.bridges)):
        named = parse_unit(text)
        scaled = None if named is None else _same_dimension(unit, named)
        if scaled is not None:
            return scaled.then(onward)
    return None


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


@cache
def _index() -> dict[str, str]:
    """The row of the table for everything its analyte is called; rows are read when they are asked for."""
    rows = (line for line in ROWS.replace("\n ", " ").splitlines() if line and not line.startswith("#"))
    return {_key(name): row for row in rows for name in _names(row)}


def _names(row: str) -> list[str]:
    """Id, further names and LOINC codes of a row, as written."""
    cells = row.split("|")
    return [cells[0], *cells[-1].split(";"), *cells[-2].split()]


@cache
def _analyte(row: str) -> Analyte:
    name, unit, plausible, bridges, loinc, names = (cell.strip() for cell in row.split("|"))
    low, high = (Decimal(end) for end in plausible.split(".."))
    return Analyte(
        name,
        tuple(text for text in map(str.strip, names.split(";")) if text),
        unit,
        tuple(_bridge(text.strip(), unit) for text in bridges.split(";") if text.strip()),
        (low, high),
        tuple(loinc.split()),
    )


def _bridge(text: str, canonical: str) -> Bridge:
    """A bridge from its equation, ``mg/dL = 88.4 umol/L`` or ``mmol/mol = 0.09148 % + 2.152``, either way round."""
    equation, _, source = text.partition(" <")
    left, _, right = equation.partition(" = ")
    factor, unit, *sum_ = right.split()
    scale, offset = Fraction(factor), Fraction("".join(sum_) or 0)
    conversion = Conversion(scale, offset) if unit == canonical else Conversion(scale, offset).inverse()
    if canonical not in {left, unit}:
        raise ValueError(f"{text}: neither side is in {canonical}")
    return Bridge(left if unit == canonical else unit, conversion, source.rstrip(">"))
