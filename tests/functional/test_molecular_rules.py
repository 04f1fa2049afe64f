"""The protocols of molecular cohorts on their public data: every count beside an independent query of the files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from shutil import copy

import polars as pl
import pytest

from functional.commands import stratify
from stratify.model.truth import Verdict
from support import ROOT, shared_path

pytestmark = pytest.mark.shared

RULES = ROOT / "rules"


def screened(protocol: str, dictionary: str, data: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Verdicts and results of criteria, as the command writes them."""
    copy(RULES / "dictionaries" / dictionary, data / "dictionary.yaml")
    out = data.parent / "out"
    done = stratify("screen", RULES / protocol, "--data", data, "--out", out, cwd=data)
    assert done.code == 0, done.said
    return pl.read_parquet(out / "verdicts.parquet"), pl.read_parquet(out / "criteria.parquet")


def results(criteria: pl.DataFrame, criterion: str) -> dict[tuple[str, str], int]:
    """How many patients have which result, for which reason."""
    mine = criteria.filter(pl.col("criterion") == criterion)
    counted = mine.group_by("result", pl.col("reason").fill_null("")).len()
    return {(row["result"], row["reason"]): row["len"] for row in counted.to_dicts()}


def verdicts(frame: pl.DataFrame) -> dict[str, int]:
    return dict(frame.group_by("verdict").len().rows())


