"""The table of analytes: published conversions by hand, exact ways back, names, plausible ranges."""

from __future__ import annotations

from collections import Counter
from dataclasses import FrozenInstanceError
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.model.analytes import Analyte, Conversion, analyte, analytes, conversion, readable_units
from unit.model.typical_values import TYPICAL

ALL = sorted(analytes())


def known(name: str) -> Analyte:
    found = analyte(name)
    assert found is not None, name
    return found


def converted(name: str, value: str, unit: str, into: str) -> Fraction:
    way = conversion(known(name), unit, into)
    assert way is not None, (name, unit, into)
    return way(Decimal(value))


def canonical(name: str, value: str, unit: str) -> Fraction:
    return converted(name, value, unit, known(name).unit)


# Each worked by hand from the published factor.
PUBLISHED = [
    ("CREAT", "1", "mg/dL", "umol/L", "88.4"),
    ("CREAT", "1.5", "mg/dL", "µmol/L", "132.6"),
    ("CREAT", "0.01", "g/L", "umol/L", "88.4"),
    ("CREAT", "88.4", "umol/L", "mg/dL", "1"),
    ("TBIL", "1.2", "mg/dL", "umol/L", "20.52"),
    ("DBIL", "1", "mg/dL", "umol/L", "17.1"),
    ("GLUC", "10", "mmol/L", "mg/dL", "180.2"),
    ("GLUC", "126.14", "mg/dL", "mmol/L", "7"),
    ("CA", "10", "mg/dL", "mmol/L", "2.495"),
    ("CA", "5", "meq/L", "mmol/L", "2.5"),
    ("CAION", "2.4", "mEq/L", "mmol/L", "1.2"),
    ("MG", "2", "mEq/L", "mmol/L", "1"),
    ("MG", "2", "mg/dL", "mmol/L", "0.8228"),
    ("NA", "140", "mEq/L", "mmol/L", "140"),
    ("BUN", "14", "mg/dL", "mmol/L", "4.998"),
    ("UREA", "6.006", "mg/dL", "mmol/L", "1"),
    ("PHOS", "10", "mg/dL", "mmol/L", "3.229"),
    ("CHOL", "5", "mmol/L", "mg/dL", "193.35"),
    ("LDL", "1.8", "mmol/L", "mg/dL", "69.606"),
    ("TRIG", "2", "mmol/L", "mg/dL", "177.14"),
    ("URATE", "6", "mg/dL", "umol/L", "356.88"),
    ("HGB", "10", "g/dL", "mmol/L", "6.206"),
    ("HGB", "90", "g/L", "g/dL", "9"),
    ("HCT", "0.42", "L/L", "%", "42"),
    ("HCT", "42", "%", "1", "0.42"),
    ("ALB", "3.5", "g/dL", "g/L", "35"),
    ("IGG", "700", "mg/dL", "g/L", "7"),
    ("ALT", "1", "ukat/L", "U/L", "60"),
    ("ALT", "500", "nkat/L", "U/L", "30"),
    ("AST", "40", "IU/L", "U/L", "40"),
    ("PLT", "150000", "/uL", "10*9/L", "150"),
    ("PLT", "150", "K/uL", "GI/L", "150"),
    ("RBC", "4.5", "10^6/uL", "T/L", "4.5"),
    ("CD4", "0.35", "10*9/L", "cells/uL", "350"),
    ("IRON", "100", "ug/dL", "umol/L", "17.9"),
    ("VITD", "20", "ng/mL", "nmol/L", "49.92"),
    ("B12", "200", "pg/mL", "pmol/L", "147.56"),
    ("FOLATE", "4", "ng/mL", "nmol/L", "9.064"),
    ("TESTO", "50", "ng/dL", "nmol/L", "1.735"),
    ("TESTO", "0.5", "ng/mL", "nmol/L", "1.735"),
    ("ESTRADIOL", "20", "pg/mL", "pmol/L", "73.42"),
    ("CORTISOL", "10", "ug/dL", "nmol/L", "275.88"),
    ("FT4", "1", "ng/dL", "pmol/L", "12.871"),
    ("FT3", "3", "pg/mL", "pmol/L", "4.62"),
    ("PRL", "10", "ng/mL", "mIU/L", "212"),
    ("TSH", "2", "uIU/mL", "mU/L", "2"),
    ("HCG", "5", "mIU/mL", "IU/L", "5"),
    ("INSULIN", "10", "µIU/mL", "mU/L", "10"),
    ("AMMONIA", "100", "ug/dL", "umol/L", "58.7"),
    ("LACTATE", "18", "mg/dL", "mmol/L", "1.998"),
    ("UACR", "3", "mg/mmol", "mg/g creat", "26.52"),
    ("UPCR", "0.5", "mg/mg", "mg/g", "500"),
    ("AFP", "10", "IU/mL", "ng/mL", "12.1"),
    ("CA125", "35", "U/mL", "kU/L", "35"),
    ("TROPI", "0.04", "ng/mL", "ng/L", "40"),
    ("NTPROBNP", "10", "pmol/L", "pg/mL", "84.57"),
    ("DDIMER", "250", "ng/mL DDU", "mg/L FEU", "0.5"),
    ("FIBRINO", "300", "mg/dL", "g/L", "3"),
    ("CRP", "1", "mg/dL", "mg/L", "10"),
    ("TEMP", "98.6", "F", "C", "37"),
    ("TEMP", "-40", "degF", "Cel", "-40"),
    ("WEIGHT", "100", "lb", "kg", "45.359237"),
    ("HEIGHT", "70", "in", "cm", "177.8"),
    ("QTCF", "0.45", "s", "ms", "450"),
    ("CRCL", "1", "mL/s", "mL/min", "60"),
    ("KPS", "80", "%", "1", "80"),
    ("SPO2", "0.94", "1", "%", "94"),
    ("HBA1C", "53", "mmol/mol", "%", "7.00044"),
    ("HBA1C", "0.07", "1", "%", "7"),
    ("HIVRNA", "50", "copies/mL", "{copies}/mL", "50"),
    ("UMPROT", "0.2", "g/24h", "mg/24h", "200"),
]


