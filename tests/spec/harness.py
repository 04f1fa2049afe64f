"""The manual of the rule language, run: drawn rules meet drawn tables, and every back end must give the drawn answer.

:func:`spec` writes the tables as files, opens them through the data room, and asks the Polars plan (streaming over the
files; in memory over the rows in reverse) and the reference interpreter. :func:`refused` shows what is not accepted.
"""

from __future__ import annotations

import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import polars as pl
from polars.testing import assert_frame_equal

from spec.drawing import Cell, Drawing, day, drawn
from spec.files import Types, completed, write
from stratify.compile import (
    Plan,
    compile_plan,
    definition_column,
    entitled_column,
    order_column,
    reasons_column,
    result_column,
    stratum_column,
)
from stratify.compile.reference import CriterionAnswer, PatientResult, interpret_patient, patient_records
from stratify.data import CohortTables, conform, open_cohort
from stratify.diagnostics import Finding, Severity, SourceSpan
from stratify.model.dictionary import PATIENT_KEY, PATIENTS, Dictionary, Table
from stratify.model.protocol import Protocol
from stratify.model.truth import REASONS, CriterionResult, Truth, Verdict, reason_labels
from stratify.protocol import parse_dictionary, parse_protocol, read_protocol_text, typecheck
from stratify.screening import with_descendants

DICTIONARY = """
format: stratify-dictionary/1
tables:
  patients:   {birth: birth, dates: [c1d1, cutoff]}
  labs:       {date: date}
  history:    {date: date, end: end, code: code, ongoing: {status: ongoing}, absence_means: unknown}
  diagnoses:  {date: date, code: code, absence_means: false}
  treatments: {date: date, end: end, code: code, ongoing: {status: ongoing}, absence_means: false}
measures:
  ALT: {table: labs, rows: {test: ALT}, value: value, unit: U/L, ref_low: lln, ref_high: uln}
  AST: {table: labs, rows: {test: AST}, value: value, unit: U/L, ref_low: lln, ref_high: uln}
"""
"""The dictionary of every example that shows no other one."""

ANCHORS = {"c1d1": "patients.c1d1", "cutoff": "patients.cutoff"}
"""The anchors of every example: a patient drawn without ``c1d1`` starts on 20 April 2026."""

_RESULTS = {
    "T": CriterionResult.MET,
    "F": CriterionResult.NOT_MET,
    "met": CriterionResult.MET,
    "not met": CriterionResult.NOT_MET,
    "assumed": CriterionResult.ASSUMED,
    "N/A": CriterionResult.NOT_APPLICABLE,
}
Engine = Literal["streaming", "in-memory"]
_TRUTH = {Truth.TRUE: True, Truth.FALSE: False, Truth.UNKNOWN: None}


@dataclass(frozen=True, slots=True)
class Screened:
    """What an example came to, for tests that say more than a drawing can."""

    protocol: Protocol
    cohort: CohortTables
    plan: Plan
    frames: Mapping[str, pl.DataFrame]
    frame: pl.DataFrame
    answers: Mapping[str, PatientResult]
    findings: tuple[Finding, ...]

    def notes(self, patient: str, rule: str) -> tuple[str, ...]:
        """All notes of the reference interpreter on a rule's leaves."""
        explained = [self.answers[patient].criteria[rule].rule]
        found: list[str] = []
        while explained:
            part = explained.pop()
            found += part.notes
            explained += part.children
        return tuple(found)

    def rerun(self, frames: Mapping[str, pl.DataFrame], engine: Engine = "streaming") -> pl.DataFrame:
        """The plan's output over other frames, such as the same rows in another order."""
        return self.plan.query({name: frame.lazy() for name, frame in frames.items()}).collect(engine=engine)

    def codes(self) -> list[str]:
        """Codes of what does not fit the dictionary, each once."""
        return list(dict.fromkeys(finding.code for finding in self.findings))


