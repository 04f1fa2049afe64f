"""The ways users go: the demo, a first study from init to verify, screening many protocols, JSON for other tools."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from functional.commands import Answer, Here, contents, edit, stratify
from stratify.cli.app import COMMANDS


def value(rows: list[dict[str, Any]], analysis: str, statistic: str, **where: Any) -> float:
    """The value of the one row that fits; ``method`` need only end like the row's."""
    ending = where.pop("method", "")
    found = [
        row["value"]
        for row in rows
        if row["analysis"] == analysis
        and row["statistic"] == statistic
        and row["method"].endswith(ending)
        and all(row[name] == wanted for name, wanted in where.items())
    ]
    assert len(found) == 1, f"{len(found)} rows are {analysis} {statistic} {where}"
    return found[0]


def test_the_demo_says_where_its_report_is(demo_run: tuple[Path, Answer]) -> None:
    home, answer = demo_run
    assert answer.code == 0
    report = Path(answer.json()["report"])
    assert (home / report).is_file()
    assert sorted(path.name for path in (home / "trial/out").iterdir()) == [
        "attrition.json", "criteria.parquet", "manifest.json", "report.html", "results.json", "results.parquet",
        "verdicts.parquet",
    ]  # fmt: skip


def test_the_demo_has_the_numbers_of_r(demo_run: tuple[Path, Answer]) -> None:
    """survfit, coxph (also with strata(menostat)) and coxph in each receptor group, survival 3.8 in R 4.5."""
    rows = json.loads((demo_run[0] / "trial/out/results.json").read_text(encoding="utf-8"))
    assert value(rows, "rfs", "n", group=None) == 620
    assert value(rows, "rfs", "events", group=None) == 272
    assert value(rows, "rfs", "n", group="control") == 411
    assert value(rows, "rfs", "n", group="hormone") == 209
    unstratified = "Efron ties; Wald interval"
    assert value(rows, "rfs", "hazard_ratio", method=unstratified) == pytest.approx(0.739732, abs=5e-7)
    assert value(rows, "rfs", "hazard_ratio", method="stratified by menostat") == pytest.approx(0.714230, abs=5e-7)
    alone = {"group": "hormone", "method": "patients of the level alone"}
    for level, n, ratio in (("yes", 442, 0.611138), ("no", 178, 1.016119)):
        stratum = f"HR_POS={level}"
        assert value(rows, "predictive", "n", stratum=stratum, group=None) == n
        assert value(rows, "predictive", "hazard_ratio", stratum=stratum, **alone) == pytest.approx(ratio, abs=5e-7)


def test_from_init_to_verify(tmp_path: Path, here: Here) -> None:
    made = stratify("init", "mine", cwd=tmp_path)
    assert made.code == 0
    rules = tmp_path / "mine/rules/gbsg2.yaml"
    edit(rules, 'is: "<= 65"', 'is: "<= 60"')

    assert stratify("check", "mine/rules/gbsg2.yaml", "--data", "mine/data", cwd=tmp_path).code == 0
    tested = stratify("test", "mine/rules/gbsg2.yaml", cwd=tmp_path)
    assert tested.code == 1
    assert "FAILED 65 years is young enough" in tested.out

    run = stratify("run", "mine/study.yaml", cwd=tmp_path)
    assert run.code == 0, run.err
    assert "mine/out/report.html" in run.words
    verdicts = pl.read_parquet(tmp_path / "mine/out/verdicts.parquet")
    patients = pl.read_parquet(tmp_path / "mine/data/patients.parquet")
    eligible = patients.filter((pl.col("age") <= 60) & (pl.col("age") >= 18) & (pl.col("pnodes") >= 1))
    assert verdicts.filter(verdict="ELIGIBLE")["patient_id"].sort().to_list() == eligible["patient_id"].sort().to_list()

    explained = stratify("explain", "1", "--run", "mine/out", cwd=tmp_path)
    assert explained.code == 0
    assert "asked <= 60" in explained.out

    verified = stratify("verify", "mine/out", cwd=tmp_path)
    assert verified.code == 0
    assert verified.said == "mine/out/: the same bytes, 6 files\n"
    assert here("verify", tmp_path / "mine/out", "--json").json() == {"findings": []}
    patients.with_columns(age=pl.col("age") + 1).write_parquet(tmp_path / "mine/data/patients.parquet")
    changed = here("verify", tmp_path / "mine/out")
    assert changed.code == 1
    assert 'other bytes for "verdicts.parquet"' in changed.out
    assert "changed since: data" in changed.out


