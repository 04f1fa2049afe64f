"""Tables of reference limits: what cannot be built, and which lines are of a measure."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from stratify.model.expression import ColumnRef
from stratify.model.fallback import OLDEST, Fallback, FallbackKey, FallbackLine
from stratify.model.value import LLN, ULN

HIGH = FallbackLine(0, "ALT", high=Fraction(40))
BOTH = FallbackLine(1, "ALT", Fraction(5), Fraction(45), age_from=18)
OTHER = FallbackLine(2, "AST", Fraction(5), Fraction(45))


@pytest.mark.parametrize(
    "nonsense",
    [
        lambda: FallbackLine(0, "ALT", Fraction(41), Fraction(40)),
        lambda: FallbackLine(0, "ALT", high=Fraction(40), age_from=18, age_to=17),
        lambda: FallbackLine(0, "ALT", high=Fraction(40), age_from=-1),
        lambda: FallbackLine(0, "ALT", high=Fraction(40), age_to=OLDEST + 1),
        lambda: Fallback("limits", "test"),
    ],
)
def test_nonsense_cannot_be_built(nonsense: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"limit|ages"):
        nonsense()


def test_the_lines_of_a_measure_are_those_with_the_limit_asked() -> None:
    table = Fallback("limits", "test", "low", "high", lines=(HIGH, BOTH, OTHER))
    assert table.lines_of("ALT", ULN) == (HIGH, BOTH)
    assert table.lines_of("ALT", LLN) == (BOTH,)
    assert table.may_have("ALT", ULN)
    assert not table.may_have("CREAT", ULN)


def test_before_the_table_is_read_a_column_is_enough() -> None:
    table = Fallback("limits", "test", high="high")
    assert table.may_have("CREAT", ULN)
    assert not table.may_have("CREAT", LLN)
    assert table.lines_of("CREAT", ULN) == ()


def test_a_text_stands_for_its_category_or_where_there_are_none_for_itself() -> None:
    column = ColumnRef("patients", "sex")
    plain, mapped = FallbackKey("sex", column), FallbackKey("sex", column, {"F": "female"})
    assert (plain.word("F"), plain.word(None)) == ("F", None)
    assert (mapped.word("F"), mapped.word("M"), mapped.word(None)) == ("female", None, None)
