"""The page: complete, self-contained, escaped, never an empty number."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from stratify.analysis import results as shapes
from stratify.analysis.results import Analyses, EffectsResult, Estimate, NotDone, SubgroupsResult, SurvivalResult
from stratify.audit.release import ArmCount, CriterionText, Release
from stratify.diagnostics import Finding
from stratify.model.protocol import CriterionSeverity, Kind, Parameter, Trial
from stratify.report import render_html
from stratify.report.format import interval_name
from stratify.screening.attrition import Attrition, AttritionRow
from unit.report.example_release import criterion_of, example_release

EVIL = "<script>alert(1)</script>"
FORMULA = "=cmd|' /C calc'!A0"
SECTIONS = (
    *("asked", "key-results", "flow", "criteria", "balance", "results", "multiplicity"),
    *("not-done", "methods", "findings", "provenance"),
)
MAIN_NUMBERS = """GBSG-2|phase III|686|620|411|209|95 % CI|R conventions|9f86d081884c|1528 (1279 to 2039)
0.740 (0.567 to 0.965)|0.714 (0.541 to 0.943)|134.2 (21.6 to 246.8)|4.964|0.034|overridden for this run
os (survival): the data has no column for death|Kaplan EL, Meier P.|warning D021|age is at least 18 and at most 65.
2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae""".replace("\n", "|").split("|")
VOID = {"meta", "br", "link", "img"}


class Page(HTMLParser):
    """What a browser would make of the page: ids, tags, visible text, figures; complains about unbalanced tags."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.figures: list[dict[str, str]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if "id" in attributes:
            self.ids.append(str(attributes["id"]))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "svg":
            self.figures.append({"label": attributes.get("aria-label") or "", "hidden": attributes.get("aria-hidden")})

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.text.append(data)
        if "svg" in self.open and self.open[-1] in ("title", "desc") and self.open[-2] == "svg":
            self.figures[-1][self.open[-1]] = data

    @property
    def visible(self) -> str:
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render_html(example_release()))


def with_results(*results) -> Release:
    return replace(example_release(), analyses=Analyses(tuple(results), None, ()))


def the(kind):
    return next(r for r in example_release().analyses.results if isinstance(r, kind))


def test_every_section_is_there_once_and_in_order(page):
    assert [i for i in page.ids if i in SECTIONS] == list(SECTIONS)
    assert len(page.ids) == len(set(page.ids))


def test_the_main_numbers_are_printed(page):
    for text in MAIN_NUMBERS:
        assert text in page.visible, text


def test_table_one_has_counts_means_quartiles_missing_and_smd(page):
    for text in ("49.8 (9.0)", "[44.0, 57.0]", "231 (56.2)", "missing, n", "0.210", "nobody has a value"):
        assert text in page.visible, text


