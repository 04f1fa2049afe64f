"""Protocols and cohorts for the differential test: small, full of edges, reaching every node of the language.

Days lie within a few weeks of one another, values sit on and beside the thresholds, and every column that can be
null, incomplete or mistaken is so now and then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

import polars as pl
from hypothesis import strategies as st

from generative import fallback_strategies as fs
from generative import genomic_strategies as gs
from stratify.data.codes import code_columns
from stratify.model import anchor as ma
from stratify.model import arithmetic as ar
from stratify.model import computed as ex_c
from stratify.model import dictionary as md
from stratify.model import expression as ex
from stratify.model import protocol as mp
from stratify.model.analytes import analyte
from stratify.model.codes import CodeEntry, CodeSet, RowSystems
from stratify.model.truth import UnknownPolicy
from stratify.model.value import LLN, ULN, Bound, Comparison, Duration, DurationUnit, Literal, Op, Test, Window

DAY = 19_782  # 2024-02-29, so that months and years have something to clamp
K = md.ColumnKind


@dataclass(frozen=True)
class Cohort:
    """Tables in normal form with what the dictionary says of them."""

    dictionary: md.Dictionary
    catalogue: md.Catalogue
    frames: dict[str, pl.DataFrame]


# --- tables ------------------------------------------------------------------------------------------------------

_DATE_TYPES = {"first": pl.Int32, "last": pl.Int32, "second": pl.Int32}
_TYPES = {K.NUMBER: pl.Float64, K.TEXT: pl.String, K.BOOLEAN: pl.Boolean, K.EMPTY: pl.Null}


SPREAD = (-25, 6)
"""Days around the middle in which dates lie."""


def one_date(
    random: Random, kind: md.ColumnKind, spread: tuple[int, int] = SPREAD
) -> tuple[int | None, int | None, int | None]:
    """First day, last day, second of a date of this kind."""
    day = DAY + random.randint(*spread)
    second = random.choice([0, 43_200, 43_201, 86_399])
    if random.random() < 0.15:
        return None, None, None
    if kind is K.PARTIAL_DATE and random.random() < 0.3:
        return day, day + random.randint(1, 31), None
    timed = kind is K.DATETIME or (kind is K.PARTIAL_DATE and random.random() < 0.3)
    return day, day, second if timed else None


def one_cell(random: Random, kind: md.ColumnKind, values: list[object], spread: tuple[int, int] = SPREAD) -> object:
    if kind.is_date:
        return one_date(random, kind, spread)
    if kind is K.RESULT:
        return one_result(random)
    return None if kind is K.EMPTY or random.random() < 0.15 else random.choice(values)


_SIGNS = {"": md.Limit.EXACT, "<": md.Limit.BELOW, "<=": md.Limit.AT_MOST, ">": md.Limit.ABOVE, ">=": md.Limit.AT_LEAST}


def one_result(random: Random) -> tuple[str | None, float | None, int | None]:
    """Text, number and limit of a laboratory result: a number, a limit, a word, or nothing."""
    if random.random() < 0.1:
        return None, None, None
    if random.random() < 0.1:
        return random.choice(["negative", "positive"]), None, int(md.Limit.UNREADABLE)
    sign = random.choice(["", "", *_SIGNS])
    number = random.choice([0.5, 1.0, 1.5, 44.2, 88.4, 132.6, 132.60000000001, 132.7, 5000.0])
    return f"{sign}{number}", number, int(_SIGNS[sign])


def one_table(
    random: Random,
    columns: dict[str, tuple[md.ColumnKind, list[object]]],
    keys: list[int],
    copies: bool,
    spread: tuple[int, int] = SPREAD,
) -> pl.DataFrame:
    """A table with these columns for these patient keys; with ``copies`` some rows are exact duplicates."""
    rows = [{name: one_cell(random, kind, values, spread) for name, (kind, values) in columns.items()} for _ in keys]
    for _ in range(random.randint(0, len(rows) // 4) if copies else 0):
        index = random.randrange(len(rows))
        rows, keys = [*rows, rows[index]], [*keys, keys[index]]
    data: dict[str, pl.Series] = {md.PATIENT_KEY: pl.Series(md.PATIENT_KEY, keys, pl.Int64)}
    for name, (kind, _) in columns.items():
        if kind.is_date:
            for i, part in enumerate((md.first_day(name), md.last_day(name), md.second_of_day(name))):
                data[part] = pl.Series(part, [row[name][i] for row in rows], pl.Int32)
        elif kind is K.RESULT:
            for i, part in enumerate((name, md.number_of(name), md.limit_of(name))):
                data[part] = pl.Series(part, [row[name][i] for row in rows], (pl.String, pl.Float64, pl.Int8)[i])
        else:
            data[name] = pl.Series(name, [row[name] for row in rows], _TYPES[kind])
    return pl.DataFrame(data)


CODES = {
    "dx": ("C78", "C78.7", "Z"),
    "icd": ("C78", "c78.7", "C787", "C78.70", "C7", "Z99.1", "."),
    "mixed": ("C78", "c787", "198.4", "1984", "8.45", "008.45", "94381002", "094381002.0", "254637007"),
}
"""The codes of each table of events; those of ``dx`` are of no system."""
ROW_SYSTEMS = (
    RowSystems("vocabulary", {"ICD10": "ICD-10", "ICD9": "ICD-9", "SCT": "SNOMED"}),
    RowSystems("vocabulary", {"ICD10": "ICD-10", "SCT": "SNOMED", "odd": "ICD-10"}),
    RowSystems("vocabulary", {"ICD10": "ICD-10"}, ("ICD-10", "SNOMED")),
    RowSystems("vocabulary", {}, ("ICD-9",)),
)
ENTRIES = {
    "dx": (CodeEntry(("C78",)), CodeEntry(("C78", "Z"))),
    "icd": (
        CodeEntry(("C78.7",)),
        CodeEntry(("C78",), descendants=True),
        CodeEntry(("c787", "Z991"), "ICD-10"),
        CodeEntry(("C78", "Z99"), "ICD-10", descendants=True),
        CodeEntry(("C78",), "ICD-9"),
    ),
    "mixed": (
        CodeEntry(("C78",)),
        CodeEntry(("C78.7",), "ICD-10"),
        CodeEntry(("C78",), "ICD-10", descendants=True),
        CodeEntry(("198.4", "008.45"), "ICD-9"),
        CodeEntry(("198", "008"), "ICD-9", descendants=True),
        CodeEntry(("94381002",), "SNOMED"),
        CodeEntry(("254637007",), "SNOMED", descendants=True, below=frozenset({"94381002", "128462008"})),
    ),
}

_VALUES: list[object] = [0.0, 1.65, 20.0, 60.0, 99.9, 100.0, 100.00000000001, 100.1, 300.0, 90_000.0]


_UNITS: list[object] = ["umol/L", "µmol/L", "mg/dL", "MG/DL", "mg/L", "%", "mmol/mol", "mL/min", "odd"]


@st.composite
def result_measures(draw: st.DrawFn) -> dict[str, md.Measure]:
    """Measures of one column of texts and numbers: of two analytes, with and without units, and of words."""
    unit_column = draw(st.sampled_from([None, "unit"]))
    of = draw(st.sampled_from([analyte("CREAT"), analyte("CREAT"), None]))
    creatinine = md.Measure(
        "CREAT",
        "results",
        "value",
        {"test": ("CREAT",)},
        unit="umol/L" if of is None else draw(st.sampled_from(["umol/L", "mg/dL"])),
        unit_column=unit_column,
        units=draw(st.sampled_from([{}, {}, {"mg/L": Decimal("8.9")}])) if of else {"mg/dL": Decimal(88)},
        reference_high="high",
        plausible=draw(st.sampled_from([None, None, (Decimal("0.1"), Decimal(200))])),
        analyte=of,
    )
    hba1c = md.Measure(
        "HBA1C", "results", "value", {"test": ("HBA1C",)}, "%", unit_column, analyte=analyte("HBA1C"), any_value=True
    )
    word = md.Measure("WORD", "results", "value", {"test": ("WORD", "HBA1C")})
    return {"CREAT": creatinine, "HBA1C": hba1c, "WORD": word}


def grown_up(random: Random, patients: pl.DataFrame) -> pl.DataFrame:
    """The patients, most of whom were born some eighteen years before the others."""
    years = pl.Series([random.choice([0, 6_574, 6_574]) for _ in range(patients.height)], dtype=pl.Int32)
    return patients.with_columns(pl.col(md.first_day("born"), md.last_day("born")) - years)


@st.composite
def cohorts(draw: st.DrawFn) -> Cohort:
    """A cohort of a few dozen patients in seven tables, or of one, or of nobody.

    Hypothesis draws the shape; the cells come from a seed, so that one example asks a rule of many patients.
    """
    random = Random(draw(st.integers(0, 2**32)))
    some_date = st.sampled_from([K.DATE, K.DATETIME, K.PARTIAL_DATE])
    lab_date, dx_date, dx_end, anchor = draw(some_date), draw(some_date), draw(some_date), draw(some_date)
    value = draw(st.sampled_from([K.NUMBER, K.NUMBER, K.NUMBER, K.EMPTY]))
    columns: dict[str, dict[str, tuple[md.ColumnKind, list[object]]]] = {
        "patients": {
            "c1d1": (anchor, []),
            "consent": (K.DATETIME, []),
            "cutoff": (K.DATE, []),
            "born": (K.PARTIAL_DATE, []),
            "sex": (K.TEXT, ["female", "male"]),
            "site": (K.TEXT, fs.SITES),
            "ecog": (K.NUMBER, [0.0, 1.0, 2.0]),
            "measurable": (K.BOOLEAN, [True, False]),
            "nothing": (K.EMPTY, []),
            "covered_from": (K.DATE, []),
            "covered_to": (K.DATE, []),
        },
        "facts": {
            "score": (K.NUMBER, [1.0, 2.5]),
            "seen": (K.PARTIAL_DATE, []),
            "sex": (draw(st.sampled_from([K.TEXT, K.TEXT, K.EMPTY])), ["female", "male"]),
        },
        "labs": {
            "date": (lab_date, []),
            "test": (K.TEXT, ["ALT", "ALT", "AST"]),
            "value": (value, _VALUES),
            "result": (K.TEXT, ["negative", "positive"]),
            "unit": (K.TEXT, ["U/L", "U/L", "ukat/L", "odd"]),
            "low": (K.NUMBER, [10.0, 0.0]),
            "high": (K.NUMBER, [40.0, 1.1, 0.0, -1.0]),
            "fasting": (K.BOOLEAN, [True, False]),
            "number": (K.NUMBER, [1.0, 2.0]),
        },
        **gs.tables(random, dx_date),
        "results": {
            "date": (lab_date, []),
            "test": (K.TEXT, ["CREAT", "CREAT", "HBA1C", "WORD"]),
            "value": (K.RESULT, []),
            "unit": (K.TEXT, _UNITS),
            "high": (K.NUMBER, [1.0, 88.4, 0.0]),
            "fasting": (K.BOOLEAN, [True, False]),
        },
        "undated": {"test": (K.TEXT, ["X"]), "value": (K.NUMBER, _VALUES)},
    }
    for name, codes in CODES.items():
        columns[name] = {
            "date": (dx_date, []),
            "end": (dx_end, []),
            "code": (K.TEXT, [*codes]),
            "status": (K.TEXT, ["ongoing", "done"]),
            "grade": (K.NUMBER, [1.0, 2.0, 3.0]),
            "noted": (K.PARTIAL_DATE, []),
            "vocabulary": (K.TEXT, ["ICD10", "ICD9", "SCT", "odd"]),
        }
    n = draw(st.sampled_from([30, 30, 30, 1, 0]))
    rows = draw(st.sampled_from([3, 3, 1, 0, 8]))
    spread = draw(st.sampled_from([SPREAD, SPREAD, (-3, -1)]))  # in three days values meet, tie and pair
    patients = list(range(1, n + 1))
    frames = {}
    for name, shape in columns.items():
        if name == "patients":
            keys = patients
        elif name == "facts":
            keys = [patient for patient in patients if random.random() < 0.7]
        else:
            keys = [random.randint(1, n + 1) for _ in range(rows * n)]  # n + 1 is nobody: an orphan
        frames[name] = one_table(random, shape, keys, copies=name not in {"patients", "facts"}, spread=spread)
    frames["patients"] = grown_up(random, frames["patients"])
    coverage = (ex.ColumnRef("patients", "covered_from"), ex.ColumnRef("patients", "covered_to"))
    dx = md.Table(
        "dx",
        date="date",
        end="end",
        code="code",
        dates=("noted",),
        ongoing=("status", "ongoing"),
        absence=draw(st.sampled_from([md.Absence.FALSE, md.Absence.FALSE, md.Absence.UNKNOWN])),
        coverage=draw(st.sampled_from([None, None, coverage])),
    )
    coded = {
        "dx": dx,
        "icd": replace(dx, name="icd", code_system="ICD-10"),
        "mixed": replace(dx, name="mixed", code_system=draw(st.sampled_from(ROW_SYSTEMS))),
    }
    frames |= {name: frames[name].with_columns(code_columns(table)) for name, table in coded.items()}
    dictionary = md.Dictionary(
        {
            "patients": md.Table("patients", grain=md.Grain.ONE, dates=("c1d1", "consent", "cutoff"), birth="born"),
            "facts": md.Table("facts", grain=md.Grain.ONE, dates=("seen",)),
            "labs": md.Table(
                "labs",
                date="date",
                sequence=draw(st.sampled_from([None, "number"])),
                absence=draw(st.sampled_from(md.Absence)),
            ),
            "results": md.Table("results", date="date"),
            "undated": md.Table("undated"),
            **{
                name: md.Table(
                    name,
                    date="date",
                    absence=draw(st.sampled_from(md.Absence)),
                    coverage=draw(st.sampled_from([None, None, coverage])),
                )
                for name in ("variants", "cna", "sv")
            },
            "tests": md.Table("tests", date="date"),
            "markers": md.Table("markers", date="date"),
            **coded,
        },
        {
            "ALT": md.Measure(
                "ALT",
                "labs",
                "value",
                {"test": ("ALT",)},
                unit="U/L",
                unit_column=draw(st.sampled_from([None, "unit"])),
                units={"ukat/L": Decimal(60)},
                reference_low="low",
                reference_high="high",
                plausible=draw(st.sampled_from([None, (Decimal(0), Decimal(5000))])),
            ),
            "ANY": md.Measure("ANY", "labs", "value", {"test": ("ALT", "AST")}),
            "HCG": md.Measure("HCG", "labs", "result"),
            "AST": md.Measure("AST", "labs", "value", {"test": ("AST",)}),
            "X": md.Measure("X", "undated", "value", {"test": ("X",)}),
            **gs.MEASURES,
            **draw(result_measures()),
        },
        genomics=draw(gs.genomics()),
        fallback=draw(fs.fallbacks()),
    )
    catalogue = {table: {name: kind for name, (kind, _) in shape.items()} for table, shape in columns.items()}
    return Cohort(dictionary, catalogue, frames)


# --- protocols ---------------------------------------------------------------------------------------------------

ANCHORS = {name: ma.ColumnAnchor(name, ex.ColumnRef("patients", name)) for name in ("c1d1", "consent", "cutoff")}
DERIVED = ("first", "second", "third")
"""Anchors derived from events; each may build on those before it."""
_anchor = st.sampled_from(["c1d1", "c1d1", "c1d1", "consent", "consent", *DERIVED])
_ops = st.sampled_from(Op)
_ordered_ops = [Op.LT, Op.LE, Op.GT, Op.GE]


def single(op: Op, value: str, unit: str | None = None) -> Comparison:
    return Comparison(((Test(op, Literal(value)),),), unit)


@st.composite
def number_comparisons(draw: st.DrawFn, values: list[str], unit: str | None = None) -> Comparison:
    value = st.sampled_from(values).map(Literal)
    form = draw(st.sampled_from(["one", "one", "one", "range", "set"]))
    if form == "one":
        return Comparison(((Test(draw(_ops), draw(value)),),), unit)
    if form == "set":
        items = draw(st.lists(value, min_size=1, max_size=3))
        return Comparison(tuple((Test(Op.EQ, item),) for item in items), unit, draw(st.booleans()))
    low = Test(draw(st.sampled_from([Op.GE, Op.GT])), draw(value))
    return Comparison(((low, Test(draw(st.sampled_from([Op.LE, Op.LT])), draw(value))),), unit)


def equalities(values: list[str]) -> st.SearchStrategy[Comparison]:
    one = st.builds(single, st.sampled_from([Op.EQ, Op.NE]), st.sampled_from(values))
    many = st.builds(
        lambda items, negated: Comparison(tuple((Test(Op.EQ, Literal(i)),) for i in items), None, negated),
        st.lists(st.sampled_from(values), min_size=1, max_size=2),
        st.booleans(),
    )
    return st.one_of(one, many)


day_comparisons = number_comparisons(["2024-02-15", "2024-02-29", "2024-03-01"])


@st.composite
def durations(draw: st.DrawFn, sign: int) -> Duration:
    unit = draw(st.sampled_from([DurationUnit.DAYS, DurationUnit.DAYS, *DurationUnit]))
    reach = 20 if unit is DurationUnit.DAYS else 2
    return Duration(sign * draw(st.integers(0, reach)), unit)


@st.composite
def windows(draw: st.DrawFn, anchors: st.SearchStrategy[str] = _anchor) -> Window:
    form = draw(st.sampled_from(["none", "within", "within", "within", "before", "by", "after", "from", "both"]))
    anchor, exact = draw(anchors), draw(st.booleans())
    match form:
        case "none":
            return Window()
        case "within":
            start, end = (
                Bound(anchor, draw(durations(-1))),
                Bound(anchor, draw(durations(draw(st.sampled_from([-1, 1]))))),
            )
            return Window((start,), (end,))
        case "before" | "by":
            return Window((), (Bound(anchor, closed=form == "by"),), exact)
        case "after" | "from":
            return Window((Bound(anchor, closed=form == "from"),), (), exact)
        case _:
            return Window(
                (Bound(draw(anchors), closed=draw(st.booleans())),),
                (Bound(draw(anchors), closed=draw(st.booleans())),),
                exact,
            )


def _field(name: str, comparisons: st.SearchStrategy[Comparison]) -> st.SearchStrategy[ex.RowCondition]:
    return st.builds(ex.FieldIs, st.just(name), comparisons)


def row_conditions(leaves: st.SearchStrategy[ex.RowCondition]) -> st.SearchStrategy[ex.RowCondition]:
    items = st.lists(leaves, min_size=1, max_size=2).map(tuple)
    return st.one_of(
        leaves, leaves, st.builds(ex.RowAll, items), st.builds(ex.RowAny, items), st.builds(ex.RowNot, leaves)
    )


dx_where = row_conditions(
    st.one_of(
        _field("grade", number_comparisons(["2"])),
        _field("status", equalities(["done"])),
        _field("noted", day_comparisons),
    )
)
lab_where = row_conditions(_field("fasting", equalities(["true"])))


@st.composite
def selections(draw: st.DrawFn, anchors: st.SearchStrategy[str] = _anchor) -> ex.Selection:
    table = draw(st.sampled_from(["dx", "icd", "mixed"]))
    codes = draw(st.none() | code_sets(table))
    return ex.Selection(table, codes, draw(st.none() | dx_where), draw(windows(anchors)))


@st.composite
def derived_anchors(draw: st.DrawFn) -> dict[str, ma.EventAnchor]:
    """Anchors derived from events, each of which may build on those before it."""
    found: dict[str, ma.EventAnchor] = {}
    for name in DERIVED:
        before = st.sampled_from(["c1d1", "consent", *found, *found])
        if draw(st.sampled_from([True, True, True, False])):
            selection, columns = draw(selections(before)), [None, "date", "end_date", "end", "end", "noted"]
        else:
            selection, columns = ex.Selection("labs", None, draw(st.none() | lab_where), draw(windows(before))), [None]
        found[name] = ma.EventAnchor(name, draw(st.sampled_from(ma.Pick)), selection, draw(st.sampled_from(columns)))
    return found


@st.composite
def code_sets(draw: st.DrawFn, table: str) -> CodeSet:
    """Sets that can be asked of a table: of several systems, with what lies below their codes, with a name."""
    entries = draw(st.lists(st.sampled_from(ENTRIES[table]), min_size=1, max_size=3))
    return CodeSet(tuple(entries), draw(st.sampled_from(["", "tumours"])))


@st.composite
def _some_last_rows(draw: st.DrawFn) -> ex.LastRows:
    n = draw(st.integers(1, 3))
    return ex.LastRows(n, draw(st.booleans()), draw(st.integers(1, n)))


last_rows = st.none() | _some_last_rows()


# --- computed values -----------------------------------------------------------------------------------------------

WORDS = (("yes", ("positive", "female")), ("no", ("negative",)))  # "male" stands under no word
_a, _b = ar.Variable("a"), ar.Variable("b")
_NUMERIC: list[ar.Expression] = [
    ar.Arithmetic(ar.Operator.SUBTRACT, _a, _b),
    ar.Arithmetic(ar.Operator.DIVIDE, _a, _b),
    ar.Arithmetic(ar.Operator.ADD, _a, ar.Call(ar.Function.MIN, (_b, ar.Number(Decimal(50))))),
]
_WORDED: list[ar.Expression] = [
    ar.Cases(((ar.WordIs(_b, "yes"), _a),), ar.Arithmetic(ar.Operator.MULTIPLY, ar.Number(Decimal(2)), _a))
]
_ranges = st.one_of(
    st.builds(single, st.sampled_from([*_ordered_ops, Op.EQ]), st.sampled_from(["100", "0", "1.65", "1"])),
    st.just(Comparison(((Test(Op.GE, Literal("1")), Test(Op.LT, Literal("100"))),))),
)
_measured = st.sampled_from(
    [
        ex_c.MeasureInput("ALT", "U/L"),
        ex_c.MeasureInput("ALT", "ukat/L"),
        ex_c.MeasureInput("ALT", own_unit=True),
        ex_c.MeasureInput("ANY"),
        ex_c.MeasureInput("AST"),
    ]
)
_resulted = st.sampled_from(
    [
        ex_c.MeasureInput("CREAT", "mg/dL"),
        ex_c.MeasureInput("CREAT", "umol/L"),
        ex_c.MeasureInput("HBA1C", "mmol/mol"),
        ex_c.MeasureInput("HBA1C", own_unit=True),
    ]
)
_worded = st.sampled_from(
    [ex_c.MeasureInput("HCG", words=WORDS), ex_c.MeasureInput("HCG", words=(("yes", ("positive",)),))]
)


@st.composite
def picks(draw: st.DrawFn, of: st.SearchStrategy[ex_c.MeasureInput]) -> ex_c.PickInput:
    measured, window, where = draw(of), draw(windows()), draw(st.none() | lab_where)
    if measured.measure == "X":
        window, where = Window(), None
    takes = [take for take in ex.Take if take not in {ex.Take.ANY, ex.Take.ALL}]
    takes = [take for take in takes if take.picks_by_date or not measured.words]
    take = draw(st.sampled_from([take for take in takes if take is not ex.Take.CLOSEST or window.bounds]))
    return ex_c.PickInput(measured, take, window, where, draw(st.sampled_from(ex.Tie)))


def computed(names: list[str]) -> st.SearchStrategy[ex.Computed]:
    defined = [st.builds(ex_c.DefinitionInput, st.sampled_from(names))] if names else []
    number = st.one_of(
        picks(_measured),
        picks(_resulted),
        picks(st.just(ex_c.MeasureInput("X"))),
        st.builds(ex_c.AgeInput, st.sampled_from(ex.AgeUnit), _anchor),
        st.sampled_from([ex_c.ColumnInput(ex.ColumnRef(*c.split("."))) for c in ("patients.ecog", "facts.score")]),
        *defined,
    )
    word = st.one_of(picks(_worded), st.just(ex_c.ColumnInput(ex.ColumnRef("patients", "sex"), WORDS)))
    return st.one_of(_formula(_NUMERIC, number, number), _formula(_WORDED, number, word), _changes())


@st.composite
def _formula(
    draw: st.DrawFn,
    expressions: list[ar.Expression],
    first: st.SearchStrategy[ex_c.Input],
    second: st.SearchStrategy[ex_c.Input],
) -> ex.Computed:
    inputs = (("a", draw(first)), ("b", draw(second)))
    expression, compare, tie = draw(st.sampled_from(expressions)), draw(_ranges), draw(st.sampled_from(ex.Tie))
    return ex.Computed("F", "F", expression, inputs, None, compare, tie)


@st.composite
def _changes(draw: st.DrawFn) -> ex.Computed:
    kind, pick = draw(st.sampled_from(ex.Change)), draw(picks(st.one_of(_measured, _resulted)))
    later = replace(pick, window=draw(windows().filter(lambda w: bool(w.bounds))))
    earlier = replace(pick, window=draw(windows().filter(lambda w: bool(w.bounds))))
    inputs = (("from", earlier), ("to", later))
    return ex.Computed(
        "ALT", "ALT", ex_c.change_expression(kind), inputs, None, draw(_ranges), draw(st.sampled_from(ex.Tie)), kind
    )


@st.composite
def paired(draw: st.DrawFn) -> ex.Paired:
    numeric = draw(st.booleans())
    measured = draw(st.sampled_from([_measured, _measured, _resulted])) if numeric else _measured
    inputs = (("a", draw(measured)), ("b", draw(measured if numeric else _worded)))
    expression = draw(st.sampled_from(_NUMERIC if numeric else _WORDED))
    window, where = draw(windows()), draw(st.none() | lab_where)
    take = draw(st.sampled_from([t for t in ex.Take if t is not ex.Take.CLOSEST or window.bounds]))
    last = None if take.picks_by_date else draw(last_rows)
    compare, tie = draw(number_comparisons(["100", "0", "1.65", "1"])), draw(st.sampled_from(ex.Tie))
    return ex.Paired("F", "F", expression, inputs, None, take, compare, window, where, tie, last)


@st.composite
def counted(draw: st.DrawFn, leaf: ex.MeasureIs) -> ex.MeasureIs:
    """How many of a measure's results meet the comparison."""
    return replace(leaf, take=ex.Take.ANY, times=draw(number_comparisons(["0", "1", "2", "1.5"])))


