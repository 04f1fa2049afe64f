"""An approved protocol: who signed it, and that its text is still the one that was signed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stratify.diagnostics import Findings, Severity, StratifyError
from stratify.model.protocol import Trial
from stratify.protocol import shapes
from stratify.protocol.envelope import digest_of
from stratify.protocol.lock import LOCK, read_lock
from stratify.protocol.nodes import MapNode
from stratify.protocol.sections import read_trial
from stratify.protocol.source import as_map
from stratify.protocol.yaml_source import read_text, read_yaml


def approved_text(path: Path) -> tuple[str, str] | None:
    """The trial's id and the hash of the text of an approved protocol, to be locked; ``None`` for any other.

    Raises
    ------
    StratifyError
        With every finding, where the file cannot be read as far as its ``trial``.
    """
    findings = Findings()
    text = read_text(path, findings, "protocol")
    root = None if text is None else read_yaml(text, str(path), findings)
    fields = None if root is None else as_map(root, shapes.PROTOCOL, Findings())
    trial = None if fields is None else read_trial(fields.get("trial"), findings)
    if findings.errors or text is None or trial is None:
        raise StratifyError(findings.items)
    return (trial.id, digest_of(text)) if trial.approved else None


def check_approval(
    trial: Trial, section: MapNode, text: str, protocol: Path, overrides: Mapping[str, str], findings: Findings
) -> None:
    """Findings for a protocol that says it is approved and is not the signed one, or not as it was signed.

    Parameters
    ----------
    section
        The protocol's ``trial``.
    text
        The protocol's text as it was read.
    """
    if not trial.approved:
        return
    where = section.get("status") or section
    if not trial.approved_by:
        findings.add(
            "P364",
            "The protocol is approved, but by nobody.",
            where.span,
            why="An approval is somebody's; without a name nobody answers for it.",
            hint="Name those who signed: `approved_by: [NAME, NAME]`.",
        )
    locked = read_lock(protocol.parent, findings)["protocols"].get(trial.id)
    lock = f"`stratify check {protocol.name} --lock`"
    if locked is None:
        findings.add(
            "P363",
            f"Approved protocol {trial.id} is not in {LOCK}.",
            where.span,
            why="Approved means that nobody can change the rules unnoticed; without the hash anybody can.",
            hint=f"Run {lock} and keep the file beside the rules, or write `status: in_review`.",
        )
    elif locked != digest_of(text):
        findings.add(
            "P362",
            f"Protocol {trial.id} is not what it was when it was approved.",
            where.span,
            why="Its text has another hash than the one that was locked: these are not the rules that were signed.",
            hint=f"Restore the file; or write `status: in_review`, have the change approved, and lock it with {lock}.",
        )
    if overrides:
        names = ", ".join(sorted(overrides))
        findings.add(
            "P365",
            f"Parameters of an approved protocol are set from outside: {names}.",
            where.span,
            why="What was signed has other values; the run is recorded with a digest of its own.",
            hint="Leave --set out to run the rules as they were approved.",
            severity=Severity.WARNING,
        )
