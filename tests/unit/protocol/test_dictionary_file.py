"""The data dictionary's file: what it becomes, what is refused, and that it is written as it is read."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.diagnostics import StratifyError
from stratify.model.analytes import analyte
from stratify.model.codes import RowSystems
from stratify.model.dictionary import Absence, Dictionary, Grain, Hierarchy, Measure, Reference, Table
from stratify.model.expression import ColumnRef
from stratify.model.fallback import Fallback, FallbackKey
from stratify.model.genomic_words import VafUnit
from stratify.model.genomics import AssayTable, CopyNumberTable, FusionTable, Genomics, Panels, VariantTable
from stratify.protocol import dictionary_yaml, load_dictionary, parse_dictionary
from stratify.protocol.dictionary_text import quoted
from unit.protocol.marked import MARK, assert_findings, findings_of, split

HEAD = "format: stratify-dictionary/1\ntables:\n  patients: {dates: [a, b]}\n"

TREE = f"{HEAD}references: {{tree: {{}}}}\nhierarchies:\n  SNOMED: {{reference: tree, ancestor: a, descendant: b}}\n"


def measure(text: str) -> str:
    return f"{HEAD}  labs: {{date: d}}\nmeasures:\n  ALT: {text}\n"


def sexed(column: str, more: str = "") -> str:
    return f"{{reference: limits, measure: t, high: h, sex: {{column: s, from: {column}{more}}}}}"


def genomics(text: str) -> str:
    return f"{HEAD}  v: {{date: d}}\ngenomics:\n  {text}\n"


def fallback(text: str, birth: str = ", birth: born") -> str:
    return (
        f"format: stratify-dictionary/1\ntables:\n  patients: {{dates: [a, b]{birth}}}\n  labs: {{date: d}}\n"
        f"references: {{limits: {{}}}}\nref_fallback: {text}\n"
    )


CASES = [
    ("P010", f"format: {MARK}stratify/1\ntables: {{patients: {{}}}}\n"),
    ("P011", f"{HEAD}  labs: {{{MARK}dat: d}}\n"),
    ("P012", f"{MARK}format: stratify-dictionary/1\n"),
    ("P013", f"{HEAD}  labs: {MARK}[]\n"),
    ("P013", f"{HEAD}  labs: {{ongoing: {MARK}{{a: 1, b: 2}}}}\n"),
    ("P013", f"{HEAD}  labs: {{coverage: {MARK}[patients.a]}}\n"),
    ("P015", f"{HEAD}  labs: {{grain: {MARK}few}}\n"),
    ("P016", measure(f"{{table: labs, value: v, unit: a, units: {{b: {MARK}x}}}}")),
    ("P021", measure(f"{{table: labs, value: v, rows: {{test: {MARK}[]}}}}")),
    ("P023", f"{HEAD}  labs: {{coverage: [{MARK}a, patients.b]}}\n"),
    ("P201", f"format: stratify-dictionary/1\ntables: {MARK}{{labs: {{}}}}\n"),
    ("P201", f"format: stratify-dictionary/1\ntables: {MARK}{{patients: {{grain: many}}}}\n"),
    ("P202", f"zone: {MARK}Europe/Berlinn\n{HEAD}"),
    ("P202", f"{HEAD}  labs: {{zone: {MARK}../etc}}\n"),
    ("P203", f"{HEAD}  labs: {{columns: {{a: X, b: {MARK}X}}}}\n"),
    ("P204", measure(f"{{table: {MARK}lab, value: v}}")),
    ("P205", measure(f"{{table: labs, value: v, unit: a, units: {{b: {MARK}0}}}}")),
    ("P205", measure(f"{{table: labs, value: v, unit: a, units: {{a: {MARK}2}}}}")),
    ("P205", measure(f"{{table: labs, value: v, unit: a, units: {{b: {MARK}1E99999999}}}}")),
    ("P205", measure(f"{{table: labs, value: v, unit: 10*9/L, units: {{10^9/L: {MARK}2}}}}")),
    ("P206", measure(f"{{table: labs, value: v, units: {MARK}{{b: 2}}}}")),
    ("P207", measure(f"{{table: labs, value: v, plausible: {MARK}[5, 1]}}")),
    ("P207", measure(f"{{table: labs, value: v, plausible: {MARK}[5]}}")),
    ("P207", measure(f"{{table: labs, value: v, plausible: {MARK}[5, 1E99999999]}}")),
    (
        "P230",
        f"{HEAD}  labs: {{date: d}}\nmeasures:\n"
        f"  {MARK}BUN: {{table: labs, value: v, unit: mmol/L, aliases: [urea, blood urea]}}\n",
    ),
    ("P231", measure(f"{{table: labs, value: v, unit: mg/dL, analyte: {MARK}creatinin}}")),
    ("P232", measure(f"{{table: labs, value: v, unit: U/L, analyte: {MARK}creatinine}}")),
    ("P233", measure(f"{{table: labs, value: v, analyte: {MARK}creatinine}}")),
    ("P208", f"{HEAD}  labs: {{coverage: [patients.a, {MARK}labs.b]}}\n"),
    ("P209", measure("{table: labs, value: v, aliases: [GPT]}") + f"  GPT: {MARK}{{table: labs, value: w}}\n"),
    ("P210", f"{HEAD}references:\n  {MARK}patients: {{file: panels.csv}}\n"),
    ("P211", f"{HEAD}  labs: {{code_system: {MARK}ICD-10}}\n"),
    ("P013", f"{HEAD}  labs: {{code: c, code_system: {{column: s, systems: {MARK}ICD-10}}}}\n"),
    ("P021", f"{HEAD}  labs: {{code: c, code_system: {{column: s, systems: {MARK}{{}}}}}}\n"),
    ("P212", f"{HEAD}hierarchies:\n  SNOMED: {{reference: {MARK}ancestors, ancestor: a, descendant: b}}\n"),
    ("P213", f"{TREE}  {MARK}SCT: {{reference: tree, ancestor: a, descendant: b}}\n"),
    ("P214", f"{TREE}  {MARK}ICD10: {{reference: tree, ancestor: a, descendant: b}}\n"),
    ("P015", genomics(f"variants: {{table: v, gene: g, vaf_unit: {MARK}percent}}")),
    ("P220", genomics(f"variants: {{table: {MARK}w, gene: g}}")),
    ("P220", genomics(f"panels: {{reference: {MARK}v, panel: p, gene: g}}")),
    ("P221", genomics(f"variants: {{table: v, gene: g, calls: {{{MARK}patogenic: [x]}}}}")),
    ("P221", genomics(f"copy_number: {{table: v, gene: g, call: c, calls: {{{MARK}amp: [x]}}}}")),
    ("P222", genomics(f"variants: {{table: v, gene: g, origins: {{somatic: [x], germline: {MARK}[X]}}}}")),
    ("P223", measure(f"{{table: labs, value: v, categories: {{a: [x], b: {MARK}[x]}}}}")),
    ("P224", measure(f"{{table: labs, value: v, unit: mg, categories: {MARK}{{a: [x]}}}}")),
    ("P012", fallback(f"{MARK}{{reference: limits, high: h}}")),
    ("P013", fallback(f"{MARK}limits")),
    ("P023", fallback(f"{{reference: limits, measure: t, high: h, sex: {{column: s, from: {MARK}sex}}}}")),
    ("P223", fallback(sexed("patients.sex", f", categories: {{f: [x], m: {MARK}[x]}}"))),
    ("P234", fallback(f"{{reference: {MARK}limit, measure: t, high: h}}")),
    ("P235", fallback(sexed(f"{MARK}labs.sex"))),
    ("P235", fallback(sexed(f"{MARK}patient.sex"))),
    ("P236", fallback(f"{MARK}{{reference: limits, measure: t}}")),
    ("P237", fallback(f"{{reference: limits, measure: t, low: l, age_from: {MARK}a, age_to: b}}", birth="")),
    ("P237", fallback(f"{{reference: limits, measure: t, low: l, age_to: {MARK}b}}", birth="")),
    ("S001", f"{HEAD}  labs: {{file: {MARK}../labs.csv}}\n"),
]


@pytest.mark.parametrize(("code", "marked"), CASES, ids=[f"{i}-{code}" for i, (code, _) in enumerate(CASES)])
def test_finding_stands_at_its_mark(code: str, marked: str) -> None:
    text, places = split(marked)
    assert_findings(findings_of(parse_dictionary, text), code, places)


FULL = """\
format: stratify-dictionary/1
key: SUBJID
zone: Europe/Berlin
tables:
  patients: {file: adsl.parquet, birth: BRTHDTC, dates: [RANDDT, from, to], columns: {from: "DM FROM"}}
  site: {grain: one, key: PID, zone: UTC}
  labs: {file: lb.csv, date: LBDTC, absence_means: false, coverage: [patients.from, patients.to]}
  tx: {date: start, end: stop, code: atc, code_system: WHO ATC, ongoing: {status: NO}, units: {dose: 1}}
  dx: {code: dxcode, code_system: {column: voc, systems: {ICD10CM: icd-10-cm, 9: ICD9}}}
