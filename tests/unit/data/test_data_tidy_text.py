"""Text that a Parquet file lists and that is in normal form is read as it is; any other is normalised."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from stratify.data import open_cohort
from stratify.data.reading import read
from stratify.model.dictionary import Measure, Table
from unit.data.cohorts import dictionary

LABS = dictionary(
    Table("labs", columns={"analyte": "test"}), measures=(Measure("ALT", "labs", "value", rows={"analyte": ("ALT",)}),)
)


def write_labs(folder: Path, tests: list[str | None], rows_a_group: int = 2, **options: object) -> Path:
    """Patients, and one laboratory row a test, in row groups of two."""
    n = len(tests)
    pl.DataFrame({"patient_id": [1]}).write_parquet(folder / "patients.parquet")
    labs = pl.DataFrame({"patient_id": [1] * n, "test": pl.Series(tests, dtype=pl.String), "value": [1.0] * n})
    pq.write_table(labs.to_arrow(), folder / "labs.parquet", row_group_size=rows_a_group, **options)
    return folder / "labs.parquet"


def tidy(file: Path) -> frozenset[str]:
    return read([file], file.parent).tidy


def analytes(folder: Path) -> list[str | None]:
    frame = open_cohort(folder, LABS).frames["labs"].select("analyte").collect()
    return frame["analyte"].to_list()


def test_plain_codes_are_tidy(tmp_path: Path) -> None:
    file = write_labs(tmp_path, ["ALT", None, "AST", "ALT"] * 200, rows_a_group=200)
    assert tidy(file) == {"test"}
    assert analytes(tmp_path) == ["ALT", None, "AST", "ALT"] * 200


def test_a_tidy_column_keeps_its_filter_at_the_file(tmp_path: Path) -> None:
    write_labs(tmp_path, ["ALT", "AST"] * 400, rows_a_group=200)
    plan = open_cohort(tmp_path, LABS).frames["labs"].filter(pl.col("analyte") == "ALT").explain()
    assert 'SELECTION: col("test") == "ALT"' in plan


@pytest.mark.parametrize(
    ("text", "normal"), [(" ALT", "ALT"), ("ALT\t", "ALT"), ("ＡＬＴ", "ALT"), ("", None), ("\u00a0ALT", "ALT")]
)
def test_one_untidy_text_in_the_last_row_group_is_found(tmp_path: Path, text: str, normal: str | None) -> None:
    file = write_labs(tmp_path, [*["ALT", "AST"] * 400, text], rows_a_group=200)
    assert tidy(file) == frozenset()
    assert analytes(tmp_path) == [*["ALT", "AST"] * 400, normal]


def test_text_in_normal_form_beyond_ascii_is_tidy(tmp_path: Path) -> None:
    assert tidy(write_labs(tmp_path, ["μmol", "größer"] * 400, rows_a_group=200)) == {"test"}  # Greek mu: NFKC's choice


def test_a_column_without_a_dictionary_is_normalised(tmp_path: Path) -> None:
    file = write_labs(tmp_path, ["ALT", " ALT"] * 400, rows_a_group=200, use_dictionary=False)
    assert tidy(file) == frozenset()
    assert analytes(tmp_path) == ["ALT"] * 800


def test_values_written_after_the_dictionary_was_full_are_seen(tmp_path: Path) -> None:
    # A writer whose dictionary is full goes on with plain values: the dictionary page does not have them all.
    tests = [*(f"T{i % 50}" for i in range(5_000)), " ALT"]
    file = write_labs(tmp_path, tests, rows_a_group=10_000, dictionary_pagesize_limit=64, write_batch_size=10)
    assert tidy(file) == frozenset()
    assert analytes(tmp_path)[-1] == "ALT"


def test_every_file_of_a_folder_is_asked(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    files = [
        write_labs(one, ["ALT"] * 400, rows_a_group=200),
        write_labs(two, ["ALT "] * 400, rows_a_group=200),
    ]
    assert read(files, tmp_path).tidy == frozenset()


def test_long_texts_are_not_listed(tmp_path: Path) -> None:
    assert tidy(write_labs(tmp_path, [f"a note of some length, number {i}" for i in range(800)])) == frozenset()
