"""``survival`` and ``enrich``: one table, one question, no study."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from functional.commands import PLANTED_TEXT, Here, assert_silent_about_patients, csv_text, patients, stratify

TABLE = "trial/data/patients.parquet"
ARMS = ("survival", TABLE, "--time", "time", "--event", "cens", "--by", "horTh", "--reference", "no")


@pytest.fixture(autouse=True)
def _beside_the_demo(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo.parent)


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    """The made-up patients as CSV."""
    path = tmp_path / "made-up.csv"
    path.write_text(csv_text(patients()), encoding="utf-8")
    return path


def only(rows: list[dict[str, Any]], statistic: str, **where: Any) -> Any:
    found = [row for row in rows if row["statistic"] == statistic and all(row[k] == v for k, v in where.items())]
    assert len(found) == 1, (statistic, where, found)
    return found[0]["value"]


def test_the_numbers_are_those_of_the_study(here: Here) -> None:
    """The same patients, by a condition in SQL instead of criteria: every statistic is the same."""
    options = ("--strata", "menostat", "--at", "365,1095,1825", "--rmst", 1825, "--where", "age <= 65 AND pnodes >= 1")
    rows = here(*ARMS, *options, "--json").json()["statistics"]
    assert len(rows) > 800, "the steps of the curves are among them"
    study = [
        row
        for row in json.loads(Path("trial/out/results.json").read_text(encoding="utf-8"))
        if row["analysis"] == "rfs" and row["statistic"] != "p_adjusted"
    ]
    arms = {"no": "control", "yes": "hormone"}
    for row in rows:
        row |= {"analysis": "rfs", "endpoint": "rfs"}
        row["group"], row["versus"] = arms.get(row["group"]), arms.get(row["versus"])
    assert rows == study


def test_profile_level_and_unit(here: Here) -> None:
    """The hazard ratio is that of statsmodels' PHReg with Breslow's ties on the 686 patients of GBSG-2."""
    rows = here(*ARMS, "--profile", "sas", "--level", 0.9, "--unit", "months", "--json").json()["statistics"]
    ratio = next(row for row in rows if row["statistic"] == "hazard_ratio")
    assert ratio["profile"] == "sas"
    assert "Breslow" in ratio["method"]
    assert ratio["value"] == pytest.approx(0.6949616, abs=1e-6)
    narrow = only(rows, "ci_lower", method=ratio["method"], group="yes")
    wide = only(
        here(*ARMS, "--profile", "sas", "--json").json()["statistics"], "ci_lower", method=ratio["method"], group="yes"
    )
    assert narrow > wide


def test_the_answer_as_text(here: Here) -> None:
    answer = here(*ARMS, "--strata", "menostat", "--rmst", 1825, "--where", "age <= 65")
    assert answer.code == 0
    assert answer.err == ""
    assert "620 patients, 272 events, 0 excluded" in answer.out
    assert "hazard ratio, stratified by menostat 0.714 (0.548 to 0.931) 0.013" in answer.words
    assert "yes v no hazard ratio 0.740 (0.571 to 0.958) 0.022" in answer.words
    assert "log-rank: chi-square 5.268, df 1, p 0.022" in answer.out
    assert "\x1b" not in answer.out
    assert max(map(len, answer.out.splitlines()[:-1])) <= 100
    assert "Efron" in answer.out, "the method is named"


def test_all_patients_together(here: Here) -> None:
    answer = here("survival", TABLE, "--time", "time", "--event", "cens")
    assert answer.code == 0
    assert "686 patients, 299 events" in answer.out
    assert "all patients 686 299 1807" in answer.words
    assert "protocol" not in answer.out, "there is none"


def test_the_event_is_declared_in_many_ways(made_up: Path, here: Here) -> None:
    table = pl.read_csv(made_up).with_columns(
        code=pl.col("status") + 1, word=pl.when(pl.col("status") == 1).then(pl.lit("dead")).otherwise(pl.lit("alive"))
    )
    table.with_columns(yes=pl.col("status") == 1).write_parquet("coded.parquet")
    wanted = int(table["status"].sum())
    ways = (
        "status",
        "status=1",
        "status == 1",
        "code=2",
        "code in {2, 3}",
        "code > 1",
        "word=dead",
        "word!=alive",
        "yes",
    )
    for way in (*ways, "yes=true"):
        rows = here("survival", "coded.parquet", "--time", "time", "--event", way, "--json").json()["statistics"]
        assert only(rows, "events", group=None) == wanted, way
    for way, found in (("code", "found: 1, 2."), ("word", "found: text."), ("yes=1", "true/false")):
        answer = here("survival", "coded.parquet", "--time", "time", "--event", way)
        assert answer.code == 3
        assert "A004" in answer.err
        assert found in answer.err
        assert "--event 'status=2'" in answer.err, "the hint is for the command line"


def test_a_third_code_is_named_and_not_guessed(made_up: Path, here: Here) -> None:
    rows = patients()
    rows[4]["status"] = "2"
    made_up.write_text(csv_text(rows), encoding="utf-8")
    answer = here("survival", made_up, "--time", "time", "--event", "status")
    assert answer.code == 3
    assert "found: 0, 1, 2." in answer.err


def test_rows_are_the_patients_unless_a_column_says_who_they_are(made_up: Path, here: Here) -> None:
    rows = patients()
    rows[3]["id"] = rows[5]["id"]
    rows[7]["time"] = "-1"
    made_up.write_text(csv_text(rows), encoding="utf-8")
    ask = ("survival", made_up, "--time", "time", "--event", "status")
    numbered = here(*ask)
    assert (numbered.code, "patients 8: error A005" in numbered.err) == (3, True), "row 8 of the data"
    keyed = here(*ask, "--key", "id")
    assert (keyed.code, "patients 6: error D021" in keyed.err) == (3, True)
    assert "--key" in keyed.err, "the hint is for the command line"
    assert here(*ask, "--key", "id", "--where", "id <> 6 AND time > 0").code == 0
    pl.read_csv(made_up).rename({"id": "patient_id"}).write_csv(made_up)
    assert "patients 6: error D021" in here(*ask).err, "a column patient_id is the key"


def test_no_name_of_a_column_is_in_the_way(here: Here) -> None:
    Path("odd.csv").write_text(':row,time,cens,"a b",ärm\n1,5,1,x,p\n2,6,0,y,q\n3,8,1,y,q\n', encoding="utf-8")
    ask = ("survival", "odd.csv", "--time", "time", "--event", "cens", "--json")
    for name in ("a b", "ärm", ":row"):
        assert only(here(*ask, "--by", name).json()["statistics"], "n", group=None) == 3
    assert only(here(*ask, "--where", "\"a b\" = 'y'").json()["statistics"], "n", group=None) == 2


def test_a_column_called_arm_is_what_it_is(made_up: Path, here: Here) -> None:
    """The analyses call the protocol's arms "arm"; here there is no protocol."""
    pl.read_csv(made_up).rename({"group": "arm"}).write_csv(made_up)
    ask = ("survival", made_up, "--time", "time", "--event", "status", "--json")
    by_arm = here(*ask, "--by", "arm").json()["statistics"]
    assert {row["group"] for row in by_arm} == {None, "x", "y"}
    stratified = here(*ask, "--by", "trt", "--strata", "arm").json()["statistics"]
    assert {row["group"] for row in stratified} == {None, "A", "B"}
    assert only(stratified, "n", group=None) == 24
    together = here(*ask).json()["statistics"]
    assert {row["group"] for row in together} == {None, "all patients"}