measures:
  CREAT:
    table: labs
    rows: {LBTESTCD: [CREAT, KREA], LBSPEC: SERUM}
    value: LBORRES
    unit: mg/dL
    unit_column: LBORRESU
    units: {umol/L: 0.01131}
    ref_low: LBLO
    ref_high: LBHI
    plausible: [0.1, 30]
    aliases: [Kreatinin]
  HCG: {table: labs, value: LBTEXT}
references:
  tree: {file: ancestors.csv}
hierarchies:
  SNOMED CT: {reference: tree, ancestor: a, descendant: 2nd}
"""

GENOMIC = """\
format: stratify-dictionary/1
tables: {patients: {}, maf: {}, cna: {}, sv: {}, done: {date: day}, labs: {}}
measures:
  MSI: {table: labs, value: v, categories: {high: [MSI-H, MSI High], stable: MSS}, assay: how, specimen: of}
  CYP2C19: {table: labs, value: v, phenotypes: cyp2c19}
references: {panels: {file: panels.csv}}
genomics:
  variants: {table: maf, gene: Hugo_Symbol, protein: HGVSp_Short, class: Variant_Classification, exon: Exon_Number,
             vaf: t_vaf, vaf_unit: fraction, origin: Mutation_Status, call: CLIN_SIG, assay: Center,
             origins: {somatic: [Valid]}, calls: {pathogenic_or_likely: [P/LP]}, classes: {splice: [Exon Skip]}}
  copy_number: {table: cna, gene: Hugo_Symbol, call: state, calls: {amplification: ["2"], deep_deletion: ["-2"]}}
  fusions: {table: sv, gene: Site1, partner: Site2}
  assays: {table: done, assay: type, panel: panel}
  assay_types: {tissue_ngs: [MSK-IMPACT, F1CDx]}
  panels: {reference: panels, panel: panel, gene: gene, exon: exon, protein: hotspot, finds: finds}
