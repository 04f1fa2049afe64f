"""Leaves whose value is computed before it is compared: a change between two windows, a formula of a library.

Numbers known to lie between two
--------------------------------
An input may have several values: tied ones, rows that are only perhaps picked, an age from half a birth date. It
gives the lowest and the highest of them. Formulas are monotone in each input, so the result lies between those at the
corners, and each test of the comparison is asked there. Where corners disagree for ties alone, ``tie`` decides; where
the rows themselves are uncertain, the leaf is unknown for their reason.

A formula without a number for its inputs (a division by zero, the logarithm of nothing) is unknown(null_value).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import TypeAlias, assert_never

from stratify.diagnostics import SourceSpan
from stratify.model.arithmetic import Arithmetic, Cases, Expression, Number, NumberIs, Operator, Variable
from stratify.model.parts import ANY_TIME, AgeUnit, ColumnRef, LastRows, RowCondition, Take, Tie
from stratify.model.value import Comparison, Literal, Op, Test, Window

MAX_VARYING = 8
"""Inputs of one formula that may be intervals: the corners are a power of two."""

Words: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
"""Of an input that is a word: the formula's words, each with the texts of the data that mean it."""


@dataclass(frozen=True, slots=True)
class MeasureInput:
    """A measure in the unit the formula wants; ``own_unit``: in the measure's, whichever that is.

    A text that stands under none of the ``words`` is unknown(null_value), a limit such as ``<0.5``
    unknown(censored_value): of a half-line there is no other end to ask.
    """

    measure: str
    unit: str | None = None
    own_unit: bool = False
    words: Words = ()

    @property
    def reads(self) -> Comparison:
        """A comparison with what the input reads of a column that holds both: numbers or words."""
        return Comparison(((Test(Op.EQ, Literal("word" if self.words else "0")),),))


@dataclass(frozen=True, slots=True)
class PickInput:
    """A measure picked by itself, by date or as a number of all its rows in the window.

    One row that perhaps counts or cannot be read leaves ``mean`` and ``median`` open, as in a ``measure``. Under
    ``worst`` and ``best`` tied values stay side by side until the result is compared. A row that could be picked and
    cannot be read, and tied words that differ, leave the input unknown.
    """

    of: MeasureInput
    take: Take
    window: Window = ANY_TIME
    where: RowCondition | None = None
    tie: Tie = Tie.WORST

    def __post_init__(self) -> None:
        if self.take in {Take.ANY, Take.ALL}:
            raise ValueError("a formula needs one value of each input, not any of them")
        if self.of.words and not self.take.picks_by_date:
            raise ValueError("words have no highest and no mean")


@dataclass(frozen=True, slots=True)
class AgeInput:
    """Completed age at an anchor."""

    unit: AgeUnit
    anchor: str


@dataclass(frozen=True, slots=True)
class ColumnInput:
    """A column of a one-row-per-patient table, a number in the formula's unit or a word."""

    column: ColumnRef
    words: Words = ()


@dataclass(frozen=True, slots=True)
class DefinitionInput:
    """A named condition: 1 where it is true, 0 where it is false."""

    name: str


Input: TypeAlias = PickInput | AgeInput | ColumnInput | DefinitionInput