def measures() -> st.SearchStrategy[ex.MeasureIs]:
    return st.one_of(_picked(), _picked(), _picked(), _picked().flatmap(counted))


@st.composite
def _picked(draw: st.DrawFn) -> ex.MeasureIs:
    name = draw(st.sampled_from(["ALT", "ALT", "ALT", "ANY", "HCG", "X", "CREAT", "CREAT", "HBA1C", "WORD"]))
    tie = draw(st.sampled_from(ex.Tie))
    window, where = draw(windows()), draw(st.none() | lab_where)

    def draw_last(take: ex.Take) -> ex.LastRows | None:
        return None if take.picks_by_date else draw(last_rows)

    if name == "HCG":
        take = draw(st.sampled_from([ex.Take.LATEST, ex.Take.EARLIEST, ex.Take.ANY, ex.Take.ALL]))
        return ex.MeasureIs(name, take, draw(equalities(["negative", "positive"])), window, where, tie, draw_last(take))
    if name == "WORD" or (name == "CREAT" and draw(st.integers(0, 5)) == 0):
        take = draw(st.sampled_from([ex.Take.LATEST, ex.Take.EARLIEST, ex.Take.ANY, ex.Take.ALL]))
        return ex.MeasureIs(name, take, draw(equalities(["negative", "positive"])), window, where, tie, draw_last(take))
    if name == "X":
        window, where = Window(), None
    take = draw(st.sampled_from([t for t in ex.Take if t is not ex.Take.CLOSEST or window.bounds]))
    units = {
        "ALT": ["U/L", "ukat/L", ULN, LLN],
        "CREAT": ["umol/L", "mg/dL", "mg/dL", "µmol/l", "mg%", ULN],
        "HBA1C": ["%", "mmol/mol", ULN],
        "X": [None, ULN, LLN],
    }
    unit = draw(st.sampled_from(units.get(name, [None])))
    values = {ULN: ["1.5", "2.5", "0.5"], LLN: ["1.5", "2.5", "0.5"], "mg/dL": ["1", "1.5"], "mg%": ["1", "0.5"]}.get(
        unit or "", ["100", "60", "1.65", "132.6", "88.4"]
    )
    return ex.MeasureIs(
        name, take, draw(number_comparisons(values, unit)), window, where, tie, draw_last(take) if name != "X" else None
    )


