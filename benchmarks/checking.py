"""Checking a protocol of sixty criteria after import: from its text to what does not fit the dictionary.

There is no peer to compare with: the bar is the time after which a person notices, three tenths of a second. Processor
time is counted, for other work on the machine is not ours.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measuring import Line
from stratify.protocol import implied_dictionary, parse_protocol, typecheck

NOTICED = 0.3
"""Seconds after which a person who waits for an answer notices it."""

_HEAD = """
format: stratify/1
trial: {id: SIXTY, title: Sixty criteria, protocol: {version: "3.0", date: 2026-03-14}}
anchors:
  consent: {from: patients.consent_date}
  c1d1: {from: patients.planned_c1d1_date, label: Cycle 1 Day 1}
  platinum: {latest: treatments, code: [cisplatin, carboplatin], column: end_date, before: c1d1}
parameters:
  window: {value: [-14, 0], unit: days, of: c1d1, source: "5.1"}
  limit: {value: 2.5, unit: xULN, source: "5.1(8)"}
defaults: {anchor: c1d1, unknown: query, take: latest, tie: worst}
define:
  mets: {exists: diagnoses, code: {in: [C78.7, C79.3]}, by: c1d1}
criteria:
"""
_RULES = (
    '{age: years, at: consent, is: ">= 18"}',
    '{measure: ALT, within: $window, is: "<= $limit"}',
    '{choose: [{when: {ref: mets}, then: {measure: AST, within: $window, is: "<= 5 xULN"}},'
    ' {otherwise: {measure: AST, within: $window, is: "<= $limit"}}]}',
    '{all: [{measure: ECOG, within: [-7, 0], is: "in {0, 1}"},'
    ' {measure: ECOG, take: max, within: [-14, 0], is: "<= 1"}]}',
    '{gap: treatments, code: {in: [carboplatin]}, from: end_date, none: infinite, is: ">= 21 d"}',
    '{count: lesions, within: [-28, 0], where: {all: [{field: irradiated, is: "== false"},'
    ' {any: [{field: diameter, is: ">= 10"}, {field: axis, is: ">= 15"}]}]}, is: ">= 1"}',
    "{exists: diagnoses, code: {in: [progression]}, within: [0, 6], unit: months, of: platinum}",
    '{at_least: {n: 2, of: [{value: patients.a, is: "== yes"}, {value: patients.b, is: "== yes"}, {ref: mets}]}}',
    "{not: {exists: history, code: {in: [I21, I22, I25.2]}, within: [-6 mo, 0 d]}}",
    '{measure: HGB, within: $window, where: {field: fasting, is: "== true"}, is: ">= 9 g/dL"}',
)


def text() -> str:
    """A protocol of sixty criteria in ten kinds."""
    criteria = [
        f"  - id: C-{i:02}\n    kind: {'inclusion' if i % 2 else 'exclusion'}\n"
        f'    text: "Criterion {i} as the protocol has it, in a sentence of some length."\n'
        f'    ref: "5.{i}"\n    rule: {_RULES[i % len(_RULES)]}\n'
        for i in range(60)
    ]
    return _HEAD + "".join(criteria)


def lines(folder: Path, patients: int, runs: int) -> list[Line]:
    """Time reading and the check of types."""
    del folder, patients
    written = text()
    protocol = parse_protocol(written)
    words = implied_dictionary(protocol)
    seconds = _seconds(lambda: typecheck(parse_protocol(written), words), runs)
    return [Line("check 60 criteria", f"{NOTICED} s of processor time", NOTICED / seconds, bar=1)]


def _seconds(run: Callable[[], object], runs: int) -> float:
    run()
    seconds = []
    for _ in range(runs):
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)