def test_verify_sees_an_output_that_was_edited_and_inputs_that_are_gone(demo: Path, here: Here) -> None:
    edit(demo / "out/attrition.json", '"eligible": 620', '"eligible": 630')
    answer = here("verify", demo / "out")
    assert answer.code == 1
    assert 'R003: The output "attrition.json" has changed' in answer.out
    shutil.rmtree(demo / "data")
    assert "R125" in here("verify", demo / "out").out
    gone = here("verify", demo / "data-that-is-gone")
    assert (gone.code, "R001: There is no folder" in gone.err) == (3, True)


def test_an_output_folder_that_is_a_link(demo: Path, here: Here) -> None:
    """From inside, "one folder up" is where the link leads, not where it lies."""
    (demo.parent / "disk/big/results").mkdir(parents=True)
    (demo / "linked").symlink_to(demo.parent / "disk/big/results")
    assert here("run", demo / "study.yaml", "--out", demo / "linked").code == 0
    assert here("verify", demo / "linked").code == 0
    assert here("explain", 17, "--run", demo.parent / "disk/big/results").code == 0


def test_running_again_writes_the_same_bytes(demo: Path, here: Here) -> None:
    before = contents(demo / "out")
    assert here("run", demo / "study.yaml").code == 0
    after = contents(demo / "out")
    assert {name for name in before if before[name] != after[name]} <= {"manifest.json", "report.html"}  # the clock


def test_set_changes_a_parameter_and_is_recorded(demo: Path, here: Here) -> None:
    answer = here("run", demo / "study.yaml", "--set", "receptor_limit=10", "--out", demo / "other", "--json")
    assert answer.code == 0, answer.err
    manifest = json.loads((demo / "other/manifest.json").read_text(encoding="utf-8"))
    assert manifest["parameters"] == {"receptor_limit": "10"}
    original = json.loads((demo / "out/manifest.json").read_text(encoding="utf-8"))
    assert original["parameters"] == {}
    assert manifest["outputs"]["results.json"] != original["outputs"]["results.json"]
    assert here("verify", demo / "other").code == 0, "the parameter is used again"
    unknown = here("run", demo / "study.yaml", "--set", "receptor_limt=10")
    assert unknown.code == 1
    assert 'did you mean "receptor_limit"?' in unknown.err
    assert here("run", demo / "study.yaml", "--set", "receptor_limit").code == 2


def test_screening_two_protocols_in_one_go(demo: Path, here: Here) -> None:
    other = demo / "rules/young.yaml"
    shutil.copy(demo / "rules/gbsg2.yaml", other)
    edit(other, "id: GBSG-2", "id: YOUNG")
    edit(other, 'is: "<= 65"', 'is: "<= 40"')
    args = ("--data", demo / "data", "--out", demo / "verdicts")
    answer = here("screen", demo / "rules/gbsg2.yaml", other, *args, "--json")
    assert answer.code == 0
    counts = {row["protocol"]: (row["screened"], row["eligible"]) for row in answer.json()["screened"]}
    young = pl.read_parquet(demo / "data/patients.parquet").filter(pl.col("age") <= 40).height
    assert counts == {"GBSG-2": (686, 620), "YOUNG": (686, young)}
    for name in counts:
        assert (demo / "verdicts" / name / "manifest.json").is_file()
    assert here("verify", demo / "verdicts/YOUNG").code == 0

    twice = here("screen", demo / "rules/gbsg2.yaml", demo / "rules/gbsg2.yaml", *args)
    assert twice.code == 1
    assert "R123" in twice.err
    other.write_text("format: stratify/1\n", encoding="utf-8")
    one_is_faulty = here("screen", other, demo / "rules/gbsg2.yaml", *args)
    assert one_is_faulty.code == 1
    assert "GBSG-2: 686 screened, 620 eligible" in one_is_faulty.out, "the sound protocol is screened all the same"


def test_a_dictionary_that_inspect_writes_is_one_that_check_accepts(demo: Path, here: Here) -> None:
    (demo / "data/dictionary.yaml").unlink()
    seen = here("inspect", demo / "data", "--write")
    assert seen.code == 0
    assert "686 rows, 686 patients, one row per patient" in seen.err
    assert (demo / "data/dictionary.yaml").read_text(encoding="utf-8").strip() == seen.out.strip()
    checked = here("check", demo / "rules/gbsg2.yaml", "--data", demo / "data")
    assert checked.code == 0, checked.out
    assert "R120" not in checked.said, "the dictionary is found"
    again = here("inspect", demo / "data", "--write")
    assert again.code == 2
    assert "R121" in again.err


