"""Small trials as the analyses see them: protocol, verdicts and patients table, without reading a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import polars as pl
from lifelines.datasets import load_gbsg2

from stratify.allocation import Allocation, allocate
from stratify.analysis import Analyses, analyse
from stratify.model.dictionary import ColumnKind
from stratify.model.expression import ColumnRef, ValueIs
from stratify.model.protocol import ArmColumn, ColumnStratum, Criterion, Kind, Protocol, RecordedArm, Trial
from stratify.model.study import AnalysisSpec, ByTime, Endpoint, Occurrence, Study
from stratify.model.truth import CriterionResult, Verdict
from stratify.model.value import Comparison, Literal, Op, Test
from stratify.screening import Verdicts

RFS_TIME = ByTime(ColumnRef("patients", "time"), Occurrence(ColumnRef("patients", "cens")))
RFS = Endpoint("rfs", RFS_TIME, label="Recurrence-free survival")


def is_(op: Op, value: str) -> Comparison:
    return Comparison(((Test(op, Literal(value)),),))


def value_is(column: str, op: Op, value: str) -> ValueIs:
    return ValueIs(ColumnRef("patients", column), is_(op, value))


GBSG2 = Protocol(
    Trial("GBSG-2", "Hormone therapy in node-positive breast cancer"),
    (
        Criterion("AGE", Kind.INCLUSION, "Age 65 years or younger.", value_is("age", Op.LE, "65"), ref="2.1"),
        Criterion("NODES", Kind.INCLUSION, "One or more positive nodes.", value_is("pnodes", Op.GE, "1")),
    ),
    definitions=MappingProxyType({"HR_POS": value_is("estrec", Op.GE, "20")}),
    arms=(
        RecordedArm("control", "No hormone therapy", ColumnRef("patients", "horTh"), is_(Op.EQ, "no")),
        RecordedArm("hormone", "Hormone therapy", ColumnRef("patients", "horTh"), is_(Op.EQ, "yes")),
    ),
    strata=(ColumnStratum("menostat", ColumnRef("patients", "menostat")),),
    digest="p" * 64,
    file="rules/gbsg2.yaml",
)


@dataclass(frozen=True)
class Site:
    """What the rooms below hand over."""

    protocol: Protocol
    verdicts: Verdicts
    patients: pl.DataFrame
    kinds: Mapping[str, ColumnKind]

    @property
    def allocation(self) -> Allocation:
        return allocate(self.verdicts)

    def shuffled(self, seed: int) -> Site:
        verdicts = replace(self.verdicts, frame=self.verdicts.frame.sample(fraction=1.0, shuffle=True, seed=seed))
        patients = self.patients.sample(fraction=1.0, shuffle=True, seed=seed + 1)
        return replace(self, verdicts=verdicts, patients=patients)

    def analyse(self, *specs: AnalysisSpec, endpoint: Endpoint = RFS, **study: Any) -> Analyses:
        plan = Study("data", "rules/gbsg2.yaml", {endpoint.id: endpoint}, specs, **study)
        return analyse(plan, self.protocol, self.verdicts, self.allocation, self.patients, self.kinds)


def gbsg2_site() -> Site:
    """GBSG-2 (Schumacher 1994) screened by age and nodes: 620 of 686 eligible, 272 events, 411 and 209 in the arms."""
    rows = pl.from_pandas(load_gbsg2()).with_columns(pl.selectors.numeric().cast(pl.Float64))
    rows = rows.with_row_index("row").select(
        pl.format("P{}", 1000 + pl.col("row")).alias("patient_id"), pl.exclude("row")
    )
    young = pl.col("age").is_between(18, 65)
    frame = rows.select(
        "patient_id",
        pl.when(young).then(int(Verdict.ELIGIBLE)).otherwise(int(Verdict.INELIGIBLE)).cast(pl.UInt8).alias("verdict"),
        pl.col("horTh").replace_strict({"no": "control", "yes": "hormone"}).alias("arm"),
        pl.format("menostat={}", "menostat").alias("stratum"),
        pl.when(young).then(0).otherwise(1).cast(pl.Int64).alias("failed"),
        pl.lit(0, pl.Int64).alias("unknown"),
        pl.when(young).then(int(CriterionResult.MET)).otherwise(int(CriterionResult.NOT_MET)).alias("result:AGE"),
        pl.lit(0).alias("reasons:AGE"),
        pl.lit(int(CriterionResult.MET)).alias("result:NODES"),
        pl.lit(0).alias("reasons:NODES"),
        ((pl.col("estrec") >= 20) | (pl.col("progrec") >= 20)).alias("define:HR_POS"),
        pl.col("menostat").alias("stratum:menostat"),
    )
    return Site(GBSG2, Verdicts(GBSG2, frame), rows, kinds_of(rows))


def small_site(rows: Sequence[Mapping[str, object]], *, arms: Sequence[str] = ("a", "b"), column: bool = False) -> Site:
    """Patients as written, everyone eligible unless ``ok`` is false; ``arm`` is the arm, other keys are columns."""
    declared = tuple(RecordedArm(arm, "", ColumnRef("patients", "arm"), is_(Op.EQ, arm)) for arm in arms)
    protocol = replace(GBSG2, criteria=(), strata=(), definitions={}, arms=declared)
    if column:
        protocol = replace(protocol, arms=ArmColumn(ColumnRef("patients", "arm")))
    table = pl.DataFrame(
        [{"arm": None, "ok": True, "time": None, "cens": None, **row} for row in rows],
        schema_overrides={"arm": pl.String, "ok": pl.Boolean, "time": pl.Float64, "cens": pl.Float64},
        infer_schema_length=None,
    )
    table = table.with_columns(pl.selectors.integer().cast(pl.Float64))
    table = table.select(pl.int_range(pl.len()).alias("patient_id"), pl.all())
    verdict = pl.when("ok").then(int(Verdict.ELIGIBLE)).otherwise(int(Verdict.UNDETERMINED)).cast(pl.UInt8)
    frame = table.select("patient_id", verdict.alias("verdict"), "arm")
    patients = table.drop("arm", "ok")
    return Site(protocol, Verdicts(protocol, frame), patients, kinds_of(patients))


def kinds_of(table: pl.DataFrame) -> dict[str, ColumnKind]:
    def kind(dtype: pl.DataType) -> ColumnKind:
        if dtype == pl.Null:
            return ColumnKind.EMPTY
        if dtype == pl.Boolean:
            return ColumnKind.BOOLEAN
        return ColumnKind.TEXT if dtype == pl.String else ColumnKind.NUMBER

    return {name: kind(dtype) for name, dtype in table.schema.items()}
