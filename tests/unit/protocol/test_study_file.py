"""study.yaml: what it becomes and what is refused."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from stratify.diagnostics import StratifyError
from stratify.model.expression import ColumnRef
from stratify.model.study import (
    AftSpec,
    BaselineSpec,
    ByDates,
    ByParameter,
    ByTime,
    CompetingRisksSpec,
    CoxSpec,
    Endpoint,
    EnrichmentSpec,
    InteractionSpec,
    Multiplicity,
    Occurrence,
    PhCheckSpec,
    Profile,
    RmstSpec,
    Study,
    SubgroupsSpec,
    SurvivalSpec,
    TimeUnit,
)
from stratify.protocol import load_study, parse_comparison, parse_study
from stratify.protocol.paths import leaves_folder
from unit.protocol.marked import MARK, assert_findings, findings_of, split

HEAD = """\
format: stratify-study/1
cohort: data/
protocol: rules/p.yaml
endpoints:
  os: {time: patients.time, event: patients.died}
"""


def plan(analyses: str, rest: str = "") -> str:
    return f"{HEAD}analyses:\n{analyses}{rest}"


KM = "  - {id: km, kind: survival, endpoint: os}\n"
CASES = [
    ("P010", HEAD.replace("stratify-study/1", f"{MARK}stratify/1")),
    ("P011", HEAD + f"{MARK}outptu: out/\n"),
    ("P012", HEAD.replace("format", f"{MARK}format").replace("cohort: data/\n", "")),
    ("P012", plan(f"  - {MARK}{{id: t1, kind: baseline}}\n")),
    ("P012", plan(f"  - {MARK}{{id: t1}}\n")),
    ("P013", plan(f"  - {MARK}km\n")),
    ("P015", HEAD + f"profile: {MARK}stata\n"),
    ("P015", plan(f"  - {{id: e, kind: enrichment, features: [a], adjust: {MARK}bhh}}\n")),
    ("P016", plan(f"  - {{id: km, kind: survival, endpoint: os, rmst: {MARK}long}}\n")),
    ("P020", HEAD + f'  pfs: {{time: patients.t, event: {{column: patients.s, is: "{MARK}2"}}}}\n'),
    ("P023", HEAD + f"  pfs: {{time: {MARK}time, event: patients.s}}\n"),
    ("S001", HEAD.replace("data/", f"{MARK}/data")),
    ("S001", HEAD.replace("rules/p.yaml", f"{MARK}rules/../../p.yaml")),
    ("S001", HEAD + f"output: {MARK}..\n"),
    ("S002", plan(f"  - {{id: km, kind: survival, endpoint: {MARK}oss}}\n")),
    ("S003", plan(KM, f"multiplicity: {{family: [km, {MARK}kmm]}}\n")),
    ("S004", plan(KM + f"  - {{id: {MARK}km, kind: survival, endpoint: os}}\n")),
    ("S004", plan(KM, f"multiplicity: {{family: [km, {MARK}km]}}\n")),
    ("S005", plan(f"  - {{id: r, kind: {MARK}response}}\n")),
    ("S006", HEAD + f"level: {MARK}95\n"),
    ("S007", plan(KM, f"multiplicity: {{family: {MARK}[]}}\n")),
    ("S008", plan(f"  - {{id: t1, kind: baseline, variables: {MARK}[]}}\n")),
    ("S009", plan(f"  - {{id: km, kind: survival, endpoint: os, at: [365, {MARK}-1]}}\n")),
    ("S009", plan(f"  - {{id: km, kind: survival, endpoint: os, at: [{MARK}1E400]}}\n")),
    ("P011", HEAD + f"  pfs: {{adtte: PFS, {MARK}censor: seen}}\n"),
    ("P012", HEAD + f"  pfs: {MARK}{{to: died, censor: seen}}\n"),
    ("P012", plan(f"  - {MARK}{{id: c, kind: cox, endpoint: os}}\n")),
    ("P012", plan(f"  - {MARK}{{id: r, kind: rmst, endpoint: os}}\n")),
    ("P015", HEAD + f"ties: {MARK}exact\n"),
    ("P015", plan(f"  - {{id: a, kind: aft, endpoint: os, covariates: age, distribution: {MARK}gamma}}\n")),
    ("S010", HEAD + f"  pfs: {MARK}{{from: start, to: [pd, died], competing: died, censor: seen}}\n"),
    ("S011", HEAD + f"  pfs: {{from: start, to: pd, cut_off: {MARK}June}}\n"),
    ("S012", plan(f"  - {MARK}{{id: c, kind: competing_risks, endpoint: os}}\n")),
    ("S013", plan(f"  - {{id: c, kind: cox, endpoint: os, covariates: [age], references: {{{MARK}sex: F}}}}\n")),
    ("S014", plan(f"  - {{id: k, kind: survival, endpoint: os, tests: [gehan, {MARK}wilcoxon]}}\n")),
    ("S014", plan(f"  - {{id: k, kind: survival, endpoint: os, tests: {MARK}fh:0}}\n")),
    ("S015", HEAD + f"  pfs: {MARK}{{from: start, to: pd}}\n"),
]


@pytest.mark.parametrize(("code", "marked"), CASES, ids=[f"{i}-{code}" for i, (code, _) in enumerate(CASES)])
def test_finding_stands_at_its_mark(code: str, marked: str) -> None:
    text, places = split(marked)
    assert_findings(findings_of(parse_study, text), code, places)


FULL = """\
format: stratify-study/1
title: GBSG2
cohort: data/
dictionary: dictionary.yaml
protocol: rules/gbsg2.yaml
endpoints:
  rfs: {time: patients.time, event: patients.cens, unit: months, label: Relapse-free survival}
  os: {time: patients.t, event: {column: patients.status, is: "== 2"}}
  dm: {time: patients.t, event: patients.dm, entry: patients.e, competing: {death: {column: patients.s, is: "== 3"}}}
  efs: {adtte: EFS, table: tte, competing: {death: Death}, unit: weeks}
  pfs: {from: rand, to: [pd, died], censor: [seen], until: [next_line], cut_off: 2024-06-30}
