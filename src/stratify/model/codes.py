"""Codes: the systems they belong to, how each system's codes are written alike, and sets of them.

A system is a name. The same code in two systems is two codes: 198.4 of ICD-9 is a metastasis of the nervous
system, and no code of ICD-10. Of some systems the published form is known, so that ``c78.7``, ``C787`` and ``C78.7``
are one code; a name that is not known here is a system too, whose codes are compared as they are written.

ICD-10 and its national modifications (ICD-10-CM, ICD-10-GM, ...) are different systems, as are ICD-9 and ICD-9-CM: a
code of the one is not always what it is in the other (E10.0 is a coma in ICD-10 and nothing in ICD-10-CM). Whoever
knows that a code means the same in both says so by naming both systems. Editions of SNOMED CT are one system, for its
ids are the same everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias, assert_never


class Form(Enum):
    """How codes of a system are published."""

    ICD_10 = "ICD-10"
    ICD_9 = "ICD-9"
    ATC = "ATC"
    LOINC = "LOINC"
    NUMBER = "digits"
    NAME = "names"
    OPAQUE = "as written"


_MODIFICATIONS = ("CM", "GM", "AM", "CA")
_FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "ICD-10": Form.ICD_10,
        **{f"ICD-10-{country}": Form.ICD_10 for country in _MODIFICATIONS},
        "ICD-9": Form.ICD_9,
        "ICD-9-CM": Form.ICD_9,
        "ATC": Form.ATC,
        "LOINC": Form.LOINC,
        "SNOMED": Form.NUMBER,
        "RxNorm": Form.NUMBER,
        "OMOP": Form.NUMBER,
        "INN": Form.NAME,
        "ICD-10-PCS": Form.OPAQUE,
        "CPT4": Form.OPAQUE,
    }
)
_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        **{re.sub("[^a-z0-9]", "", name.lower()): name for name in _FORMS},
        "icd10who": "ICD-10",
        "snomedct": "SNOMED",
        "sct": "SNOMED",
        "rxcui": "RxNorm",
        "omopconcept": "OMOP",
        "whoatc": "ATC",
        "cpt": "CPT4",
        "httpsnomedinfosct": "SNOMED",
        "httploincorg": "LOINC",
        "httphl7orgfhirsidicd10": "ICD-10",
        "httphl7orgfhirsidicd10cm": "ICD-10-CM",
        "httphl7orgfhirsidicd9cm": "ICD-9-CM",
        "httpwwwnlmnihgovresearchumlsrxnorm": "RxNorm",
        "httpwwwwhoccnoatc": "ATC",
    }
)
_POSSIBLE: Mapping[Form, str] = MappingProxyType(
    {
        Form.ICD_10: r"[A-Z]\d[0-9A-Z]{1,5}",
        Form.ICD_9: r"(?:\d{3}|V\d{2}|E\d{3})\d{0,2}",
        Form.ATC: r"[ABCDGHJLMNPRSV](?:\d{2}(?:[A-Z](?:[A-Z](?:\d{2})?)?)?)?",
        Form.LOINC: r"\d{1,7}-\d",
        Form.NUMBER: r"\d{1,18}",
        Form.NAME: r".*[a-z].*",
        Form.OPAQUE: r".+",
    }
)
SETTLED: Mapping[Form, str] = MappingProxyType(
    {
        Form.ICD_10: "[A-Z0-9]+",
        Form.ICD_9: "[A-Z0-9]{3,}",
        Form.ATC: "[A-Z0-9]+",
        Form.LOINC: "[1-9][0-9]*-[0-9]",
        Form.NUMBER: "[1-9][0-9]*",
        Form.NAME: "[a-z]+",
        Form.OPAQUE: ".*",
    }
)
"""Texts that are surely written as :func:`normal_code` writes them, so that a column of them can stay as it is."""
_ATC_LEVELS = (1, 3, 4, 5, 7)
_SNOMED_LENGTHS = range(6, 19)


def system_name(text: str) -> str:
    """The one name of a system that has several: ``ICD10CM`` is ``ICD-10-CM``, ``SNOMED CT`` is ``SNOMED``.

    A name that is not known is a system of its own, as it is written.
    """
    clean = _clean(text)
    return _ALIASES.get(re.sub("[^a-z0-9]", "", clean.lower()), clean)


def form_of(system: str | None) -> Form:
    """How the codes of a system, under its one name, are published."""
    return Form.OPAQUE if system is None else _FORMS.get(system, Form.OPAQUE)


def normal_code(code: str, system: str | None) -> str:
    """A code in the one form of its system; without a system, or one whose form is not known, as it is written.

    >>> normal_code("c78.7", "ICD-10"), normal_code("8.45", "ICD-9"), normal_code("0073211009", "SNOMED")
    ('C787', '00845', '73211009')
    """
    text = _clean(code)
    form = form_of(system)
    match form:
        case Form.ICD_10:  # also C34.- of a list, C78.7+ of ICD-10-GM, G63.2* of ICD-10
            return re.sub("[^A-Z0-9]", "", text.upper())
        case Form.ICD_9:  # a category has three digits: a file that keeps 008.45 as a number has 8.45
            category, _, rest = re.sub("[^A-Z0-9.]", "", text.upper()).partition(".")
            rest = rest.replace(".", "")
            number = category.isdecimal() or (not category and rest.isdecimal())
            return (category.zfill(3) if number else category) + rest
        case Form.ATC:
            return re.sub(r"\s", "", text.upper())
        case Form.LOINC:
            found = re.fullmatch(r"0*(\d+)\s*-\s*(\d)", text)
            return f"{found[1]}-{found[2]}" if found else text.upper()
        case Form.NUMBER:  # a file that keeps ids as fractions has 73211009.0
            found = re.fullmatch(r"0*(\d+)(?:\.0+)?", text)
            return found[1] if found else text
        case Form.NAME:
            return " ".join(text.lower().split())
        case Form.OPAQUE:
            return text
        case _:
            assert_never(form)


def is_possible(code: str, system: str | None) -> bool:
    """Whether a code, as written, can be one of the system: its form, and its check digit where it has one."""
    form, text = form_of(system), normal_code(code, system)
    if not re.fullmatch(_POSSIBLE[form], text):
        return False
    if form is Form.LOINC:
        return _mod_10(text.replace("-", ""))
    return system != "SNOMED" or (len(text) in _SNOMED_LENGTHS and _verhoeff(text))


def has_levels(system: str | None) -> bool:
    """Whether the codes below a code of this system are the longer ones that begin with it."""
    return form_of(system) in {Form.ICD_10, Form.ICD_9, Form.ATC}


def is_level(code: str, system: str | None) -> bool:
    """Whether a code of a system with levels stands at one: ``C78`` does, ``C7`` is half a category."""
    text, form = normal_code(code, system), form_of(system)
    match form:
        case Form.ATC:
            return len(text) in _ATC_LEVELS
        case Form.ICD_10:
            return len(text) >= len("C78")
        case Form.ICD_9:
            return len(text) >= (len("E850") if text.startswith("E") else len("198"))
        case Form.LOINC | Form.NUMBER | Form.NAME | Form.OPAQUE:
            return False
        case _:
            assert_never(form)


# --- sets of codes -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """Codes of one system, as written.

    Parameters
    ----------
    system
        Under its one name; ``None`` where a rule does not say: that of the table asked.
    descendants
        Whether the codes below them are meant too. ``C78`` alone is not ``C78.7``.
    below
        What lies below them by a hierarchy table, in the form of the system; ``None`` where no table has been asked.
    """

    codes: tuple[str, ...]
    system: str | None = None
    descendants: bool = False
    below: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if not self.codes:
            raise ValueError("an empty code set selects nothing")
        if self.descendants and has_levels(self.system) and not all(is_level(c, self.system) for c in self.codes):
            raise ValueError(f"only codes at a level of {self.system} have others below them")

    def in_system(self, system: str | None) -> CodeEntry:
        """The entry as codes of a system, where it does not name one itself."""
        return self if self.system is not None else CodeEntry(self.codes, system, self.descendants, self.below)

    @property
    def normal(self) -> tuple[str, ...]:
        """The codes in the form of their system, each once."""
        return tuple(dict.fromkeys(normal_code(code, self.system) for code in self.codes))


@dataclass(frozen=True, slots=True)
class CodeSet:
    """Codes of which a row must have one, with the name and title of a set that has a name."""

    entries: tuple[CodeEntry, ...]
    name: str = ""
    title: str = ""

    def __post_init__(self) -> None:
        if not self.entries:
            raise ValueError("an empty code set selects nothing")

    @classmethod
    def of(cls, *codes: str, system: str | None = None, descendants: bool = False) -> CodeSet:
        """A set without a name of codes of one system."""
        return cls((CodeEntry(codes, system, descendants),))

    @property
    def systems(self) -> frozenset[str]:
        """The systems it names."""
        return frozenset(entry.system for entry in self.entries if entry.system is not None)


@dataclass(frozen=True, slots=True)
class RowSystems:
    """A table whose rows say their system themselves.

    Parameters
    ----------
    column
        The column that says it.
    systems
        Its value -> the system. A row with another value, or none, is of a system that is not known.
    unsaid
        Systems in which the code of a row that says none is read, each of them. Of a site's data: none; an example
        that is written beside the rules means what the rules say.
    """

    column: str
    systems: Mapping[str, str]
    unsaid: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every system a row may be of, each once."""
        return tuple(dict.fromkeys((*self.systems.values(), *self.unsaid)))


CodeSystems: TypeAlias = str | RowSystems
"""The system of all rows of a table, or what its rows say."""


def systems_of(said: CodeSystems | None) -> tuple[str, ...]:
    """Every system that codes of a table may be of."""
    match said:
        case None:
            return ()
        case str():
            return (said,)
        case RowSystems():
            return said.names
        case _:
            assert_never(said)


def _clean(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _mod_10(digits: str) -> bool:
    """LOINC's check digit: the Luhn algorithm (LOINC Users' Guide, appendix on calculating mod 10 check digits)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * 2 if place % 2 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _verhoeff(digits: str) -> bool:
    """SNOMED CT's check digit (Verhoeff, 1969): a product in the symmetries of a pentagon that must be neutral."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _symmetry(check, _permuted(int(digit), place % 8))
    return check == 0


def _symmetry(a: int, b: int) -> int:
    turned = (a + b) % 5 if a < 5 else (a - b) % 5
    return turned if (a < 5) == (b < 5) else 5 + turned


def _permuted(digit: int, times: int) -> int:
    for _ in range(times):
        digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
    return digit
