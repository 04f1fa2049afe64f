"""Every spelling means what its writer meant, and nothing else is a unit."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.model.units import LONGEST, Unit, parse_unit

ONE_UNIT = {
    "U/L": ["U/l", "u/l", "units/L", "Units/L"],
    "[IU]/L": ["IU/L", "iu/l", "[iU]/L", "IU/l"],
    "m[IU]/L": ["mIU/L", "uIU/mL", "u[IU]/mL", "µIU/mL", "mcIU/mL"],
    "mg/dL": ["mg/dl", "MG/DL", "mg/100 mL", "mg/100mL", "mg%", "mg / dL"],
    "g/dL": ["g/dl", "G/DL", "g%", "gm/dL", "g/100 mL"],
    "umol/L": ["µmol/L", "μmol/L", "mcmol/L", "µmol/l", "UMOL/L", "uM", "nmol/mL"],
    "10*9/L": [
        "10^9/L", "x10^9/L", "X10^9/L", "x 10^9/L", "10 ^ 9 / L", "x10E9/L", "10E9/L", "10e9/L", "1e9/L", "10**9/L",
        "G/L",
        "GI/L", "Gpt/L", "10*3/uL", "10^3/uL", "10^3/µL", "10*3/mm3", "10^3/mm^3", "10E3/uL", "x10E3/uL", "K/uL",
        "k/uL",
        "K/µL", "K/mm3", "K/cumm", "THOU/uL", "Thousand/uL", "THOU/mcL", "10⁹/L", "×10⁹/L", "109/L", "x109/L", "103/uL",
        "10*9{cells}/L", "10^9 cells/L", "10*6/mL", "1000/uL", "1000 /uL",
    ],
    "10*12/L": ["10^12/L", "TI/L", "T/L", "MILL/uL", "M/uL", "10*6/uL", "1012/L", "10¹²/L", "Million/uL"],
    "/uL": ["cells/uL", "/mm3", "cells/mm3", "{cells}/uL", "/mm^3", "/mcL", "1/uL", "cell/µL", "{#}/uL", "10*6/L"],
    "%": ["percent", "PERCENT", "%{Hb}", "%{WBC}"],
    "1": ["ratio", "{ratio}", "ratio/1", "FRACTION", "fraction", "{INR}", "INR", "{score}", "(score)", "NO UNITS"],
    "mm[Hg]": ["mmHg", "mm Hg", "MMHG"],
    "ms": ["msec", "MSEC", "milliseconds"],
    "s": ["sec", "secs", "seconds"],
    "h": ["hr", "hours"],
    "d": ["day", "days", "24h", "24 h", "24.h", "(24.h)"],
    "mL/min": ["ml/min", "mL/minute", "ML/MIN"],
    "mL/min/{1.73_m2}": [
        "mL/min/1.73m2", "mL/min/1.73 m2", "mL/min/1.73m^2", "mL/min/1.73 m^2", "mL/min/1.73m²", "mL/min/1.73_m2",
        "ml/min/1.73m2", "mL/min/1.73", "mL/min per 1.73 m2", "mL/min/(1.73.m2)", "mL/min{1.73_m2}", "mL/min/1,73 m2",
        "mL/min / 1.73 m2", "mL/min/1.73 sq.m", "mL/min/1.73m**2",
    ],
    "kg/m2": ["kg/m^2", "kg/m²", "kg/m**2", "g/m2.1000"],
    "m2": ["m^2", "m²"],
    "cm": ["CM"],
    "[in_i]": ["in", "IN", "inches"],
    "[lb_av]": ["lb", "lbs", "LB", "pounds"],
    "Cel": ["degC", "C", "°C", "℃", "deg C"],
    "[degF]": ["degF", "F", "°F", "℉"],
    "ukat/L": ["µkat/L", "nkat/mL"],
    "meq/L": ["mEq/L", "mval/L", "MEQ/L", "meq/l"],
    "ng/mL": ["ug/L", "µg/L", "mcg/L", "NG/ML", "ng/ml", "pg/uL"],
    "pg/mL": ["ng/L", "pg/ml", "PG/ML"],
    "{copies}/mL": ["copies/mL", "copies/ml", "cp/mL", "/mL"],
    "log10 copies/mL": ["{Log_copies}/mL", "log copies/mL", "log10 cp/mL", "{log10_copies}/mL", "Log10 copies/mL"],
    "log10 IU/mL": ["{Log_IU}/mL", "log10 [IU]/mL"],
    "{mutations}/Mb": ["mut/Mb", "/Mb", "muts/Mb", "mutations/Mb", "mutations/megabase", "1/Mb"],
    "/min": ["bpm", "beats/min", "BEATS/MIN", "{beats}/min", "breaths/min", "1/min", "min-1", "/MIN"],
    "mm/h": ["mm/hr", "mm/1h"],
    "mg/g": ["mg/g{creat}", "mg/g creat", "mg/gCr", "mg/g creatinine", "ug/mg"],
    "mg/L{FEU}": ["mg/L FEU", "ug/mL FEU", "ug/mL{FEU}", "ug{FEU}/mL", "mg/L (FEU)"],
    "mg/d": ["mg/24h", "mg/24 h", "mg/(24.h)", "mg/day", "mg/24hrs"],
    "fmol": ["fmol(Fe)"],
}  # fmt: skip
"""A code -> spellings of the same unit. ``10*9/L`` and the flattened ``109/L`` of NFKC text are one."""


@pytest.mark.parametrize(("code", "spelling"), [(code, text) for code, texts in ONE_UNIT.items() for text in texts])
def test_a_spelling_is_its_code(code: str, spelling: str) -> None:
    assert parse_unit(code) is not None
    assert parse_unit(spelling) == parse_unit(code)


def test_different_codes_are_different_units() -> None:
    units = [parse_unit(code) for code in ONE_UNIT]
    assert len(set(units)) == len(units)


def test_scales_are_exact() -> None:
    per_volume = (("m", -3),)
    assert parse_unit("10*9/L") == Unit(Fraction(10**12), per_volume)
    assert parse_unit("mg/dL") == Unit(Fraction(10), (("g", 1), ("m", -3)))
    assert parse_unit("%") == Unit(Fraction(1, 100))
    assert parse_unit("[lb_av]") == Unit(Fraction("453.59237"), (("g", 1),))
    assert parse_unit("mL/min") == Unit(Fraction(1, 60_000_000), (("m", 3), ("s", -1)))
    assert parse_unit("cm2") == Unit(Fraction(1, 10_000), (("m", 2),))
    millimetre, pascal = parse_unit("mm[Hg]"), parse_unit("Pa")
    assert millimetre is not None
    assert pascal is not None
    assert millimetre.scale / pascal.scale == Fraction("133.322387415")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mL/min", "mL/min/1.73 m2"),
        ("mL/min/{1.73_m2}", "mL/min/m2"),
        ("copies/mL", "{Log_copies}/mL"),
        ("log10 copies/mL", "log10 copies/L"),
        ("log10 copies/mL", "log10 IU/mL"),
        ("mg/L{FEU}", "mg/L{DDU}"),
        ("mg/L{FEU}", "mg/L"),
        ("mmol/mol", "mg/g"),
        ("mmol/mol", "10*-3"),
        ("L/L", "1"),
        ("U/L", "IU/L"),
        ("U/L", "umol/min/L"),
        ("Cel", "[degF]"),
        ("mmol/L", "meq/L"),
        ("mmol/L", "mosm/L"),
        ("G/L", "g/L"),
        ("/min", "1"),
    ],
)
def test_what_matters_is_of_another_dimension(one: str, other: str) -> None:
    first, second = parse_unit(one), parse_unit(other)
    assert first is not None
    assert second is not None
    assert first.dimension != second.dimension


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "/", "//L", "mg/", "/dL/", "mg//dL", "mgdL", "mg dL", "mg/dL/", "(mg/dL", "mg/dL)", "()", "mg/(dL",
        "{", "}",
        "mg{", "xyz", "xyz{copies}", "{copies", "mg/dL}", "{Log_copies/mL", "Log_copies}/mL",
        "{IU}/mL", "{mIU}/mL", "{Thousand}/uL", "{K}/uL", "{percent}", "{mg}/dL", "{log}", "{Log_copies}",  # were meant
        "Mg/dL", "MG", "Mmol/L", "Gg", "ML", "Ml/min",  # who wrote mega or giga meant milli or gram
        "K", "G", "T", "M", "cells", "copies", "K/L", "M/L", "G/uL",
        "mo", "a", "year", "month",  # of the calendar
        "m0", "%2", "10*", "10*999/L", "12/L", "1.5", "7", "2109/L", "1109/L", "m²⁵",
        "log10", "log", "log10 %", "log10 /", "mL/min/1.735m2", "mL/min/1.73.73", "N/A", "unknown", "null",
        "see note", "°",
    ],
)  # fmt: skip
def test_nonsense_is_none(text: str) -> None:
    assert parse_unit(text) is None


def test_a_long_text_is_none() -> None:
    assert parse_unit("mg/dL" + ".m" * LONGEST) is None
    assert parse_unit("/L" * (LONGEST // 2)) is not None


def test_a_unit_cannot_be_built_wrong() -> None:
    for scale, dimension in ((0, ()), (-1, ()), (1, (("m", 1), ("g", 1))), (1, (("m", 1), ("m", 1)))):
        with pytest.raises(ValueError, match="positive scale"):
            Unit(Fraction(scale), dimension)


PIECES = [
    "mg",
    "dL",
    "/",
    ".",
    "(",
    ")",
    "{",
    "}",
    "10*",
    "10^",
    "9",
    "log10 ",
    "1.73",
    "m2",
    "[IU]",
    "[",
    "]",
    "%",
    " ",
    "×",
    "⁹",
    "FEU",
]


@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=60).map("".join)))
def test_any_text_is_a_unit_or_none_in_bounded_time(text: str) -> None:
    started = time.process_time()
    unit = parse_unit(text)
    assert time.process_time() - started < 0.25
    assert unit is None or unit.scale > 0


@pytest.mark.parametrize("piece", [*PIECES, "log", "ﷺ", "⑴", "{a}", "10*9/", "a.", "(", "[a]", "1.73 "])
def test_the_longest_texts_take_no_time(piece: str) -> None:
    started = time.process_time()
    parse_unit((piece * LONGEST)[:LONGEST])
    assert time.process_time() - started < 0.25


@given(st.sampled_from(sorted(ONE_UNIT)), st.sampled_from(sorted(ONE_UNIT)))
def test_over_undoes_times(one: str, other: str) -> None:
    first, second = parse_unit(one), parse_unit(other)
    assert first is not None
    assert second is not None
    back = first.times(second).times(second, -1)
    assert back.scale == first.scale
    assert {base: e for base, e in back.dimension if e} == {base: e for base, e in first.dimension if e}
