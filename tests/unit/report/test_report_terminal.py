"""The summary on the command line."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace

from rich.console import Console

from stratify.analysis.results import TestResult
from stratify.report import render_terminal
from unit.report.example_release import example_release


def printed(release, width: int = 160) -> str:
    console = Console(file=io.StringIO(), width=width, color_system="standard", force_terminal=True)
    console.print(render_terminal(release))
    return console.file.getvalue()


def test_counts_attrition_and_the_main_hazard_ratio_are_printed():
    text = printed(example_release())
    for part in (
        "686 screened, 66 excluded, 0 undetermined, 620 eligible",
        "Control: 411, Hormone therapy: 209",
        "I01",
        "0.714 (0.541 to 0.943)",
        "0.740 (0.567 to 0.965)",
        "not done: survival os: the data has no column for death",
    ):
        assert part in text, part


def test_each_p_value_says_of_which_test_it_is():
    """The primary test, stratified where the analysis is, has a row of its own: 0.0168; 0.0175 is the ratio's."""
    lines = printed(example_release(), width=220).splitlines()
    shown = {measure: next(line for line in lines if measure in line) for measure in MEASURES}
    for measure, (estimate, p) in MEASURES.items():
        assert estimate in shown[measure]
        assert shown[measure].split()[-1] == p
    assert not any(" log-rank test" in line for line in lines if "stratified" not in line), "one primary test"


MEASURES = {
    "stratified log-rank test": ("χ² 5.71, df 1", "0.017"),
    "hazard ratio, stratified; p (Wald)": ("0.714 (0.541 to 0.943)", "0.018"),
    "hazard ratio; p (Wald)": ("0.740 (0.567 to 0.965)", "0.026"),
    "RMST difference, days; p (Wald)": ("134.2 (21.6 to 246.8)", "0.019"),
}


def test_a_primary_test_that_is_not_estimable_says_why():
    release = example_release()
    [km] = [result for result in release.analyses.results if result.id == "km"]
    unknown = replace(km, tests=(TestResult("log-rank", None, 1, None, "log-rank test", "no events"),))
    text = printed(replace(release, analyses=replace(release.analyses, results=(unknown,))), width=220)
    line = next(line for line in text.splitlines() if "log-rank test" in line)
    assert "not estimable: no events" in line
    assert line.split()[-1] == "–"


def test_markup_and_control_sequences_of_a_title_are_printed_as_text():
    text = printed(replace(example_release(), title="[red]x[/red] \x1b]0;owned\x07 [/nope]"))
    assert "[red]x[/red]" in text
    assert "\x1b]0" not in text
    assert "\x07" not in text


def test_markup_in_a_table_is_printed_as_text():
    release = example_release()
    row = release.attrition.rows[0]
    named = replace(row, criterion=replace(row.criterion, id="[/I01]\x1b[31m"))
    text = printed(replace(release, attrition=replace(release.attrition, rows=(named,))))
    assert "[/I01]\ufffd[31m" in text


def test_drawing_needs_no_plotting_library():
    code = "import sys, stratify.report as r; r.render_html; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"