WRONG = [
    (2, "R131", ("--where", "age >")),
    (2, "R131", ("--where", "age")),
    (2, "R131", ("--where", "note > 3")),
    (2, "R131", ("--where", "CAST(note AS DOUBLE) > 3")),
    (2, "R131", ("--where", "age > 3; DROP TABLE x")),
    (2, 'R132: --where names the column "agee"', ("--where", "agee > 3")),
    (2, 'did you mean "age"?', ("--where", "agee > 3")),
    (3, "R130: no row of made-up.csv is left", ("--where", "age > 1000")),
    (2, 'R132: --by names the column "tr"', ("--by", "tr")),
    (2, 'R132: --strata names the column "grup"', ("--by", "trt", "--strata", "grup")),
    (2, 'R132: --key names the column "idd"', ("--key", "idd")),
    (2, "R133: --strata needs groups", ("--strata", "group")),
    (2, "R133: --reference needs groups", ("--reference", "A")),
    (1, "A006", ("--by", "age")),
    (1, "A007", ("--by", "trt", "--reference", "C")),
    (1, "A008", ("--rmst", "9999")),
    (2, "--at", ("--at", "soon")),
    (2, "--rmst", ("--rmst", "-3")),
    (2, "--level", ("--level", "95")),
    (2, "--profile", ("--profile", "spss")),
]


