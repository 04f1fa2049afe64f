"""``reference/analytes.md``: every analyte with its units, factors and plausible range."""

from __future__ import annotations

from fractions import Fraction

from generators.markdown import page, table
from stratify.model.analytes import Analyte, Bridge, analytes

_LEAD = """\
What a measure is of, by the names that it may have in a dictionary. A value or a threshold in one unit of an analyte
becomes one in any other, exactly; prefixes and spellings of these units (`umol/L`, `µmol/L`, `mmol/L`) need no line of
their own. A value outside the plausible range is unknown(implausible), unless the dictionary gives another range.

The ranges are the project's own and wide: they are to find units that are not what they are said to be, not illness."""
_SOURCES = """\
Factors are those of the table of SI conversion factors in the AMA Manual of Style, where no other source is named:
`definition` (of the unit, or the charge of an ion), `molar mass`, `WHO` (an international standard), `per haem` (a mole
of haemoglobin is one of haem), `creatinine 88.4` (that factor), `NGSP` (the master equation of HbA1c), `convention`
(laboratories write one unit for the other)."""


def pages() -> dict[str, str]:
    """The page, from the table that the program reads."""
    rows = [(of.id, ", ".join(of.names), f"`{of.unit}`", _range(of), _bridges(of)) for of in analytes().values()]
    head = ("analyte", "other names", "unit", "plausible", "other kinds of units")
    return {"reference/analytes.md": page("Analytes", _LEAD, table(head, rows), _SOURCES)}


def _range(of: Analyte) -> str:
    low, high = of.plausible
    return f"{low} to {high}"


def _bridges(of: Analyte) -> str:
    return "; ".join(_equation(bridge, of.unit) for bridge in of.bridges)


def _equation(bridge: Bridge, unit: str) -> str:
    offset = bridge.conversion.offset
    plus = "" if not offset else f" {'-' if offset < 0 else '+'} {_number(abs(offset))}"
    source = f" ({bridge.source})" if bridge.source else ""
    return f"1 `{bridge.unit}` = {_number(bridge.conversion.factor)} `{unit}`{plus}{source}"


def _number(number: Fraction) -> str:
    """As a decimal where it has one of few digits; else as the fraction it is, read the other way round."""
    text = f"{float(number):.6g}"
    return text if Fraction(text) == number else f"1/{float(1 / number):.6g}"