@pytest.mark.parametrize(("name", "value", "unit", "into", "expected"), PUBLISHED)
def test_a_published_conversion(name: str, value: str, unit: str, into: str, expected: str) -> None:
    assert converted(name, value, unit, into) == Fraction(expected)


def test_hba1c_agrees_with_the_rounded_inverse_published() -> None:
    for percent in range(4, 15):
        published = Fraction("10.93") * percent - Fraction("23.5")
        assert abs(converted("HBA1C", str(percent), "%", "mmol/mol") - published) < Fraction("0.03")


def test_one_name_of_a_unit_means_another_factor_for_another_analyte() -> None:
    factors = {name: canonical(name, "1", "mg/dL") for name in ("CREAT", "TBIL", "URATE")}
    assert factors == {"CREAT": Fraction("88.4"), "TBIL": Fraction("17.1"), "URATE": Fraction("59.48")}


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("CRCL", "mL/min/1.73 m2"),
        ("EGFR", "mL/min"),
        ("INR", "%"),  # an activity in per cent is no ratio
        ("ALB", "umol/L"),
        ("HIVRNA", "log10 copies/mL"),
        ("HIVRNA", "IU/mL"),
        ("HBVDNA", "copies/mL"),
        ("HBVDNA", "log10 IU/mL"),
        ("DDIMER", "mg/L"),  # twice as much in one of FEU and DDU as in the other
        ("TSH", "ukat/L"),
        ("TSH", "mmol/L"),
        ("INSULIN", "pmol/L"),
        ("ANC", "%"),
        ("ALB", "G/L"),
        ("HBA1C", "mg/g"),
        ("UACR", "%"),
        ("PDL1_TPS", "1"),
        ("ECOG", "%"),
        ("QT", "/min"),
        ("PLT", ""),
        ("PLT", "unknown"),
        ("PLT", "1"),
        ("K", "mg/dL"),
        ("WEIGHT", "m"),
    ],
)
def test_what_an_analyte_cannot_be_read_in(name: str, unit: str) -> None:
    of = known(name)
    assert conversion(of, unit, of.unit) is None
    assert conversion(of, of.unit, unit) is None
    assert conversion(of, unit, unit) is None


def test_without_an_analyte_only_spellings_and_prefixes() -> None:
    way = conversion(None, "g/L", "mg/dL")
    assert way is not None
    assert (way.factor, way.offset) == (100, 0)
    for one, other in (("10^9/L", "K/uL"), ("%", "percent"), ("log10 copies/mL", "{Log_copies}/mL"), ("1", "ratio")):
        assert conversion(None, one, other) == Conversion(Fraction(1))
    for one, other in (
        ("mg/dL", "umol/L"), ("mg/dL", "mmol/L"), ("%", "1"), ("%", "mmol/mol"), ("1", "10"), ("U/L", "IU/L"),
        ("U/L", "ukat/L"), ("mmol/L", "mEq/L"), ("C", "F"), ("mL/min", "mL/min/1.73m2"), ("copies/mL",
        "log10 copies/mL"),
        ("log10 copies/mL", "log10 copies/L"), ("L/L", "1"), ("mg/dL", "?"), ("?", "?"),
    ):  # fmt: skip
        assert conversion(None, one, other) is None, (one, other)