def test_a_dictionary_beside_a_single_file_is_used_if_it_names_it(tiny: Path, here: Here) -> None:
    (tiny / "data/dictionary.yaml").unlink()
    args = ("check", tiny / "rules/tiny.yaml", "--data", tiny / "data/patients.csv")
    said = here(*args).out
    assert "stratify inspect patients.csv --write" in said
    assert here("inspect", tiny / "data/patients.csv", "--write").code == 0
    with (tiny / "data/dictionary.yaml").open("a", encoding="utf-8") as file:
        file.write("measures:\n  ALT: {table: patients, value: no_such_column}\n")
    used = here(*args)
    assert (used.code, "R120" in used.out, "no column no_such_column" in used.out) == (1, False, True)
    (tiny / "data/dictionary.yaml").write_text(
        "format: stratify-dictionary/1\ntables: {patients: {file: others.csv}}\n", encoding="utf-8"
    )
    assert "R120" in here(*args).out, "it is the dictionary of another file"


def test_init_replaces_nothing(demo: Path, here: Here) -> None:
    before = contents(demo)
    answer = here("init", demo)
    assert answer.code == 2
    assert "R122" in answer.err
    assert contents(demo) == before


def test_fmt_changes_layout_once(demo: Path, here: Here) -> None:
    rules = demo / "rules/gbsg2.yaml"
    edit(rules, "  id: GBSG-2\n", "  id:   GBSG-2\n")
    before = rules.read_bytes()
    assert here("fmt", "--check", rules).code == 1
    assert rules.read_bytes() == before
    assert here("fmt", rules).code == 0
    assert here("fmt", "--check", rules).code == 0
    assert here("test", rules).code == 0
    table = here("fmt", demo / "data/patients.parquet")
    assert (table.code, "P002" in table.err) == (1, True)


def test_exit_codes_reach_the_shell(demo: Path) -> None:
    """Code 0 and 1 of a whole process are in the test above, 2 and 3 here, 4 below."""
    assert stratify("explain", "1", cwd=demo).code == 2
    assert stratify("inspect", "elsewhere", cwd=demo).code == 3


def test_too_many_undetermined_patients_are_code_4(demo: Path, here: Here) -> None:
    source = demo / "data/patients.parquet"
    table = pl.read_parquet(source)
    table.with_columns(pnodes=pl.when(pl.col("patient_id") > 343).then("pnodes")).write_parquet(source)
    args = ("screen", demo / "rules/gbsg2.yaml", "--data", demo / "data", "--out", demo / "v", "--max-unknown")
    assert here(*args, 90).code == 0
    assert here(*args, 10).code == 4
    assert (demo / "v/manifest.json").is_file(), "the verdicts are there for whoever wants to see why"


RULES, DATA, TABLE = "trial/rules/gbsg2.yaml", "trial/data", "trial/data/patients.parquet"
JSON = [
    (0, "init", "new"),
    (2, "init", "trial"),
    (0, "inspect", DATA),
    (0, "check", RULES, "--data", DATA),
    (3, "check", "trial/no-such.yaml"),
    (3, "test", "trial/no-such.yaml"),
    (3, "show", "trial/no-such.yaml"),
    (3, "screen", "trial/no-such.yaml", "--data", DATA, "--out", "v"),
    (3, "explain", "17", "--run", "nowhere"),
    (3, "inspect", "nowhere"),
    (0, "fmt", "--check", RULES),
    (0, "show", RULES),
    (0, "show", RULES, "--as", "formula"),
    (0, "show", "study", "--as", "schema"),
    (0, "test", RULES),
    (0, "screen", RULES, "--data", DATA, "--out", "v"),
    (3, "screen", RULES, "--data", "nowhere", "--out", "v"),
    (0, "explain", "17", "--run", "trial/out"),
    (3, "explain", "nobody", "--run", "trial/out"),
    (0, "run", "trial/study.yaml"),
    (3, "run", "trial/no-such.yaml"),
    (0, "survival", TABLE, "--time", "time", "--event", "cens", "--by", "horTh"),
    (2, "survival", TABLE, "--time", "tme", "--event", "cens"),
    (0, "enrich", TABLE, "--features", "tgrade,age", "--group", "horTh"),
    (0, "verify", "trial/out"),
    (3, "verify", "trial/rules"),
    (3, "verify", "nowhere"),
    (3, "fmt", "trial/no-such.yaml"),
    (2, "init", "trial/study.yaml"),
    (2, "demo", "trial/study.yaml"),
    (3, "init", "trial/study.yaml/below"),
]


def test_json_is_all_there_is_on_stdout(demo: Path, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo.parent)
    for code, *args in JSON:
        answer = here(*args, "--json")
        assert answer.code == code, args
        assert isinstance(answer.json(), dict), args
        if code:
            findings = answer.json()["refused" if args[0] == "screen" and "nowhere" not in args else "findings"]
            assert findings, args
            assert all(finding["code"] and finding["message"] for finding in findings)
    asked = {args[0] for _, *args in JSON} | {"demo"}
    assert asked == {command.__name__ for command in COMMANDS}
