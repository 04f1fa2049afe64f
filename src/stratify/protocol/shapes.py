"""The keys that every mapping of the three files may have: one place for loaders and schemas."""

from __future__ import annotations

from dataclasses import replace

from stratify.protocol.source import Shape

# --- protocol ----------------------------------------------------------------------------------------------------

PROTOCOL = Shape(
    "A protocol",
    (
        "format",
        "trial",
        "use",
        "anchors",
        "parameters",
        "defaults",
        "define",
        "criteria",
        "arms",
        "strata",
        "examples",
    ),
    ("format", "trial", "criteria"),
)
TRIAL = Shape("`trial`", ("id", "title", "phase", "protocol", "rules_version", "status", "approved_by"), ("id",))
TRIAL_VERSION = Shape("`protocol`", ("version", "date"))
ANCHOR = Shape("An anchor", ("from", "label"), ("from",))
PARAMETER = Shape("A parameter", ("value", "unit", "of", "source"), ("value",))
DEFAULTS = Shape("`defaults`", ("anchor", "unknown", "take", "tie", "as_of"))
CRITERION = Shape(
    "A criterion",
    ("id", "kind", "text", "ref", "rule", "unknown", "applies_when", "severity", "waivable", "category"),
    ("id", "kind", "text", "rule"),
)
EXPECTED = Shape("An expected result", ("result", "reason"), ("result",))
EXAMPLE = Shape("An example", ("name", "patient", "expect"), ("name", "patient", "expect"))

ARMS = Shape("`arms`", ("from",), ("from",))
RECORDED_ARM = Shape("A recorded arm", ("id", "label", "from", "is"), ("id", "from", "is"))
RULE_ARM = Shape(
    "An arm by rule",
    ("id", "label", "requires", "priority", "unknown", "assign", "slots", "order_by"),
    ("id", "requires"),
)
RANDOMISED_ARM = Shape("A randomised arm", ("id", "label", "ratio", "assign", "slots"), ("id",))
STRATUM = Shape("A stratum", ("id", "levels", "bands", "from", "overlap", "unknown"), ("id",))
BANDS = Shape("`bands`", ("of", "cuts"), ("of", "cuts"))

# --- conditions --------------------------------------------------------------------------------------------------

WINDOW = ("within", "unit", "of", "before", "by", "after", "from", "exact_time")
"""Keys of a leaf that say in which days rows count."""
EVENT_ANCHOR = Shape("An anchor", ("latest", "earliest", "code", "where", "column", *WINDOW, "label"))
_REPEATED = ("of_last", "same_day", "need")
_PICKED = ("take", "tie", "where", "is", *WINDOW)
_MEASURED = (*_PICKED, *_REPEATED)
_COUNTED = (*_MEASURED, "times")
LEAVES = {
    "value": Shape("A `value` condition", ("value", "is"), ("value", "is")),
    "age": Shape("An `age` condition", ("age", "at", "is"), ("age", "is")),
    "measure": Shape("A `measure` condition", ("measure", *_COUNTED), ("measure", "is")),
    "each": Shape("An `each` condition", ("each", *_COUNTED), ("each", "is")),
    "exists": Shape("An `exists` condition", ("exists", "code", "where", *WINDOW), ("exists",)),
    "count": Shape("A `count` condition", ("count", "code", "where", "is", *WINDOW), ("count", "is")),
    "gap": Shape(
        "A `gap` condition", ("gap", "code", "where", "from", "of", "open_ended", "none", "is"), ("gap", "is")
    ),
    "alteration": Shape(
        "An `alteration` condition",
        ("alteration", "any_of", "origin", "call", "min_vaf", "tested", "negative_needs", "where", *WINDOW),
        ("alteration",),
    ),
    "biomarker": Shape(
        "A `biomarker` condition", ("biomarker", "assay", "specimen", *_PICKED, "times"), ("biomarker", "is")
    ),
    "change": Shape(
        "A `change` condition",
        ("change", "from", "to", "unit", "of", "as", "take", "tie", "where", "is"),
        ("change", "from", "to", "as", "is"),
    ),
    "derived": Shape("A `derived` condition", ("derived", "at", *_MEASURED), ("derived", "is")),
}
"""Leaves by the key that each is recognised by."""
UNCOMPARED = {
    head: replace(
        LEAVES[head],
        keys=tuple(key for key in LEAVES[head].keys if key not in {"is", "times"}),
        required=tuple(key for key in LEAVES[head].required if key != "is"),
    )
    for head in ("value", "measure", "age", "biomarker", "change", "derived")
}
"""Leaves that bands cut: each band brings its own comparison."""
ALTERNATIVE = Shape(
    "An alternative of `any_of`",
    ("protein", "pattern", "including", "class", "exon", "cnv", "fusion"),
)
MIN_VAF = Shape("`min_vaf`", ("value", "unit", "applies_to"), ("value",))
TESTED = Shape("`tested`", ("assays", "covers"))
CODE = Shape("`code`", ("in", "system", "descendants"), ("in",))
FIELD = Shape("A field condition", ("field", "is"), ("field", "is"))
CONNECTIVES = ("ref", "all", "any", "not", "at_least", "choose")
"""Keys of conditions that are made of conditions."""
AT_LEAST = Shape("`at_least`", ("n", "of"), ("n", "of"))
BRANCH = Shape("A branch of `choose`", ("when", "then", "otherwise"))