def biomarkers() -> st.SearchStrategy[ex.MeasureIs]:
    return st.one_of(_categories(), _categories(), _categories().flatmap(counted))


@st.composite
def _categories(draw: st.DrawFn) -> ex.MeasureIs:
    name = draw(st.sampled_from(["MSI", "PGX"]))
    words = ["high", "stable"] if name == "MSI" else ["poor", "intermediate"]
    takes = [ex.Take.LATEST, ex.Take.EARLIEST, ex.Take.ANY, ex.Take.ALL]
    return ex.MeasureIs(
        name,
        draw(st.sampled_from(takes)),
        draw(equalities(words)),
        draw(windows()),
        draw(st.none() | lab_where),
        draw(st.sampled_from(ex.Tie)),
        tested=draw(st.none() | gs.tested),
    )


alteration_where = row_conditions(_field("depth", number_comparisons(["100"])))


@st.composite
def gaps(draw: st.DrawFn) -> ex.Gap:
    selection = draw(selections())
    selection = ex.Selection(selection.table, selection.codes, selection.where)
    column = draw(st.sampled_from([None, "date", "end_date", "end"]))
    return ex.Gap(
        selection,
        column,
        draw(_anchor),
        draw(_ops),
        draw(durations(1)),
        draw(st.sampled_from(ex.NoEvent)),
        draw(st.booleans()),
    )


