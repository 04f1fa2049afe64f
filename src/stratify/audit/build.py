"""From everything a run made to the release: the one thing that a report is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from stratify.allocation import AllocatedStratum, Allocation
from stratify.analysis import Analyses, describe_methods
from stratify.audit.release import ArmCount, CriterionText, InputFile, Release, StratumBalance
from stratify.compile import stratum_column
from stratify.diagnostics import DataPlace, Finding
from stratify.model.protocol import Criterion, Protocol
from stratify.model.study import Study
from stratify.screening import Attrition, Verdicts

WITHOUT_ARM = "without an arm"
"""Label of the eligible patients who have none."""
LEVEL_NOT_KNOWN = "level not known"
"""Name of the level of those whose level is not known; in the release only where there are such patients."""


def release(
    study: Study,
    protocol: Protocol,
    verdicts: Verdicts,
    attrition: Attrition,
    allocation: Allocation,
    analyses: Analyses,
    *,
    prose: Mapping[str, str],
    inputs: Sequence[InputFile],
    findings: Sequence[Finding],
    version: str,
    finished: str,
) -> Release:
    """Gather what may leave: counts, estimates and where they come from.

    Parameters
    ----------
    prose
        The English of a criterion by its id.
    version
        Of this package.
    finished
        When the run finished, ISO 8601.

    Raises
    ------
    ValueError
        The parts are of different runs: they do not agree on how many patients are eligible.
    """
    if not attrition.eligible == allocation.n == allocation.frame.height or attrition.screened != verdicts.n:
        raise ValueError("verdicts, attrition and allocation are not of one run")
    methods = describe_methods(study, analyses)
    return Release(
        title=study.title or protocol.trial.title or protocol.trial.id,
        trial=protocol.trial,
        protocol_file=protocol.file,
        protocol_digest=protocol.digest,
        study_digest=study.digest,
        profile=study.profile.value,
        level=study.level,
        version=version,
        parameters=protocol.parameters,
        criteria=tuple(_criterion(criterion, prose) for criterion in protocol.criteria),
        attrition=attrition,
        arms=_arms(allocation),
        balance=tuple(_balance(stratum, allocation) for stratum in allocation.strata),
        analyses=analyses,
        methods=methods.sentences,
        references=methods.references,
        inputs=tuple(inputs),
        findings=tuple(_without_patients(finding) for finding in findings),
        finished=finished,
    )


def _without_patients(finding: Finding) -> Finding:
    """The finding without the ids of patients: a report is forwarded, and an id is a patient's datum."""
    if not isinstance(finding.where, DataPlace):
        return finding
    return replace(finding, where=replace(finding.where, patients=()))


def _criterion(criterion: Criterion, prose: Mapping[str, str]) -> CriterionText:
    return CriterionText(
        criterion.id,
        criterion.kind.value,
        criterion.text,
        criterion.ref,
        prose.get(criterion.id, ""),
        criterion.unknown.value,
        criterion.severity.value,
        criterion.waivable,
    )


def _arms(allocation: Allocation) -> tuple[ArmCount, ...]:
    arms = tuple(ArmCount(arm.id, arm.label, arm.n) for arm in allocation.arms)
    if not allocation.without_arm:
        return arms
    full = f", {allocation.without_slot} of them: no slot left" if allocation.without_slot else ""
    return (*arms, ArmCount(None, WITHOUT_ARM + full, allocation.without_arm))


def _balance(stratum: AllocatedStratum, allocation: Allocation) -> StratumBalance:
    pairs = allocation.frame.select(pl.col(stratum_column(stratum.id)).alias("level"), "arm")
    counts = {(level, arm): n for level, arm, n in pairs.group_by("level", "arm").len().iter_rows()}
    levels: list[tuple[str | None, str]] = [(level, level) for level in stratum.levels]
    if stratum.missing:
        levels.append((None, LEVEL_NOT_KNOWN))
    arms = [arm.id for arm in _arms(allocation)]
    table = tuple(tuple(counts.get((level, arm), 0) for arm in arms) for level, _ in levels)
    return StratumBalance(stratum.id, tuple(name for _, name in levels), table)
