"""Endpoints of a study: from dates with an anchor of an event table, and from ADTTE, screened and analysed."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from stratify.study.run import run_study

PATIENTS = """\
patient_id,randomised,arm,age,died,last_contact,next_line
1,2020-01-01,A,50,,2020-12-31,
2,2020-01-01,A,60,2020-03-01,2020-02-20,
3,2020-01-01,B,70,,2020-06-30,2020-04-10
4,2020-01-01,B,55,,2021-06-30,
5,2020-02-01,B,65,,,
6,2020-01-01,A,17,2020-01-05,2020-01-04,
"""
ASSESSMENTS = """\
patient_id,date,response
1,2020-02-10,SD
1,2020-04-10,PD
1,2020-06-10,PD
3,2020-05-01,PD
4,2020-03-31,SD
4,2021-02-28,PD
"""
ADTTE = """\
patient_id,PARAMCD,AVAL,AVALU,CNSR,EVNTDESC,CNSDTDSC
1,PFS,100,DAYS,0,Progression,
2,PFS,60,DAYS,0,Death,
3,PFS,100,DAYS,1,,next line
4,PFS,365,DAYS,1,,cut-off
1,OS,365,DAYS,1,,alive
"""
DICTIONARY = """\
format: stratify-dictionary/1
tables:
  patients: {file: patients.csv}
  assessments: {file: assessments.csv, date: date}
  adtte: {file: adtte.csv}
"""
PROTOCOL = """\
format: stratify/1
trial: {id: PFS}
anchors:
  rand: {from: patients.randomised}
  progression: {earliest: assessments, where: {field: response, is: "== PD"}, from: rand}
defaults: {anchor: rand}
criteria:
  - {id: ADULT, kind: inclusion, text: Adult., rule: {value: patients.age, is: ">= 18"}}
arms: {from: patients.arm}
"""
STUDY = """\
format: stratify-study/1
cohort: data/
protocol: rules.yaml
endpoints:
  pfs: {from: rand, to: [progression, died], censor: last_contact, until: next_line, cut_off: 2020-12-31, label: PFS}
  ttp: {from: randomised, to: progression, censor: last_contact, competing: died, label: Progression}
  std: {adtte: PFS, label: PFS by ADTTE}
analyses:
  - {id: pfs, kind: survival, endpoint: pfs}
  - {id: std, kind: survival, endpoint: std}
  - {id: cif, kind: competing_risks, endpoint: ttp, at: 150}
"""


def test_endpoints_by_dates_and_by_adtte(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name, text in {
        "data/patients.csv": PATIENTS,
        "data/assessments.csv": ASSESSMENTS,
        "data/adtte.csv": ADTTE,
        "data/dictionary.yaml": DICTIONARY,
        "rules.yaml": PROTOCOL,
        "study.yaml": STUDY,
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    run = run_study(tmp_path / "study.yaml", finished="2026-01-01T00:00:00Z", overrides={})
    results = pl.read_parquet(run.folder / "results.parquet")

    def of(analysis: str, statistic: str, **names: object) -> list[float]:
        rows = results.filter(pl.col("analysis") == analysis, pl.col("statistic") == statistic)
        return rows.filter(*(pl.col(name).eq_missing(pl.lit(value)) for name, value in names.items()))[
            "value"
        ].to_list()

    # 1 progresses on day 100, 2 dies on day 60; 3 is censored at the next line, before progression, 4 at the cut-off;
    # nobody knows how long 5 was seen; 6 is not eligible.
    for analysis in ("pfs", "std"):
        assert of(analysis, "n", group=None) == [4.0]
        assert of(analysis, "events", group=None) == [2.0]
        assert of(analysis, "excluded") == [1.0]
        steps = results.filter(
            pl.col("analysis") == analysis, pl.col("statistic") == "survival", pl.col("method").str.contains("step")
        )
        assert steps.select("group", "time", "value").rows() == [("A", 60.0, 0.5), ("A", 100.0, 0.0)]
    report = (run.folder / "report.html").read_text(encoding="utf-8")
    assert "censored: 1 at next_line, 1 at the cut-off 2020-12-31" in report
    assert "censored: 1 at cut-off, 1 at next line" in report
    # Without the next line: 1, 3 (day 121) and 4 (day 424) progress; of arm A half has died of it by day 150.
    assert of("cif", "events", group=None) == [3.0]
    assert of("cif", "cumulative_incidence", group="A", stratum="Progression", time=150.0) == [0.5]
    assert of("cif", "cumulative_incidence", group="A", stratum="died", time=150.0) == [0.5]
    assert of("cif", "cumulative_incidence", group="B", stratum="Progression", time=150.0) == [0.5]
