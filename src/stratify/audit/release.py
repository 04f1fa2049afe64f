"""The release: the only thing a report is made of."""

from __future__ import annotations

from dataclasses import dataclass

from stratify.analysis.results import Analyses
from stratify.diagnostics import Finding
from stratify.model.protocol import Parameter, Trial
from stratify.screening.attrition import Attrition


@dataclass(frozen=True, slots=True)
class CriterionText:
    """A criterion in the protocol's words and in ours."""

    id: str
    kind: str
    text: str
    ref: str
    prose: str
    unknown: str
    severity: str
    waivable: bool | None = None


@dataclass(frozen=True, slots=True)
class ArmCount:
    """An arm and its eligible patients; ``id`` is ``None`` for those without an arm."""

    id: str | None
    label: str
    n: int


@dataclass(frozen=True, slots=True)
class StratumBalance:
    """Eligible patients by level and arm; ``counts[i][j]`` is level i, arm j (in the order of the release's arms)."""

    stratum: str
    levels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that was read, with its digest."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Release:
    """What may leave: aggregated results and where they come from, no patient's row.

    ``methods`` are finished sentences, ``references`` the publications they name.
    """

    title: str
    trial: Trial
    protocol_file: str
    protocol_digest: str
    study_digest: str
    profile: str
    level: float
    version: str
    parameters: tuple[Parameter, ...]
    criteria: tuple[CriterionText, ...]
    attrition: Attrition
    arms: tuple[ArmCount, ...]
    balance: tuple[StratumBalance, ...]
    analyses: Analyses
    methods: tuple[str, ...]
    references: tuple[str, ...]
    inputs: tuple[InputFile, ...]
    findings: tuple[Finding, ...]
    finished: str
    """When the run finished, as ISO 8601 text; the clock is an argument of the run."""
