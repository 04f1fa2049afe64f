"""A derived measure: a published formula with its inputs, their units, its reference and its test values.

A formula is *monotone in each numeric input*: with the others held fixed, it only rises or only falls over the
plausible values of that input (flat parts are allowed, and the direction may depend on the others). Then a value that
is known only to lie between two numbers - "<0.5", an age from half a birth date, two results of one day - gives a
result between those at the corners of the box, and it suffices to evaluate these. Formulas of the library are checked
for it on a grid; whoever writes others has to see to it.

Results are not rounded: a clearance of 49.6 is not 50.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias

from stratify.diagnostics import SourceSpan
from stratify.model.arithmetic import Expression, Value, variables
from stratify.model.expression import AgeUnit, ColumnRef


class Pairing(Enum):
    """Which values of the inputs belong together.

    ``SAME_TIME``: measurements of one record, such as QT and RR of one electrocardiogram. ``WINDOW``: each input is
    picked by itself, in the rule's window and by the rule's ``take``, such as a weight and a later creatinine.
    """

    SAME_TIME = "same_time"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class FromMeasure:
    """A measure of the data dictionary."""

    measure: str


@dataclass(frozen=True, slots=True)
class FromAge:
    """Completed age at the rule's anchor."""

    unit: AgeUnit


@dataclass(frozen=True, slots=True)
class FromColumn:
    """A column of a one-row-per-patient table."""

    column: ColumnRef


@dataclass(frozen=True, slots=True)
class FromDefinition:
    """A named condition of the protocol, as a number: 1 where it is true, 0 where it is false."""

    name: str


Source: TypeAlias = FromMeasure | FromAge | FromColumn | FromDefinition


@dataclass(frozen=True, slots=True)
class FormulaInput:
    """What a name of the formula stands for.

    Parameters
    ----------
    unit
        The unit that a value is converted to before it is used; ``None`` for a number without one.
    words
        For an input that is a word: the formula's words -> the texts of the data that mean each. Empty for a number.
        A text that stands under no word is missing.
    """

    name: str
    source: Source
    unit: str | None = None
    words: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def numeric(self) -> bool:
        """Whether it is a number and not a word."""
        return not self.words

    def word(self, text: str) -> str | None:
        """The formula's word for a text of the data, or ``None``."""
        return next((word for word, texts in self.words.items() if text in texts), None)


@dataclass(frozen=True, slots=True)
class FormulaTest:
    """Inputs and the result that a publication or a computation by hand gives for them.

    Parameters
    ----------
    gives
        The result; ``None`` where there must be none.
    within
        How far the computed result may be from it, in absolute terms.
    source
        Where the result is from.
    """

    given: Mapping[str, Value]
    gives: Decimal | None
    within: Decimal
    source: str
    span: SourceSpan | None = field(default=None, compare=False)

    def passes(self, result: float | None) -> bool:
        """Whether a computed result is the one that is expected."""
        if result is None or self.gives is None:
            return result is None and self.gives is None
        return abs(Decimal(result) - self.gives) <= self.within


@dataclass(frozen=True, slots=True)
class Formula:
    """A derived measure, named by ``derived:`` in a rule. ``unit`` is ``None`` for a score.

    Every input is used, and every name in the expression is an input.
    """

    id: str
    title: str
    unit: str | None
    inputs: Mapping[str, FormulaInput]
    expression: Expression
    reference: str
    pairing: Pairing
    tests: tuple[FormulaTest, ...]
    note: str = ""
    span: SourceSpan | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if set(variables(self.expression)) != set(self.inputs):
            raise ValueError("the names of a formula are its inputs, and every input is used")
