"""The small notations inside scalars, each with its grammar and exact columns.

::

    comparison = ("==" | "!=" | "<" | "<=" | ">" | ">=") value
               | [(">" | ">=")] value ".." [("<" | "<=")] value
               | ["not"] "in" "{" item ("," item)* "}" [unit]
    item       = value | value ".." [("<" | "<=")] value
    value      = number [unit] | text | "'" any "'" | '"' any '"' | "$" parameter [unit]
    duration   = [sign] digits ("d" | "wk" | "mo" | "y")

A value that is not a number goes on to the end, blanks included, and has no unit: ``== not done``. A number is
followed by its unit after a blank (``2.5 xULN``); only ``%`` may follow directly, so that the HER2 score ``3+`` stays
text. Quoted values are taken as they stand. The glyphs for <=, >=, != and minus are read as such.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from stratify.model.value import Comparison, Duration, DurationUnit, Literal, Op, Test
from stratify.protocol.source import clean

DURATION_WORDS: Mapping[str, DurationUnit] = {
    **dict.fromkeys(("d", "day", "days"), DurationUnit.DAYS),
    **dict.fromkeys(("wk", "week", "weeks"), DurationUnit.WEEKS),
    **dict.fromkeys(("mo", "month", "months"), DurationUnit.MONTHS),
    **dict.fromkeys(("y", "year", "years"), DurationUnit.YEARS),
}
"""Words for the units of durations."""

PARAMETER_NAME = re.compile(r"[A-Za-z_]\w*")
"""What a parameter may be called."""

_OPS = {
    **{op.value: op for op in Op},
    "\N{LESS-THAN OR EQUAL TO}": Op.LE,
    "\N{GREATER-THAN OR EQUAL TO}": Op.GE,
    "\N{NOT EQUAL TO}": Op.NE,
}
_OP = re.compile("|".join(re.escape(text) for text in sorted(_OPS, key=len, reverse=True)))
_NUMBER = re.compile(r"[+\-\N{MINUS SIGN}]?(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?=\s|$|%|\.\.)")
_DURATION = re.compile(r"\s*([+\-\N{MINUS SIGN}]?)(\d{1,5})\s*([A-Za-z]+)\s*$")


class ScalarError(ValueError):
    """What is wrong with a scalar: the finding's code, the offset of the character at fault, and what to do."""

    def __init__(self, code: str, message: str, offset: int, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.offset = offset
        self.hint = hint


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """What a ``$name`` stands for: one value or several, and a unit (empty: none)."""

    values: tuple[str, ...]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class _Value:
    literal: Literal
    unit: str | None
    start: int


def parse_duration(text: str) -> Duration:
    """A calendar duration, ``28 d`` or ``-6 mo``."""
    found = _DURATION.match(text)
    unit = DURATION_WORDS.get(found[3]) if found else None
    if found is None or unit is None:
        raise ScalarError(
            "P022",
            "This is not a duration.",
            len(text) - len(text.lstrip()),
            "Write a whole number and d, wk, mo or y: 28 d",
        )
    return Duration(int(found[2]) * (-1 if found[1] in {"-", "\N{MINUS SIGN}"} else 1), unit)


def parse_comparison(text: str, parameters: Mapping[str, ParameterValue] | None = None) -> Comparison:
    """What ``is:`` says.

    Raises
    ------
    ScalarError
        Where the text does not follow the grammar, with the offset of the character at fault.
    """
    compare = _Parser(text, parameters or {}).comparison()
    if any(item.number is None and _NUMBER.fullmatch(item.text) for item in compare.literals):
        raise ScalarError("P016", "A number is out of range.", 0, "Write it with fewer digits.")
    return compare


def literal(text: str) -> Literal:
    """A value as data has it: normalised and stripped; a typeset minus before a number is a minus."""
    plain = clean(text)
    ascii_number = Literal(plain.replace("\N{MINUS SIGN}", "-"))
    return ascii_number if ascii_number.number is not None else Literal(plain)


class _Parser:
    def __init__(self, text: str, parameters: Mapping[str, ParameterValue]) -> None:
        self.text = text
        self.parameters = parameters

    def comparison(self) -> Comparison:
        start = self.skip(0)
        found = re.compile(r"(not\s+)?in(?=[\s{$]|$)").match(self.text, start)
        if found:
            return self.set(self.skip(found.end()), negated=found[1] is not None)
        end = len(self.text)
        dots = self.dots(start, end)
        leading = _OP.match(self.text, start)
        op = _OPS[leading[0]] if leading else None
        if dots is not None and op in {None, Op.GT, Op.GE}:
            tests, unit = self.range(start, dots, end)
            return Comparison((tests,), unit)
        if leading is None or op is None:
            if start == end:
                raise ScalarError("P020", "The comparison is empty.", start, 'Write for example ">= 18".')
            raise ScalarError(
                "P020",
                "The comparison has no operator.",
                start,
                f'Write "== {self.text.strip()}", or another of ==, !=, <, <=, >, >=, in {{...}}, a .. b.',
            )
        self.no_second_operator(op, leading.end())
        value = self.value(leading.end(), end)
        return Comparison(((Test(op, value.literal),),), value.unit)

    def no_second_operator(self, op: Op, end: int) -> None:
        """``> = 18`` is no order against the text "= 18", which is what would be left after the first operator."""
        first = self.skip(end)
        if op not in {Op.EQ, Op.NE} and self.text[first : first + 1] in {"<", ">", "="}:
            hint = f'Write one operator, without a blank inside: "{op.value.rstrip("=")}= 18". Quote a text.'
            raise ScalarError("P020", "A second operator follows the first.", first, hint)

    def range(self, start: int, dots: int, end: int) -> tuple[tuple[Test, ...], str | None]:
        low_op, low = self.bound(start, dots, Op.GE, (Op.GT, Op.GE))
        high_op, high = self.bound(dots + 2, end, Op.LE, (Op.LT, Op.LE))
        unit = self.common_unit(low, high)
        first, last = low.literal.number, high.literal.number
        reversed_range = first is not None and last is not None and first > last
        days = low.literal.day, high.literal.day
        if reversed_range or (days[0] is not None and days[1] is not None and days[0] > days[1]):
            raise ScalarError("P024", "The range ends before it starts.", low.start, "Write the smaller value first.")
        return (Test(low_op, low.literal), Test(high_op, high.literal)), unit

    def bound(self, start: int, end: int, default: Op, allowed: tuple[Op, ...]) -> tuple[Op, _Value]:
        start = self.skip(start)
        found = _OP.match(self.text, start)
        if found is None:
            return default, self.value(start, end)
        if _OPS[found[0]] not in allowed:
            words = " or ".join(op.value for op in allowed)
            raise ScalarError("P020", f"Here a range allows only {words}.", start, 'Write for example "> 5 .. <= 10".')
        return _OPS[found[0]], self.value(found.end(), end)

    def set(self, start: int, *, negated: bool) -> Comparison:
        if self.text.startswith("$", start):
            found = self.parameter(start, len(self.text))
            values = tuple((Test(Op.EQ, literal(value)),) for value in found.values)
            return Comparison(_distinct(values), found.unit or None, negated)
        if not self.text.startswith("{", start):
            raise ScalarError("P020", "A set starts with {.", start, 'Write "in {a, b}".')
        items, close = self.items(start + 1)
        alternatives: list[tuple[Test, ...]] = []
        units: list[_Value] = []
        for left, right in items:
            dots = self.dots(left, right)
            if dots is None:
                alternatives += self.members(left, right, units)
            else:
                tests, unit = self.range(left, dots, right)
                alternatives.append(tests)
                units.append(_Value(tests[0].value, unit, left))
        rest = clean(self.text[close + 1 :])
        if rest:
            units.append(_Value(Literal(""), rest, self.skip(close + 1)))
        return Comparison(_distinct(tuple(alternatives)), self.common_unit(*units), negated)

    def members(self, start: int, end: int, units: list[_Value]) -> list[tuple[Test, ...]]:
        first = self.skip(start)
        if self.text.startswith("$", first):
            found = self.parameter(first, end)
            units.append(_Value(Literal(""), found.unit or None, first))
            return [(Test(Op.EQ, literal(value)),) for value in found.values]
        value = self.value(start, end)
        units.append(value)
        return [(Test(Op.EQ, value.literal),)]

    def items(self, start: int) -> tuple[list[tuple[int, int]], int]:
        items: list[tuple[int, int]] = []
        left = start
        for index in self.bare(start, len(self.text)):
            if self.text[index] not in ",}":
                continue
            if self.text[index] == "}" and not items and not self.text[left:index].strip():
                raise ScalarError(
                    "P021", "An empty set selects nothing.", left - 1, "Name the values, or delete the condition."
                )
            items.append((left, index))
            left = index + 1
            if self.text[index] == "}":
                return items, index
        raise ScalarError("P020", "The set is not closed.", len(self.text), "Close it with }.")

    def value(self, start: int, end: int) -> _Value:
        first = self.skip(start)
        raw = self.text[first:end].rstrip()
        if not raw:
            raise ScalarError("P020", "A value is missing here.", min(first, end), "Write a value after the operator.")
        if raw[0] in "'\"":
            return self.quoted(first, raw)
        if raw[0] == "$":
            found = self.parameter(first, end)
            if len(found.values) != 1:
                raise ScalarError("P020", "A list cannot be compared like this.", first, 'Write "in $name".')
            return _Value(literal(found.values[0]), found.unit or None, first)
        number = _NUMBER.match(raw)
        if number and ".." in raw[number.end() :]:
            place = first + raw.index("..", number.end())
            raise ScalarError("P020", "A range has no place here.", place, 'Write for example "> 5 .. <= 10".')
        if number:
            return _Value(literal(number[0]), clean(raw[number.end() :]) or None, first)
        return _Value(literal(raw), None, first)

    def quoted(self, first: int, raw: str) -> _Value:
        if len(raw) < 2 or raw[-1] != raw[0] or raw[0] in raw[1:-1]:
            raise ScalarError("P020", "The quotes are not closed.", first, "Close the quotes at the value's end.")
        inside = clean(raw[1:-1])
        if not inside:
            raise ScalarError("P020", "The quoted value is empty.", first, "Empty text is null in the data.")
        return _Value(Literal(inside), None, first)

    def parameter(self, start: int, end: int) -> ParameterValue:
        found = PARAMETER_NAME.match(self.text, start + 1, end)
        if found is None or found[0] not in self.parameters:
            name = self.text[start:end].strip()
            raise ScalarError("P030", f"Parameter {name} is not known.", start, "Add it under `parameters`.")
        value = self.parameters[found[0]]
        unit = clean(self.text[found.end() : end])
        if unit and value.unit and unit != value.unit:
            raise ScalarError(
                "P034",
                f"The unit {unit} is not that of parameter ${found[0]}, {value.unit}.",
                found.end() + 1,
                "Leave the unit out; the parameter brings it.",
            )
        return ParameterValue(value.values, unit or value.unit)

    def common_unit(self, *values: _Value) -> str | None:
        units = [value for value in values if value.unit is not None]
        for value in units:
            if value.unit != units[0].unit:
                raise ScalarError(
                    "P025", f"Two units in one comparison: {units[0].unit} and {value.unit}.", value.start, "Use one."
                )
        return units[0].unit if units else None

    def dots(self, start: int, end: int) -> int | None:
        return next((i for i in self.bare(start, end) if self.text.startswith("..", i, end)), None)

    def bare(self, start: int, end: int) -> list[int]:
        """Offsets outside quotes; a quote opens only where a value starts."""
        found: list[int] = []
        quote = ""
        fresh = True
        for index in range(start, end):
            char = self.text[index]
            if quote:
                quote = "" if char == quote else quote
                continue
            if fresh and char in "'\"":
                quote = char
                continue
            found.append(index)
            fresh = char in ",{<>=." or (fresh and char.isspace())
        return found

    def skip(self, start: int) -> int:
        rest = self.text[start:]
        return start + len(rest) - len(rest.lstrip())


def _distinct(alternatives: tuple[tuple[Test, ...], ...]) -> tuple[tuple[Test, ...], ...]:
    return tuple(dict.fromkeys(alternatives))