"""


LIMITS = """\
format: stratify-dictionary/1
tables: {patients: {birth: born}, sites: {grain: one}}
references: {limits: {file: limits.csv}}
ref_fallback:
  reference: limits
  measure: Test
  low: LLN
  high: ULN
  unit: Unit
  site: {column: 1st, from: sites.name}
  sex: {column: Sex, from: patients.SEX, categories: {female: [F, W], male: M}}
  age_from: from
  age_to: to
"""


def test_what_a_dictionary_says_of_limits_for_rows_without() -> None:
    words = {"female": "female", "F": "female", "W": "female", "male": "male", "M": "male"}
    assert parse_dictionary(LIMITS).fallback == Fallback(
        "limits",
        "Test",
        "LLN",
        "ULN",
        "Unit",
        FallbackKey("1st", ColumnRef("sites", "name")),
        FallbackKey("Sex", ColumnRef("patients", "SEX"), words),
        "from",
        "to",
    )
    short = parse_dictionary(fallback("{reference: limits, measure: t, high: h}"))
    assert short.fallback == Fallback("limits", "t", high="h")
    assert parse_dictionary(dictionary_yaml(short), "dictionary.yaml") == short


def test_what_a_dictionary_says_of_genomics() -> None:
    found = parse_dictionary(GENOMIC)
    assert found.genomics == Genomics(
        VariantTable(
            "maf",
            "Hugo_Symbol",
            "HGVSp_Short",
            "Variant_Classification",
            "Exon_Number",
            "t_vaf",
            VafUnit.FRACTION,
            "Mutation_Status",
            "CLIN_SIG",
            "Center",
            {"valid": "somatic"},
            {"plp": "pathogenic_or_likely"},
            {"exonskip": "splice"},
        ),
        CopyNumberTable("cna", "Hugo_Symbol", "state", calls={"2": "amplification", "-2": "deep_deletion"}),
        FusionTable("sv", "Site1", "Site2"),
        AssayTable("done", "type", "panel"),
        Panels("panels", "panel", "gene", "exon", "hotspot", "finds"),
        {"tissuengs": "tissue_ngs", "mskimpact": "tissue_ngs", "f1cdx": "tissue_ngs"},
    )
    assert found.measures["MSI"].categories == {"MSI-H": "high", "MSI High": "high", "MSS": "stable"}
    assert (found.measures["MSI"].assay, found.measures["MSI"].specimen) == ("how", "of")
    assert found.measures["CYP2C19"].phenotypes == "CYP2C19"


def test_everything_a_dictionary_says() -> None:
    dictionary = parse_dictionary(FULL, "x")
    zone = "Europe/Berlin"
    assert dictionary == Dictionary(
        tables={
            "patients": Table(
                "patients",
                "adsl.parquet",
                "SUBJID",
                Grain.ONE,
                {"from": "DM FROM"},
                dates=("RANDDT", "from", "to"),
                birth="BRTHDTC",
                zone=zone,
            ),
            "site": Table("site", "", "PID", Grain.ONE, zone="UTC"),
            "labs": Table(
                "labs",
                "lb.csv",
                "SUBJID",
                date="LBDTC",
                zone=zone,
                absence=Absence.FALSE,
                coverage=(ColumnRef("patients", "from"), ColumnRef("patients", "to")),
            ),
            "tx": Table(
                "tx",
                "",
                "SUBJID",
                date="start",
                end="stop",
                code="atc",
                zone=zone,
                ongoing=("status", "NO"),
                code_system="ATC",
                units={"dose": "1"},
            ),
            "dx": Table(
                "dx",
                "",
                "SUBJID",
                code="dxcode",
                zone=zone,
                code_system=RowSystems("voc", {"ICD10CM": "ICD-10-CM", "9": "ICD-9"}),
            ),
        },
        measures={
            "CREAT": Measure(
                "CREAT",
                "labs",
                "LBORRES",
                {"LBTESTCD": ("CREAT", "KREA"), "LBSPEC": ("SERUM",)},
                "mg/dL",
                "LBORRESU",
                {"umol/L": Decimal("0.01131")},
                "LBLO",
                "LBHI",
                (Decimal("0.1"), Decimal(30)),
                ("Kreatinin",),
                analyte("CREAT"),
            ),
            "HCG": Measure("HCG", "labs", "LBTEXT"),
        },
        references={"tree": Reference("tree", "ancestors.csv")},
        file="x",
        hierarchies={"SNOMED": Hierarchy("tree", "a", "2nd")},
    )


@pytest.mark.parametrize("written", [FULL, GENOMIC, LIMITS])
def test_a_dictionary_is_written_as_it_is_read(written: str) -> None:
    dictionary = parse_dictionary(written, "x")
    text = dictionary_yaml(dictionary)
    assert parse_dictionary(text, "x") == dictionary
    assert dictionary_yaml(parse_dictionary(text)) == text


@pytest.mark.parametrize(
    ("more", "id_"),
    [
        ("unit: U/L", "ALT"),
        ("unit: U/L, analyte: none", None),
        ("unit: U/L, analyte: AST", "AST"),
        ("unit: mg/dL, plausible: none", None),
        ("unit: mg/dL, analyte: serum creatinine, censored: true", "CREAT"),
        ("plausible: none", None),
    ],
)
def test_the_analyte_of_a_measure(more: str, id_: str | None) -> None:
    """By its names where one can be read in its unit, by `analyte` else; written only where the names do not say it."""
    dictionary = parse_dictionary(measure(f"{{table: labs, value: v, {more}}}"), "x")
    assert dictionary.measures["ALT"].analyte == (None if id_ is None else analyte(id_))
    text = dictionary_yaml(dictionary)
    assert parse_dictionary(text, "x") == dictionary
    assert ("analyte:" in text) == ("analyte:" in more)


@given(st.text(min_size=1, max_size=20).filter(lambda t: t.strip() == t and t.isprintable()))
def test_every_column_name_survives_writing(name: str) -> None:
    table = Table("patients", grain=Grain.ONE, columns={"logical": name})
    found = parse_dictionary(dictionary_yaml(Dictionary({"patients": table})))
    assert found.tables["patients"].columns == {"logical": name}


@pytest.mark.parametrize("word", ["yes", "No", "1.10", "08", "null", "~", "2026-01-01", "a: b", "#x", "é", ""])
def test_texts_that_other_readers_would_type_are_quoted(word: str) -> None:
    assert quoted(word).startswith('"')


def test_two_files_one_finding_each(tmp_path: Path) -> None:
    with pytest.raises(StratifyError) as caught:
        load_dictionary(tmp_path / "dictionary.yaml")
    assert [finding.code for finding in caught.value.findings] == ["P001"]
    path = tmp_path / "d.yaml"
    path.write_text(FULL, encoding="utf-8")
    assert load_dictionary(path) == parse_dictionary(FULL, str(path))
