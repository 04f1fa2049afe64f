"""Spellings of units: what laboratories and protocols write, turned into UCUM codes.

Text is NFKC-normalised on load, which flattens exponents: ``10⁹/L`` arrives as ``109/L`` and ``m²`` as ``m2``.
``103``, ``106``, ``109`` and ``1012`` are therefore powers of ten. ``10E9/L`` is 10 to the 9th, as every laboratory
that writes it means, although a calculator would read ten times as much.

Case matters to UCUM (``mg`` is not ``Mg``), so upper case is taken only as a whole text out of a list (``MG/DL``), and
``G/L`` is 10*9/L: read for albumin it is no unit of albumin, rather than one wrong by a factor.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_WHOLE = {
    "1": "NO UNITS; no units; ratio; ratio/1; fraction; FRACTION; Fraction; score; (score); points; unitless; INR",
    "%": "percent; PERCENT; Percent; pct; per cent",
    "[pH]": "pH; PH; pH units",
    "/min": "bpm; BPM; Bpm; BEATS/MIN; BREATHS/MIN; /MIN",
    "mm[Hg]": "mmHg; mm Hg; MMHG; mmhg",
    "Cel": "C; degC; deg C; °C; ° C; Celsius; celsius",
    "[degF]": "F; degF; deg F; °F; ° F; Fahrenheit; fahrenheit",
    "[lb_av]": "lb; lbs; LB; LBS; pound; pounds",
    "[in_i]": "in; IN; inch; inches",
    "[ft_i]": "ft; FT; feet",
    "g/dL": "g%; gm%; G/DL; gm/dL; gm/dl",
    "mg/dL": "mg%; MG/DL",
    "mmol/L": "mM; MMOL/L; mmol/L(Fe)",
    "umol/L": "uM; UMOL/L; MCMOL/L",
    "nmol/L": "nM; NMOL/L",
    "pmol/L": "pM; PMOL/L",
    "fmol": "fmol(Fe)",
    "meq/L": "MEQ/L",
    "ug/dL": "UG/DL; MCG/DL",
    "ug/L": "UG/L; MCG/L",
    "ng/dL": "NG/DL",
    "ng/mL": "NG/ML",
    "pg/mL": "PG/ML",
    "mg/L": "MG/L",
    "kg": "KG; Kg",
    "cm": "CM",
    "ms": "MSEC; MS",
    "mL/min": "ML/MIN",
    "U/L": "u/l; u/L",
    "[IU]/L": "iu/l; iu/L",
}
"""A code -> whole texts that mean it."""

_WORDS = {
    "": "cell cells Cells CELLS copies Copies COPIES copy cp cps beats breaths mut muts mutations count counts",
    "[IU]": "IU iU",
    "m[IU]": "mIU",
    "u[IU]": "uIU mcIU",
    "k[IU]": "kIU",
    "U": "Unit Units unit units",
    "meq": "mEq mval",
    "eq": "Eq",
    "ueq": "uEq",
    "mosm": "mOsm mOsmol mosmol",
    "ug": "mcg",
    "umol": "mcmol",
    "uL": "mcL mcl cumm cmm mm3 mm^3 mm*3 UL",
    "mL": "cc",
    "s": "sec secs second seconds Sec",
    "ms": "msec msecs millisecond milliseconds",
    "min": "mins minute minutes",
    "h": "hr hrs hour hours 1h",
    "d": "day days 24h 24hr 24hrs 24hours (24.h) 24.h",
    "wk": "week weeks",
    "g": "gm gram grams",
    "m2": "m^2 m*2 sqm m**2",
    "[in_i]": "in",
    "[lb_av]": "lb",
    "Mb": "megabase Megabase mb MB",
    "dL": "100mL 100ml (100.mL)",
}
"""A code -> words between slashes that mean it; a word without a code is what is counted."""

_COUNTS = {
    3: ("uL", "K k THOU Thou thou Thousand thousand THOUSAND"),
    6: ("uL", "M MILL Mill mill Million million MILLION mil"),
    9: ("L", "G GI Gpt Giga"),
    12: ("L", "T TI Tpt"),
}
"""A power of ten -> the volume it is counted in, and its names; elsewhere they would be kelvin, gauss and tesla."""

_BODY_SURFACE = r"(?: ?/| per )? ?[{(]?\b1[.,]73[ _.*]?(?:m(?:\^|\*{1,2})?2|sq\.? ?m|$)[)}]?"
_POWER_OF_TEN = r"(?:[xX] ?)?(?:10(?:\*{1,2}|\^|[eE])\+?|1[eE]\+?)(\d{1,2})(?=[/{]|$)"
_FLAT_POWER = r"(?:[xX] ?)?10(3|6|9|12)(?=/)"
_POWER_OF_CELLS = r"(10(?:\*{1,2}|\^|[eE])?\d{1,2}) (?:[cC]ells?|copies)(?=/)"
_CREATININE = r"(?<=/)(g|mg|mmol) ?(?:of )?(?:Cr|cr|creat|Creat|creatinine|Creatinine|CREAT)$"
_D_DIMER = r" ?[({]?\b(FEU|DDU)\b[)}]?"


def code_of(text: str) -> str:
    """The text with spellings replaced by UCUM codes; what is none stays as it is, for the reader to refuse."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("μ", "u").replace("×", "x")
    whole = _whole().get(plain)
    if whole is not None:
        return whole
    plain = re.sub(r" ?([/*^]) ?", r"\1", plain)
    plain = re.sub(_BODY_SURFACE, "/[1.73_m2]", plain, count=1)
    plain = re.sub(_CREATININE, r"\1", plain)
    plain = re.sub(_POWER_OF_CELLS, r"\1", plain)
    plain = re.sub(_POWER_OF_TEN, r"10*\1", plain, count=1)
    plain = re.sub(_FLAT_POWER, r"10*\1", plain, count=1)
    dimer = re.search(_D_DIMER, plain)
    plain = re.sub(_D_DIMER, "", plain, count=1)
    code = _counted("/".join(_words().get(word.replace(" ", ""), word) for word in plain.split("/")))
    return code if dimer is None else f"{code}.[{dimer[1]}]"


def counts(word: str) -> bool:
    """Whether the word is a number: to read ``{Thousand}/uL`` as ``/uL`` would lose it."""
    return any(word == name for name, _ in _powers())


def _counted(code: str) -> str:
    name, slash, volume = code.partition("/")
    power = _powers().get((name, volume)) if slash else None
    return code if power is None else f"10*{power}/{volume}"


@cache
def _whole() -> dict[str, str]:
    return {text: code for code, texts in _WHOLE.items() for text in texts.split("; ")}


@cache
def _words() -> dict[str, str]:
    return {text: code for code, texts in _WORDS.items() for text in texts.split()}


@cache
def _powers() -> dict[tuple[str, str], int]:
    return {(name, volume): power for power, (volume, names) in _COUNTS.items() for name in names.split()}