@st.composite
def values(draw: st.DrawFn) -> ex.ValueIs:
    column, comparisons = draw(
        st.sampled_from(
            [
                ("patients.sex", equalities(["female"])),
                ("patients.ecog", number_comparisons(["1"])),
                ("patients.measurable", equalities(["true"])),
                ("patients.nothing", equalities(["x"])),
                ("patients.c1d1", day_comparisons),
                ("facts.score", number_comparisons(["2.5"])),
                ("facts.seen", day_comparisons),
            ]
        )
    )
    return ex.ValueIs(ex.ColumnRef(*column.split(".")), draw(comparisons))


ages = st.builds(ex.AgeIs, st.sampled_from(ex.AgeUnit), _anchor, number_comparisons(["0", "1", "18"]))
leaves: st.SearchStrategy[ex.Condition] = st.one_of(
    computed([]),
    paired(),
    values(),
    ages,
    measures(),
    measures(),
    measures(),
    gaps(),
    st.builds(ex.Exists, selections()),
    st.builds(ex.Count, selections(), number_comparisons(["0", "1", "2"])),
    gaps(),
    gs.alterations(windows(), alteration_where),
    gs.alterations(windows(), alteration_where),
    gs.alterations(windows(), alteration_where),
    biomarkers(),
)


def _groups(inner: st.SearchStrategy[ex.Condition]) -> st.SearchStrategy[ex.Condition]:
    items = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(ex.All, items),
        st.builds(ex.AnyOf, items),
        st.builds(ex.Not, inner),
        st.builds(ex.AtLeast, st.integers(1, 3), items),
        st.builds(ex.Choose, st.lists(st.tuples(inner, inner), min_size=1, max_size=2).map(tuple), inner),
    )


