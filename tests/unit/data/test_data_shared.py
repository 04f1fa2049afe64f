"""The data room on public data: the CDISC pilot study in SDTM, and other published tables."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from stratify.data import conform, infer_dictionary, open_cohort
from stratify.diagnostics import Severity
from stratify.model.dictionary import PATIENTS, ColumnKind, Dictionary, Grain, Measure, Table
from support import shared_path
from unit.data.cohorts import codes

pytestmark = pytest.mark.shared


def lab(name: str, unit: str, plausible: tuple[int, int]) -> Measure:
    low, high = plausible
    return Measure(
        name,
        "labs",
        "LBSTRESN",
        {"LBTESTCD": (name,)},
        unit=unit,
        unit_column="LBSTRESU",
        reference_low="LBSTNRLO",
        reference_high="LBSTNRHI",
        plausible=(Decimal(low), Decimal(high)),
    )


SDTM = Dictionary(
    {
        PATIENTS: Table(
            PATIENTS,
            "dm.parquet",
            "USUBJID",
            Grain.ONE,
            {"sex": "SEX", "age": "AGE", "arm": "ARM"},
            dates=("RFSTDTC", "RFENDTC", "DTHDTC"),
            birth="BRTHDTC",
        ),
        "labs": Table("labs", "lb.parquet", "USUBJID", date="LBDTC"),
        "vitals": Table("vitals", "vs.parquet", "USUBJID", date="VSDTC"),
        "history": Table(
            "history",
            "mh.parquet",
            "USUBJID",
            date="MHSTDTC",
            end="MHENDTC",
            code="MHDECOD",
            dates=("MHDTC",),
            ongoing=("MHENRTPT", "ONGOING"),
        ),
        "medication": Table(
            "medication",
            "cm.parquet",
            "USUBJID",
            date="CMSTDTC",
            end="CMENDTC",
            code="CMDECOD",
            ongoing=("CMENRTPT", "ONGOING"),
        ),
    },
    {
        measure.name: measure
        for measure in (
            lab("ALT", "U/L", (0, 10_000)),
            lab("CREAT", "umol/L", (10, 3_000)),
            lab("HGB", "mmol/L", (1, 20)),
            Measure("SYSBP", "vitals", "VSSTRESN", {"VSTESTCD": ("SYSBP",)}, unit="mmHg", unit_column="VSSTRESU"),
            Measure("LVEF", "vitals", "VSSTRESN", {"VSTESTCD": ("LVEF",)}, unit="%", unit_column="VSSTRESU"),
        )
    },
)


def test_the_pilot_study_conforms() -> None:
    tables = open_cohort(shared_path("data", "pharmaverse_sdtm"), SDTM, strict=True)
    found = conform(tables)
    assert [f for f in found if f.severity is Severity.ERROR] == []
    assert [(f.code, f.severity) for f in found if "LVEF" in f.message] == [("D031", Severity.WARNING)]
    assert tables.catalogue["labs"]["LBDTC"] is ColumnKind.PARTIAL_DATE
    assert tables.patients.select(pl.len()).collect().item() == 306


def test_partial_dates_of_the_pilot_study() -> None:
    tables = open_cohort(shared_path("data", "pharmaverse_sdtm"), SDTM)
    original = tables.originals["history"].select("MHSTDTC").collect().to_series()
    days = tables.frames["history"].select("MHSTDTC:first", "MHSTDTC:last").collect()
    width = days.select(pl.col("MHSTDTC:last") - pl.col("MHSTDTC:first")).to_series()
    months = original.str.len_bytes() == 7
    years = original.str.len_bytes() == 4
    assert months.any()
    assert width.filter(months.fill_null(value=False)).is_between(27, 30).all()
    assert width.filter(years.fill_null(value=False)).is_in([364, 365]).all()
    assert width.filter((original.str.len_bytes() >= 10).fill_null(value=False)).eq(0).all()
    assert days.null_count().row(0) == (original.null_count(),) * 2


@pytest.mark.parametrize(
    ("name", "patients", "tables"),
    [
        ("pharmaverse_sdtm", 306, {"ae", "cm", "ds", "ex", "lb", "mh", "suppdm", "sv", "vs"}),
        ("omop_synthea27nj", 28, {"condition_occurrence", "measurement", "drug_exposure"}),
        ("synthea_fhir_flat", 615, {"condition", "observation", "medication"}),
        ("tcga_laml", 200, {"maf"}),
        ("actg175", 2139, set()),
    ],
)
def test_inspect_finds_the_patients_of_public_data(name: str, patients: int, tables: set[str]) -> None:
    path = shared_path("data", name)
    said, lines = infer_dictionary(path)
    assert tables <= set(said.tables)
    assert lines[0].endswith(f"{patients:,} rows, {patients:,} patients, one row per patient")
    assert not [f for f in conform(open_cohort(path, said)) if f.severity is Severity.ERROR]


def test_sdtm_measures_are_guessed() -> None:
    said, _ = infer_dictionary(shared_path("data", "pharmaverse_sdtm"))
    assert said.measures["ALT"].unit == "U/L"
    assert said.measures["ALT"].reference_high == "LBSTNRHI"
    assert said.measures["SYSBP"].table == "vs"


def test_a_file_without_ids_says_so() -> None:
    from stratify.diagnostics import StratifyError

    with pytest.raises(StratifyError) as caught:
        infer_dictionary(shared_path("data", "gbsg2"))
    assert codes(caught.value.findings) == ["D040"]
