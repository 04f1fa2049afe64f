"""The data dictionary: how a site's tables answer a protocol's names.

After loading (:func:`stratify.data.open_cohort`) every table is in *normal form*, the form that the back ends of
:mod:`stratify.compile` read:

- the patient key is called ``patient_id``, in all tables of one type; other columns have the dictionary's names;
- numbers are Float64 (a Float32 has the decimal value it prints), without NaN and infinities: those are null;
- text is String, NFKC-normalised and stripped, empty text is null; true/false is Boolean;
- a text column ``v`` that a measure of numbers reads is three columns: the text, its number (:func:`number_of`,
  Float64) and where that stands to the result (:func:`limit_of`, Int8 of :class:`Limit`; null where there is none);
- each date column ``d`` is three Int32 columns: the first and last day it may be, counted from 1970-01-01
  (:func:`first_day`, :func:`last_day`; both null where there is no date), and the second of the day
  (:func:`second_of_day`; null without a time). Days are calendar days in the dictionary's zone;
- beside a column of codes whose system is said stand the codes as each system writes them (:func:`code_in`; empty where
  the row is of another system), and, where rows say their system, whether they do (:func:`system_known`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, IntEnum
from types import MappingProxyType

from stratify.model.analytes import Analyte
from stratify.model.codes import CodeSystems
from stratify.model.expression import ColumnRef
from stratify.model.fallback import Fallback
from stratify.model.genomics import Genomics
from stratify.model.value import Comparison

PATIENT_KEY = "patient_id"
"""Name of the patient key in every table in normal form."""
PATIENTS = "patients"
"""Name of the table that says who the patients are."""


def first_day(column: str) -> str:
    """Name of the column with the first day a date may be."""
    return f"{column}:first"


def last_day(column: str) -> str:
    """Name of the column with the last day a date may be."""
    return f"{column}:last"


def second_of_day(column: str) -> str:
    """Name of the column with the second of the day."""
    return f"{column}:second"


def number_of(column: str) -> str:
    """Name of the column with the number in a text: 0.5 in ``<0.5``."""
    return f"{column}:number"


def limit_of(column: str) -> str:
    """Name of the column that says whether that number is the result or a limit of it."""
    return f"{column}:limit"


class Limit(IntEnum):
    """What the number in a text says of the result: that it is it, or a limit that the instrument did not pass."""

    BELOW = -2
    AT_MOST = -1
    EXACT = 0
    AT_LEAST = 1
    ABOVE = 2
    UNREADABLE = 9  # a text that is no number

    @property
    def censored(self) -> bool:
        """Whether only a limit of the result is known."""
        return self not in {Limit.EXACT, Limit.UNREADABLE}


def code_in(column: str, system: str) -> str:
    """Name of the column with the codes as that system writes them."""
    return f"{column}:in {system}"


def system_known(column: str) -> str:
    """Name of the column that says whether the system of the row's code is known."""
    return f"{column}:system known"


class ColumnKind(Enum):
    """What a column holds, as far as rules are concerned."""

    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "true/false"
    DATE = "date"  # complete days
    DATETIME = "date and time"
    PARTIAL_DATE = "date, perhaps incomplete"
    RESULT = "text with numbers in it"  # of a laboratory: 12.3, <0.5, positive
    EMPTY = "nothing"  # a null-typed column: every value is null

    @property
    def is_date(self) -> bool:
        """Whether the column is one of dates."""
        return self in {ColumnKind.DATE, ColumnKind.DATETIME, ColumnKind.PARTIAL_DATE}


Catalogue = Mapping[str, Mapping[str, ColumnKind]]
"""The kind of every column of every table in normal form (dates under their plain name)."""


class Grain(Enum):
    """How many rows a table has for a patient: one at most, or many."""

    ONE = "one"
    MANY = "many"


