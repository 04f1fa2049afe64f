"""The examples of a protocol as test cases: a literal patient, and what the rules must say of it.

Each example goes the way of real data: its rows become files, are opened as a cohort, and are answered by the plan.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from stratify.compile import compile_plan, reasons_column, result_column, stratum_column
from stratify.data import open_cohort, with_fallback, with_panels
from stratify.diagnostics import Severity, StratifyError
from stratify.model.dictionary import PATIENT_KEY, Absence, Dictionary, Grain
from stratify.model.protocol import NOTHING, Example, Protocol
from stratify.model.truth import CriterionResult, Verdict, reason_labels
from stratify.protocol import example_columns, example_tables, implied_dictionary, typecheck
from stratify.screening import screen, with_descendants


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One example: its name, and in words everything that is not as expected."""

    name: str
    problems: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether everything is as expected."""
        return not self.problems


def run_examples(
    protocol: Protocol,
    dictionary: Dictionary | None = None,
    references: Mapping[str, pl.LazyFrame] = MappingProxyType({}),
) -> tuple[CaseResult, ...]:
    """Run every example.

    Parameters
    ----------
    dictionary
        The site's dictionary; without it one is implied, in which a table that an example lists, be it empty, is
        complete (no row means that it did not happen), and one it leaves out says nothing.
    references
        The site's reference tables, where rules ask for what lies below a code, for what panels cover, or
        for limits of rows that have none.
    """
    rows: dict[int, dict[str, Any]] = {}
    for listed, indices in _by_listed_tables(protocol.examples, split=dictionary is None).items():
        used = dictionary if dictionary is not None else _complete(implied_dictionary(protocol), listed)
        answers = _answers(protocol, used, references, [protocol.examples[index] for index in indices])
        rows |= dict(zip(indices, answers, strict=True))
    return tuple(
        CaseResult(example.name, tuple(_problems(example, rows[index])))
        for index, example in enumerate(protocol.examples)
    )


def _by_listed_tables(examples: Sequence[Example], *, split: bool) -> dict[frozenset[str], list[int]]:
    """Positions of the examples that list the same tables, and so can be asked together; all when not ``split``."""
    groups: dict[frozenset[str], list[int]] = {}
    for index, example in enumerate(examples):
        groups.setdefault(frozenset(example.tables) if split else frozenset(), []).append(index)
    return groups


def _complete(dictionary: Dictionary, listed: Iterable[str]) -> Dictionary:
    tables = dict(dictionary.tables)
    for name in listed:
        if name in tables and tables[name].grain is Grain.MANY:
            tables[name] = replace(tables[name], absence=Absence.FALSE)
    return replace(dictionary, tables=tables)


def _answers(
    protocol: Protocol,
    dictionary: Dictionary,
    references: Mapping[str, pl.LazyFrame],
    examples: Sequence[Example],
) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="stratify-") as folder:
        tables = {
            name: replace(table, file=f"{name}.csv", key=PATIENT_KEY, columns={})
            for name, table in dictionary.tables.items()
        }
        literal = replace(dictionary, tables=tables)
        rows = [example_tables(example, literal, protocol) for example in examples]
        _write(Path(folder), rows, example_columns(literal, protocol))
        # The references lie beside the site's data, not beside these rows.
        cohort = open_cohort(Path(folder), replace(literal, references={}, hierarchies={}))
        literal = with_fallback(with_panels(literal, references), references)
        said = typecheck(protocol, literal, cohort.catalogue, examples=True)
        findings = [finding for finding in said if finding.severity is Severity.ERROR]
        if findings:
            raise StratifyError(findings)
        protocol = with_descendants(protocol, literal, references)
        frame = screen(compile_plan(protocol, literal, cohort.catalogue), cohort.frames).frame
    return sorted(frame.to_dicts(), key=lambda row: int(row[PATIENT_KEY]))


def _write(
    folder: Path,
    examples: Sequence[Mapping[str, Sequence[Mapping[str, str | None]]]],
    named: Mapping[str, Sequence[str]],
) -> None:
    """Write one CSV file a table; the patient key is the example's number."""
    for table in examples[0]:
        rows = [
            {**row, PATIENT_KEY: str(number)} for number, example in enumerate(examples, 1) for row in example[table]
        ]
        columns = list(dict.fromkeys((PATIENT_KEY, *named[table], *(name for row in rows for name in row))))
        with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)


def _problems(example: Example, row: Mapping[str, Any]) -> Iterable[str]:
    for expected in example.expect:
        result = CriterionResult(row[result_column(expected.criterion)])
        reasons = reason_labels(row[reasons_column(expected.criterion)])
        because = f" ({', '.join(reasons)})" if reasons else ""
        if result is not expected.result:
            yield f"{expected.criterion} is {result.label}{because}, expected {expected.result.label}"
        elif expected.reason is not None and expected.reason.label not in reasons:
            yield f"{expected.criterion} is {result.label}{because}, expected the reason {expected.reason.label}"
    verdict = Verdict(row["verdict"])
    if example.verdict is not None and verdict is not example.verdict:
        yield f"the verdict is {verdict.name}, expected {example.verdict.name}"
    if example.arm is not None and (row["arm"] or NOTHING) != example.arm:
        yield f"the arm is {row['arm'] or 'none'}, expected {example.arm or 'none'}"
    for stratum, level in example.strata.items():
        actual = row[stratum_column(stratum)]
        if (actual or NOTHING) != level:
            yield f"stratum {stratum} is {actual or 'without a level'}, expected {level or 'none'}"
