"""The Polars plan and the reference interpreter give the same answer to every generated question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import hypothesis.strategies as st
import polars as pl
import pytest
from hypothesis import Phase, find, given, settings
from polars.testing import assert_frame_equal

from generative import fallback_strategies as fs
from generative import genomic_strategies as gs
from generative.strategies import (
    DERIVED,
    ENTRIES,
    Cohort,
    alteration_where,
    arms,
    biomarkers,
    code_sets,
    cohorts,
    conditions,
    derived_anchors,
    protocols,
    reaches,
    single,
    windows,
)
from stratify.compile import (
    compile_plan,
    definition_column,
    entitled_column,
    order_column,
    reasons_column,
    result_column,
    stratum_column,
)
from stratify.compile.reference import interpret_patient, patient_records
from stratify.model import expression as ex
from stratify.model.alteration import Alternative
from stratify.model.anchor import Pick
from stratify.model.dictionary import PATIENT_KEY
from stratify.model.genomics import named_columns
from stratify.model.protocol import Arm, ArmColumn, Protocol
from stratify.model.truth import Truth
from stratify.model.value import Op

_TRUTH = {Truth.TRUE: True, Truth.FALSE: False, Truth.UNKNOWN: None}


def by_interpreter(protocol: Protocol, cohort: Cohort) -> list[dict[str, object]]:
    rows = []
    for record in patient_records(cohort.frames):
        said = interpret_patient(record, protocol, cohort.dictionary, cohort.catalogue)
        row: dict[str, object] = {
            PATIENT_KEY: record.patient_id,
            "verdict": int(said.verdict),
            "failed": said.failed,
            "unknown": said.unknown,
            "arm": said.arm,
        }
        for name, answer in said.criteria.items():
            row[result_column(name)] = int(answer.result)
            row[reasons_column(name)] = answer.outcome.reasons
        row |= {definition_column(name): _TRUTH[outcome.truth] for name, outcome in said.definitions.items()}
        row |= {stratum_column(name): level for name, level in said.strata.items()}
        row |= {entitled_column(arm): entitled for arm, entitled in said.entitled.items()}
        row |= {order_column(anchor): day for anchor, day in said.order.items()}
        rows.append(row)
    return sorted(rows, key=lambda row: row[PATIENT_KEY])


def by_polars(protocol: Protocol, cohort: Cohort, frames: dict[str, pl.LazyFrame], engine: str) -> pl.DataFrame:
    return compile_plan(protocol, cohort.dictionary, cohort.catalogue).query(frames).collect(engine=engine)


@given(protocols(), cohorts())
def test_plan_and_interpreter_agree(protocol: Protocol, cohort: Cohort) -> None:
    expected = by_interpreter(protocol, cohort)
    lazy = {name: frame.lazy() for name, frame in cohort.frames.items()}
    actual = by_polars(protocol, cohort, lazy, "in-memory").drop("stratum").to_dicts()
    assert actual == [{name: row[name] for name in shown} for row, shown in zip(expected, actual, strict=True)]


@given(protocols(), cohorts(), st.randoms(use_true_random=False))
@settings(max_examples=max(10, settings().max_examples // 4))
def test_order_chunks_and_engine_do_not_matter(protocol: Protocol, cohort: Cohort, random: object) -> None:
    lazy = {name: frame.lazy() for name, frame in cohort.frames.items()}
    expected = by_polars(protocol, cohort, lazy, "in-memory")
    shuffled = {}
    for name, frame in cohort.frames.items():
        order = list(range(frame.height))
        random.shuffle(order)  # type: ignore[attr-defined]
        pieces = [frame[[i]] for i in order] or [frame]
        shuffled[name] = pl.concat(pieces, rechunk=False).lazy()
    assert_frame_equal(by_polars(protocol, cohort, shuffled, "streaming"), expected)


def drawn(strategy: st.SearchStrategy[Any], look: Callable[[Any], object]) -> None:
    """Look at 500 values, always the same; ``find`` would also shrink what it finds, at a hundred times the cost."""

    @settings(max_examples=500, derandomize=True, database=None, deadline=None, phases=(Phase.generate,))
    @given(strategy)
    def each(value: Any) -> None:
        look(value)

    each()


def test_the_generator_reaches_every_node() -> None:
    kinds: set[type] = set()
    takes: set[ex.Take] = set()
    counted: set[bool] = set()

    def look(condition: ex.Condition) -> None:
        reaches(condition, kinds.add)
        for leaf in ex.walk(condition):
            if isinstance(leaf, ex.MeasureIs):
                takes.add(leaf.take)
                counted.update({leaf.last is not None} if leaf.times is not None else ())

    drawn(conditions(["d1"]), look)
    assert {*get_args(ex.Condition), *get_args(ex.RowCondition)} - kinds == set()
    assert set(ex.Take) - takes == set()
    assert counted == {True, False}, "a number of results, of all and of the last few"


@pytest.mark.parametrize("table", ENTRIES)
def test_the_generator_reaches_every_entry_of_a_code_set(table: str) -> None:
    seen: set[Any] = set()
    drawn(code_sets(table), lambda codes: seen.update(codes.entries if codes.name else ()))
    assert set(ENTRIES[table]) - seen == set()


def test_the_generator_reaches_every_kind_of_derived_anchor() -> None:
    anchors = derived_anchors()
    for pick in Pick:
        find(anchors, lambda found, pick=pick: found["first"].pick is pick)
    for column in (None, "date", "end_date", "end", "noted"):
        find(anchors, lambda found, column=column: found["first"].column == column)
    for key in ("codes", "where"):
        find(anchors, lambda found, key=key: getattr(found["second"].selection, key) is not None)
    find(anchors, lambda found: found["second"].builds_on == ("first",) and found["third"].builds_on == ("second",))
    find(anchors, lambda found: found["third"].selection.window.exact_time)


def test_the_generator_reaches_windows_around_derived_anchors_and_places_in_arms() -> None:
    for name in DERIVED:
        find(windows(), lambda window, name=name: name in {bound.anchor for bound in window.bounds})
    for anchor in ("c1d1", "third"):
        find(
            arms(st.just(ex.ValueIs(ex.ColumnRef("patients", "sex"), single(Op.EQ, "female")))),
            lambda found, anchor=anchor: (
                anchor in {getattr(getattr(a, "slots", None), "order_by", "") for a in _listed(found)}
            ),
        )


def test_the_generator_reaches_every_kind_of_alteration_and_dictionary() -> None:
    leaf = gs.alterations(windows(), alteration_where)
    for kind in get_args(Alternative):
        find(leaf, lambda one, kind=kind: any(isinstance(asked, kind) for asked in one.any_of))
    for key in ("origin", "calls", "min_vaf", "assays", "negative_needs", "where"):
        find(leaf, lambda one, key=key: bool(getattr(one, key)))
    for roles in ({"assay", "panel"}, {"assay", "panel", "gene"}, {"assay", "gene"}, {"assay"}):
        find(gs.genomics(), lambda g, roles=roles: g.assays is not None and set(named_columns(g.assays)) == roles)
    find(gs.genomics(), lambda g: g.assays is None)
    find(gs.genomics(), lambda g: g.panels is None and bool(g.assay_types))
    for part in ("origins", "calls", "classes"):
        find(gs.genomics(), lambda g, part=part: g.variants is not None and bool(getattr(g.variants, part)))
    find(biomarkers(), lambda one: one.tested is not None and bool(one.tested.assays and one.tested.specimens))


def test_the_generator_reaches_every_kind_of_fallback() -> None:
    tables = fs.fallbacks().filter(bool)
    for words in fs.WORDS:
        find(tables, lambda found, words=words: found.sex.words == words)
    for table in ("patients", "facts"):
        find(tables, lambda found, table=table: found.sex.patients.table == table and len(found.lines) > 2)
    for key in ("low", "high", "site", "sex", "age_from", "age_to"):
        find(tables, lambda found, key=key: any(getattr(line, key) is not None for line in found.lines))
    for measure in fs.LIMITS:
        find(tables, lambda found, measure=measure: any(line.measure == measure for line in found.lines))
    find(fs.fallbacks(), lambda found: found is None)


def _listed(found: tuple[Arm, ...] | ArmColumn) -> tuple[Arm, ...]:
    return () if isinstance(found, ArmColumn) else found