class Absence(Enum):
    """What no row means: that it did not happen, or nothing."""

    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its file (below the cohort folder), key, grain, roles of columns, and what absence means.

    Parameters
    ----------
    columns
        The dictionary's name of a column -> the file's; columns not named keep the file's name.
    date, end, code
        Columns with the row's date (start), its end, and its code.
    code_system
        The system of all its codes, or the column in which rows say theirs.
    dates
        Further date columns.
    zone
        IANA zone in whose calendar zoned timestamps are read.
    ongoing
        Column and value that say a row without an end goes on.
    units
        Unit of columns of numbers that are no measure: a rule may name it, and no other.
    sequence
        Column that numbers what was measured together (the triplicate's first, second, third recording): formulas of
        one moment put rows of one date, time and number together.
    absence, coverage
        Absence is false only inside the coverage: two date columns of one-row-per-patient tables, first and last
        day covered; ``None`` covers always.
    """

    name: str
    file: str = ""
    key: str = PATIENT_KEY
    grain: Grain = Grain.MANY
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    date: str | None = None
    end: str | None = None
    code: str | None = None
    dates: tuple[str, ...] = ()
    birth: str | None = None
    zone: str | None = None
    ongoing: tuple[str, str] | None = None
    sequence: str | None = None
    absence: Absence = Absence.UNKNOWN
    coverage: tuple[ColumnRef, ColumnRef] | None = None
    code_system: CodeSystems | None = None
    units: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def date_columns(self) -> tuple[str, ...]:
        """Every column that is read as dates, each once."""
        named = (self.date, self.end, self.birth, *self.dates)
        return tuple(dict.fromkeys(name for name in named if name is not None))

    def date_column(self, name: str | None) -> str | None:
        """The column a rule means by ``name``: a role (``date``, the default, or ``end_date``) or a column itself."""
        match name:
            case None | "date":
                return self.date
            case "end_date":
                return self.end
            case _:
                return name


@dataclass(frozen=True, slots=True)
class Measure:
    """A named measurement: which rows of which table, its value, unit, reference range and plausible range.

    Parameters
    ----------
    rows
        Column -> the values that select the rows (any of them; every column named must match). A row whose
        selecting column is null is not selected.
    unit
        The unit thresholds are written in; ``None`` for a number without one, or for text.
    unit_column
        Column with the row's unit. Without it every row is in ``unit``.
    units
        Further unit texts -> factor by which such a value is multiplied to be in ``unit``; they win over those of
        the analyte.
    aliases
        Further names of the measure that protocols may use.
    analyte
        What is measured, so that values and thresholds in its other units are converted.
    any_value
        Every value is plausible, also one outside the analyte's range.
    censored
        Texts such as ``<0.5`` are results, although the measure has nothing else that makes it one of numbers.
    categories
        Text of the data -> the category it belongs to, of a measure of categories. A rule compares categories; a text
        that belongs to none is a result that leaves the question open: unknown(null_value).
    phenotypes
        The gene of which the value is a diplotype: what is compared is its phenotype, by the library's table.
    assay, specimen
        Columns with the row's assay and specimen, for ``biomarker``.
    """

    name: str
    table: str
    value: str
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    unit: str | None = None
    unit_column: str | None = None
    units: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    reference_low: str | None = None
    reference_high: str | None = None
    plausible: tuple[Decimal, Decimal] | None = None
    aliases: tuple[str, ...] = ()
    analyte: Analyte | None = None
    any_value: bool = False
    censored: bool = False
    categories: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    phenotypes: str | None = None
    assay: str | None = None
    specimen: str | None = None

    def __post_init__(self) -> None:
        if self.any_value and self.plausible is not None:
            raise ValueError(f"measure {self.name}: a plausible range, and every value plausible")

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers, so that in a column of text its numbers are read."""
        said = (self.unit, self.unit_column, self.reference_low, self.reference_high, self.plausible, self.analyte)
        return self.censored or any(item is not None for item in said)

    def kind_for(self, kind: ColumnKind, compare: Comparison) -> ColumnKind:
        """As what a comparison reads a column of that kind: of text with numbers in it either one or the other."""
        if kind is not ColumnKind.RESULT:
            return kind
        return ColumnKind.NUMBER if self.numeric and compare.numeric else ColumnKind.TEXT

    @property
    def categorical(self) -> bool:
        """Whether the value stands for a category."""
        return bool(self.categories) or self.phenotypes is not None


@dataclass(frozen=True, slots=True)
class Reference:
    """A table that is not about patients: what a panel covers, which code lies below which, limits of normal.

    Its columns are text in normal form; ``columns`` gives them other names than the file's, as in :class:`Table`.
    """

    name: str
    file: str = ""
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Which codes of a system lie below which: two columns of a reference table.

    Either all pairs, as in ``concept_ancestor`` of OMOP, or parents and children only: what is below a child is below
    its parents too. Rows of a code with itself do not matter, and a circle has an end.
    """

    reference: str
    ancestor: str
    descendant: str


@dataclass(frozen=True, slots=True)
class Dictionary:
    """All tables and measures, the hierarchies of code systems by system, and limits for rows without any.

    ``patients`` is always one of the tables and has one row per patient.
    """

    tables: Mapping[str, Table]
    measures: Mapping[str, Measure] = field(default_factory=lambda: MappingProxyType({}))
    references: Mapping[str, Reference] = field(default_factory=lambda: MappingProxyType({}))
    file: str = ""
    hierarchies: Mapping[str, Hierarchy] = field(default_factory=lambda: MappingProxyType({}))
    genomics: Genomics = field(default_factory=Genomics)
    fallback: Fallback | None = None

    def __post_init__(self) -> None:
        patients = self.tables.get(PATIENTS)
        if patients is None or patients.grain is not Grain.ONE:
            raise ValueError("a dictionary has a table `patients` with one row per patient")

    def measure(self, name: str) -> Measure | None:
        """The measure of that name or alias, or ``None``."""
        if name in self.measures:
            return self.measures[name]
        return next((m for m in self.measures.values() if name in m.aliases), None)

    @property
    def birth(self) -> ColumnRef | None:
        """The column with the date of birth."""
        return next((ColumnRef(t.name, t.birth) for t in self.tables.values() if t.birth is not None), None)
