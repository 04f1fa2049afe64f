"""Alterations in public cohorts: every count beside one by an independent query of the files.

TCGA LAML has a MAF in which 7 of 200 patients are not: nobody says whether they were sequenced. In IMvigor210 the assay
links only some of the patients.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from stratify.compile import compile_plan, reasons_column, result_column
from stratify.data import open_cohort
from stratify.model.truth import CriterionResult, reason_labels
from stratify.protocol import parse_dictionary, parse_protocol, typecheck
from stratify.screening import screen
from support import shared_path

pytestmark = pytest.mark.shared

_WORDS = {CriterionResult.MET: "T", CriterionResult.NOT_MET: "F"}


def screened(folder: Path, dictionary: str, rules: dict[str, str]) -> dict[str, Counter[str]]:
    """For each rule how many patients are true, false, or unknown for a reason."""
    criteria = "\n".join(f"  - {{id: {name}, kind: inclusion, text: t, rule: {rule}}}" for name, rule in rules.items())
    protocol = parse_protocol(f"format: stratify/1\ntrial: {{id: T}}\ncriteria:\n{criteria}\n")
    cohort = open_cohort(folder, parse_dictionary(dictionary))
    assert typecheck(protocol, cohort.dictionary, cohort.catalogue) == ()
    frame = screen(compile_plan(protocol, cohort.dictionary, cohort.catalogue), cohort.frames).frame

    def said(row: dict[str, int], name: str) -> str:
        result = CriterionResult(row[result_column(name)])
        return _WORDS.get(result) or "+".join(reason_labels(row[reasons_column(name)]))

    return {name: Counter(said(row, name) for row in frame.to_dicts()) for name in rules}


LAML = """
format: stratify-dictionary/1
tables:
  patients: {file: clinical.parquet, key: Tumor_Sample_Barcode}
  maf: {file: maf.parquet, key: Tumor_Sample_Barcode}
  sequenced: {file: sequenced.parquet, key: Tumor_Sample_Barcode}
references: {panels: {file: panels.csv}}
genomics:
  variants: {table: maf, gene: Hugo_Symbol, protein: Protein_Change, class: Variant_Classification, vaf: i_TumorVAF_WU}
  assays: {table: sequenced, panel: panel}
  panels: {reference: panels, panel: panel, gene: gene}
"""
FRAMESHIFT = ("Frame_Shift_Del", "Frame_Shift_Ins")
LAML_RULES = {
    "FLT3": "{alteration: FLT3}",
    "D835": "{alteration: FLT3, any_of: [{pattern: p.D835}]}",
    "FLT3-ITD": "{alteration: FLT3, any_of: [{class: inframe_insertion}]}",
    "NPM1": "{alteration: NPM1, any_of: [{class: frameshift}]}",
    "IDH1": "{alteration: IDH1, any_of: [{pattern: p.R132}]}",
    "IDH2": "{alteration: IDH2, any_of: [{pattern: p.R140}, {protein: p.Arg172Lys}]}",
    "DNMT3A": "{alteration: DNMT3A, any_of: [{class: truncating}]}",
    "R882H-40": "{alteration: DNMT3A, any_of: [{protein: R882H}], min_vaf: {value: 40}}",
}


def test_tcga_laml(tmp_path: Path) -> None:
    maf = pl.read_parquet(shared_path("data", "tcga_laml", "maf.parquet"))
    clinical = pl.read_parquet(shared_path("data", "tcga_laml", "clinical.parquet"))
    maf.write_parquet(tmp_path / "maf.parquet")
    clinical.write_parquet(tmp_path / "clinical.parquet")
    key = "Tumor_Sample_Barcode"
    maf.select(key, panel=pl.lit("exome")).unique().write_parquet(tmp_path / "sequenced.parquet")
    genes = ("FLT3", "NPM1", "IDH1", "IDH2", "DNMT3A")
    (tmp_path / "panels.csv").write_text("panel,gene\n" + "".join(f"exome,{gene}\n" for gene in genes))
    said = screened(tmp_path, LAML, LAML_RULES)

    gene, change, kind = pl.col("Hugo_Symbol"), pl.col("Protein_Change"), pl.col("Variant_Classification")
    asked = {
        "FLT3": gene == "FLT3",
        "D835": (gene == "FLT3") & change.str.contains(r"^p\.D835[A-Z]$"),
        # Of one tandem duplication the file calls the class Splice_Site; its notation is an insertion all the same.
        "FLT3-ITD": (gene == "FLT3") & ((kind == "In_Frame_Ins") | change.str.contains(r"ins[A-Z]+$")),
        "NPM1": (gene == "NPM1") & kind.is_in(FRAMESHIFT),
        "IDH1": (gene == "IDH1") & change.str.contains(r"^p\.R132[A-Z]$"),
        "IDH2": (gene == "IDH2") & change.str.contains(r"^p\.(R140[A-Z]|R172K)$"),
        "DNMT3A": (gene == "DNMT3A") & kind.is_in(["Nonsense_Mutation", *FRAMESHIFT, "Splice_Site"]),
        "R882H-40": (gene == "DNMT3A") & (change == "p.R882H") & (pl.col("i_TumorVAF_WU") >= 40),
    }
    known = clinical.select(key)
    tested = known.join(maf.select(key).unique(), on=key, how="semi").height
    assert (known.height, tested) == (200, 193)
    for name, condition in asked.items():
        positive = known.join(maf.filter(condition).select(key).unique(), on=key, how="semi").height
        assert said[name]["T"] == positive, name
        assert said[name]["not_tested"] == known.height - tested, name
        assert said[name]["F"] == tested - positive - said[name]["null_value"], name
    assert {name: counts["null_value"] for name, counts in said.items() if counts["null_value"]} == {}


IMVIGOR = """
format: stratify-dictionary/1
tables:
  patients: {file: patients.parquet, key: ANONPT_ID}
  short: {file: short.parquet, key: ANONPT_ID}
  copies: {file: copies.parquet, key: ANONPT_ID}
  profiled: {file: profiled.parquet, key: ANONPT_ID}