def spec(
    rules: str,
    patients: str,
    *,
    dictionary: str = DICTIONARY,
    define: str = "",
    defaults: str = "{anchor: c1d1}",
    anchors: str = "",
    more: str = "",
    form: str = "csv",
    types: Types | None = None,
    strict: bool = False,
    **tables: str,
) -> Screened:
    """Assert that every back end gives the drawn answers.

    Parameters
    ----------
    rules
        Named conditions (``name: {age: years, is: ">= 18"}``), each an inclusion of its own; or a list of criteria.
    patients
        The patients, and after ``||`` the expected answer to rules, and to ``verdict``, ``arm`` or ``stratum:NAME``.
    dictionary, define, defaults, anchors, more
        YAML: the data dictionary, definitions, defaults, further anchors, and further sections of the protocol.
    form, types
        Which files the tables are written as, and Arrow types of columns in files that have types.
    tables
        Further tables and references, drawn; tables of the dictionary that are not drawn have no rows.
    """
    drawings = {PATIENTS: drawn(patients)} | {name: drawn(text) for name, text in tables.items()}
    expected = drawings[PATIENTS]
    protocol = parse_protocol(protocol_text(rules, define, defaults, more, anchors))
    words = _dictionary(dictionary)
    with tempfile.TemporaryDirectory() as folder:
        _write_all(Path(folder), words, drawings, form, types or {})
        cohort = open_cohort(Path(folder), words, strict=strict)
        words = cohort.dictionary
        said = tuple(str(finding) for finding in typecheck(protocol, words, cohort.catalogue))
        assert not said, "\n".join(said)
        protocol = with_descendants(protocol, words, cohort.references)
        plan = compile_plan(protocol, words, cohort.catalogue)
        frames = {name: frame.collect() for name, frame in cohort.frames.items()}
        frame = plan.query(cohort.frames).collect(engine="streaming")
        findings = conform(cohort)
        errors = [str(finding) for finding in findings if finding.severity is Severity.ERROR]
        assert not errors or strict, "\n".join(errors)
    answers = {
        str(record.patient_id): interpret_patient(record, protocol, words, cohort.catalogue)
        for record in patient_records(frames)
    }
    screened = Screened(protocol, cohort, plan, frames, frame, answers, findings)
    _check(expected, screened)
    backwards = screened.rerun({name: rows.reverse() for name, rows in frames.items()}, "in-memory")
    assert_frame_equal(backwards, frame)
    return screened


def refused(rules: str, code: str, at: str = "", **more: str) -> Finding:
    """Assert that the checker refuses named rules, or a list of criteria, with this code, and give the finding.

    ``at`` is the place within ``rules`` as ``line:column``, counted from 1.
    """
    return _finding(rules, code, at, Severity.ERROR, **more)


def warned(rules: str, code: str, at: str = "", **more: str) -> Finding:
    """Assert that the checker warns of something that it does not refuse."""
    return _finding(rules, code, at, Severity.WARNING, **more)


def _finding(rules: str, code: str, at: str, severity: Severity, **more: str) -> Finding:
    words = _dictionary(more.pop("dictionary", DICTIONARY))
    drawings = {name: drawn(more.pop(name)) for name in words.references if name in more}
    text = protocol_text(rules, **more)
    protocol, findings = read_protocol_text(text)
    if protocol is not None:
        if drawings:
            with tempfile.TemporaryDirectory() as folder:
                _write_all(Path(folder), words, drawings | {PATIENTS: Drawing(("patient",), ())}, "csv", {})
                words = open_cohort(Path(folder), words).dictionary
        findings = (*findings, *typecheck(protocol, words))
    found = [finding for finding in findings if finding.code == code]
    assert found, f"no {code}: {[str(finding) for finding in findings]}"
    assert found[0].severity is severity, str(found[0])
    if at:
        where = found[0].where
        assert isinstance(where, SourceSpan)
        first = textwrap.dedent(rules).strip().splitlines()[0]
        before = next(n for n, line in enumerate(text.splitlines()) if line.strip() == first)
        assert f"{where.line - before}:{where.column - 2}" == at, str(found[0])
    return found[0]


def protocol_text(
    rules: str, define: str = "", defaults: str = "{anchor: c1d1}", more: str = "", anchors: str = ""
) -> str:
    """A whole protocol around named rules or a list of criteria."""
    rules, define, more, anchors = (textwrap.dedent(text).strip() for text in (rules, define, more, anchors))
    criteria = rules
    if not rules.startswith("- "):
        names = [line.partition(":")[0] for line in rules.splitlines() if line[0] not in " #"]
        define = f"{define}\n{rules}".strip()
        criteria = "\n".join(f"- {{id: {n}, kind: inclusion, text: {n}, rule: {{ref: {n}}}}}" for n in names)
    given = ", ".join(f"{name}: {{from: {column}}}" for name, column in ANCHORS.items())
    anchors = f"\n{textwrap.indent(anchors, '  ')}\n  " + given.replace("}, ", "}\n  ") if anchors else f" {{{given}}}"
    parts = [
        "format: stratify/1",
        "trial: {id: SPEC}",
        f"anchors:{anchors}",
        f"defaults: {textwrap.dedent(defaults).strip()}",
        f"define:\n{textwrap.indent(define, '  ')}" if define else "",
        more,
        f"criteria:\n{textwrap.indent(criteria, '  ')}",
    ]
    return "\n".join(part for part in parts if part) + "\n"


