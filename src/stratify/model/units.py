"""Units of measurement: a text such as ``10^9/L`` read as an exact scale and a dimension.

Codes are those of UCUM (The Unified Code for Units of Measure, case-sensitive); the spellings that laboratories and
protocols use beside them are turned into codes by :mod:`stratify.model.unit_spelling`. What is not a unit, or not
surely one, is ``None``. Where UCUM would lose a difference that matters to a patient, this reader keeps it:

- ``mL/min/{1.73_m2}`` is not ``mL/min``: the body surface is a base of the dimension. To UCUM it is a remark.
- ``{Log_copies}/mL`` and ``log10 copies/mL`` are logarithms: each is a dimension of its own, never ``/mL``.
- ``{FEU}`` and ``{DDU}`` (two ways of counting D-dimer, a factor of two apart) are bases of the dimension.
- Any other remark in braces says nothing, as in UCUM: ``{copies}/mL`` is ``/mL`` and it is the analyte that says copies
  of what. But a remark that is itself a unit (``{IU}/mL``) was meant as one, so the text is refused.
- A ratio keeps what it is a ratio of: ``mmol/mol`` is not ``mg/g``. 53 mmol/mol of HbA1c are 7.0 %, not 5.3 %.
- ``U`` is to UCUM the enzyme unit, one micromole a minute; laboratories write it also for units of hormones and of
  tumour markers, which are no rate of anything. ``[IU]`` is what a standard says it is, one substance at a time. So
  both are bases, apart from ``kat`` and from each other, and only an analyte bridges them; so are ``eq`` and ``osm``.
- ``Cel`` and ``[degF]`` are two bases: only an analyte knows that it is a temperature and not a difference of two.

Months and years are not units of time here: they are lengths of the calendar (see :mod:`stratify.model.value`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from stratify.model.unit_spelling import code_of, counts

Dimension = tuple[tuple[str, int], ...]
"""Bases and their exponents, by name. An exponent of 0 is kept: (("mol", 0),) is a ratio of amounts."""

LONGEST = 64
"""Characters of the longest text that is read as a unit; none in use has half as many."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: how many of its dimension's bases it is worth. ``Unit(1000, mol/m3)`` is 1 mol/L.

    Parameters
    ----------
    scale
        Above 0; in grams, metres, seconds, moles and the other bases.
    dimension
        Sorted by base, each base once.
    """

    scale: Fraction = Fraction(1)
    dimension: Dimension = ()

    def __post_init__(self) -> None:
        bases = [base for base, _ in self.dimension]
        if self.scale <= 0 or bases != sorted(set(bases)):
            raise ValueError("a unit has a positive scale and each base once, in order")

    @property
    def bare(self) -> bool:
        """Whether nothing is said of what is counted: ``1``, ``%``, a score."""
        return not self.dimension

    def times(self, other: Unit, sign: int = 1) -> Unit:
        """The product with another unit, or with ``sign`` -1 the quotient."""
        powers = dict(self.dimension)
        for base, exponent in other.dimension:
            powers[base] = powers.get(base, 0) + sign * exponent
        return Unit(self.scale * other.scale**sign, tuple(sorted(powers.items())))

    def power(self, exponent: int) -> Unit:
        """The unit raised to a whole number other than 0."""
        return Unit(self.scale**exponent, tuple((base, exponent * e) for base, e in self.dimension))


def _base(name: str, scale: Fraction | int = 1, power: int = 1) -> Unit:
    return Unit(Fraction(scale), ((name, power),))


_ONE = Unit()
_PASCAL = Unit(Fraction(1000), (("g", 1), ("m", -1), ("s", -2)))
_PREFIXABLE = {
    "g": _base("g"),
    "m": _base("m"),
    "s": _base("s"),
    "mol": _base("mol"),
    "eq": _base("eq"),
    "osm": _base("osm"),
    "[IU]": _base("[IU]"),
    "[iU]": _base("[IU]"),
    "L": _base("m", Fraction(1, 1000), 3),
    "l": _base("m", Fraction(1, 1000), 3),
    "U": _base("U"),
    "kat": Unit(Fraction(1), (("mol", 1), ("s", -1))),
    "Pa": _PASCAL,
    "m[Hg]": Unit(_PASCAL.scale * Fraction("133322.387415"), _PASCAL.dimension),
}
_PLAIN = {
    "%": Unit(Fraction(1, 100)),
    "[pH]": _base("[pH]"),
    "[arb'U]": _base("[arb'U]"),
    "min": _base("s", 60),
    "h": _base("s", 3600),
    "d": _base("s", 86_400),
    "wk": _base("s", 604_800),
    "Cel": _base("Cel"),
    "[degF]": _base("[degF]"),
    "[in_i]": _base("m", Fraction("0.0254")),
    "[ft_i]": _base("m", Fraction("0.3048")),
    "[lb_av]": _base("g", Fraction("453.59237")),
    "[1.73_m2]": _base("1.73 m2 of body surface"),
    "[FEU]": _base("[FEU]"),
    "[DDU]": _base("[DDU]"),
    "Mb": _base("base pair", 1_000_000),  # a megabase of DNA; UCUM's barn measures no patient
}
_PREFIXES = {"k": 3, "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18}
"""Powers of ten. Not mega and above: who writes ``Mg/dL`` or ``Mmol/L`` meant the small one."""

_PIECE = r"10[*^](?P<ten>[+-]?\d{1,2})|(?P<number>\d+)|(?P<atom>(?:\[[^][{}]*\]|[A-Za-z%])+)(?P<power>-?\d)?"
_REMARK = r"\{([^{}]*)\}"
_LOGARITHM = r"(?P<brace>\{)?log(?:10)?[ _]?(?P<of>[^{}]*)(?(brace)\})(?P<per>/.*)"
# Patterns are compiled when the first unit is read, not when the module is.


@lru_cache(maxsize=4096)
def parse_unit(text: str) -> Unit | None:
    """The unit that a text names, or ``None``; the time it takes is bounded by :data:`LONGEST`."""
    if len(text) > LONGEST:
        return None
    code = code_of(text)
    logarithm = re.fullmatch(_LOGARITHM, code, re.IGNORECASE)
    if logarithm is not None:
        of = parse_unit(f"{logarithm['of'].strip()}{logarithm['per']}")
        return None if of is None or of.bare else _base(f"log10 {of.scale} {of.dimension}")
    return _Reader(code).whole()


class _Reader:
    """Reads one code from left to right: ``a.b/c`` is (a times b) over c."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.at = 0

    def whole(self) -> Unit | None:
        """The unit of the whole code."""
        unit = self._term() if self.code else None
        return unit if self.at == len(self.code) else None

    def _term(self) -> Unit | None:
        unit: Unit | None = _ONE if self.code.startswith("/", self.at) else self._component()
        while unit is not None and self.at < len(self.code) and self.code[self.at] in "./":
            sign = 1 if self.code[self.at] == "." else -1
            self.at += 1
            right = self._component()
            unit = None if right is None else unit.times(right, sign)
        return unit

    def _component(self) -> Unit | None:
        if self.code.startswith("(", self.at):
            self.at += 1
            inner = self._term()
            closed = self.code.startswith(")", self.at)
            self.at += 1
            return inner if closed else None
        found = re.match(_PIECE, self.code[self.at :])
        if found is None:
            return self._remark()
        self.at += found.end()
        unit = _piece(found)
        if unit is None or not self.code.startswith("{", self.at):
            return unit
        return None if self._remark() is None else unit

    def _remark(self) -> Unit | None:
        found = re.match(_REMARK, self.code[self.at :])
        if found is None:
            return None
        self.at += found.end()
        return _remark_unit(found[1])


def _remark_unit(remark: str) -> Unit | None:
    """What a remark is worth: 1, or ``None`` where a unit or a number was meant by it."""
    if remark.lower().startswith("log") or counts(remark) or parse_unit(remark) not in {None, _ONE}:
        return None
    return _ONE


def _piece(found: re.Match[str]) -> Unit | None:
    if found["ten"] is not None:
        return Unit(Fraction(10) ** int(found["ten"]))
    if found["number"] is not None:  # 24, 109 and 1.73 have their spellings; no other number is part of a unit in use
        return Unit(Fraction(int(found["number"]))) if re.fullmatch(r"10{0,6}", found["number"]) else None
    unit = _atom(found["atom"])
    if unit is None or found["power"] is None:
        return unit
    return None if unit.bare or int(found["power"]) == 0 else unit.power(int(found["power"]))


def _atom(name: str) -> Unit | None:
    unit = _PLAIN.get(name) or _PREFIXABLE.get(name)
    if unit is not None:
        return unit
    prefix, rest = _PREFIXES.get(name[:1]), _PREFIXABLE.get(name[1:])
    return None if prefix is None or rest is None else Unit(rest.scale * Fraction(10) ** prefix, rest.dimension)