# --- dictionary --------------------------------------------------------------------------------------------------

DICTIONARY = Shape(
    "A dictionary",
    ("format", "key", "zone", "tables", "measures", "references", "hierarchies", "genomics", "ref_fallback"),
    ("format", "tables"),
)
FALLBACK = Shape(
    "`ref_fallback`",
    ("reference", "measure", "low", "high", "unit", "site", "sex", "age_from", "age_to"),
    ("reference", "measure"),
)
FALLBACK_KEY = Shape("A column of `ref_fallback`", ("column", "from", "categories"), ("column", "from"))
"""`site` and `sex`, which are compared with columns of the patients."""
REFERENCE = Shape("A reference", ("file", "columns"))
HIERARCHY = Shape("A hierarchy", ("reference", "ancestor", "descendant"), ("reference", "ancestor", "descendant"))
ROW_SYSTEMS = Shape("`code_system`", ("column", "systems"), ("column", "systems"))
TABLE = Shape(
    "A table",
    (
        "file",
        "key",
        "grain",
        "columns",
        "date",
        "end",
        "code",
        "code_system",
        "birth",
        "dates",
        "zone",
        "ongoing",
        "units",
        "sequence",
        "absence_means",
        "coverage",
    ),
)
MEASURE = Shape(
    "A measure",
    (
        "table",
        "rows",
        "value",
        "analyte",
        "unit",
        "unit_column",
        "units",
        "ref_low",
        "ref_high",
        "plausible",
        "censored",
        "aliases",
        "categories",
        "phenotypes",
        "assay",
        "specimen",
    ),
    ("table", "value"),
)
GENOMICS = Shape("`genomics`", ("variants", "copy_number", "fusions", "assays", "assay_types", "panels"))
GENOMIC_TABLES = {
    "variants": Shape(
        "`variants`",
        (
            "table",
            "gene",
            "protein",
            "class",
            "exon",
            "vaf",
            "vaf_unit",
            "origin",
            "call",
            "assay",
            "origins",
            "calls",
            "classes",
        ),
        ("table", "gene"),
    ),
    "copy_number": Shape(
        "`copy_number`",
        ("table", "gene", "call", "origin", "assay", "calls", "origins"),
        ("table", "gene", "call"),
    ),
    "fusions": Shape("`fusions`", ("table", "gene", "partner", "origin", "assay", "origins"), ("table", "gene")),
    "assays": Shape("`assays`", ("table", "assay", "panel", "gene"), ("table",)),
    "panels": Shape(
        "`panels`", ("reference", "panel", "gene", "exon", "protein", "finds"), ("reference", "panel", "gene")
    ),
}
"""The parts of `genomics` that name a table and its columns."""

# --- library -----------------------------------------------------------------------------------------------------

