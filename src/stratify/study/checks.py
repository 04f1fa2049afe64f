"""Questions about files that need no run: check, format, inspect, test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stratify.data import infer_dictionary, open_references
from stratify.diagnostics import ExitCode, Finding, Findings, StratifyError
from stratify.model.dictionary import Dictionary
from stratify.model.expression import AlterationIs, MeasureIs
from stratify.model.protocol import Protocol
from stratify.model.value import LLN, ULN
from stratify.protocol import (
    LOCK,
    Hashes,
    approved_text,
    dictionary_yaml,
    format_text,
    load_dictionary,
    load_protocol,
    read_pins,
    read_protocol,
    typecheck,
    with_hashes,
)
from stratify.protocol.yaml_source import read_text
from stratify.study.cohort import DICTIONARY, open_and_conform
from stratify.study.writing import write_text
from stratify.verification import CaseResult, run_examples


def check_protocol(
    protocol: Path,
    *,
    data: Path | None = None,
    dictionary: Path | None = None,
    strict: bool = False,
    overrides: Mapping[str, str],
) -> tuple[Finding, ...]:
    """All findings about a protocol; with data or a dictionary also about how they fit together."""
    loaded, findings = read_protocol(protocol, overrides=overrides)
    if data is not None:
        try:
            cohort = open_and_conform(data, dictionary, strict=strict)
        except StratifyError as error:
            return (*findings, *error.findings)
        more = () if loaded is None else typecheck(loaded, cohort.dictionary, cohort.tables.catalogue)
        return (*findings, *cohort.findings, *more)
    if dictionary is not None and loaded is not None:
        return (*findings, *typecheck(loaded, load_dictionary(dictionary)))
    return findings


def lock_rules(protocol: Path) -> tuple[Path, Hashes]:
    """Write the hashes that the libraries of a protocol, and its own text if it is approved, have now into the lock.

    All else in the lock file stays. Gives the lock file, and the hashes of what was locked by section and name.

    Raises
    ------
    StratifyError
        With every finding, where the protocol, a library or the lock file that is there cannot be read.
    """
    target, pins, approved = protocol.parent / LOCK, read_pins(protocol), approved_text(protocol)
    libraries = {str(pin): pin.digest for pin in pins}
    hashes = {"libraries": libraries, "protocols": {} if approved is None else dict([approved])}
    if any(hashes.values()):
        write_text(target, with_hashes(protocol.parent, hashes))
    return target, hashes


def format_file(path: Path, *, write: bool) -> bool:
    """Whether the file is not in its canonical layout; with ``write`` it is afterwards.

    Raises
    ------
    StratifyError
        The file cannot be read (P001, P002), or is not YAML.
    """
    findings = Findings()
    before = read_text(path, findings, "file")
    if before is None:
        raise StratifyError(findings.items)
    after = format_text(before, str(path))
    if write and after != before:
        write_text(path, after)
    return after != before


def inspect_data(data: Path, *, write: bool, force: bool) -> tuple[str, tuple[str, ...], Path | None]:
    """A first dictionary as YAML, what was seen, and where it was written (if it was)."""
    dictionary, seen = infer_dictionary(data)
    text = dictionary_yaml(dictionary)
    if not write:
        return text, seen, None
    target = (data if data.is_dir() else data.parent) / DICTIONARY
    if target.exists() and not force:
        finding = Finding(
            "R121", f"{target} is there already", hint="use --force to replace it, or print it without --write"
        )
        raise StratifyError([finding], ExitCode.USAGE)
    write_text(target, text)
    return text, seen, target


def run_protocol_examples(
    path: Path, *, dictionary: Path | None, overrides: Mapping[str, str]
) -> tuple[Path, tuple[CaseResult, ...]]:
    """Run a protocol's examples."""
    protocol = load_protocol(path, overrides=overrides)
    if dictionary is None:
        return path, run_examples(protocol)
    known = load_dictionary(dictionary)
    # Only what is asked is opened: a dictionary is checked against rules before there are data.
    asked = any(asks(protocol, known) for asks in (_asks_a_hierarchy, _asks_panels, _asks_limits))
    references = open_references(dictionary.parent, known) if asked else {}
    return path, run_examples(protocol, known, references)


def _asks_panels(protocol: Protocol, dictionary: Dictionary) -> bool:
    asked = any(isinstance(node, AlterationIs) for node in protocol.nodes())
    return asked and dictionary.genomics.panels is not None


def _asks_limits(protocol: Protocol, dictionary: Dictionary) -> bool:
    asked = any(isinstance(node, MeasureIs) and node.compare.unit in {ULN, LLN} for node in protocol.nodes())
    return asked and dictionary.fallback is not None


def _asks_a_hierarchy(protocol: Protocol, dictionary: Dictionary) -> bool:
    entries = (
        entry for selection in protocol.selections() if selection.codes is not None for entry in selection.codes.entries
    )
    return bool(dictionary.hierarchies) and any(entry.descendants for entry in entries)
