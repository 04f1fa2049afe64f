"""Text columns of laboratory results: the numbers in them, and which of those are limits of the result.

``12.3`` is a number, ``<0.5`` and ``>= 1000`` are limits, ``positive`` is neither. ``NA`` is no value, as in a
column of numbers. Whatever else stands beside a number makes the text unreadable as one: nobody guesses whether
``1,5`` is fifteen tenths or a thousand and a half.
"""

from __future__ import annotations

import polars as pl

from stratify.model.dictionary import Limit, limit_of, number_of

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_SIGNS = {
    Limit.BELOW: ("<", "\N{SMALL LESS-THAN SIGN}"),
    Limit.AT_MOST: (
        "<=",
        "=<",
        "\N{LESS-THAN OR EQUAL TO}",
        "\N{LESS-THAN OVER EQUAL TO}",
        "\N{LESS-THAN OR SLANTED EQUAL TO}",
    ),
    Limit.ABOVE: (">", "\N{SMALL GREATER-THAN SIGN}"),
    Limit.AT_LEAST: (
        ">=",
        "=>",
        "\N{GREATER-THAN OR EQUAL TO}",
        "\N{GREATER-THAN OVER EQUAL TO}",
        "\N{GREATER-THAN OR SLANTED EQUAL TO}",
    ),
    Limit.EXACT: ("",),
}
_RESULT = rf"^([<>=≤≥≦≧⩽⩾]{{0,2}})\s*({_NUMBER})$"


def result_columns(name: str, text: pl.Expr) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """The three columns of a result, from its text in normal form: the text, the number and the limit it is."""
    number = text.str.extract(_RESULT, 2).cast(pl.Float64, strict=False)
    number = pl.when(number.is_finite()).then(number)
    signs = {sign: int(limit) for limit, texts in _SIGNS.items() for sign in texts}
    limit = text.str.extract(_RESULT, 1).replace_strict(signs, default=None, return_dtype=pl.Int8)
    readable = number.is_not_null() & limit.is_not_null()
    return (
        text.alias(name),
        pl.when(readable).then(number).alias(number_of(name)),
        pl.when(readable)
        .then(limit)
        .when(text.is_not_null() & (text != "NA"))
        .then(pl.lit(int(Limit.UNREADABLE), pl.Int8))
        .alias(limit_of(name)),
    )