LIBRARY = Shape("A library", ("format", "library"), ("format", "library"))
"""The sections that are read (``library_file.SECTIONS``) are further keys."""
CODE_SET = Shape("A code set", ("title", "codes"), ("codes",))
CODES = Shape("An entry of `codes`", ("system", "in", "descendants"), ("system", "in"))
PHENOTYPES = Shape(
    "A phenotype table",
    ("source", "diplotypes", "functions", "by_function", "activities", "by_score", "tests"),
    ("tests",),
)
LIBRARY_TITLE = Shape("`library`", ("name", "version", "title", "source"), ("name", "version"))
LOCK = Shape("A lock file", ("format", "libraries", "protocols"), ("format",))
FORMULA = Shape(
    "A formula",
    ("title", "unit", "reference", "note", "pairing", "inputs", "steps", "is", "tests"),
    ("title", "reference", "pairing", "inputs", "is", "tests"),
)
FORMULA_SOURCES = ("measure", "age", "value", "ref")
"""Keys of an input, of which each has one: where its value is from."""
FORMULA_INPUT = Shape("An input", (*FORMULA_SOURCES, "unit", "words"))
FORMULA_TEST = Shape("A test", ("given", "gives", "within", "source"), ("given", "gives", "source"))

# --- study -------------------------------------------------------------------------------------------------------

STUDY = Shape(
    "A study",
    (
        "format",
        "title",
        "cohort",
        "dictionary",
        "protocol",
        "endpoints",
        "analyses",
        "multiplicity",
        "profile",
        "ties",
        "conf_type",
        "level",
        "output",
    ),
    ("format", "cohort", "protocol"),
)
ENDPOINT = Shape("An endpoint", ("time", "event", "entry", "competing", "unit", "label"), ("time", "event"))
"""An endpoint whose times are in the data."""
ENDPOINT_OF_PARAMETER = Shape("An endpoint", ("adtte", "table", "competing", "unit", "label"), ("adtte",))
ENDPOINT_OF_DATES = Shape(
    "An endpoint", ("from", "to", "censor", "until", "competing", "cut_off", "unit", "label"), ("from", "to")
)
EVENT = Shape("`event`", ("column", "is"), ("column", "is"))
MULTIPLICITY = Shape("`multiplicity`", ("family", "method"), ("family",))
METHODS = ("bonferroni", "holm", "hochberg", "hommel", "bh", "by")
"""Adjustments of a family of analyses."""
ADJUST = (*METHODS, "none")
"""Adjustments of an enrichment's features."""


def _analysis(kind: str, keys: tuple[str, ...], required: tuple[str, ...]) -> Shape:
    return Shape(f"The {kind} analysis", ("id", "kind", *keys), ("id", "kind", *required))


_MODEL = ("endpoint", "covariates", "references")
_BY = ("endpoint", "by", "reference")
ANALYSES = {
    "baseline": _analysis("baseline", ("variables", "by"), ("variables",)),
    "survival": _analysis("survival", (*_BY, "strata", "at", "rmst", "tests", "weights"), ("endpoint",)),
    "cox": _analysis("cox", (*_MODEL, "strata", "cluster", "weights", "offset", "interval"), _MODEL[:2]),
    "ph_check": _analysis("ph_check", (*_MODEL, "strata", "transform"), _MODEL[:2]),
    "competing_risks": _analysis("competing_risks", (*_BY, "strata", "covariates", "references", "at"), ("endpoint",)),
    "rmst": _analysis("rmst", (*_BY, "horizon", "covariates", "references"), ("endpoint", "horizon")),
    "aft": _analysis("aft", (*_MODEL, "distribution"), _MODEL[:2]),
    "interaction": _analysis("interaction", ("endpoint", "biomarker", "by", "reference"), ("endpoint", "biomarker")),
    "subgroups": _analysis("subgroups", ("endpoint", "factors", "by", "reference"), ("endpoint", "factors")),
    "enrichment": _analysis("enrichment", ("features", "group", "reference", "adjust"), ("features",)),
}
"""Analyses by kind."""
TIES = ("efron", "breslow", "discrete", "marginal")
"""What a Cox model does with events at one time."""
CONF_TYPES = ("log", "log-log", "plain", "logit", "arcsin")
"""Scales of the confidence limits of a survival curve."""
INTERVALS = ("wald", "profile")
"""Confidence intervals of a hazard ratio."""
TRANSFORMS = ("km", "rank", "identity", "log")
"""Scales of time on which hazards are checked for proportionality."""
DISTRIBUTIONS = ("weibull", "exponential", "lognormal", "loglogistic")
"""Distributions of a parametric model."""
