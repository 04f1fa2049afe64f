"""Tables of reference limits for the differential test: lines that meet, leave gaps, agree and contradict."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from stratify.model.expression import ColumnRef
from stratify.model.fallback import Fallback, FallbackKey, FallbackLine

SITES = ["North", "South", "East"]
WORDS = ({}, {"female": "f", "male": "m"}, {"female": "f", "male": "f"}, {"female": "f"})
LIMITS = {
    "ALT": [Fraction(40), Fraction(40), Fraction(11, 10), Fraction(0)],
    "CREAT": [Fraction("88.4"), Fraction(1)],
    "HBA1C": [Fraction(6), Fraction(6), Fraction(1)],  # 1 % is less than nothing in mmol/mol
    "X": [Fraction(40), Fraction(100)],
}
"""Limits of each measure, in whichever unit it has."""


@st.composite
def lines(draw: st.DrawFn, row: int, sexes: list[str]) -> FallbackLine:
    measure = draw(st.sampled_from(["ALT", "ALT", "ALT", *LIMITS]))
    limit = st.sampled_from([None, *LIMITS[measure], *LIMITS[measure]])
    low, high = draw(limit), draw(limit)
    if low is not None and high is not None and low > high:
        low, high = high, low
    site = draw(st.sampled_from([None, None, *SITES[:2]]))
    sex = draw(st.sampled_from([None, None, *sexes]))
    first, last = draw(st.sampled_from([(None, None), (None, 17), (18, None), (0, 18), (18, 18), (17, 999)]))
    return FallbackLine(row, measure, low, high, site, sex, first, last)


@st.composite
def fallbacks(draw: st.DrawFn) -> Fallback | None:
    """None, or a table by whatever the patients have; lines may contradict one another, which no cohort may."""
    if draw(st.integers(0, 2)) == 0:
        return None
    words = draw(st.sampled_from(WORDS))
    site = FallbackKey("site", ColumnRef("patients", "site"))
    sex = FallbackKey("sex", ColumnRef(*draw(st.sampled_from([("patients", "sex"), ("facts", "sex")]))), words)
    sexes = sorted(set(words.values())) or ["female", "male"]
    number = draw(st.sampled_from([0, 1, 2, 4, 8]))
    found = tuple(draw(lines(row, sexes)) for row in range(number))
    return Fallback("limits", "test", "low", "high", "unit", site, sex, "from", "to", found)