@st.composite
def readings(draw: st.DrawFn) -> tuple[Analyte, str, str, Fraction]:
    of = analytes()[draw(st.sampled_from(ALL))]
    units = st.sampled_from(readable_units(of))
    value = draw(st.decimals("-1e9", "1e9", allow_nan=False, allow_infinity=False))
    return of, draw(units), draw(units), Fraction(value)


@given(readings())
def test_there_and_back_is_the_value_itself(reading: tuple[Analyte, str, str, Fraction]) -> None:
    of, unit, into, value = reading
    there, back = conversion(of, unit, into), conversion(of, into, unit)
    assert there is not None
    assert back is not None
    assert back(there(value)) == value
    assert back == there.inverse()
    assert there.then(back) == Conversion(Fraction(1))


@given(readings(), st.integers(1, 1000))
def test_a_proportional_conversion_scales(reading: tuple[Analyte, str, str, Fraction], times: int) -> None:
    of, unit, into, value = reading
    way = conversion(of, unit, into)
    assert way is not None
    assert way.proportional == (way(0) == 0)
    if way.proportional:
        assert way(times * value) == times * way(value)
    else:
        assert {of.id} <= {"HBA1C", "TEMP"}


@given(readings(), st.data())
def test_by_way_of_a_third_unit_is_the_same(reading: tuple[Analyte, str, str, Fraction], data: st.DataObject) -> None:
    of, unit, into, value = reading
    third = data.draw(st.sampled_from(readable_units(of)))
    first, second, direct = conversion(of, unit, third), conversion(of, third, into), conversion(of, unit, into)
    assert first is not None
    assert second is not None
    assert direct is not None
    assert second(first(value)) == direct(value)


@pytest.mark.parametrize("name", ALL)
def test_every_analyte_is_read_in_its_own_units(name: str) -> None:
    of = analytes()[name]
    units = readable_units(of)
    assert units[0] == of.unit
    assert {bridge.unit for bridge in of.bridges} <= set(units)
    assert len(set(units)) == len(units)
    assert conversion(of, of.unit, of.unit) == Conversion(Fraction(1))
    assert all(conversion(of, unit, of.unit) is not None for unit in units)


def test_the_customary_units_are_listed() -> None:
    assert {"umol/L", "mg/dL", "mmol/L", "mg/L"} <= set(readable_units(known("CREAT")))
    assert {"ug/L", "ng/mL"} <= set(readable_units(known("FERRITIN")))
    assert {"U/L", "[IU]/L", "ukat/L"} <= set(readable_units(known("ALT")))
    assert readable_units(known("INR")) == ("1",)
    assert readable_units(known("EGFR")) == ("mL/min/{1.73_m2}", "mL/s/{1.73_m2}")
    assert readable_units(known("TEMP")) == ("Cel", "[degF]")


def test_no_two_analytes_share_a_name() -> None:
    owners = [
        (" ".join(name.casefold().split()), of.id)
        for of in analytes().values()
        for name in {of.id.casefold(), *(n.casefold() for n in of.names), *of.loinc}
    ]
    assert [name for name, count in Counter(name for name, _ in owners).items() if count > 1] == []
    for name, owner in owners:
        assert known(name).id == owner


@pytest.mark.parametrize("name", ALL)
def test_names_are_not_said_twice(name: str) -> None:
    of = analytes()[name]
    said = [of.id.casefold(), *(n.casefold() for n in of.names), *of.loinc]
    assert len(said) == len(set(said))


def test_a_name_is_found_whatever_its_case_and_spacing() -> None:
    for text in ("hgb", " HGB ", "Haemoglobin", "hemoglobin", "ＨＧＢ", "718-7"):
        assert known(text).id == "HGB"
    assert known("Alkaline  Phosphatase").id == "ALP"
    assert known("PLAT").id == "PLT"
    assert analyte("") is None
    assert analyte("no such thing") is None


def test_cdisc_test_codes_are_known() -> None:
    codes = {
        "ALB": "ALB", "ALP": "ALP", "ALT": "ALT", "AST": "AST", "BASO": "BASO", "BILI": "TBIL", "BUN": "BUN",
        "CA": "CA",
        "CHOL": "CHOL", "CK": "CK", "CL": "CL", "CREAT": "CREAT", "EOS": "EOS", "GGT": "GGT", "GLUC": "GLUC",
        "HBA1C": "HBA1C", "HCT": "HCT", "HGB": "HGB", "K": "K", "LYM": "ALC", "MCH": "MCH", "MCHC": "MCHC",
        "MCV": "MCV",
        "MONO": "MONO", "PHOS": "PHOS", "PLAT": "PLT", "PROT": "TPROT", "RBC": "RBC", "SODIUM": "NA", "TSH": "TSH",
        "URATE": "URATE", "VITB12": "B12", "WBC": "WBC", "NEUT": "ANC", "DIABP": "DIABP", "SYSBP": "SYSBP",
        "PULSE": "PULSE", "TEMP": "TEMP", "WEIGHT": "WEIGHT", "HEIGHT": "HEIGHT", "OXYSAT": "SPO2", "EGHRMN": "HR",
    }  # fmt: skip
    assert {code: known(code).id for code in codes} == codes


