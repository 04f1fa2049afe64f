"""What derived anchors cost: one pass over a table a level, and nothing where none is used."""

from __future__ import annotations

import re

import polars as pl
import pytest

from generative.strategies import DAY
from stratify.compile import Plan, compile_plan, result_column
from stratify.model.codes import CodeSet
from stratify.model.dictionary import ColumnKind, Dictionary
from stratify.model.truth import CriterionResult
from stratify.protocol import implied_dictionary, parse_protocol

HEAD = "format: stratify/1\ntrial: {id: T}\ndefaults: {anchor: c1d1}\nanchors:\n  c1d1: {from: patients.c1d1}\n"


def planned(anchors: str, rule: str) -> tuple[Plan, Dictionary]:
    lines = "".join(f"  {line.strip()}\n" for line in anchors.strip().splitlines())
    text = f"{HEAD}{lines}criteria:\n  - {{id: A, kind: inclusion, text: t, rule: {rule}}}\n"
    protocol = parse_protocol(text)
    words = implied_dictionary(protocol)
    return compile_plan(protocol, words, catalogue(words)), words


def catalogue(words: Dictionary) -> dict[str, dict[str, ColumnKind]]:
    return {
        name: {
            **dict.fromkeys(table.date_columns, ColumnKind.DATE),
            **({table.code: ColumnKind.TEXT} if table.code else {}),
        }
        for name, table in words.tables.items()
    }


def written(part: object) -> str:
    """A part of a plan as text, without the places in memory of its expressions."""
    return re.sub(r"0x[0-9A-Fa-f]+", "", str(part))


def passes(plan: Plan) -> list[list[str]]:
    return [[asked.table.table for asked in level] for level in plan.anchors]


ANCHORS = """
last: {latest: tx, code: a, before: c1d1}
first: {earliest: tx, code: b}
seen: {latest: ev}
next: {earliest: tx, after: last, before: seen}
"""


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{exists: tx, by: c1d1}", []),
        ("{exists: tx, by: last}", [["tx"]]),
        ("{all: [{exists: tx, by: last}, {exists: tx, by: first}]}", [["tx"]]),
        ("{exists: ev, by: next}", [["tx", "ev"], ["tx"]]),
        ("{age: years, at: seen, is: '> 1'}", [["ev"]]),
    ],
)
def test_a_level_reads_a_table_once_and_only_for_anchors_that_are_used(rule: str, expected: list[list[str]]) -> None:
    assert passes(planned(ANCHORS, rule)[0]) == expected


def test_without_a_use_the_plan_is_that_of_a_protocol_without_the_anchor() -> None:
    with_anchor, _ = planned(ANCHORS, "{exists: tx, by: c1d1}")
    without, _ = planned("", "{exists: tx, by: c1d1}")
    assert with_anchor.anchors == without.anchors == ()
    assert written(with_anchor.tables) == written(without.tables)
    assert written(with_anchor.dates) == written(without.dates)


def test_a_hundred_levels_are_found_one_after_another() -> None:
    chain = "a0: {earliest: tx}\n" + "".join(f"a{i}: {{earliest: tx, after: a{i - 1}}}\n" for i in range(1, 100))
    plan, _ = planned(chain, "{exists: tx, within: [0, 0], of: a99}")
    days = [DAY + day for day in range(100)]
    key, none = pl.lit(1, pl.Int64).alias("patient_id"), pl.lit(None, pl.Int32)
    dated = [pl.col("d").alias(f"date:{part}") for part in ("first", "last")]
    tx = pl.LazyFrame({"d": pl.Series(days, dtype=pl.Int32)}).select(key, *dated, none.alias("date:second"))
    start = [pl.lit(DAY, pl.Int32).alias(f"c1d1:{part}") for part in ("first", "last")]
    patients = pl.LazyFrame({"x": [1]}).select(key, *start, none.alias("c1d1:second"))
    said = plan.query({"patients": patients, "tx": tx}).collect()
    assert said[result_column("A")].to_list() == [int(CriterionResult.MET)]


def test_code_sets_of_anchors_are_resolved_with_those_of_rules() -> None:
    rule = "criteria:\n  - {id: A, kind: inclusion, text: t, rule: {exists: tx}}\n"
    text = f"{HEAD}  last: {{latest: tx, code: a}}\n{rule}"
    protocol = parse_protocol(text).with_codes(lambda table, codes: CodeSet.of(*codes.entries[0].codes, table))
    assert [selection.codes for selection in protocol.selections()] == [CodeSet.of("a", "tx"), None]
