"""Every factor between mass and moles, worked out anew from the substance's composition or its published molar mass."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from stratify.model.analytes import analyte, analytes, conversion
from stratify.model.units import parse_unit

# Standard atomic weights (IUPAC, abridged).
WEIGHTS = {
    "H": 1.008, "C": 12.011, "N": 14.007, "O": 15.999, "Mg": 24.305, "P": 30.974, "S": 32.06, "Ca": 40.078,
    "Fe": 55.845, "Co": 58.933, "I": 126.904,
}  # fmt: skip
FORMULAS = {
    "TBIL": "C33H36N4O6", "DBIL": "C33H36N4O6", "CREAT": "C4H7N3O", "BUN": "N2", "UREA": "CH4N2O", "AMMONIA": "NH3",
    "URATE": "C5H4N4O3", "CA": "Ca", "CACORR": "Ca", "CAION": "Ca", "MG": "Mg", "PHOS": "P", "LACTATE": "C3H6O3",
    "GLUC": "C6H12O6", "FPG": "C6H12O6", "CHOL": "C27H46O", "LDL": "C27H46O", "HDL": "C27H46O", "NONHDL": "C27H46O",
    "TRIG": "C57H104O6", "HOMOCY": "C4H9NO2S", "IRON": "Fe", "TIBC": "Fe", "VITD": "C27H44O2",
    "B12": "C63H88CoN14O14P", "FOLATE": "C19H19N7O6", "FT4": "C15H11I4NO4", "FT3": "C15H12I3NO4",
    "CORTISOL": "C21H30O5", "TESTO": "C19H28O2", "ESTRADIOL": "C18H24O2", "PROGEST": "C21H30O2",
}  # fmt: skip
# Proteins: grams a mole of the whole molecule (of a quarter of haemoglobin, which has four haems).
PROTEINS = {
    "HGB": 64_458 / 4, "MCH": 64_458 / 4, "MCHC": 64_458 / 4, "CPEPTIDE": 3020.3, "ACTH": 4541.1, "PTH": 9424.6,
    "IGF1": 7648.7, "BNP": 3464.0, "NTPROBNP": 8457.5, "FIBRINO": 340_000.0, "CRP": 105_000.0,
}  # fmt: skip


def molar_mass(formula: str) -> float:
    """Grams a mole of what has this composition."""
    return sum(WEIGHTS[element] * int(count or 1) for element, count in re.findall(r"([A-Z][a-z]?)(\d*)", formula))


MASSES = {name: molar_mass(formula) for name, formula in FORMULAS.items()} | PROTEINS


def bases(unit: str) -> frozenset[str]:
    read = parse_unit(unit)
    assert read is not None, unit
    return frozenset(base for base, _ in read.dimension)


def between_mass_and_moles(name: str) -> list[tuple[str, str]]:
    """The pairs of units of a row, one of which counts grams and the other moles, in this order."""
    of = analytes()[name]
    pairs = [(of.unit, bridge.unit) for bridge in of.bridges]
    both = [(a, b) if "g" in bases(a) else (b, a) for a, b in pairs]
    return [(mass, moles) for mass, moles in both if "g" in bases(mass) and "mol" in bases(moles)]


CROSSING = sorted(name for name in analytes() if between_mass_and_moles(name))


def test_every_factor_between_mass_and_moles_is_one_of_these() -> None:
    # Ratios to creatinine have its moles, osmolality has kilograms of water: neither is a substance's own.
    assert set(CROSSING) - {"UACR", "UPCR", "OSMOL"} == set(MASSES)


@pytest.mark.parametrize("name", sorted(MASSES))
def test_a_factor_is_that_of_the_molar_mass(name: str) -> None:
    """Published factors are rounded: three digits, so that 0.3 % is the most they may be off."""
    for mass, moles in between_mass_and_moles(name):
        grams, amount = parse_unit(mass), parse_unit(moles)
        way = conversion(analyte(name), mass, moles)
        assert grams is not None
        assert amount is not None
        assert way is not None
        expected = float(Fraction(grams.scale, amount.scale)) / MASSES[name]
        assert float(way.factor) == pytest.approx(expected, rel=0.003)


def test_a_ratio_to_creatinine_has_the_factor_of_creatinine() -> None:
    way = conversion(analyte("UACR"), "mg/mmol", "mg/g")
    assert way is not None
    assert float(way.factor) == pytest.approx(1000 / MASSES["CREAT"], rel=0.001)
