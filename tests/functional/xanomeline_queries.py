"""The criteria of ``rules/xanomeline.yaml`` asked of the raw SDTM tables by Polars alone, without stratify.

Each query says who of the randomised fails its criterion, and for whom it is open and why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl


class Raw:
    """The raw tables, each row with the subject's days of screening and enrolment."""

    def __init__(self, folder: Path) -> None:
        self.dm = pl.read_parquet(folder / "dm.parquet")
        days = self.dm.select("USUBJID", screen=pl.col("DMDTC").str.to_date(), enrolled=pl.col("RFSTDTC").str.to_date())
        self.mh, self.cm, self.ae, self.lb, self.vs = (
            pl.read_parquet(folder / f"{name}.parquet").join(days, on="USUBJID", how="left", maintain_order="left")
            for name in ("mh", "cm", "ae", "lb", "vs")
        )
        self.randomised = set(self.dm.filter(pl.col("ARM") != "Screen Failure")["USUBJID"])
        self.failures = set(self.dm["USUBJID"]) - self.randomised

    def history(self, back: str, *codes: str) -> tuple[set[str], set[str]]:
        """Who surely had a condition within the time before screening, and who perhaps had."""
        rows = self.mh.filter(pl.col("MHCAT") == "HISTORICAL DIAGNOSIS", pl.col("MHDECOD").is_in(codes))
        return between(spans(rows, "MHSTDTC"), pl.col("screen").dt.offset_by(back), pl.col("screen"))

    def present(self, *codes: str) -> pl.DataFrame:
        """Rows of conditions present at screening."""
        return self.mh.filter(pl.col("MHCAT") == "SIGNIFICANT PRE-EXISTING CONDITION", pl.col("MHDECOD").is_in(codes))

    def laboratory(self, *tests: str) -> pl.DataFrame:
        """The latest result of each test from four weeks before screening up to the day before the first dose."""
        day = pl.col("LBDTC").str.head(10).str.to_date()
        from_screening = (day - pl.col("screen")).dt.total_days()
        rows = self.lb.filter(
            pl.col("LBTESTCD").is_in(tests),
            pl.col("LBSTRESN").is_not_null(),
            from_screening.is_between(-28, 42),
            day < pl.col("enrolled"),
        )
        return rows.sort("LBDTC").group_by("USUBJID", "LBTESTCD", maintain_order=True).last()


def ids(rows: pl.DataFrame) -> set[str]:
    return set(rows["USUBJID"])


