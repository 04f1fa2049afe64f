"""``reference/results.md``: the files of a run, their columns, and the names of statistics."""

from __future__ import annotations

from collections.abc import Mapping

from generators.markdown import page, table
from stratify.analysis.flatten import COLUMNS
from stratify.model.truth import CriterionResult, Reason, Verdict

FILES = {
    "report.html": "the report, one file that needs no network",
    "results.json": "every statistic, a list of objects, one a line",
    "results.parquet": "the same rows as a table",
    "verdicts.parquet": "a row for each patient",
    "criteria.parquet": "a row for each patient and criterion",
    "attrition.json": "who is lost where",
    "manifest.json": "what went in, with what it was made, what came out; written last",
}
"""What ``stratify run`` leaves; ``stratify screen`` leaves all but the report and the results."""

RESULT_COLUMNS = {
    "analysis": "id of the analysis in `study.yaml`",
    "endpoint": "id of the endpoint, where there is one",
    "population": "whom the analysis is of; in this version always `eligible`",
    "group": "the group that the number is of: an arm, or a level of the analysis' factor",
    "versus": "the group that it is compared with",
    "stratum": "of which patients or variable the row speaks: `menostat=Post` for a level, `age` for a variable",
    "time": "time in the endpoint's unit, for a statistic at a time",
    "statistic": "the name of the number, from the list below",
    "value": "the number; null where there is none, with the reason in `note`",
    "method": "how it was found, with the convention for ties, interval and quantile",
    "profile": "`r` or `sas`",
    "note": "why there is no number, or why to be careful of it; empty otherwise",
}

STATISTICS = {
    "n": "patients",
    "events": "patients with the event",
    "excluded": "eligible patients left out of the analysis, for want of group, time, event, stratum or factor",
    "at_risk": "patients at risk at `time`",
    "missing": "patients without a value of the variable",
    "count": "patients at the level",
    "proportion": "`count` over the patients with a value, between 0 and 1",
    "mean": "arithmetic mean",
    "sd": "sample standard deviation",
    "median": "of a variable: the sample median; of an endpoint: the median time by Kaplan-Meier",
    "q1": "first quartile (type 7)",
    "q3": "third quartile (type 7)",
    "minimum": "smallest value",
    "maximum": "largest value",
    "smd": "standardised mean difference, `group` less `versus`; of a factor a distance, never negative",
    "survival": "Kaplan-Meier estimate at `time`: at a landmark, or at a step of the curve (`method` says which)",
    "survival_difference": "difference of survival at `time`, `group` less `versus`",
    "median_follow_up": "median follow-up by reverse Kaplan-Meier",
    "rmst": "restricted mean survival time up to `time`",
    "rmst_difference": "its difference, `group` less `versus`",
    "hazard_ratio": "hazard of `group` over that of `versus`",
    "log_hazard_ratio": "its natural logarithm",
    "subdistribution_hazard_ratio": "Fine and Gray's: above 1 where the cumulative incidence of `group` is higher",
    "time_ratio": "time to the event of `group` over that of `versus`, or by unit: above 1 is later",
    "cumulative_incidence": "probability of having had the event of `stratum` by `time`, the other events competing",
    "rmst_ratio": "restricted mean survival time of `group` over that of `versus`",
    "rmtl": "restricted mean time lost up to `time`",
    "rmtl_ratio": "its ratio, `group` over `versus`",
    "concordance": "Harrell's C of a model, in the patients it was fitted to",
    "log_likelihood": "of a model, or of one without covariates (`method` says which)",
    "aic": "Akaike's information criterion of a parametric model",
    "scale": "scale of a parametric model of log time",
    "odds_ratio": "odds of the feature in `group` over those in `versus`, conditional maximum likelihood",
    "standard_error": "of the estimate above it; of a hazard ratio that of its logarithm",
    "ci_lower": "lower confidence limit of the estimate above it, at the study's `level`",
    "ci_upper": "upper confidence limit",
    "chi_square": "statistic of the test that `method` names",
    "z": "statistic of a test that is no chi-square test: the largest of MaxCombo's",
    "df": "its degrees of freedom",
    "p_value": "two-sided p-value of the test, or of the estimate, that `method` names",
    "p_adjusted": "p-value adjusted for a family of analyses or for the number of features",
    "not_done": "the whole analysis could not be done; `note` says why",
}