@pytest.mark.parametrize(("code", "said", "options"), WRONG)
def test_what_cannot_be_asked(code: int, said: str, options: tuple[str, ...], made_up: Path, here: Here) -> None:
    answer = here("survival", made_up, "--time", "time", "--event", "status", *options)
    assert answer.code == code, answer.err
    assert said in answer.err
    assert answer.out == ""
    assert_silent_about_patients(answer)


def test_events_that_cannot_be_read_and_columns_that_are_not_there(made_up: Path, here: Here) -> None:
    several = here("survival", made_up, "--time", "tme", "--event", "stats=1", "--by", "tr")
    assert several.code == 2
    assert several.err.count("error R132") == 3, "all at once"
    assert "R133: --event cannot be read" in here("survival", made_up, "--time", "time", "--event", "status=").err
    text = here("survival", made_up, "--time", "note", "--event", "status")
    assert "A003" in text.err
    assert PLANTED_TEXT not in text.said


def test_files_that_are_no_table(made_up: Path, here: Here) -> None:
    ask = ("--time", "time", "--event", "status")
    assert "D001" in here("survival", "nowhere.csv", *ask).err
    Path("fake.parquet").write_text("a,b\n", encoding="utf-8")
    assert "D002" in here("survival", "fake.parquet", *ask).err
    made_up.write_text(csv_text([]), encoding="utf-8")
    empty = here("survival", made_up, *ask)
    assert (empty.code, "R130: made-up.csv has no rows" in empty.err) == (3, True)


def test_enrichment_is_that_of_the_study(here: Here) -> None:
    ask = ("enrich", TABLE, "--features", "tgrade", "--group", "horTh", "--reference", "no", "--where", "age <= 65")
    rows = here(*ask, "--json").json()["statistics"]
    study = json.loads(Path("trial/out/results.json").read_text(encoding="utf-8"))
    wanted = [
        r["value"]
        for r in study
        if r["analysis"] == "receptors" and r["stratum"] == "tgrade" and r["statistic"] == "p_value"
    ]
    assert [only(rows, "p_value", stratum="tgrade")] == wanted


def test_enrichment_as_text(here: Here) -> None:
    answer = here("enrich", TABLE, "--features", "menostat,tgrade,age", "--group", "horTh")
    assert answer.code == 0
    assert "menostat Pre 231 (52.5) 59 (24.0) 0.286 (0.198 to" in answer.words
    assert "age median 50.00 median 58.00" in answer.words
    assert "adjusted for their number: bh" in answer.out
    plain = here("enrich", TABLE, "--features", "menostat,tgrade", "--group", "horTh", "--adjust", "none", "--json")
    assert not [row for row in plain.json()["statistics"] if row["statistic"] == "p_adjusted"]


def test_enrichment_that_cannot_be_asked(here: Here) -> None:
    ask = ("enrich", TABLE, "--features", "menostat,tgrad", "--group")
    assert 'R132: --features names the column "tgrad"' in here(*ask, "horTh").err
    sound = ("enrich", TABLE, "--features", "menostat", "--group", "horTh")
    assert "A009" in here(*sound, "--adjust", "fdr").err
    alone = here(*sound, "--where", "horTh = 'no'")
    assert alone.code == 0
    assert "not done" in alone.out


def test_the_installed_command_does_it_too(tmp_path: Path) -> None:
    answer = stratify(*ARMS, "--json", cwd=tmp_path)
    assert answer.code == 0
    assert answer.err == ""
    assert only(answer.json()["statistics"], "n", group=None) == 686