def test_tables_and_figures_are_numbered_without_gaps(page):
    for kind in ("Table", "Figure"):
        numbers = [int(n) for n in re.findall(rf"{kind} (\d+) ?\.", page.visible)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= 5


def test_every_figure_says_what_it_shows(page):
    drawn = [f for f in page.figures if f["hidden"] is None]
    assert len(drawn) == 11
    for figure in drawn:
        assert figure["label"]
        assert figure["title"] == figure["label"]
        assert len(figure["desc"]) > 40
    assert not any(tag == "img" for tag, _ in page.tags)


def test_nothing_is_loaded_or_run():
    html = render_html(example_release())
    assert set(re.findall(r"https?://[^\"'\s<]*", html)) == {"http://www.w3.org/2000/svg"}
    page = Page(html)
    assert not {"script", "link", "iframe", "object", "embed", "image", "use"} & {tag for tag, _ in page.tags}
    assert not any(name.startswith("on") or name in ("src", "href") for _, a in page.tags for name in a)
    assert "url(" not in html
    assert "@import" not in html


def test_no_number_is_printed_raw(page):
    assert re.findall(r"\b(?:nan|NaN|None|inf|Infinity|undefined)\b", page.visible) == []
    for tag, attributes in page.tags:
        for value in attributes.values():
            assert not re.search(r"\b(?:nan|inf|None)\b", value or ""), (tag, value)


def test_a_row_that_cannot_be_estimated_says_why(page):
    rows = re.findall(r"<tr>(?:(?!</tr>).)*not graded.*?</tr>", render_html(example_release()), re.DOTALL)
    assert any("not estimable: no events" in row for row in rows)
    assert "not estimable: everyone has it" in page.visible


def test_the_same_release_gives_the_same_bytes():
    assert render_html(example_release()) == render_html(example_release.__wrapped__())


def evil_effects(mark: str) -> EffectsResult:
    effects = next(r for r in example_release().analyses.results if isinstance(r, EffectsResult))
    lines = tuple(
        replace(e, term=mark, method=mark, estimate=replace(e.estimate, note=mark)) for e in effects.tables[0].effects
    )
    return replace(
        effects,
        **dict.fromkeys(("endpoint_label", "heading", "unit"), mark),
        tables=(replace(effects.tables[0], title=mark, method=mark, effects=lines),),
        tests=(shapes.TestResult(mark, None, 1, None, mark, mark),),
        notes=(mark,),
    )


def evil_release() -> Release:
    """Every text a user can set holds markup."""
    release = example_release()
    mark = f"{EVIL}{FORMULA}\x1b"
    survival, subgroups = the(SurvivalResult), the(SubgroupsResult)
    curves = tuple(replace(c, group=mark + c.group, median=Estimate(None, note=mark)) for c in survival.curves)
    groups = tuple(
        replace(
            g,
            label=mark,
            rows=tuple(replace(r, level=mark, hazard_ratio=Estimate(None, note=mark)) for r in g.rows),
            interaction=shapes.TestResult(mark, None, 1, None, mark, mark),
        )
        for g in subgroups.subgroups
    )
    results = (
        replace(
            survival, id=mark, endpoint_label=mark, by=mark, unit=mark, curves=curves, notes=(mark,), strata=(mark,)
        ),
        replace(subgroups, id=mark + "2", group=mark, versus=mark, subgroups=groups, method=mark),
        NotDone(mark + "3", mark, mark),
        evil_effects(mark),
    )
    rows = tuple(
        replace(row, criterion=replace(row.criterion, text=mark, id=mark + str(i)))
        for i, row in enumerate(release.attrition.rows)
    )
    together = (((rows[0].criterion.id,), 40), ((rows[0].criterion.id, rows[1].criterion.id), 26))
    return replace(
        release,
        title=mark,
        trial=Trial(*(mark,) * 7),
        protocol_file=mark,
        parameters=(Parameter(mark, mark, mark, mark, True),),
        criteria=tuple(CriterionText(*(mark,) * 7) for _ in release.criteria),
        attrition=replace(release.attrition, rows=rows, failing_together=together),
        arms=tuple(ArmCount(mark, mark, a.n) for a in release.arms),
        balance=tuple(replace(b, stratum=mark, levels=(mark,) * len(b.levels)) for b in release.balance),
        analyses=Analyses(results, None, ()),
        methods=(mark,),
        references=(mark,),
        inputs=tuple(replace(i, name=mark) for i in release.inputs),
        findings=(Finding("P001", mark, None, mark, mark),),
        finished=mark,
        profile=mark,
        version=mark,
    )


def test_markup_in_any_text_is_shown_and_not_obeyed():
    html = render_html(evil_release())
    assert "<script" not in html
    assert "\x1b" not in html
    page = Page(html)
    assert page.visible.count(EVIL) > 50
    assert FORMULA in page.visible
    labels = [f["label"] for f in page.figures if f["hidden"] is None]
    assert any(EVIL in label for label in labels)


def test_a_plan_without_analyses_gives_a_page():
    page = Page(render_html(with_results()))
    assert "The plan asked for no analysis" in page.visible
    assert [i for i in page.ids if i in SECTIONS] == list(SECTIONS)


def tables_of(kind: str) -> list[str]:
    """The tables of the one analysis of effects of a kind, as they stand in the page."""
    effects = next(r for r in example_release().analyses.results if isinstance(r, EffectsResult) and r.kind == kind)
    article = re.search(r'<article id="analysis-1">.*?</article>', render_html(with_results(effects)), re.DOTALL)
    assert article is not None
    return re.findall(r"<table>.*?</table>", article[0], re.DOTALL)


def headings(table: str) -> list[str]:
    return [re.sub("<.*?>", " ", cell).strip() for cell in re.findall(r"<th scope=\"col\".*?>(.*?)</th>", table)]


def test_tables_of_effects_have_the_columns_that_say_something():
    interval, p = f"({interval_name(0.95)})", "p (Wald)"
    ratios, quality, tests = map(headings, tables_of("cox"))
    assert ratios == ["Term", f"Hazard ratio {interval}", p]
    assert quality == ["Term", f"Estimate {interval}"]
    assert tests == ["Test", "Method", "χ²", "df", "p"]
    incidence, subdistribution, _ = map(headings, tables_of("competing_risks"))
    assert incidence == ["Group", f"Cumulative incidence {interval}"]
    assert subdistribution == ["Comparison", f"Subdistribution hazard ratio {interval}", p]
    assert headings(tables_of("rmst")[1]) == ["Group", "Measure", f"Estimate {interval}"]


def test_times_have_their_unit():
    assert "Times in days." in tables_of("rmst")[0]
    assert "Times in days." not in tables_of("cox")[0]


def test_whether_hazards_are_proportional_is_answered_before_it_is_drawn():
    [check] = [r for r in example_release().analyses.results if isinstance(r, EffectsResult) and r.kind == "ph_check"]
    text = Page(render_html(with_results(check))).visible
    assert text.index("z 1.280") < text.index("Log-minus-log survival")
    assert headings(tables_of("ph_check")[0])[2] == "Statistic"


def test_one_arm_and_no_arm_give_a_page():
    release = example_release()
    survival = the(SurvivalResult)
    single = replace(survival, curves=survival.curves[:1], contrasts=(), tests=(), strata=())
    one = replace(
        with_results(single),
        arms=release.arms[:1],
        balance=tuple(replace(b, counts=tuple(c[:1] for c in b.counts)) for b in release.balance),
    )
    assert "Comparison of groups" not in Page(render_html(one)).visible
    assert "Control: n = 411" in Page(render_html(one)).visible
    assert "The protocol has no arms." in Page(render_html(replace(one, arms=(), balance=()))).visible


def test_a_curve_without_patients_is_named_as_not_estimable():
    survival = the(SurvivalResult)
    nobody = Estimate(None, note="no patients")
    empty = replace(
        *(survival.curves[0],),
        group="Nobody",
        n=0,
        events=0,
        **dict.fromkeys(("times", "survival", "lower", "upper", "censor_times"), ()),
        at_risk=(0,) * len(survival.marks),
        median=nobody,
        landmarks=(nobody,) * len(survival.at),
        restricted_mean=None,
        median_follow_up=nobody,
    )
    page = Page(render_html(with_results(replace(survival, curves=(*survival.curves, empty)))))
    assert "Nobody: n = 0, 0 events, median not estimable: no patients" in page.visible


def many_criteria(number: int) -> Release:
    texts, rows = [], []
    reached = 10_000
    for i in range(number):
        severity = CriterionSeverity.ADVISORY if i == 5 else CriterionSeverity.REQUIRED
        out = 0 if i == 5 else 10 + i
        criterion = criterion_of(f"C{i:02d}", Kind.INCLUSION, f"Criterion number {i}.", severity)
        rows.append(AttritionRow(criterion, reached, out, out, out, 3, 0, 0))
        texts.append(
            CriterionText(f"C{i:02d}", "inclusion", f"Criterion number {i}.", "", "p.", "query", severity.value)
        )
        reached -= out
    together = tuple(((r.criterion.id,), r.persons_out) for r in rows if r.persons_out)
    lost = 10_000 - reached
    counts = Attrition(10_000, reached - 50, 50, lost, tuple(rows), together)
    return replace(example_release(), criteria=tuple(texts), attrition=counts)


def test_sixty_three_criteria_are_all_in_the_table_and_all_counted_in_the_flow():
    release = many_criteria(63)
    page = Page(render_html(release))
    for i in range(63):
        assert f"Criterion number {i}." in page.visible
    description = next(f["desc"] for f in page.figures if f["label"].startswith("CONSORT"))
    parts = re.search(r"excluded \((.*?)\), 50 undetermined", description)
    assert parts is not None
    assert sum(int(p.rsplit(": ", 1)[1]) for p in parts[1].split("; ")) == release.attrition.ineligible
    assert "advisory: removes nobody." in page.visible
    assert "42 rarer combinations" in page.visible


def test_each_count_of_a_criterion_stands_in_its_column():
    release = example_release()
    row = replace(
        release.attrition.rows[0], persons_in=11, persons_out=12, failed=13, failed_only=14, unknown=15, assumed=16
    )
    row = replace(row, not_applicable=17)
    counts = replace(release.attrition, rows=(row,))
    page = Page(render_html(replace(release, attrition=counts, criteria=release.criteria[:1])))
    assert "In Out Failed Only Unkn. Ass. N/a I01" in page.visible
    assert "If unknown: query. 11 12 13 14 15 16 17" in page.visible


def test_a_protocol_nobody_fails_says_so():
    release = example_release()
    none_lost = replace(release.attrition, failing_together=())
    assert "No patient fails a required criterion." in Page(render_html(replace(release, attrition=none_lost))).visible
    assert "All 66 patients who fail a required criterion fail exactly I01." in Page(render_html(release)).visible