VERDICT_COLUMNS = {
    "patient_id": "as in the data, of the data's type",
    "verdict": "`ELIGIBLE`, `UNDETERMINED` or `INELIGIBLE`",
    "arm": "arm, null without one; also given to patients who are not eligible",
    "stratum": "level of every stratum, `menostat=Post`, joined by `; `; an unknown level is `unknown`",
    "failed": "bit mask, a signed 64-bit integer: bit i is set where the i-th criterion of the protocol (counted from "
    "0) is not met; of at most 63 criteria, so never negative",
    "unknown": "bit mask of unknown criteria, likewise",
}

CRITERIA_COLUMNS = {
    "patient_id": "as in the data",
    "criterion": "id of the criterion",
    "result": "see below",
    "reason": "why it is unknown (several joined by `;`); null where it is known",
}

_RESULTS = {
    CriterionResult.MET: "the criterion is satisfied; for an exclusion: the excluding condition is absent",
    CriterionResult.NOT_MET: "it is not",
    CriterionResult.UNKNOWN: "the data do not decide it, and the criterion says `unknown: query`",
    CriterionResult.ASSUMED: "the data do not decide it, and the criterion says `unknown: pass`",
    CriterionResult.NOT_APPLICABLE: "`applies_when` is false; counts as met",
}
_VERDICTS = {
    Verdict.INELIGIBLE: "at least one required criterion is not met",
    Verdict.UNDETERMINED: "none is, but at least one is unknown",
    Verdict.ELIGIBLE: "every required criterion is met, assumed or not applicable",
}
REASONS = {
    Reason.NO_RECORD: "no row that could decide, and no row does not mean no",
    Reason.OUT_OF_WINDOW: "there are rows, all outside the window",
    Reason.NULL_VALUE: "the value, code or field is missing",
    Reason.NULL_DATE: "the date is missing",
    Reason.PARTIAL_DATE: "the date is incomplete, and it matters which day it was",
    Reason.UNIT_UNKNOWN: "the unit is missing, or one that the dictionary does not know",
    Reason.NO_REFERENCE_RANGE: "the row has no reference limit, nor a table one for it, or one that is not positive",
    Reason.NOT_TESTED: "not tested; no rule of this version gives this reason",
    Reason.NOT_COVERED: "not covered by the test; no rule of this version gives this reason",
    Reason.CENSORED_VALUE: "a value such as `<0.5`; no rule of this version gives this reason",
    Reason.CONFLICT: "values of the same moment that answer differently",
    Reason.IMPLAUSIBLE: "the value lies outside the plausible range",
    Reason.ANCHOR_MISSING: "the date that the window is counted from is missing",
}

_MANIFEST = """`manifest.json` holds: versions of `stratify`, Python and the packages that compute; a digest of the
package's source code; name and SHA-256 of protocol, libraries, study, dictionary and data files; parameters set on the
command line; SHA-256 of every output; the time. It names inputs relative to its own folder, and no patient."""
_ATTRITION = """`attrition.json` holds the counts by verdict, for each criterion the patients who reach it and leave at
it in the protocol's order (`persons_in`, `persons_out`), who fail it whatever else they fail (`failed`), who fail it
and no other (`failed_only`), and those for whom it is unknown, assumed or not applicable; and in `failing_together`
each set of criteria that patients fail together. Only required criteria remove anybody."""


def pages() -> dict[str, str]:
    """The page of the outputs."""
    if set(RESULT_COLUMNS) != set(COLUMNS) or set(REASONS) != set(Reason):
        raise KeyError("a column or a reason has no description")
    parts = (
        _listing("file", FILES),
        "`stratify screen` writes all of them but the report and the results.",
        "## results.json and results.parquet",
        "One row a statistic. Limits, standard error and p-value of an estimate follow it and share its other fields. "
        "No two rows of one analysis are alike in all fields but `value` and `note`.",
        _listing("column", RESULT_COLUMNS),
        "Statistics:",
        _listing("statistic", STATISTICS),
        "## verdicts.parquet",
        _listing("column", VERDICT_COLUMNS),
        table(("verdict", "meaning"), [(f"`{verdict.name}`", text) for verdict, text in _VERDICTS.items()]),
        "## criteria.parquet",
        _listing("column", CRITERIA_COLUMNS),
        table(("result", "meaning"), [(f"`{result.label}`", text) for result, text in _RESULTS.items()]),
        table(("reason", "meaning"), [(f"`{reason.label}`", text) for reason, text in REASONS.items()]),
        "One question to the data gives one reason: of several that apply, the last in this table.",
        "## attrition.json and manifest.json",
        _ATTRITION,
        _MANIFEST,
    )
    return {"reference/results.md": page("What a run leaves", *parts)}


def _listing(head: str, texts: Mapping[str, str]) -> str:
    return table((head, "meaning"), [(f"`{name}`", text) for name, text in texts.items()])