def spans(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """The rows that have a date, with the first and the last day that it may be: 2008 is a year of days."""
    rows = rows.filter(pl.col(column).is_not_null())
    length = pl.col(column).str.len_bytes()
    text = pl.col(column).str.head(10)
    padded = pl.when(length == 4).then(text + "-01-01").when(length == 7).then(text + "-01").otherwise(text)
    step = pl.when(length == 4).then(pl.lit("1y")).when(length == 7).then(pl.lit("1mo")).otherwise(pl.lit("1d"))
    return rows.with_columns(first=padded.str.to_date()).with_columns(
        last=pl.col("first").dt.offset_by(step).dt.offset_by("-1d")
    )


def between(rows: pl.DataFrame, start: pl.Expr, end: pl.Expr) -> tuple[set[str], set[str]]:
    """Subjects of rows that surely lie between two days, and of rows that only perhaps do."""
    sure = ids(rows.filter(pl.col("first") >= start, pl.col("last") <= end))
    return sure, ids(rows.filter(pl.col("last") >= start, pl.col("first") <= end)) - sure


# --- queries ----------------------------------------------------------------------------------------------------

Found = tuple[set[str], Mapping[str, str]]
QUERIES: dict[str, Callable[[Raw], Found]] = {}


def query(criterion: str) -> Callable[[Callable[[Raw], Found]], Callable[[Raw], Found]]:
    def register(function: Callable[[Raw], Found]) -> Callable[[Raw], Found]:
        QUERIES[criterion] = function
        return function

    return register


def partial_dates(subjects: set[str]) -> dict[str, str]:
    return dict.fromkeys(subjects, "partial_date")


@query("INC-01")
def _age(raw: Raw) -> Found:
    # Everybody's birthday is the day of screening, so that AGE is exact and the youngest turned 50 on that day.
    assert raw.dm.select((pl.col("BRTHDTC").str.tail(5) == pl.col("DMDTC").str.tail(5)).all()).item()
    assert raw.dm["AGE"].min() == 50
    return ids(raw.dm.filter(pl.col("AGE") < 50)), {}


@query("INC-02")
def _alzheimer(raw: Raw) -> Found:
    asked = raw.mh.filter(pl.col("MHTERM") == "ALZHEIMER'S DISEASE", pl.col("MHOCCUR") == "Y")
    return raw.randomised - ids(asked.filter(pl.col("MHSTDTC").str.to_date() <= pl.col("screen"))), {}


@query("EXC-10")
def _alzheimer_medication(raw: Raw) -> Found:
    donepezil = spans(raw.cm.filter(pl.col("CMDECOD") == "DONEPEZIL HYDROCHLORIDE"), "CMSTDTC")
    assert ids(donepezil) == {"01-706-1049", "01-713-1141", "01-718-1079", "01-718-1170", "01-718-1172"}
    return ids(donepezil.filter(pl.col("first") <= pl.col("enrolled"))), {}  # all five began after enrolment


@query("EXC-11")
def _hospital(raw: Raw) -> Found:
    stays = spans(raw.ae.filter(pl.col("AESHOSP") == "Y"), "AESTDTC")
    assert ids(stays.filter(pl.col("first") <= pl.col("screen"))) == set()
    return set(), {i: "out_of_window" if i in ids(stays) else "no_record" for i in raw.randomised}


@query("EXC-12")
def _neurology(raw: Raw) -> Found:
    named = raw.mh.filter(pl.col("MHDECOD").is_in(["CEREBRAL HAEMORRHAGE", "CONVULSION"]))
    injuries = raw.mh.filter(pl.col("MHDECOD") == "HEAD INJURY").group_by("USUBJID").len()
    return ids(named) | ids(injuries.filter(pl.col("len") > 1)), {}


@query("EXC-13")
def _depression(raw: Raw) -> Found:
    sure, perhaps = raw.history("-3mo", "DEPRESSION")
    sure |= ids(raw.present("DEPRESSION").filter(pl.col("MHSEV") != "MILD"))
    return sure, partial_dates(perhaps - sure)


@query("EXC-16")
def _conduction(raw: Raw) -> Found:
    paced = ids(raw.mh.filter(pl.col("MHDECOD") == "CARDIAC PACEMAKER INSERTION"))
    always = ids(raw.present("BUNDLE BRANCH BLOCK LEFT", "ATRIAL FIBRILLATION"))
    return always | (ids(raw.present("ATRIOVENTRICULAR BLOCK")) - paced), {}


@query("EXC-17A")
def _heart(raw: Raw) -> Found:
    sure, perhaps = raw.history("-5y", "ARRHYTHMIA", "CARDIAC FAILURE CONGESTIVE")
    sure |= ids(raw.present("ARRHYTHMIA", "CARDIAC FAILURE CONGESTIVE"))
    angina, perhaps_angina = raw.history("-5y", "ANGINA PECTORIS")
    as_needed = raw.cm.filter(pl.col("CMTRT") == "NITROGLYCERIN", pl.col("CMDOSFRQ") == "PRN")
    controlled = ids(spans(as_needed, "CMSTDTC").filter(pl.col("last") <= pl.col("screen")))
    sure |= (angina | ids(raw.present("ANGINA PECTORIS"))) - controlled
    return sure, partial_dates((perhaps | (perhaps_angina - controlled)) - sure)


@query("EXC-17B")
def _vital_signs(raw: Raw) -> Found:
    lying = raw.vs.filter(pl.col("VSPOS") == "SUPINE")
    pulse = lying.filter(pl.col("VSTESTCD") == "PULSE", pl.col("VSDTC").str.to_date() == pl.col("screen"))
    fails = ids(pulse.filter(~pl.col("VSSTRESN").is_between(50, 100)))
    assert ids(pulse) == raw.randomised
    visits = lying.filter(pl.col("VISIT").is_in(["SCREENING 1", "SCREENING 2", "BASELINE"]))
    wide = visits.pivot("VSTESTCD", index=["USUBJID", "VISIT"], values="VSSTRESN")
    high = wide.filter((pl.col("SYSBP") > 170) | (pl.col("DIABP") > 100)).group_by("USUBJID").len()
    measured = wide.drop_nulls(["SYSBP", "DIABP"]).group_by("USUBJID").len("measured")
    counts = measured.join(high, on="USUBJID", how="left").with_columns(pl.col("len").fill_null(0))
    fails |= ids(counts.filter(pl.col("len") >= 2))
    undecided = counts.filter(pl.col("len") < 2, pl.col("len") + 3 - pl.col("measured") >= 2)
    return fails, dict.fromkeys(ids(undecided) - fails, "no_record")


@query("EXC-24")
def _fever(raw: Raw) -> Found:
    taken = raw.vs.filter(pl.col("VSTESTCD") == "TEMP")
    on_the_day = taken.filter(pl.col("VSDTC").str.to_date() == pl.col("screen"))
    later = ids(taken) - ids(on_the_day)
    return ids(on_the_day.filter(pl.col("VSSTRESN") >= 38)), dict.fromkeys(later, "out_of_window")


@query("EXC-25")
def _cancer(raw: Raw) -> Found:
    sites = ("LIP AND/OR ORAL CAVITY", "NASOPHARYNGEAL", "THYROID GLAND", "BREAST", "PROSTATE")
    cancers = [f"{site} CANCER" for site in sites]
    sure, perhaps = raw.history("-5y", *cancers)
    sure |= ids(raw.present(*cancers))
    return sure, partial_dates(perhaps - sure)


@query("EXC-27")
def _chemistry_and_blood(raw: Raw) -> Found:
    chemistry, blood = ("CREAT", "BILI", "AST", "ALT", "ALP", "GGT"), ("HGB", "WBC", "PLAT", "SODIUM", "K", "CA")
    latest = raw.laboratory(*chemistry, *blood)
    upper, lower = pl.col("LBSTRESN") / pl.col("LBSTNRHI"), pl.col("LBSTRESN") / pl.col("LBSTNRLO")
    too_high = (pl.col("LBTESTCD").is_in(chemistry) & (upper > 2)) | (pl.col("LBTESTCD").is_in(blood) & (upper > 1.2))
    fails = ids(latest.filter(too_high | (pl.col("LBTESTCD").is_in(blood) & (lower < 0.9))))
    done = set(latest.select("USUBJID", "LBTESTCD").rows())
    missing = {(i, test) for i in raw.randomised for test in (*chemistry, *blood)} - done
    ever = set(raw.lb.select("USUBJID", "LBTESTCD").rows())
    reasons = {i: "out_of_window" if (i, test) in ever else "no_record" for i, test in sorted(missing)}
    return fails, {i: reason for i, reason in reasons.items() if i not in fails}


@query("EXC-28")
def _vitamin_and_thyroid(raw: Raw) -> Found:
    latest = raw.laboratory("VITB12", "TSH")
    assert latest.height == 2 * len(raw.randomised)
    low = pl.col("LBSTRESN") < pl.col("LBSTNRLO")
    high = (pl.col("LBTESTCD") == "TSH") & (pl.col("LBSTRESN") > pl.col("LBSTNRHI"))
    return ids(latest.filter(low | high)), {}


@query("EXC-30")
def _insulin(raw: Raw) -> Found:
    users = ids(raw.cm.filter(pl.col("CMTRT").str.contains("HUMULIN|NOVOLIN|INSULIN")))
    assert users == {"01-715-1321"}
    above = raw.laboratory("HBA1C").filter(pl.col("LBSTRESN") > pl.col("LBSTNRHI"))
    return users & ids(above), {}


@query("EXC-31A")
def _medication(raw: Raw) -> Found:
    drugs = "^(HALDOL|OLANZAPINE|PAXIL|ZOLOFT|XANAX|DALMANE|SINEMET|CARDURA|HYTRIN)$"
    steroids = "^(PREDNISONE|MEDROL DOSEPAK|CORTISONE|HYDROCORTISONE)$"
    systemic = pl.col("CMROUTE").is_in(["ORAL", "INTRAMUSCULAR", "INTRAVENOUS", "SUBCUTANEOUS"])
    listed = pl.col("CMTRT").str.contains(drugs) | (pl.col("CMTRT").str.contains(steroids) & systemic)
    rows = spans(raw.cm.filter(listed), "CMSTDTC")
    assert rows.filter(pl.col("CMENDTC").str.len_bytes() < 10).is_empty()
    until = pl.col("CMENDTC").str.to_date().dt.offset_by("1mo") >= pl.col("enrolled")
    taken = rows.filter((pl.col("CMENRTPT") == "ONGOING").fill_null(False) | until)
    sure = ids(taken.filter(pl.col("last") <= pl.col("enrolled")))
    return sure, partial_dates(ids(taken.filter(pl.col("first") <= pl.col("enrolled"))) - sure)


@query("EXC-31B")
def _estrogen(raw: Raw) -> Found:
    names = ["PREMARIN", "PREMPRO", "PREMPHASE", "ESTRACE", "ESTRADIOL", "ESTROGEN NOS"]
    rows = spans(raw.cm.filter(pl.col("CMTRT").is_in(names)), "CMSTDTC")
    sure, perhaps = between(rows, pl.col("enrolled").dt.offset_by("-3mo"), pl.col("enrolled"))
    return sure, partial_dates(perhaps)