class Change(Enum):
    """How a later value is set against an earlier one: ``to - from``, ``100 (to - from) / from``, ``to / from``."""

    DIFFERENCE = "difference"
    PERCENT = "percent"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Computed:
    """A formula of values that are picked one by one, compared.

    ``change`` is a formula too, of two picks of one measure: a difference has the measure's unit, a percentage ``%``
    or none, a ratio none. From zero, and from values on both sides of it, there is neither percentage nor ratio:
    unknown(null_value).

    ``derived`` with ``pairing: window``: each input is picked by ``take`` in the rule's window; age is that at ``at``.
    An input without a value makes the leaf unknown for that input's reason, the highest of several.

    Parameters
    ----------
    name, title
        Of the formula; of a change the measure's name, twice.
    unit
        The result's; ``None`` for a number without one.
    tie
        What decides where the corners disagree for ties alone.
    change
        How the two picks ``from`` and ``to`` are set against each other; ``None`` for a formula of a library.
    """

    name: str
    title: str
    expression: Expression
    inputs: tuple[tuple[str, Input], ...]
    unit: str | None
    compare: Comparison
    tie: Tie = Tie.WORST
    change: Change | None = None
    span: SourceSpan | None = field(default=None, compare=False)

    @property
    def input_of(self) -> dict[str, Input]:
        """The inputs by name."""
        return dict(self.inputs)

    @property
    def picks(self) -> tuple[PickInput, ...]:
        """The inputs that are picked from measures."""
        return tuple(item for _, item in self.inputs if isinstance(item, PickInput))

    @property
    def definitions(self) -> tuple[str, ...]:
        """The names of the conditions among the inputs."""
        return tuple(item.name for _, item in self.inputs if isinstance(item, DefinitionInput))

    @property
    def nonzero(self) -> tuple[str, ...]:
        """Inputs beside whose zero the formula is not monotone, so that none of their values may be beyond it."""
        return ("from",) if self.change in {Change.PERCENT, Change.RATIO} else ()


@dataclass(frozen=True, slots=True)
class Paired:
    """A formula of values that were measured together (``pairing: same_time``), compared after a pick.

    The rows of the inputs' measures that meet ``where`` are put together by date and time, and by the table's
    ``sequence`` column where it has one. Each such moment is one row of the derived measure, of which everything is
    asked that can be asked of a ``measure``:

    - without a value of some input it is a row without a value;
    - with two values of one input, unknown(conflict);
    - with a value that cannot be read, or a row whose ``where`` is unknown, unknown for that reason;
    - rows without a complete date belong to no moment: a row that nobody can place, unknown(null_date) or
      unknown(partial_date).
    """

    name: str
    title: str
    expression: Expression
    inputs: tuple[tuple[str, MeasureInput], ...]
    unit: str | None
    take: Take
    compare: Comparison
    window: Window = ANY_TIME
    where: RowCondition | None = None
    tie: Tie = Tie.WORST
    last: LastRows | None = None
    span: SourceSpan | None = field(default=None, compare=False)


_NONE, _ONE = Decimal(0), Decimal(1)


def change_expression(change: Change) -> Expression:
    """The formula of a change, of the inputs ``from`` and ``to``.

    Values that are equal within the tolerance have not changed: 0.3 after 0.1 + 0.2 is a difference of 0.
    """
    start, end, zero = Variable("from"), Variable("to"), Number(_NONE)
    ratio = Arithmetic(Operator.DIVIDE, end, start)
    same: tuple[NumberIs, Expression] = (NumberIs(ratio, Op.EQ, _ONE), zero)
    plain = Arithmetic(Operator.SUBTRACT, end, start)
    match change:
        case Change.DIFFERENCE:
            return Cases(((NumberIs(start, Op.EQ, _NONE), end), same), plain)
        case Change.PERCENT:
            return Cases(
                (same,), Arithmetic(Operator.DIVIDE, Arithmetic(Operator.MULTIPLY, Number(Decimal(100)), plain), start)
            )
        case Change.RATIO:
            return ratio
        case _:
            assert_never(change)


def ordered_tests(compare: Comparison) -> tuple[Test, ...] | None:
    """The tests of a comparison that one stretch of numbers meets, or ``None`` for any other.

    ``== 5`` is ``>= 5`` and ``<= 5``; of ``in {0, 1}`` and ``!= 3`` corners say nothing.
    """
    if len(compare.alternatives) != 1 or compare.negated:
        return None
    tests: list[Test] = []
    for test in compare.alternatives[0]:
        if test.op is Op.NE or test.value.number is None:
            return None
        both = (Op.GE, Op.LE) if test.op is Op.EQ else (test.op,)
        tests += (Test(op, test.value) for op in both)
    return tuple(tests)