def conditions(names: list[str]) -> st.SearchStrategy[ex.Condition]:
    base = leaves
    if names:
        base = st.one_of(leaves, leaves, st.builds(ex.Ref, st.sampled_from(names)), computed(names))
    return st.recursive(base, _groups, max_leaves=4)


@st.composite
def protocols(draw: st.DrawFn) -> mp.Protocol:
    """A protocol of a few criteria with whatever else a protocol may have."""
    definitions = {name: draw(conditions([])) for name in draw(st.sampled_from([[], ["d1"], ["d1", "d2"]]))}
    rule = conditions(list(definitions))
    criteria = tuple(
        mp.Criterion(
            f"C{i}",
            draw(st.sampled_from(mp.Kind)),
            "",
            draw(rule),
            applies_when=draw(st.none() | st.none() | rule),
            unknown=draw(st.sampled_from(UnknownPolicy)),
            severity=draw(st.sampled_from([mp.CriterionSeverity.REQUIRED] * 3 + [mp.CriterionSeverity.ADVISORY])),
        )
        for i in range(draw(st.integers(2, 5)))
    )
    return mp.Protocol(
        mp.Trial("T"),
        criteria,
        {**ANCHORS, **draw(derived_anchors())},
        definitions=definitions,
        arms=draw(arms(rule)),
        strata=draw(strata(rule)),
        as_of=draw(st.sampled_from([None, None, None, "cutoff", "cutoff", "second"])),
        library=gs.LIBRARY,
    )