@cache
def _dictionary(text: str) -> Dictionary:
    return parse_dictionary(textwrap.dedent(text))


def _write_all(folder: Path, words: Dictionary, drawings: Mapping[str, Drawing], form: str, types: Types) -> None:
    unknown = set(drawings) - {*words.tables, *words.references}
    assert not unknown, f"tables that the dictionary does not have: {unknown}"
    for name, table in words.tables.items():
        drawing = drawings.get(name, Drawing(("patient",), ()))
        if name == PATIENTS:
            drawing = drawing.with_column("c1d1", day(0)).with_column("cutoff", None)
        write(folder, table, completed(table, drawing, words), form, types)
    for name in words.references:
        write(folder, Table(name), drawings[name], form, types)


# --- comparing ---------------------------------------------------------------------------------------------------


def _check(drawing: Drawing, screened: Screened) -> None:
    patients = drawing.column("patient")
    known = screened.frame.get_column(PATIENT_KEY).cast(pl.String).to_list()
    assert sorted(known) == sorted(map(str, patients)), "one row out for each patient in"
    rows = dict(zip(known, screened.frame.to_dicts(), strict=True))
    wrong: list[str] = []
    for patient, cells in zip(patients, drawing.expected, strict=True):
        polars, reference = rows[str(patient)], screened.answers[str(patient)]
        for name, cell in zip(drawing.expected_columns, cells, strict=True):
            for back_end, said in (("Polars", _said(polars, name)), ("reference", _explained(reference, name))):
                if not _agrees(name, cell, said):
                    wrong.append(f"patient {patient}, {name}: {back_end} says {said}, drawn is {cell or 'unknown'}")
        wrong += _differences(str(patient), polars, reference)
    assert not wrong, "\n".join(wrong)


def _said(row: Mapping[str, object], name: str) -> str:
    if name == "verdict":
        return Verdict(int(str(row["verdict"]))).name
    if name == "arm" or name.startswith("stratum:"):
        return str(row[name])
    return _text(CriterionResult(int(str(row[result_column(name)]))), int(str(row[reasons_column(name)])))


def _explained(said: PatientResult, name: str) -> str:
    if name == "verdict":
        return said.verdict.name
    if name == "arm":
        return str(said.arm)
    if name.startswith("stratum:"):
        return str(said.strata[name.removeprefix("stratum:")])
    answer = said.criteria[name]
    return _text(answer.result, answer.outcome.reasons)


def _text(result: CriterionResult, mask: int) -> str:
    return f"{result.label} ({', '.join(reason_labels(mask))})" if mask else result.label


def _agrees(name: str, cell: Cell, said: str) -> bool:
    if name == "verdict":
        return said == cell
    if name == "arm" or name.startswith("stratum:"):
        return said == str(cell)
    result, _, reasons = said.partition(" (")
    if cell is None:
        return result == CriterionResult.UNKNOWN.label
    word, _, wanted = cell.partition("(")
    expected = _RESULTS[word.strip()] if word.strip() else CriterionResult.UNKNOWN
    if wanted and set(wanted.rstrip(")").split(", ")) - REASONS.keys():
        raise ValueError(f"no such reason: {cell}")
    return result == expected.label and (not wanted or reasons.rstrip(")") == wanted.rstrip(")"))


def _differences(patient: str, polars: Mapping[str, object], reference: PatientResult) -> Iterator[str]:
    """Where the back ends differ, also in what nobody drew."""
    wanted: dict[str, object] = {
        "verdict": int(reference.verdict),
        "failed": reference.failed,
        "unknown": reference.unknown,
        "arm": reference.arm,
    }
    for name, answer in reference.criteria.items():
        wanted |= _columns(name, answer)
    wanted |= {definition_column(name): _TRUTH[outcome.truth] for name, outcome in reference.definitions.items()}
    wanted |= {stratum_column(name): level for name, level in reference.strata.items()}
    wanted |= {entitled_column(name): entitled for name, entitled in reference.entitled.items()}
    wanted |= {order_column(name): day for name, day in reference.order.items()}
    for name, value in wanted.items():
        if polars[name] != value:
            yield f"patient {patient}, {name}: Polars says {polars[name]}, the reference {value}"


def _columns(name: str, answer: CriterionAnswer) -> dict[str, object]:
    return {result_column(name): int(answer.result), reasons_column(name): answer.outcome.reasons}
