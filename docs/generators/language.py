"""``reference/language.md``: sections, leaves and connectives, their keys and what the model says of them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from textwrap import dedent

from generators import language_words as words
from generators.markdown import doc, fenced, marked_up, page, summary, table
from stratify.model import (
    anchor,
    arithmetic,
    computed,
    dictionary,
    expression,
    fallback,
    formula,
    notation,
    protocol,
    study,
)
from stratify.protocol import parse_protocol, shapes
from stratify.protocol.library_file import BUILT_IN, built_in_formulas
from stratify.protocol.source import Shape

_WINDOW_PAIRING = doc(expression.Computed).partition("`derived` with `pairing: window`: ")[2]
_CORNERS = "An input" + (inspect.getdoc(computed) or "").partition("\nAn input")[2]
_LEAVES = {
    "value": (expression.ValueIs, '{value: patients.sex, is: "== female"}'),
    "age": (expression.AgeIs, '{age: years, at: consent, is: ">= 18"}'),
    "measure": (expression.MeasureIs, '{measure: ALT, take: latest, within: [-14, 0], is: "<= 2.5 xULN"}'),
    "each": (
        "The same question to several measures: `all` of them must meet the comparison.",
        '{each: [ALT, AST], within: [-14, 0], is: "<= 2.5 xULN"}',
    ),
    "exists": (expression.Exists, "{exists: history, code: [C78.7], by: c1d1}"),
    "count": (expression.Count, '{count: lesions, where: {field: diameter, is: ">= 10"}, is: ">= 1"}'),
    "change": (
        "A change of a measure between two windows: a difference in the measure's unit, a percentage of the earlier "
        "value, or the ratio of the later to the earlier. From zero there is neither percentage nor ratio: "
        "unknown(null_value). Both values are picked as in a `measure`, and both must be known.",
        '{change: HBA1C, from: [-365, -90], to: [-28, 0], as: difference, is: "<= -0.5 %"}',
    ),
    "derived": (
        f"A formula of a library, compared.\n\nWith `pairing: window`: {_WINDOW_PAIRING}\n\nWith `pairing: same_time`: "
        f"{doc(expression.Paired).partition(chr(10) * 2)[2]}\n\n{marked_up(_CORNERS)}",
        '{derived: CRCL_CG, within: [-14, 0], is: ">= 50 mL/min"}',
    ),
    "gap": (expression.Gap, '{gap: treatments, code: platinum, from: end_date, none: infinite, is: ">= 21 d"}'),
    "alteration": (
        expression.AlterationIs,
        "{alteration: EGFR, any_of: [{class: inframe_deletion, exon: 19}, {protein: p.L858R}], call: pathogenic_or_likely, tested: {assays: [tissue_ngs, ctdna]}, negative_needs: [tissue_ngs]}",  # noqa: E501
    ),
    "biomarker": (
        "A measure, asked by assay and specimen: a result by another assay, or of another specimen, does not count, "
        "and no result at all is unknown(not_tested). All keys of `measure` may be used.",
        '{biomarker: PDL1_TPS, assay: [22C3], within: [-180, 0], is: ">= 50 %"}',
    ),
}
_CONNECTIVES = {
    "ref": (expression.Ref, "{ref: hormone_positive}"),
    "all": (expression.All, '{all: [{value: patients.sex, is: "== female"}, {ref: hormone_positive}]}'),
    "any": (expression.AnyOf, '{any: [{value: patients.er, is: ">= 20"}, {value: patients.pr, is: ">= 20"}]}'),
    "not": (expression.Not, "{not: {exists: history, code: [C78.7]}}"),
    "at_least": (
        expression.AtLeast,
        '{at_least: {n: 2, of: [{value: patients.a, is: "== true"}, {value: patients.b, is: "== true"}, {ref: hormone_positive}]}}',  # noqa: E501
    ),
    "choose": (
        expression.Choose,
        '{choose: [{when: {ref: hormone_positive}, then: {measure: ALT, is: "<= 5 xULN"}}, {otherwise: {measure: ALT, is: "<= 2.5 xULN"}}]}',  # noqa: E501
    ),
}
_COMPARISONS = (
    ('">= 18"', "one of ==, !=, <, <=, >, >="),
    (
        '"<= 2.5 xULN"',
        "a number with its unit, after a blank; `xULN` and `xLLN` are multiples of its reference limit",
    ),
    ('"1 % .. < 50 %"', "a range; its ends are inside unless `<` or `>` says otherwise"),
    ('"in {0, 1}"', "one of several values; `not in {...}` none of them"),
    ("\"== 'not done'\"", "text; quotes are needed only where the text would be read otherwise"),
    ('"<= $alt_limit"', "a parameter, with its unit"),
)
_EXAMPLE = """
format: stratify/1
trial: {{id: EXAMPLE}}
anchors: {{consent: {{from: patients.consent_date}}, c1d1: {{from: patients.c1d1}}}}
defaults: {{anchor: c1d1}}
define: {{hormone_positive: {{value: patients.er, is: ">= 20"}}}}
criteria: [{{id: INC-01, kind: inclusion, text: example, rule: {rule}}}]
"""
_LEAD = """Three files, all YAML: a protocol says who is eligible, a dictionary says how a site's tables answer, a study
says what to analyse. YAML is read as text and typed by its place: `NO`, `1.10` and `08` stay what was written. Unknown
keys, keys that stand twice, aliases and tags are errors. For editors there are JSON Schemas:
[protocol](schema/protocol.json), [study](schema/study.json), [dictionary](schema/dictionary.json),
[library](schema/library.json). What each rule means in every corner case: [semantics](semantics.md)."""


def pages() -> dict[str, str]:
    """The page of the language."""
    parts = [_LEAD, *_protocol(), *_conditions(), *_dictionary(), *_library(), *_formulas(), *_study()]
    return {"reference/language.md": page("The rule language and its files", *parts)}


def _keys(shape: Shape, meanings: Mapping[str, str], required: Iterable[str] | None = None) -> str:
    needed = set(shape.required if required is None else required)
    rows = [(f"`{key}`", "yes" if key in needed else "", meanings[key]) for key in shape.keys]
    return table(("key", "required", "meaning"), rows)


def _protocol() -> list[str]:
    return [
        "## Protocol",
        _keys(shapes.PROTOCOL, words.SECTIONS),
        "### trial",
        _keys(shapes.TRIAL, words.TRIAL),
        "### anchors",
        "A day from a column:",
        _keys(shapes.ANCHOR, words.ANCHOR),
        "Or a day derived from events, with `latest` or `earliest`:",
        _keys(shapes.EVENT_ANCHOR, {**words.LEAF, **words.EVENT_ANCHOR}),
        doc(anchor.EventAnchor),
        "### parameters",
        f"{summary(protocol.Parameter)} Rules name it `$name`; `--set name=value` overrides its value.",
        _keys(shapes.PARAMETER, words.PARAMETER),
        "### defaults",
        _keys(shapes.DEFAULTS, words.DEFAULTS),
        "### define",
        "Name: condition. A condition elsewhere refers to it by `ref`; analyses may use its name as a factor.",
        "### criteria",
        doc(protocol.Criterion),
        _keys(shapes.CRITERION, words.CRITERION),
        "### arms",
        "A list of arms, each recorded, by rule or randomised; or `{from: patients.TRT01P}`: every distinct value of "
        "the column is an arm. This version declares randomised arms, but does not allocate patients to them.",
        f"`slots`: {doc(protocol.Slots)}",
        *(f"{doc(kind)}\n\n{_keys(shape, words.ARM)}" for kind, shape in _ARMS),
        "### strata",
        doc(protocol.LevelStratum),
        _keys(shapes.STRATUM, words.STRATUM),
        "### examples",
        f"{summary(protocol.Example)} Keys beside these name tables, each with a list of rows. Without a dictionary an "
        "event has `date`, `end_date` and `code`; a measurement is a row of `labs`, or of another table, with `test`, "
        "`date`, `value` (a number or a text), `unit`, `ref_low` and `ref_high`, as far as a rule asks them.",
        _keys(shapes.EXAMPLE, words.EXAMPLE),
    ]


_ARMS = (
    (protocol.RecordedArm, shapes.RECORDED_ARM),
    (protocol.RuleArm, shapes.RULE_ARM),
    (protocol.RandomisedArm, shapes.RANDOMISED_ARM),
)


def _conditions() -> list[str]:
    window = Shape("A window", shapes.WINDOW)
    return [
        "## Conditions",
        "A condition is true, false or unknown of a patient. A leaf asks the data, a connective joins conditions.",
        _membership(),
        "### Comparisons",
        table(("`is`", "meaning"), [(f"`{text}`", meaning) for text, meaning in _COMPARISONS]),
        "### Windows",
        "Whole calendar days, closed at both ends; day 0 is the anchor's. Keys may be combined and then hold together. "
        "Durations are `d`, `wk`, `mo` and `y`; months and years are those of the calendar.",
        _keys(window, words.WINDOW),
        "### Repeated values",
        f"`take`: {_as_written(doc(expression.Take))}",
        f"`tie`: {_as_written(doc(expression.Tie))}",
        "### Conditions on one row",
        '`where` is `{field: column, is: "..."}` or `all`, `any`, `not` of such; all of it is asked of one row.',
        "### Codes",
        "`code` is a code, a list of codes, or a mapping. One word under `in` names a set of a library, a list holds "
        "codes. [Codes](../how-to/codes.md) shows their use.",
        _keys(shapes.CODE, words.CODE),
        "## Leaves",
        *(_leaf(name) for name in shapes.LEAVES),
        "### Alternatives",
        "Each item of `any_of` is a small variant (`protein` or `pattern`, `class`, `exon`: all that is written holds "
        "on one row), a number of copies (`cnv`) or a `fusion`.",
        _keys(shapes.ALTERNATIVE, words.ALTERNATIVE),
        "A mutational signature (HRD, SBS3, mismatch repair) is a score of the whole tumour: ask it with `biomarker`.",
        "## Connectives",
        *(_example(name, *_CONNECTIVES[name]) for name in shapes.CONNECTIVES),
    ]


def _membership() -> str:
    text = doc(expression)
    return text[text.index("*Membership.*") :]


def _as_written(text: str) -> str:
    """Members of an enumeration as YAML writes them."""
    return re.sub(r"`[A-Z, ]+`", lambda found: found[0].lower(), text)


_OWN = {"gap": words.GAP, "change": words.CHANGE, "derived": words.DERIVED}
"""Keys that mean something else in one leaf."""


def _leaf(name: str) -> str:
    meanings = {**words.LEAF, **_OWN.get(name, {})}
    shape = shapes.LEAVES[name]
    windowed = set(shapes.WINDOW) <= set(shape.keys)
    own = replace(shape, keys=tuple(key for key in shape.keys if not windowed or key not in shapes.WINDOW))
    keys = _keys(own, meanings, (*shape.required, *(("none",) if name == "gap" else ())))
    more = "and the keys of a [window](#windows)." if windowed else ""
    return "\n\n".join(part.strip("\n") for part in (_example(name, *_LEAVES[name]), keys, more) if part)


def _example(name: str, meaning: object, rule: str) -> str:
    parse_protocol(_EXAMPLE.format(rule=rule))  # raises if the example is not one
    return f"### {name}\n\n{doc(meaning)}\n\n{fenced('yaml', rule)}"


def _dictionary() -> list[str]:
    return [
        "## Dictionary",
        summary(dictionary),
        _keys(shapes.DICTIONARY, words.DICTIONARY),
        "### tables",
        doc(dictionary.Table),
        _keys(shapes.TABLE, words.TABLE),
        "### measures",
        doc(dictionary.Measure),
        _keys(shapes.MEASURE, words.MEASURE),
        "### references",
        doc(dictionary.Reference),
        _keys(shapes.REFERENCE, words.REFERENCE),
        "### ref_fallback",
        marked_up(doc(fallback)),
        doc(fallback.Fallback),
        _keys(shapes.FALLBACK, words.FALLBACK),
        "`site` and `sex` are mappings:",
        _keys(shapes.FALLBACK_KEY, words.FALLBACK_KEY),
        "### genomics",
        "Each part may be missing. Its columns are columns of ordinary tables; a word that is not known, and that the "
        "dictionary does not map, is unknown and never no.",
        _keys(shapes.GENOMICS, words.GENOMICS),
        *(f"`{name}`:\n\n{_keys(shape, words.GENOMIC)}" for name, shape in shapes.GENOMIC_TABLES.items()),
        "### hierarchies",
        doc(dictionary.Hierarchy),
        _keys(shapes.HIERARCHY, words.HIERARCHY),
        "Units convert by the factors declared here, then by those of the measure's [analyte](analytes.md): the one "
        "that its names are of, if it can be read in `unit`, or the one under `analyte`. Without an analyte only "
        "prefixes and spellings of one unit convert, never a mass to an amount of substance.",
    ]


def _library() -> list[str]:
    return [
        "## Library",
        "A file `libraries/NAME/VERSION.yaml` beside the protocols, or among the rules that come with the package. A "
        "protocol names it under `use`, and `stratify check PROTOCOL --lock` keeps its hash in `rules.lock`.",
        _keys(shapes.LIBRARY_TITLE, words.LIBRARY_TITLE),
        "### code_sets",
        "By name: what rules call `code: {in: NAME}`.",
        _keys(shapes.CODE_SET, words.CODE_SET),
    ]


def _formulas() -> list[str]:
    meaning = doc(arithmetic)
    return [
        "## Formulas",
        "The section `formulas` of a library holds derived measures by name. A formula is its text, its inputs with "
        "the units they are converted to, its publication, and values that test it.",
        _keys(shapes.FORMULA, words.FORMULA),
        "### inputs",
        doc(formula.FormulaInput),
        "An input has one of `measure`, `age`, `value` and `ref`, and a unit or words where it needs them.",
        _keys(shapes.FORMULA_INPUT, words.FORMULA_INPUT),
        "### tests",
        _keys(shapes.FORMULA_TEST, words.FORMULA_TEST),
        "### The notation",
        *_notation(),
        "### What a formula gives",
        re.sub(r"^.*\n-{3,}\n", "", meaning[meaning.index("What every node gives") :]),
        doc(formula)[doc(formula).index("A formula is *monotone") :],
        "### Published formulas",
        f"The library `{'@'.join(BUILT_IN)}` comes with the package; its formulas need no `use`. A formula of the same "
        "name in a library under `use` comes before them, for the protocol names that one, with its version and hash.",
        _published(),
    ]


def _notation() -> list[str]:
    lead, grammar, rest = re.split(r"\n\n::\n\n|\n\n(?=As in mathematics)", doc(notation))
    return [lead, fenced("text", dedent(grammar)), rest]


def _published() -> str:
    rows = [
        (f"`{one.id}`", " ".join(filter(None, (f"{one.title}.", one.note))), one.unit or "", one.reference)
        for one in built_in_formulas().values()
    ]
    return table(("formula", "what", "unit", "reference"), rows)


_ANALYSES = {
    "baseline": study.BaselineSpec,
    "survival": study.SurvivalSpec,
    "cox": study.CoxSpec,
    "ph_check": study.PhCheckSpec,
    "competing_risks": study.CompetingRisksSpec,
    "rmst": study.RmstSpec,
    "aft": study.AftSpec,
    "interaction": study.InteractionSpec,
    "subgroups": study.SubgroupsSpec,
    "enrichment": study.EnrichmentSpec,
}


def _study() -> list[str]:
    kinds = [
        f"### {name}\n\n{doc(_ANALYSES[name])}\n\n{_keys(shape, words.ANALYSIS)}"
        for name, shape in shapes.ANALYSES.items()
    ]
    return [
        "## Study",
        "Paths are relative to the study file and stay below its folder.",
        _keys(shapes.STUDY, words.STUDY),
        "### endpoints",
        doc(study.Endpoint),
        doc(study.ByTime),
        _keys(shapes.ENDPOINT, words.ENDPOINT),
        doc(study.ByParameter),
        _keys(shapes.ENDPOINT_OF_PARAMETER, words.ENDPOINT_OF_PARAMETER),
        doc(study.ByDates),
        _keys(shapes.ENDPOINT_OF_DATES, words.ENDPOINT_OF_DATES),
        "A factor, variable or feature is named by `arm`, a stratum's id, a definition's name, or a column of the "
        "patients table.",
        *kinds,
    ]