@st.composite
def arms(draw: st.DrawFn, rule: st.SearchStrategy[ex.Condition]) -> tuple[mp.Arm, ...] | mp.ArmColumn:
    match draw(st.sampled_from(["none", "column", "recorded", "rule"])):
        case "column":
            return mp.ArmColumn(
                ex.ColumnRef("patients", draw(st.sampled_from(["sex", "ecog", "measurable", "nothing"])))
            )
        case "recorded":
            sex = ex.ColumnRef("patients", "sex")
            both = [mp.RecordedArm(name, "", sex, draw(equalities(["female", "male"]))) for name in ("A", "B")]
            return (*both, mp.RandomisedArm("R", ""))
        case "rule":
            policies = st.sampled_from([UnknownPolicy.QUERY, UnknownPolicy.FAIL])
            places = st.sampled_from([None, None, mp.Slots(3, "c1d1"), mp.Slots(2, "third")])
            by_rule = [
                mp.RuleArm(f"A{i}", "", draw(rule), draw(st.integers(1, 9)) * 2 + i, draw(policies), draw(places))
                for i in (0, 1)
            ]
            sex = ex.ColumnRef("patients", "sex")
            recorded = [mp.RecordedArm("R", "", sex, draw(equalities(["female"])))]
            return (*by_rule, *draw(st.sampled_from([[], [], recorded])))
        case _:
            return ()


@st.composite
def strata(draw: st.DrawFn, rule: st.SearchStrategy[ex.Condition]) -> tuple[mp.Stratum, ...]:
    unknown = st.sampled_from(mp.StratumUnknown)
    column = mp.ColumnStratum("S0", ex.ColumnRef("patients", draw(st.sampled_from(["sex", "ecog"]))), draw(unknown))
    levels = tuple((name, draw(rule)) for name in draw(st.sampled_from([["x"], ["x", "y"]])))
    named = st.sampled_from([None, "rest"])
    by_level = mp.LevelStratum("S1", levels, draw(named), draw(st.sampled_from([None, "x"])), draw(unknown))
    return draw(st.sampled_from([(), (column,), (by_level,), (column, by_level)]))


def reaches(condition: ex.Condition, seen: Callable[[type], None]) -> None:
    """Report the type of every node of a condition, row conditions included."""
    for node in ex.walk(condition):
        seen(type(node))
        where = getattr(node, "where", None) or getattr(getattr(node, "selection", None), "where", None)
        stack = [] if where is None else [where]
        while stack:
            row = stack.pop()
            seen(type(row))
            stack.extend(getattr(row, "items", ()) or ([row.item] if isinstance(row, ex.RowNot) else []))
