"""What a study may ask for and cannot have: findings that name the thing and the place, all at once."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from stratify.diagnostics import ExitCode, SourceSpan, StratifyError
from stratify.model.expression import ColumnRef
from stratify.model.study import (
    AftSpec,
    AnalysisSpec,
    BaselineSpec,
    CompetingRisksSpec,
    CoxSpec,
    Endpoint,
    EnrichmentSpec,
    InteractionSpec,
    Multiplicity,
    Occurrence,
    RmstSpec,
    SubgroupsSpec,
    SurvivalSpec,
)
from stratify.model.value import Op
from unit.analysis.trial import RFS, RFS_TIME, Site, gbsg2_site, is_, small_site

SPAN = SourceSpan("study.yaml", 12, 5)
ROWS = [
    {"arm": "a", "time": 1, "cens": 1, "status": "relapse", "alive": True, "word": "w1"},
    {"arm": "a", "time": 3, "cens": 0, "status": "alive", "alive": False, "word": "w2"},
    {"arm": "b", "time": 2, "cens": 1, "status": "relapse", "alive": True, "word": "w3"},
    {"arm": "b", "time": 4, "cens": 0, "status": None, "alive": None, "word": "w4"},
]


def timed(**change: object) -> Endpoint:
    return replace(RFS, source=replace(RFS_TIME, **change))


def findings(site: Site, *specs: AnalysisSpec, endpoint: Endpoint = RFS, **study: object) -> StratifyError:
    with pytest.raises(StratifyError) as caught:
        site.analyse(*specs, endpoint=endpoint, **study)
    return caught.value


@pytest.mark.parametrize(
    ("spec", "code", "said"),
    [
        (BaselineSpec("t", ("agee",), span=SPAN), "A001", 'did you mean "age"?'),
        (BaselineSpec("t", ("age",), by="armm", span=SPAN), "A001", 'did you mean "arm"?'),
        (SurvivalSpec("t", "rfs", strata=("menostatt",), span=SPAN), "A001", 'did you mean "menostat"?'),
        (SurvivalSpec("t", "rfs", strata=("age",), span=SPAN), "A006", "`bands`"),
        (SurvivalSpec("t", "os", span=SPAN), "A001", "known: rfs"),
        (SurvivalSpec("t", "rfs", reference="controll", span=SPAN), "A007", 'did you mean "control"?'),
        (SurvivalSpec("t", "rfs", by="age", span=SPAN), "A006", "`bands`"),
        (InteractionSpec("t", "rfs", "tsize", span=SPAN), "A006", "`bands`"),
        (SubgroupsSpec("t", "rfs", ("HR_POSS",), span=SPAN), "A001", 'did you mean "HR_POS"?'),
        (EnrichmentSpec("t", ("HR_POS",), adjust="bhh", span=SPAN), "A009", 'did you mean "bh"?'),
        (EnrichmentSpec("t", ("patient_id",), span=SPAN), "A001", ""),
    ],
)
def test_names(spec: AnalysisSpec, code: str, said: str) -> None:
    (finding,) = findings(gbsg2_site(), spec).findings
    assert finding.code == code
    assert finding.where == SPAN
    assert said in finding.hint


def test_all_findings_at_once() -> None:
    error = findings(
        gbsg2_site(), BaselineSpec("t", ("agee", "gradee")), SurvivalSpec("k", "os", reference="x", strata=("age",))
    )
    assert [f.code for f in error.findings] == ["A001", "A001", "A001", "A007", "A006"]


def test_horizon_beyond_follow_up_names_the_largest() -> None:
    (finding,) = findings(small_site(ROWS), SurvivalSpec("km", "rfs", rmst=3.5, span=SPAN)).findings
    assert (finding.code, finding.where) == ("A008", SPAN)
    assert finding.hint == "The largest possible `rmst` is 3."


@pytest.mark.parametrize(("codes", "said"), [((1, 2), "1, 2"), ((0, 1, 2), "0, 1, 2"), (range(20), "20 different")])
def test_event_codes_are_declared_not_guessed(codes: object, said: str) -> None:
    rows = [{"arm": "a", "time": 1, "cens": code} for code in codes]
    error = findings(small_site(rows), SurvivalSpec("km", "rfs"))
    assert [f.code for f in error.findings] == ["A004"]
    assert said in error.findings[0].message
    assert error.exit_code is ExitCode.BAD_DATA


def test_text_event_needs_its_code() -> None:
    endpoint = timed(event=Occurrence(ColumnRef("patients", "status")))
    error = findings(small_site(ROWS), SurvivalSpec("km", "rfs"), endpoint=endpoint)
    assert "found: text" in error.findings[0].message
    assert "relapse" not in str(error)


@pytest.mark.parametrize(
    ("column", "occurred", "events", "excluded"),
    [("status", is_(Op.EQ, "relapse"), 2, 1), ("cens", is_(Op.EQ, "0"), 2, 0), ("alive", None, 2, 1)],
)
def test_declared_events(column: str, occurred: object, events: int, excluded: int) -> None:
    endpoint = timed(event=Occurrence(ColumnRef("patients", column), occurred))
    found = small_site(ROWS).analyse(SurvivalSpec("km", "rfs"), endpoint=endpoint).results[0]
    assert (found.events, found.excluded) == (events, excluded)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"time": ColumnRef("visits", "time")}, "A002"),
        ({"time": ColumnRef("patients", "tme")}, "A002"),
        ({"event": Occurrence(ColumnRef("patients", "censs"))}, "A002"),
        ({"time": ColumnRef("patients", "status")}, "A003"),
        ({"event": Occurrence(ColumnRef("patients", "cens"), is_(Op.EQ, "relapse"))}, "A004"),
        ({"event": Occurrence(ColumnRef("patients", "alive"), is_(Op.GE, "true"))}, "A004"),
        ({"event": Occurrence(ColumnRef("patients", "status"), is_(Op.GT, "a"))}, "A004"),
    ],
)
def test_endpoint_columns(change: dict[str, object], code: str) -> None:
    error = findings(small_site(ROWS), SurvivalSpec("km", "rfs"), endpoint=timed(**change))
    assert [f.code for f in error.findings] == [code]


@pytest.mark.parametrize("bad", [-1.0, float("inf"), float("nan")])
def test_impossible_times_name_patients_and_no_value(bad: float) -> None:
    rows = [*ROWS, {**ROWS[0], "time": bad}, {**ROWS[0], "time": bad, "ok": False}]
    error = findings(small_site(rows), SurvivalSpec("km", "rfs"))
    (finding,) = error.findings
    assert finding.code == "A005"
    assert finding.where.patients == ("4",)  # the ineligible patient 5 is not looked at
    assert str(bad) not in finding.message


def test_free_text_is_no_factor_and_is_not_shown() -> None:
    rows = [{"arm": "a", "time": 1, "cens": 1, "word": f"secret{i}"} for i in range(51)]
    error = findings(small_site(rows), BaselineSpec("t", ("word",)))
    assert error.findings[0].code == "A006"
    assert "secret" not in str(error)


def test_unknown_reference_of_a_column_shows_no_value() -> None:
    error = findings(small_site(ROWS), SurvivalSpec("km", "rfs", by="word", reference="w"))
    assert error.findings[0].code == "A007"
    assert "w1" not in str(error)


def test_unknown_member_of_a_family() -> None:
    error = findings(gbsg2_site(), SurvivalSpec("km", "rfs"), multiplicity=Multiplicity(("kmm",)))
    assert error.findings[0].hint == 'did you mean "km"?'


def test_numbers_become_codes_up_to_ten() -> None:
    rows = [{"arm": "a", "time": 1, "cens": 1, "few": i % 10, "many": i % 11, "half": i % 2 / 2} for i in range(22)]
    few, many, half = small_site(rows).analyse(BaselineSpec("t", ("few", "many", "half"))).results[0].variables
    assert few.levels == tuple(map(str, range(10)))
    assert (many.levels, half.levels) == ((), ())


def test_codes_sort_as_numbers() -> None:
    rows = [{"arm": "a", "time": 1, "cens": 1, "grade": g} for g in (10, 2, 1)]
    assert small_site(rows).analyse(BaselineSpec("t", ("grade",))).results[0].variables[0].levels == ("1", "2", "10")


LATE = replace(RFS, source=replace(RFS_TIME, entry=ColumnRef("patients", "came")))
CAME = [{**row, "came": 0.5, "w": 1.5} for row in ROWS]


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        (InteractionSpec("x", "rfs", "word"), "A017"),
        (SubgroupsSpec("x", "rfs", ("word",)), "A017"),
        (CompetingRisksSpec("x", "rfs"), "A017"),
        (RmstSpec("x", "rfs", 2.0), "A017"),
        (SurvivalSpec("x", "rfs", rmst=2.0), "A017"),
    ],
)
def test_delayed_entry_where_it_is_not_known(spec: AnalysisSpec, code: str) -> None:
    assert [f.code for f in findings(small_site(CAME), spec, endpoint=LATE).findings] == [code]


@pytest.mark.parametrize(
    ("spec", "study", "code"),
    [
        (CoxSpec("x", "rfs", ("age",)), {}, "A001"),
        (CoxSpec("x", "rfs", ("word",), offset="word"), {}, "A006"),
        (CoxSpec("x", "rfs", ("word",), {"word": "w9"}), {}, "A007"),
        (CoxSpec("x", "rfs", ("came",), {"came": "1"}), {}, "A007"),
        (CoxSpec("x", "rfs", ("arm",), cluster="site"), {}, "A001"),
        (CoxSpec("x", "rfs", ("arm",), weights="w"), {"ties": "discrete"}, "A019"),
        (CoxSpec("x", "rfs", ("arm",), weights="w", interval="profile"), {}, "A019"),
        (CoxSpec("x", "rfs", ("arm",), weights="cens"), {}, "A020"),
        (SurvivalSpec("x", "rfs", weights="w"), {"ties": "marginal"}, "A019"),
        (AftSpec("x", "rfs", ("arm",)), {}, "A018"),
    ],
)
def test_models_that_cannot_be(spec: AnalysisSpec, study: dict[str, str], code: str) -> None:
    rows = [{**row, "time": 0} if i == 0 else row for i, row in enumerate(CAME)]
    assert [f.code for f in findings(small_site(rows), spec, **study).findings] == [code]


def test_an_infinite_ratio_has_firths_beside_it() -> None:
    rows = [{"arm": arm, "time": t, "cens": int(arm == "b")} for t, arm in enumerate("ababababab", 1)]
    km, model = small_site(rows).analyse(SurvivalSpec("km", "rfs"), CoxSpec("cox", "rfs", ("arm",))).results
    ratio = km.contrasts[0].hazard_ratio
    assert ratio.value == math.inf
    assert "Firth's penalised estimate" in ratio.note
    infinite, penalised = model.tables[0].effects[0].estimate, model.tables[1].effects[0].estimate
    assert infinite.value == math.inf
    assert penalised.value is not None
    assert infinite.lower < penalised.value < math.inf
    assert f"{penalised.value:.4g}" in ratio.note