@pytest.mark.parametrize("code", sorted({code for of in analytes().values() for code in of.loinc}))
def test_a_loinc_code_has_its_check_digit(code: str) -> None:
    number, check = code.split("-")
    doubled = "".join(str(2 * int(d)) if place % 2 == 0 else d for place, d in enumerate(reversed(number)))
    assert (10 - sum(map(int, doubled)) % 10) % 10 == int(check)


def typical() -> dict[str, tuple[str, str]]:
    """Analyte -> a usual value and its unit."""
    rows = (text.split() for text in TYPICAL.replace("\n", " ").split(";"))
    return {name: (value, unit) for name, value, unit in rows}


def test_every_analyte_has_a_typical_value() -> None:
    assert sorted(typical()) == ALL


@pytest.mark.parametrize("name", ALL)
def test_a_typical_value_is_plausible(name: str) -> None:
    value, unit = typical()[name]
    assert known(name).is_plausible(canonical(name, value, unit))


MISTAKES = [
    ("HGB", "90", "g/dL"),
    ("HGB", "9", "g/L"),
    ("HGB", "140", "g/dL"),
    ("HGB", "0.14", "g/dL"),
    ("HCT", "0.42", "%"),
    ("PLT", "150000", "10*9/L"),
    ("PLT", "150", "/uL"),
    ("PLT", "0.25", "10*9/L"),
    ("WBC", "6500", "10*9/L"),
    ("WBC", "6.5", "/uL"),
    ("ANC", "1500", "10*9/L"),
    ("CREAT", "0.9", "umol/L"),
    ("CREAT", "80", "mg/dL"),
    ("TBIL", "0.6", "umol/L"),
    ("GLUC", "90", "mmol/L"),
    ("GLUC", "5", "mg/dL"),
    ("CA", "9.5", "mmol/L"),
    ("CA", "2.4", "mg/dL"),
    ("CAION", "4.8", "mmol/L"),
    ("ALB", "4.2", "g/L"),
    ("ALB", "42", "g/dL"),
    ("TPROT", "7", "g/L"),
    ("CHOL", "180", "mmol/L"),
    ("TRIG", "100", "mmol/L"),
    ("URATE", "5", "umol/L"),
    ("ALT", "0.4", "U/L"),
    ("HBA1C", "53", "%"),
    ("HBA1C", "0.07", "%"),
    ("HBA1C", "7", "mmol/mol"),
    ("TESTO", "500", "nmol/L"),
    ("FIBRINO", "300", "g/L"),
    ("IGG", "1100", "g/L"),
    ("TEMP", "98.6", "Cel"),
    ("TEMP", "37", "degF"),
    ("HEIGHT", "1.7", "cm"),
    ("SPO2", "0.98", "%"),
    ("QTCF", "0.41", "ms"),
    ("QTCF", "410", "s"),
    ("SYSBP", "16", "mmHg"),
    ("LVEF", "0.6", "%"),
    ("IRON", "100", "umol/L"),
    ("TIBC", "330", "umol/L"),
]


@pytest.mark.parametrize(("name", "value", "unit"), MISTAKES)
def test_a_mistaken_unit_is_implausible(name: str, value: str, unit: str) -> None:
    assert not known(name).is_plausible(canonical(name, value, unit))


def test_plausible_ranges_include_their_ends() -> None:
    for of in analytes().values():
        low, high = of.plausible
        assert of.is_plausible(low)
        assert of.is_plausible(high)
        assert not of.is_plausible(low - Decimal("1e-9"))
        assert not of.is_plausible(high + Decimal("1e-9"))


def test_an_analyte_cannot_be_built_wrong() -> None:
    good = known("CREAT")
    with pytest.raises(ValueError, match="a unit that is none"):
        Analyte("X", (), "xyz", (), good.plausible)
    with pytest.raises(ValueError, match="named twice"):
        Analyte("X", (), "ug/dL", (*good.bridges, good.bridges[0]), good.plausible)
    with pytest.raises(ValueError, match="no value is plausible"):
        Analyte("X", (), "g/L", (), (Decimal(1), Decimal(1)))
    with pytest.raises(ValueError, match="other than 0"):
        Conversion(Fraction(0))
    with pytest.raises(FrozenInstanceError):
        good.unit = "g/L"  # type: ignore[misc]
    with pytest.raises(TypeError):
        analytes()["X"] = good  # type: ignore[index]