def test_imvigor210(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    folder = shared_path("data", "imvigor210")
    key = "ANONPT_ID"
    clinical = pl.read_parquet(folder / "clinical.parquet").unique(key, keep="first", maintain_order=True)
    samples = pl.read_parquet(folder / "fmone_samples.parquet")
    linked = pl.read_parquet(folder / "fmone_alterations.parquet").join(
        samples.select("sample_id", key), on="sample_id"
    )
    short = linked.filter(pl.col("kind").str.ends_with("short"))
    changes = short.with_columns(pl.col("call").str.split("; ")).explode("call")
    clinical.write_parquet(data / "clinical.parquet")
    changes.select(key, "feature", "kind", change=pl.col("call").str.extract(r"_(p\.[^(]+)\(")).write_parquet(
        data / "variants.parquet"
    )
    linked.join(short, on=linked.columns, how="anti").select(key, "feature", "kind").write_parquet(
        data / "copies.parquet"
    )
    samples.select(key, panel=pl.lit("F1")).unique().write_parquet(data / "profiled.parquet")
    burden = pl.col("FMOne.mutation.burden.per.MB")
    pl.concat(
        [
            clinical.select(key, marker=pl.lit("TMB"), number=burden.cast(pl.Float64), level=pl.lit(None, pl.String)),
            clinical.select(key, marker=pl.lit("IC"), number=pl.lit(None, pl.Float64), level="IC.Level"),
        ]
    ).drop_nulls(key).filter(pl.col("number").is_not_null() | pl.col("level").is_not_null()).write_parquet(
        data / "markers.parquet"
    )
    (data / "panels.csv").write_text("panel,gene\nF1,FGFR3\n")
    found, criteria = screened("molecular/imvigor210.yaml", "imvigor210.yaml", data)

    driver = short.filter(
        (pl.col("feature") == "FGFR3")
        & (pl.col("kind") == "known_short")
        & pl.col("call").str.contains(r"_p\.(R248C|S249C|G370C|Y373C)\(")
    )
    tested, driven = set(samples[key]), set(driver[key])
    asked = clinical.select(
        key,
        ecog=pl.col("Baseline.ECOG.Score") <= 1,
        platinum=pl.col("Received.platinum") == "Y",
        tmb=burden >= 10,
        free=pl.when(pl.col(key).is_in(driven)).then(False).when(pl.col(key).is_in(tested)).then(True),
    )
    assert found.height == clinical.height == 347
    for criterion, column in (("INC-01", "ecog"), ("INC-02", "platinum"), ("INC-03", "tmb"), ("EXC-01", "free")):
        said = results(criteria, criterion)
        values = asked[column]
        assert said.get(("met", ""), 0) == values.sum(), criterion
        assert said.get(("not_met", ""), 0) == (~values).sum(), criterion
        assert said.get(("unknown", "not_tested"), 0) == values.null_count(), criterion
        assert sum(said.values()) == 347
    every, some_no = (
        pl.all_horizontal("ecog", "platinum", "tmb", "free"),
        ~pl.all_horizontal(pl.col("ecog", "platinum", "tmb", "free").fill_null(True)),
    )
    eligible = asked.filter(every)
    ineligible = asked.filter(some_no)
    assert verdicts(found) == {
        "ELIGIBLE": eligible.height,
        "INELIGIBLE": ineligible.height,
        "UNDETERMINED": 347 - eligible.height - ineligible.height,
    }
    assert min(verdicts(found).values()) > 0
    words = {"IC2+": "high", "IC1": "low", "IC0": "low", None: "unknown"}
    expected = Counter(f"PDL1_IC={words[level]}" for level in clinical["IC.Level"])
    assert dict(found.group_by("stratum").len().rows()) == expected


def test_tcga_laml(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    key = "Tumor_Sample_Barcode"
    maf = pl.read_parquet(shared_path("data", "tcga_laml", "maf.parquet"))
    clinical = pl.read_parquet(shared_path("data", "tcga_laml", "clinical.parquet"))
    maf.write_parquet(data / "maf.parquet")
    clinical.write_parquet(data / "clinical.parquet")
    maf.select(key, panel=pl.lit("exome")).unique().write_parquet(data / "sequenced.parquet")
    (data / "panels.csv").write_text("panel,gene\nexome,FLT3\nexome,NPM1\nexome,IDH1\nexome,IDH2\n")
    found, criteria = screened("molecular/aml-arms.yaml", "tcga-laml.yaml", data)

    gene, change, kind = pl.col("Hugo_Symbol"), pl.col("Protein_Change"), pl.col("Variant_Classification")
    sets = {
        # Of one tandem duplication the file calls the class Splice_Site; its notation is an insertion all the same.
        "itd": (gene == "FLT3") & ((kind == "In_Frame_Ins") | change.str.contains(r"ins[A-Z]+$")),
        "tkd": (gene == "FLT3") & change.str.contains(r"^p\.D835[A-Z]$"),
        "npm1": (gene == "NPM1") & kind.is_in(["Frame_Shift_Del", "Frame_Shift_Ins"]),
        "idh": change.str.contains(r"^p\.R132[A-Z]$") & (gene == "IDH1")
        | change.str.contains(r"^p\.(R140[A-Z]|R172K)$") & (gene == "IDH2"),
    }
    has = {name: set(maf.filter(condition)[key]) for name, condition in sets.items()}
    patients = clinical.select(
        key,
        tested=pl.col(key).is_in(set(maf[key])),
        m3=pl.col("FAB_classification") == "M3",
        **{name: pl.col(key).is_in(members) for name, members in has.items()},
    )
    some = pl.any_horizontal("itd", "tkd", "npm1", "idh")
    said = results(criteria, "INC-01")
    assert said[("unknown", "not_tested")] == 7 == (~patients["tested"]).sum()
    assert said[("met", "")] == patients.filter("tested", some).height
    assert said[("not_met", "")] == patients.filter("tested", ~some).height
    assert sum(said.values()) == 200
    eligible = patients.filter("tested", some, ~pl.col("m3"))
    arms = {
        "FLT3": eligible.filter(pl.col("itd") | pl.col("tkd")).height,
        "IDH": eligible.filter(~pl.col("itd") & ~pl.col("tkd") & pl.col("idh")).height,
        "NPM1": eligible.filter(~pl.col("itd") & ~pl.col("tkd") & ~pl.col("idh")).height,
    }
    assert min(arms.values()) > 0
    assert dict(found.drop_nulls("arm").group_by("arm").len().rows()) == arms
    assert verdicts(found)["ELIGIBLE"] == eligible.height == sum(arms.values())
    by_type = {
        "FLT3_TYPE=itd": patients.filter("itd").height,
        "FLT3_TYPE=tkd": patients.filter(~pl.col("itd") & pl.col("tkd")).height,
        "FLT3_TYPE=none": patients.filter("tested", ~pl.col("itd") & ~pl.col("tkd")).height,
        "FLT3_TYPE=unknown": 7,
    }
    assert dict(found.group_by("stratum").len().rows()) == by_type
    assert Verdict.UNDETERMINED.name in verdicts(found)
