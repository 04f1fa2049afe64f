"""One patient explained: every criterion with the rows, values and thresholds behind it, and what would settle it.

The reference interpreter gives the explanation; it is the only output of this room that shows a patient's values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from stratify.compile import Frames
from stratify.compile.reference import (
    COMPUTED,
    DUPLICATES,
    NEWER_NULL,
    CriterionAnswer,
    Evidence,
    Explained,
    PatientRecord,
    interpret_patient,
    patient_records,
    settling_facts,
)
from stratify.diagnostics import ExitCode, Finding, StratifyError
from stratify.model.dictionary import PATIENT_KEY, PATIENTS, Catalogue, Dictionary
from stratify.model.protocol import Criterion, Kind, Protocol
from stratify.model.truth import CriterionResult, Outcome, Truth, reason_labels
from stratify.protocol import condition_text

_WORDS = {Truth.TRUE: "yes", Truth.FALSE: "no", Truth.UNKNOWN: "unknown"}


@dataclass(frozen=True, slots=True)
class CriterionExplanation:
    """A criterion's result for the patient, the tree of its conditions as lines, and the facts that would settle it.

    ``numbers_rows``: whether a line shows a row of another table than ``patients``, where a number is needed.
    """

    criterion: Criterion
    result: CriterionResult
    reasons: tuple[str, ...]
    lines: tuple[str, ...]
    settled_by: tuple[str, ...]
    numbers_rows: bool = False


@dataclass(frozen=True, slots=True)
class PatientExplanation:
    """Everything that screening says of one patient, and why."""

    patient_id: str
    verdict: str
    arm: str | None
    strata: Mapping[str, str | None]
    criteria: tuple[CriterionExplanation, ...]
    arm_has_places: bool = False

    def text(self) -> str:
        """The explanation as indented text."""
        return "\n".join(_patient_lines(self))

    def as_dict(self) -> dict[str, object]:
        """The explanation as plain data."""
        return {
            "patient_id": self.patient_id,
            "verdict": self.verdict,
            "arm": self.arm,
            "strata": dict(self.strata),
            "criteria": [
                {
                    "id": item.criterion.id,
                    "kind": item.criterion.kind.value,
                    "text": item.criterion.text,
                    "result": item.result.label,
                    "reasons": list(item.reasons),
                    "waivable": item.criterion.waivable,
                    "why": list(item.lines),
                    "settled_by": list(item.settled_by),
                }
                for item in self.criteria
            ],
        }


def explain(
    patient_id: str, protocol: Protocol, dictionary: Dictionary, catalogue: Catalogue, frames: Frames
) -> PatientExplanation:
    """Explain one patient.

    Raises
    ------
    StratifyError
        If no patient has this id (R110).
    """
    record = _record(patient_id, frames)
    said = interpret_patient(record, protocol, dictionary, catalogue)
    return PatientExplanation(
        patient_id,
        said.verdict.name,
        said.arm,
        said.strata,
        tuple(_criterion(criterion, said.criteria[criterion.id]) for criterion in protocol.criteria),
        any(arm.id == said.arm for arm in protocol.slot_arms),
    )


def _record(patient_id: str, frames: Frames) -> PatientRecord:
    mine = pl.col(PATIENT_KEY).cast(pl.String) == patient_id
    tables = {name: frame.filter(mine).collect() for name, frame in frames.items()}
    if tables[PATIENTS].is_empty():
        finding = Finding("R110", f'no patient has the id "{patient_id}"', hint="ids are text: 007 is not 7")
        raise StratifyError([finding], ExitCode.BAD_DATA)
    return next(iter(patient_records(tables)))


def _criterion(criterion: Criterion, answer: CriterionAnswer) -> CriterionExplanation:
    lines = []
    facts: tuple[str, ...] = settling_facts(answer.rule)
    if answer.applies is not None:
        lines += ["asked only if:", *(f"  {line}" for line in _lines(answer.applies))]
        facts = (*settling_facts(answer.applies), *facts)
    lines += _lines(answer.rule)
    conditions = (answer.rule,) if answer.applies is None else (answer.applies, answer.rule)
    open_question = answer.outcome.truth is Truth.UNKNOWN
    return CriterionExplanation(
        criterion,
        answer.result,
        reason_labels(answer.outcome.reasons),
        tuple(lines),
        tuple(dict.fromkeys(facts)) if open_question else (),
        any(map(_numbers_rows, conditions)),
    )


def _lines(explained: Explained, depth: int = 0) -> Iterator[str]:
    pad = "  " * depth
    yield f"{pad}{_said(explained.outcome)}: {condition_text(explained.condition)}"
    for row in explained.evidence:
        yield f"{pad}    {_evidence(row)}"
    for remark in explained.notes:
        yield f"{pad}    note: {_remark(remark)}"
    for anchor in explained.anchors:
        yield f"{pad}    counted from {anchor.name}: {anchor.day or 'no such day'}"
        yield from (f"{pad}      {_evidence(row)}" for row in anchor.rows)
    for child in explained.children:
        yield from _lines(child, depth + 1)


def _numbers_rows(explained: Explained) -> bool:
    rows = (*explained.evidence, *(row for anchor in explained.anchors for row in anchor.rows))
    return any(row.table != PATIENTS for row in rows) or any(map(_numbers_rows, explained.children))


def _said(outcome: Outcome) -> str:
    reasons = f" ({', '.join(reason_labels(outcome.reasons))})" if outcome.reasons else ""
    return f"{_WORDS[outcome.truth]}{reasons}"


def _evidence(row: Evidence) -> str:
    parts = [f"{row.table}, row {row.row + 1}"]
    if row.date:
        parts.append(f"dated {row.date}")
    parts.extend(_seen(row))
    if row.threshold:
        parts.append(f"asked {row.threshold}")
    if row.reference:
        parts.append(f"no limit of its own: {row.reference}")
    if row.doubts:
        parts.append(f"open: {', '.join(reason_labels(row.doubts))}")
    return ", ".join(parts)


def _seen(row: Evidence) -> Iterator[str]:
    """What the row holds: of an event its code and the columns asked, else the value."""
    held = (("value", row.value),) if row.fields is None else row.fields
    for name, text in held:
        yield f"{name} {text}" if text else f"no {name}"


def _remark(note: str) -> str:
    if note == NEWER_NULL:
        return "a newer row has no value"
    if note.startswith(COMPUTED):
        return note.removeprefix(COMPUTED).strip()
    copies = int(note.removeprefix(DUPLICATES))
    return f"{copies} exact {'copy of a row is' if copies == 1 else 'copies of rows are'} not counted"


def _headline(item: CriterionExplanation) -> str:
    """``inclusion: met``; of an exclusion also whether what it excludes is there."""
    result = item.result.label.replace("_", " ")
    if item.criterion.kind is Kind.INCLUSION or item.result is CriterionResult.UNKNOWN:
        return f"{item.criterion.kind.value}: {result}"
    condition = {
        CriterionResult.MET: "absent",
        CriterionResult.NOT_MET: "unknown, fails by policy" if item.reasons else "present",
        CriterionResult.ASSUMED: "unknown, assumed absent",
        CriterionResult.NOT_APPLICABLE: "not asked",
    }[item.result]
    return f"exclusion {condition}: {result}"


def _patient_lines(patient: PatientExplanation) -> Iterator[str]:
    yield f"Patient {patient.patient_id}: {patient.verdict}"
    yield f"Arm: {patient.arm or 'none'}{', if a place is left' if patient.arm and patient.arm_has_places else ''}"
    for stratum, level in patient.strata.items():
        yield f"Stratum {stratum}: {level or 'unknown'}"
    for item in patient.criteria:
        reasons = f" ({', '.join(item.reasons)})" if item.reasons else ""
        yield ""
        yield f"{item.criterion.id} {_headline(item)}{reasons}"
        yield f"  {item.criterion.text}"
        yield from (f"    {line}" for line in item.lines)
        if item.settled_by:
            yield "    would settle it: " + "; ".join(item.settled_by)
    if any(item.numbers_rows for item in patient.criteria):
        yield ""
        yield "Row numbers count the patient's own rows of a table, in the order of its files."
