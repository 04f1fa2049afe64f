"""Comma-separated text (also with semicolon, tab or bar), every column read as text.

The file has one header line, is UTF-8 and quotes with ``"`` as RFC 4180 says. Each line has as many fields as the
header: a shorter one is a fault of the file, not a row of nulls.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import polars as pl

from stratify.data.formats.format import Format
from stratify.diagnostics import ExitCode, Finding, SourceSpan, StratifyError

_SEPARATORS = ",;\t|"
_SHOWN = 5
_PAIRS = f'write a quote as ""; a field has at most {csv.field_size_limit():,} characters'


def _recognise(head: bytes) -> bool:
    return bool(head.strip()) and b"\0" not in head


def _scan(path: Path, label: str) -> pl.LazyFrame:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = file.readline()
    separator = max(_SEPARATORS, key=_outside_quotes(first).count)
    faults = list(islice(_faults(path, label, separator), _SHOWN))
    if faults:
        raise StratifyError(faults, ExitCode.BAD_DATA)
    return pl.scan_csv(path, separator=separator, infer_schema=False, glob=False)


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _faults(path: Path, label: str, separator: str) -> Iterator[Finding]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        header = next(csv.reader(file, delimiter=separator), [])
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        yield _fault(label, 1, f"the header names {', '.join(twice)} more than once", "give each column its own name")
    elif _ends_with_returns(path):
        yield _fault(label, 1, "the lines end with carriage returns only", "save the file with line feeds")
    elif not _is_plain(path, separator, len(header)):
        try:
            yield from _faults_by_line(path, label, separator, len(header))
        except UnicodeDecodeError:
            yield _fault(label, _line_not_utf8(path), "the text is not UTF-8", "save the file as UTF-8")


def _ends_with_returns(path: Path) -> bool:
    with path.open("rb") as file:
        return b"\r" in file.readline().rstrip(b"\r\n")


def _is_plain(path: Path, separator: str, width: int) -> bool:
    """Whether no quote occurs and each line has the separators it should have: the quick check, in parallel."""
    line = pl.col("line")
    odd = line.str.count_matches(separator, literal=True) != width - 1
    query = pl.scan_lines(path, name="line", glob=False).select((odd | line.str.contains('"', literal=True)).any())
    try:
        return not query.collect().item()
    except pl.exceptions.PolarsError:
        return False


def _faults_by_line(path: Path, label: str, separator: str, width: int) -> Iterator[Finding]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        tape: list[str] = []  # the lines of the record being read
        rows = csv.reader(_recorded(file, tape), delimiter=separator, strict=True)
        start = 1
        try:
            for row in rows:
                if len(row) != width and (row or width > 1):
                    what = f"the line has {len(row)} field{'' if len(row) == 1 else 's'}, the header {width}"
                    yield _fault(
                        label, start, what, "quote fields that hold the separator, complete or remove the line"
                    )
                elif sum(field.count('"') for field in row) > "".join(tape).count('""'):
                    yield _fault(
                        label, start, "a quote stands inside a field without quotes", 'write it as "a ""b"" c"'
                    )
                start = rows.line_num + 1
                tape.clear()
        except csv.Error:
            yield _fault(label, start, "the quotes in the record that starts here do not pair", _PAIRS)


def _recorded(lines: Iterable[str], tape: list[str]) -> Iterator[str]:
    for line in lines:
        tape.append(line)
        yield line


def _line_not_utf8(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1


def _fault(label: str, line: int, message: str, hint: str) -> Finding:
    return Finding("D006", message, SourceSpan(label, line, 1), hint=hint)


FORMAT = Format("CSV", (".csv", ".tsv", ".txt"), _recognise, _scan, typed=False)
