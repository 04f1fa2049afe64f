"""What each key of the three files means, in one place; a key without a meaning stops the generator."""

from __future__ import annotations

SECTIONS = {
    "format": "`stratify/1`",
    "trial": "whose rules these are",
    "use": "libraries, as `name@version`; their hashes stand in `rules.lock`",
    "anchors": "named dates",
    "parameters": "thresholds that may change",
    "defaults": "what leaves and criteria have when they say nothing",
    "define": "named conditions",
    "criteria": "inclusion and exclusion criteria, 63 at most",
    "arms": "arms: as recorded, by rule, or to be randomised",
    "strata": "stratification factors",
    "examples": "tiny patients, with what the rules must say of them",
}
TRIAL = {
    "id": "short name of the trial; folders and findings use it",
    "title": "title",
    "phase": "phase",
    "protocol": "`version` and `date` of the protocol, as written",
    "rules_version": "version of this file",
    "status": "`draft`, `in_review` or `approved`",
    "approved_by": "a list of those who approved it; an approved protocol names somebody and is locked by hash",
}
ANCHOR = {
    "from": "a date column of a table with one row per patient: `patients.consent_date`",
    "label": "how prose calls it",
}
EVENT_ANCHOR = {
    "latest": "a table: the latest date of the rows asked",
    "earliest": "a table: the earliest date of the rows asked",
    "column": "date column, or the roles `date` (start) or `end_date`; without it the start",
    "label": "how prose calls it",
}
PARAMETER = {
    "value": "the value, or a list of values",
    "unit": "its unit",
    "of": "the anchor, where the parameter is a window",
    "source": "where the protocol says so",
}
DEFAULTS = {
    "anchor": "the anchor of windows, ages and gaps that name none",
    "unknown": "what unknown becomes in a finished criterion: `query` (ask), `fail` or `pass`; without it `query`",
    "take": "which of repeated values; without it `latest`",
    "tie": "what decides between values of one moment; without it `worst`",
    "as_of": "the anchor after whose day nothing is known",
}
CRITERION = {
    "id": "stable name, used by results and explanations",
    "kind": "`inclusion`: the rule must hold; `exclusion`: it must not",
    "text": "the protocol's words",
    "ref": "where the protocol says it",
    "rule": "the condition; of an exclusion the condition that excludes",
    "unknown": "as under `defaults`, for this criterion",
    "applies_when": "the criterion is asked only where this condition holds",
    "severity": "`required` (without it) decides the verdict, `advisory` is only reported",
    "waivable": "`true` or `false`: said beside the criterion, changes no verdict; an advisory one is never `false`",
    "category": "a word of your own",
}
ARM = {
    "id": "name in results",
    "label": "name in the report",
    "from": "column that records the arm",
    "is": "what the column says of patients in this arm",
    "requires": "condition for an arm by rule",
    "priority": "the lowest is asked first; without it the order in the file",
    "unknown": "`query`: no arm until it is settled; `fail`: go on to the next arm",
    "assign": "`by_rule` or `randomised`; may be left out",
    "ratio": "part of the randomisation ratio",
    "slots": "at most so many patients; who finds no place goes on to the next arm by rule",
    "order_by": "anchor by whose day the places are given; without it the default anchor",
}
STRATUM = {
    "id": "name in results",
    "from": "column that records the level",
    "levels": "level name: condition; one may be `otherwise`",
    "bands": "`of`: a `value`, `measure` or `age` without `is`; `cuts`: comparisons, each a level",
    "overlap": "level of those who meet more than one; without it they are unknown",
    "unknown": "`block`: without a level; `level`: in a level called unknown",
}
EXAMPLE = {
    "name": "what it shows",
    "patient": "columns of the patients table",
    "expect": "criterion: result, or `{result, reason}`; `verdict`; `arm` and `strata`, null where there is none",
}
WINDOW = {
    "within": "two offsets from the anchor, both days inside: `[-14, 0]`, `[-6 mo, 0 d]`",
    "unit": "unit of plain numbers in `within`; without it days",
    "of": "the anchor of `within`; without it the default anchor",
    "before": "anchor; strictly earlier days",
    "by": "anchor; that day or earlier",
    "after": "anchor; strictly later days",
    "from": "anchor; that day or later",
    "exact_time": "true: where row and anchor both carry a time, `before`, `by`, `after`, `from` compare the instants",
}
LEAF = {
    "value": "column of a table with one row per patient",
    "is": "the comparison",
    "age": "`years` or `months`, completed",
    "at": "the anchor; without it the default anchor",
    "measure": "a measure of the dictionary",
    "each": "several measures, each of which must meet the comparison",
    "take": "`latest`, `earliest`, `closest`, `max`, `min`, `mean`, `median`, `any` or `all`",
    "tie": "`worst`, `best`, `mean` or `error`",
    "of_last": "only the last rows with a value, so many of them; `take` is then none that picks one by date",
    "same_day": "with `of_last`: true: only rows of the last day that has a value",
    "times": "how many results are to meet the comparison: `>= 2`; without it `take` says which one is asked",
    "need": "with `of_last`: fewer rows leave it unknown; without it as many as `of_last`",
    "where": "a condition on one row",
    "exists": "a table",
    "count": "a table",
    "gap": "a table",
    "code": "a code, a list of codes, or the keys of [codes](#codes)",
    "alteration": "the symbol of a gene",
    "any_of": "[alternatives](#alternatives), one of which a row must be; without it any small variant",
    "origin": "`somatic` or `germline`",
    "call": "one or several of `pathogenic`, `likely_pathogenic`, `vus`, `likely_benign`, `benign`, and the groups "
    "`pathogenic_or_likely`, `benign_or_likely`; asked of small variants",
    "min_vaf": "`value`, `unit` (`%`, or `fraction`) and `applies_to`: the lowest allele fraction of a small variant, "
    "asked only of rows of these types of tests",
    "tested": "`assays`: the types of tests that count; `covers`: what one must cover to tell a negative, every "
    "alternative (`variant`, without it) or the whole gene (`gene`)",
    "negative_needs": "the types of tests, among `tested`, that can tell a negative",
    "biomarker": "a measure of the dictionary",
    "assay": "the assays whose results count",
    "specimen": "the specimens whose results count",
    **WINDOW,
}
ALTERNATIVE = {
    "protein": "one protein change, in HGVS of one or three letters: `p.L858R`",
    "pattern": "a residue (`p.V600`: any substitution of it), a range (`p.746_750`: any change in it that keeps the "
    "frame), or one change",
    "including": "further kinds of change that a place asks for: `delins`, `frameshift`, ...",
    "class": "`missense`, `nonsense`, `frameshift`, `splice`, `inframe_deletion`, `inframe_insertion`, "
    "`inframe_delins`, `start_lost`, `stop_lost`, `splice_region`, `synonymous`, `noncoding`, or a group: "
    "`truncating`, `null`, `inframe`",
    "exon": "the number of the exon",
    "cnv": "`amplification`, `gain`, `neutral`, `shallow_deletion` or `deep_deletion`",
    "fusion": "`any`, or the symbol of the other gene",
}
GAP = {
    "from": "date column, or the roles `date` (start) or `end_date`; without it the start",
    "of": "the anchor; without it the default anchor",
    "open_ended": "`ongoing`: a missing end means that it goes on, where the dictionary's status column says so",
    "none": "what it means that there certainly was no event: `infinite` (long enough), `fail` or `unknown`",
    "is": "one duration: `>= 21 d`, `> 6 mo`",
}
CHANGE = {
    "change": "a measure of the dictionary",
    "from": "the window of the earlier value, written as `within` is",
    "to": "the window of the later value",
    "unit": "unit of plain numbers in the windows; without it days",
    "of": "the anchor of both windows; without it the default anchor",
    "as": "`difference`, `percent` or `ratio`",
    "take": "which value of each window; not `any` or `all`",
    "is": "one range of numbers: `<= -0.5 %`",
}
DERIVED = {
    "derived": "a formula: of a library under `use`, else of those that come with the package",
    "at": "the anchor of an age in the formula; without it the window's, else the default anchor",
    "take": "which value of each input, or of values of one time (then also `any`, `all`)",
    "is": "the comparison, in the unit of the formula; one range of numbers where inputs are picked one by one",
}
DICTIONARY = {
    "format": "`stratify-dictionary/1`",
    "key": "column with the patient id; without it `patient_id`",
    "zone": "IANA time zone in whose calendar zoned timestamps are read",
    "tables": "tables by name; `patients` is always one",
    "measures": "measures by name",
    "references": "tables that are not about patients, by name",
    "hierarchies": "what lies below the codes of a system, by system",
    "genomics": "which tables hold alterations and tests",
    "ref_fallback": "the reference with limits for rows that have none",
}
FALLBACK = {
    "reference": "the reference table",
    "measure": "column with the measure, by its name or another that the dictionary gives it",
    "low": "column with the lower limit",
    "high": "column with the upper limit",
    "unit": "column with the unit of the limits; without it they are in the measure's",
    "site": "column with the site, and the patients'",
    "sex": "column with the sex, and the patients'",
    "age_from": "column with the first age, in completed years",
    "age_to": "column with the last age, which is inside: 17 for children",
}
FALLBACK_KEY = {
    "column": "column of the reference table",
    "from": "column of a table with one row per patient that it is compared with: `patients.sex`",
    "categories": "category: the texts of both columns that mean it, beside itself; without it equal texts are meant",
}
GENOMICS = {
    "variants": "small variants",
    "copy_number": "copy number",
    "fusions": "fusions",
    "assays": "who was tested, with what and when (the table's date)",
    "assay_types": "type of test that rules name: the site's names of such tests",
    "panels": "what panels cover, a row for each gene, exon or hotspot",
}
GENOMIC = {
    "table": "a table of the dictionary",
    "reference": "a reference of the dictionary",
    "gene": "column with the gene's symbol; of `assays` the one gene that the row's test covered whole",
    "protein": "column with the protein change; of `panels` a hotspot",
    "class": "column with the class of the variant, in words of MAF, Sequence Ontology or ANNOVAR",
    "exon": "column with the exon: `19`, `19/28`, `exon 19`",
    "vaf": "column with the allele fraction",
    "vaf_unit": "`%` (without it) or `fraction`",
    "origin": "column with somatic or germline",
    "call": "column with the call: pathogenic or not; of `copy_number` the number of copies",
    "assay": "column with the type of the test",
    "partner": "column with the fusion's other gene",
    "panel": "column with the panel's name",
    "finds": "column that says what a row's test looks for: `variants`, `copy_number` or `fusions`; empty: all",
    "origins": "`somatic` or `germline`: further words of the site",
    "calls": "the call as rules name it: further words of the site, and what its numbers mean",
    "classes": "class: further words of the site",
}
CODE = {
    "in": "the name of a library's code set; or a list of codes",
    "system": "the system of the codes, or several in which they are the same; without it that of the table",
    "descendants": "true: the codes below them too; without it the codes alone",
}
LIBRARY_TITLE = {
    "name": "its name, also that of its folder",
    "version": "its version, also the name of the file",
    "title": "what it holds",
    "source": "where it is from",
}
CODE_SET = {
    "title": "what it is, in words",
    "codes": "entries of `system`, `in` and `descendants`, each as in a rule",
}
HIERARCHY = {
    "reference": "the reference table",
    "ancestor": "column with the code above",
    "descendant": "column with the code below",
}
REFERENCE = {
    "file": "file or folder below the cohort folder; without it the reference's name with the ending of a format",
    "columns": "name in the dictionary: name in the file",
}
TABLE = {
    "file": "file or folder below the cohort folder; without it the table's name with the ending of a format",
    "key": "as above, for this table",
    "grain": "`one` row per patient at most, or `many` (without it; `patients` is `one`)",
    "columns": "name in rules: name in the file",
    "date": "column with the row's date, its start",
    "end": "column with its end",
    "code": "column with its code",
    "code_system": "the system of its codes; or `{column: ..., systems: {value: system}}` where rows say their own",
    "birth": "column with the date of birth",
    "dates": "further date columns",
    "zone": "as above, for this table",
    "sequence": "column that numbers what was measured together, for formulas of values of one time",
    "ongoing": "one column and the value that says a row without an end goes on: `{status: ongoing}`",
    "units": "unit of columns of numbers that are no measure, the one that rules may name: `{longest_diameter: mm}`",
    "absence_means": "`false`: no row means it did not happen; `unknown` (without it): no row says nothing",
    "coverage": "two date columns of tables with one row per patient: absence is false only between them",
}
MEASURE = {
    "table": "the table it is in",
    "rows": "column: value or values that select its rows",
    "value": "column with the value",
    "analyte": "what is measured, if the measure's names do not say it; `none`: no factor is known beforehand",
    "unit": "the unit values are compared in; thresholds may be in others of the analyte",
    "unit_column": "column with the row's unit",
    "units": "further unit: factor that turns a value in it into `unit`; comes before the analyte's",
    "ref_low": "column with the row's lower reference limit, for `xLLN`; for rows without one see `ref_fallback`",
    "ref_high": "column with the row's upper reference limit, for `xULN`; for rows without one see `ref_fallback`",
    "plausible": "lowest and highest value to be believed, in `unit`; without it the analyte's; `none`: every value",
    "censored": "`true`: texts such as `<0.5` are results; so they are of a measure with a unit or a range",
    "aliases": "further names that rules may use",
    "categories": "category: the texts that belong to it; a text in none is unknown",
    "phenotypes": "gene whose diplotype the value is; compared is its phenotype, by a library",
    "assay": "column with the row's assay, for `biomarker`",
    "specimen": "column with the row's specimen, for `biomarker`",
}
FORMULA = {
    "title": "what it is",
    "unit": "unit of the result; without it a score",
    "reference": "the publication",
    "note": "what a reader must know: variants, grades, conventions",
    "pairing": "`same_time`: the inputs are of one record; `window`: each is picked by itself in the rule's window",
    "inputs": "the names of the formula, and where their values are from",
    "steps": "named parts; each uses inputs and the steps above it",
    "is": "the formula",
    "tests": "values that a publication or a computation by hand gives; all are run whenever the library is read",
}
FORMULA_INPUT = {
    "measure": "a measure of the dictionary",
    "age": "age at the rule's anchor: `years` or `months`",
    "value": "a column of a one-row-per-patient table, `patients.sex`",
    "ref": "a definition of the protocol: 1 where it is true, 0 where it is false",
    "unit": "the unit that values are converted to",
    "words": "word of the formula: the texts of the data that mean it; the word itself is one of them",
}
FORMULA_TEST = {
    "given": "every input; `null` where it is missing",
    "gives": "the result; `unknown` where there must be none",
    "within": "how far the result may be from it; without it a relative 1e-9",
    "source": "where the result is from",
}
STUDY = {
    "format": "`stratify-study/1`",
    "title": "title of the report",
    "cohort": "folder or file with the data",
    "dictionary": "dictionary, if it is not beside the data",
    "protocol": "protocol file",
    "endpoints": "times to event, by name",
    "analyses": "the analysis plan",
    "multiplicity": "`family`: analyses whose primary p-values are adjusted together; `method`",
    "profile": "`r` (without it) or `sas`: the conventions of numbers",
    "ties": "`efron`, `breslow`, `discrete` or `marginal`, instead of the profile's",
    "conf_type": "`log`, `log-log`, `plain`, `logit` or `arcsin`, instead of the profile's",
    "level": "confidence level, 0.95 without it",
    "output": "folder for the results, `out/` without it",
}
ENDPOINT = {
    "time": "column with the time",
    "event": "0/1 or true/false column, or `{column, is}` to say which value is the event",
    "entry": "column with the time at which follow-up began",
    "competing": "events that preclude it, by name: each a column, or `{column, is}`",
    "unit": "`days` (without it), `weeks`, `months` or `years`",
    "label": "name in the report",
}
ENDPOINT_OF_PARAMETER = {
    "adtte": "the parameter, a value of PARAMCD",
    "table": "the table; without it `adtte`",
    "competing": "events that preclude it, by name: each a value of EVNTDESC",
    "unit": "unit of AVAL, as above; AVALU is compared with it",
    "label": "name in the report",
}
ENDPOINT_OF_DATES = {
    "from": "the date from which time counts: a column of dates of the patients table, or an anchor",
    "to": "dates of the event; the earliest counts, on the same day the one named first",
    "censor": "dates on which a patient was last seen; the latest counts",
    "until": "dates on which follow-up ends, as the start of another treatment; the earliest counts",
    "competing": "dates of events that preclude it",
    "cut_off": "the day of the data cut-off",
    "unit": "as above: weeks of 7, months of 30.4375, years of 365.25 days",
    "label": "name in the report",
}
ANALYSIS = {
    "covariates": "covariates of the model: factors or numbers",
    "references": "the level of each factor that the others are compared with; without it the first",
    "cluster": "column that says which patients are alike; the variance is robust",
    "weights": "column of weights; the Cox model's variance is robust",
    "offset": "column added to the predictor with coefficient one",
    "interval": "`wald` (without it) or `profile` likelihood",
    "transform": "scale of time: `km` (without it), `rank`, `identity` or `log`",
    "horizon": "horizon of the restricted mean survival time",
    "distribution": "`weibull` (without it), `exponential`, `lognormal` or `loglogistic`",
    "tests": "tests besides log-rank: `fh:0:1`, `gehan`, `tarone-ware`, `peto`, `maxcombo`; the last is primary",
    "id": "name in results",
    "kind": "which analysis",
    "variables": "variables of the table",
    "by": "the groups; without it `arm`",
    "endpoint": "an endpoint",
    "reference": "the group that the others are compared with",
    "strata": "factors that stratify test and model",
    "at": "times at which survival is given",
    "rmst": "horizon of the restricted mean survival time",
    "biomarker": "the factor whose levels may change the effect",
    "factors": "factors of the forest",
    "features": "features to compare",
    "group": "the groups; without it `arm`",
    "adjust": "`bh` (without it), `by`, `holm`, `hochberg`, `hommel`, `bonferroni` or `none`",
}