analyses:
  - {id: t1, kind: baseline, by: arm, variables: [age, tsize]}
  - {id: km, kind: survival, endpoint: rfs, reference: control, strata: [menostat], at: [365, 1095.5], rmst: 1825}
  - {id: pred, kind: interaction, endpoint: rfs, biomarker: ER, by: horTh}
  - {id: sub, kind: subgroups, endpoint: os, factors: [menostat, NO]}
  - {id: cox, kind: cox, endpoint: os, covariates: [age, sex], references: {sex: F}, cluster: site, interval: profile}
  - {id: ph, kind: ph_check, endpoint: os, covariates: age, strata: site, transform: log}
  - {id: cr, kind: competing_risks, endpoint: dm, reference: A, covariates: age, at: 5}
  - {id: rm, kind: rmst, endpoint: os, horizon: 24, covariates: [age]}
  - {id: aft, kind: aft, endpoint: os, covariates: [age], distribution: lognormal}
  - {id: fh, kind: survival, endpoint: os, tests: [fh:0:0.5, maxcombo], weights: w}
  - {id: enr, kind: enrichment, features: a, group: arm, reference: A, adjust: none}
multiplicity: {family: [km, pred], method: bonferroni}
profile: sas
ties: discrete
conf_type: plain
level: 0.9
output: result/
"""


def test_everything_a_study_says(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(FULL, encoding="utf-8")
    assert load_study(path) == Study(
        cohort="data/",
        protocol="rules/gbsg2.yaml",
        endpoints={
            "rfs": Endpoint(
                "rfs",
                ByTime(ColumnRef("patients", "time"), Occurrence(ColumnRef("patients", "cens"))),
                unit=TimeUnit.MONTHS,
                label="Relapse-free survival",
            ),
            "os": Endpoint(
                "os",
                ByTime(
                    ColumnRef("patients", "t"), Occurrence(ColumnRef("patients", "status"), parse_comparison("== 2"))
                ),
                label="os",
            ),
            "dm": Endpoint(
                "dm",
                ByTime(
                    ColumnRef("patients", "t"),
                    Occurrence(ColumnRef("patients", "dm")),
                    ColumnRef("patients", "e"),
                    {"death": Occurrence(ColumnRef("patients", "s"), parse_comparison("== 3"))},
                ),
                label="dm",
            ),
            "efs": Endpoint("efs", ByParameter("EFS", "tte", {"death": "Death"}), TimeUnit.WEEKS, "efs"),
            "pfs": Endpoint(
                "pfs", ByDates("rand", ("pd", "died"), ("seen",), ("next_line",), (), date(2024, 6, 30)), label="pfs"
            ),
        },
        analyses=(
            BaselineSpec("t1", ("age", "tsize")),
            SurvivalSpec("km", "rfs", "arm", "control", ("menostat",), (365.0, 1095.5), 1825.0),
            InteractionSpec("pred", "rfs", "ER", "horTh"),
            SubgroupsSpec("sub", "os", ("menostat", "NO")),
            CoxSpec("cox", "os", ("age", "sex"), {"sex": "F"}, cluster="site", interval="profile"),
            PhCheckSpec("ph", "os", ("age",), {}, ("site",), "log"),
            CompetingRisksSpec("cr", "dm", reference="A", covariates=("age",), at=(5.0,)),
            RmstSpec("rm", "os", 24.0, covariates=("age",)),
            AftSpec("aft", "os", ("age",), distribution="lognormal"),
            SurvivalSpec("fh", "os", tests=("fh:0:0.5", "maxcombo"), weights="w"),
            EnrichmentSpec("enr", ("a",), "arm", "A", "none"),
        ),
        multiplicity=Multiplicity(("km", "pred"), "bonferroni"),
        profile=Profile.SAS,
        ties="discrete",
        conf_type="plain",
        output="result/",
        dictionary="dictionary.yaml",
        title="GBSG2",
        level=0.9,
        digest=hashlib.sha256(FULL.encode()).hexdigest(),
        file=str(path),
    )


def test_nearest_names() -> None:
    findings = findings_of(parse_study, plan("  - {id: km, kind: survivl, endpoint: oss}\n", "profil: r\n"))
    assert [finding.hint for finding in findings] == ['did you mean "survival"?', 'did you mean "profile"?']


@pytest.mark.parametrize("path", ["data", "data/a.csv", "./data", "a..b/c", "out/"])
def test_paths_inside(path: str) -> None:
    assert not leaves_folder(path)


@pytest.mark.parametrize(
    "path", ["/etc", "..", "a/../../b", "C:\\x", "C:x", "\\\\host\\x", "~/x", "a\\..\\..\\b", "a\0b"]
)
def test_paths_outside(path: str) -> None:
    assert leaves_folder(path)


def test_a_missing_study(tmp_path: Path) -> None:
    with pytest.raises(StratifyError) as caught:
        load_study(tmp_path)
    assert [finding.code for finding in caught.value.findings] == ["P001"]
