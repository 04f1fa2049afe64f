"""The release of a run: counts that agree with each other, and methods that name what was used only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from stratify.analysis import Analyses, describe_methods
from stratify.audit import InputFile, Release, release
from stratify.audit.release import ArmCount, StratumBalance
from stratify.diagnostics import DataPlace, Finding, Severity, SourceSpan
from stratify.model.study import (
    BaselineSpec,
    EnrichmentSpec,
    InteractionSpec,
    Multiplicity,
    Profile,
    Study,
    SurvivalSpec,
)
from stratify.screening import Verdicts, attrition
from unit.analysis.trial import RFS, Site, gbsg2_site

STUDY = Study("data", "rules/gbsg2.yaml", {"rfs": RFS}, title="A study", digest="s" * 64)


def released(site: Site, analyses: Analyses | None = None, **change: Any) -> Release:
    parts = {"verdicts": site.verdicts, "attrition": attrition(site.verdicts), "allocation": site.allocation, **change}
    return release(
        STUDY,
        site.protocol,
        analyses=analyses or Analyses((), None, ()),
        prose={"AGE": "age is at most 65"},
        inputs=[InputFile("patients.parquet", 10, "a" * 64)],
        findings=[Finding("D001", "A note.")],
        version="1.2.3",
        finished="2026-01-01T00:00:00Z",
        **parts,
    )


def test_who_and_what() -> None:
    found = released(gbsg2_site())
    assert (found.title, found.trial.id, found.version) == ("A study", "GBSG-2", "1.2.3")
    assert (found.protocol_digest, found.study_digest) == ("p" * 64, "s" * 64)
    assert [(c.id, c.kind, c.ref, c.prose) for c in found.criteria] == [
        ("AGE", "inclusion", "2.1", "age is at most 65"),
        ("NODES", "inclusion", "", ""),
    ]
    assert found.attrition.eligible == 620


def test_no_patient_of_a_finding_leaves() -> None:
    """Ids and rows that help to mend the data stay where the data are; what is wrong, and where, goes on."""
    site, place = gbsg2_site(), DataPlace("labs", "value", (3, 4), ("PAT-17", "PAT-18"))
    findings = [
        Finding("D033", "A unit is not known.", place, why="why", hint="do", severity=Severity.WARNING),
        Finding("P107", "It holds text.", SourceSpan("rules.yaml", 3, 4)),
        Finding("R120", "No dictionary."),
    ]
    found = release(
        STUDY,
        site.protocol,
        site.verdicts,
        attrition(site.verdicts),
        site.allocation,
        Analyses((), None, ()),
        prose={},
        inputs=[],
        findings=findings,
        version="1",
        finished="2026-01-01T00:00:00Z",
    )
    assert "PAT-1" not in repr(found.findings)
    kept = replace(findings[0], where=DataPlace("labs", "value", (3, 4)))
    assert found.findings == (kept, *findings[1:])


def test_balance_adds_up_to_the_arms() -> None:
    found = released(gbsg2_site())
    assert found.arms == (ArmCount("control", "No hormone therapy", 411), ArmCount("hormone", "Hormone therapy", 209))
    assert found.balance == (StratumBalance("menostat", ("Post", "Pre"), ((180, 150), (231, 59))),)


def test_patients_without_arm_or_level_have_a_place_of_their_own() -> None:
    site = gbsg2_site()
    first = site.allocation.frame["patient_id"][0]
    blank = pl.when(pl.col("patient_id") != first)
    frame = site.verdicts.frame.with_columns(blank.then("arm").alias("arm"), blank.then("stratum:menostat"))
    found = released(replace(site, verdicts=Verdicts(site.protocol, frame.rename({"arm": "arm"}))))
    assert found.arms[-1] == ArmCount(None, "without an arm", 1)
    assert found.balance[0].levels == ("Post", "Pre", "level not known")
    assert found.balance[0].counts[-1] == (0, 0, 1)
    assert sum(map(sum, found.balance[0].counts)) == 620


def test_parts_of_two_runs_are_refused() -> None:
    site = gbsg2_site()
    fewer = Verdicts(site.protocol, site.verdicts.frame.head(100))
    with pytest.raises(ValueError, match="not of one run"):
        released(site, attrition=attrition(fewer))


@pytest.mark.parametrize(
    ("specs", "named", "not_named"),
    [
        ((), (), ("Cox DR", "Kaplan", "Fisher")),
        ((BaselineSpec("t", ("age",)),), ("Austin", "Hyndman"), ("Yang", "Cox DR")),
        ((BaselineSpec("t", ("menostat",)),), ("Yang",), ("Austin", "Hyndman")),
        ((SurvivalSpec("k", "rfs"),), ("Kaplan", "Greenwood", "Mantel", "Cox DR", "Efron"), ("Breslow", "Uno", "Wang")),
        ((SurvivalSpec("k", "rfs", rmst=365),), ("Royston", "Uno"), ("Wang",)),
        ((InteractionSpec("i", "rfs", "HR_POS"),), ("Cox DR", "Wang"), ("Kaplan", "Mantel")),
        ((EnrichmentSpec("e", ("HR_POS",)),), ("Fisher RA", "Benjamini Y, Hochberg"), ("Freeman", "Wilcoxon")),
        ((EnrichmentSpec("e", ("pnodes",), adjust="none"),), ("Wilcoxon",), ("Fisher RA", "Benjamini")),
        ((EnrichmentSpec("e", ("tgrade",), adjust="holm"),), ("Freeman", "Holm"), ("Fisher RA", "Benjamini")),
    ],
)
def test_references_are_those_used(specs: Any, named: tuple[str, ...], not_named: tuple[str, ...]) -> None:
    site = gbsg2_site()
    found = released(site, site.analyse(*specs))
    for author in named:
        assert any(reference.startswith(author) for reference in found.references), author
    for author in not_named:
        assert not any(reference.startswith(author) for reference in found.references), author
    assert all(sentence.endswith(".") for sentence in found.methods)


def test_profile_and_family_are_said() -> None:
    plan = SurvivalSpec("k", "rfs")
    site = gbsg2_site()
    analyses = site.analyse(plan, multiplicity=Multiplicity(("k",), "hommel"), profile=Profile.SAS)
    said = describe_methods(replace(STUDY, profile=Profile.SAS, level=0.9), analyses)
    text = " ".join(said.sentences)
    for words in ("SAS", "90%", "Breslow", "log-log", "tests of k", "Hommel"):
        assert words in text
    assert any(reference.startswith("Breslow") for reference in said.references)
    assert not any(reference.startswith("Efron") for reference in said.references)