references: {panels: {file: panels.csv}}
measures:
  PDL1_IC: {table: markers, value: level, categories: {high: [IC2+], low: [IC1, IC0]}}
genomics:
  variants: {table: short, gene: feature, protein: change, call: kind,
             calls: {pathogenic: [known_short], likely_pathogenic: [likely_short]}}
  copy_number: {table: copies, gene: feature, call: kind, calls: {deep_deletion: [deletion]}}
  assays: {table: profiled, panel: panel}
  panels: {reference: panels, panel: panel, gene: gene}
"""


def test_imvigor210_is_tested_as_far_as_the_assay_links(tmp_path: Path) -> None:
    folder = shared_path("data", "imvigor210")
    clinical = pl.read_parquet(folder / "clinical.parquet").unique("ANONPT_ID", keep="first", maintain_order=True)
    samples = pl.read_parquet(folder / "fmone_samples.parquet").select("sample_id", "ANONPT_ID")
    rows = pl.read_parquet(folder / "fmone_alterations.parquet").join(samples, on="sample_id")
    short = (  # one cell may hold several changes: "c.742C>T_p.R248C(0.6,537); c.746C>G_p.S249C(0.01,575)"
        rows.filter(pl.col("kind").str.ends_with("short"))
        .with_columns(pl.col("call").str.split("; "))
        .explode("call")
        .with_columns(change=pl.col("call").str.extract(r"_(p\.[^(]+)\("))
    )
    clinical.write_parquet(tmp_path / "patients.parquet")
    clinical.select("ANONPT_ID", level="IC.Level").write_parquet(tmp_path / "markers.parquet")
    short.select("ANONPT_ID", "feature", "change", "kind").write_parquet(tmp_path / "short.parquet")
    rows.filter(~pl.col("kind").str.ends_with("short")).select("ANONPT_ID", "feature", "kind").write_parquet(
        tmp_path / "copies.parquet"
    )
    samples.select("ANONPT_ID", panel=pl.lit("F1")).unique().write_parquet(tmp_path / "profiled.parquet")
    (tmp_path / "panels.csv").write_text("panel,gene\nF1,FGFR3\nF1,CDKN2A\n")
    dictionary = IMVIGOR.replace("  profiled:", "  markers: {file: markers.parquet, key: ANONPT_ID}\n  profiled:")
    said = screened(
        tmp_path,
        dictionary,
        {
            "FGFR3": "{alteration: FGFR3, any_of: [{pattern: p.1_999}, {cnv: amplification}]}",
            "S249C": "{alteration: FGFR3, any_of: [{protein: p.Ser249Cys}], call: pathogenic}",
            "CDKN2A": "{alteration: CDKN2A, any_of: [{cnv: deep_deletion}]}",
            "IC2": '{biomarker: PDL1_IC, is: "== high"}',
        },
    )
    known = clinical.select("ANONPT_ID")
    linked = known.join(samples, on="ANONPT_ID", how="semi").height
    feature, kind, call = pl.col("feature"), pl.col("kind"), pl.col("call")
    asked = {
        "FGFR3": (feature == "FGFR3") & (call.str.contains(r"_p\.[A-Z]\d+[A-Z]\(") | (kind == "amplification")),
        "S249C": (feature == "FGFR3") & (kind == "known_short") & call.str.contains("S249C", literal=True),
        "CDKN2A": (feature == "CDKN2A") & (kind == "deletion"),
    }
    assert (known.height, linked) == (347, 274)
    for name, condition in asked.items():
        positive = known.join(rows.filter(condition), on="ANONPT_ID", how="semi").height
        open_ = said[name]["null_value"]
        assert (said[name]["T"], said[name]["not_tested"]) == (positive, known.height - linked), name
        assert said[name]["F"] == linked - positive - open_, name
        assert positive > 0
    levels = clinical["IC.Level"].value_counts().to_dicts()
    count = {row["IC.Level"]: row["count"] for row in levels}
    assert said["IC2"] == {"T": count["IC2+"], "F": count["IC0"] + count["IC1"], "null_value": count[None]}
