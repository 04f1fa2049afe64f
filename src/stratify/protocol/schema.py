"""JSON Schemas (draft-07) of the files that people write, for editors: completion and a first check while typing.

The loaders do not use them: an editor's schema knows neither ``$name`` parameters nor which anchor exists. The keys
come from the loaders' own shapes, so that the two cannot part.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import Any

from stratify.model.alteration import Covers
from stratify.model.anchor import Pick
from stratify.model.dictionary import Absence, Grain
from stratify.model.expression import AgeUnit, Change, NoEvent, Take, Tie
from stratify.model.formula import Pairing
from stratify.model.genomic_words import CALL_GROUPS, CLASS_WORDS, CopyState, Origin, VafUnit
from stratify.model.protein_change import Kind as ChangeKind
from stratify.model.protocol import MAX_CRITERIA, CriterionSeverity, Kind, StratumUnknown
from stratify.model.study import Profile, TimeUnit
from stratify.model.truth import REASONS, RESULTS, UnknownPolicy, Verdict
from stratify.protocol import shapes
from stratify.protocol.formula_tests import MAX_TESTS
from stratify.protocol.library_file import LIBRARY_FORMAT, SECTIONS
from stratify.protocol.scalars import DURATION_WORDS
from stratify.protocol.source import Shape

Schema = dict[str, Any]

KINDS = ("protocol", "study", "dictionary", "library")
"""The files that have a schema."""

_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_VALUE: Schema = {"type": ["string", "number", "boolean", "null"]}
_PARAMETER: Schema = {"type": "string", "pattern": r"^\$[A-Za-z_]\w*$"}
_COLUMN: Schema = {"type": "string", "pattern": r"^[^.\s]+\.\S"}
_IS: Schema = {"type": "string", "description": 'A comparison: ">= 18", "in {0, 1}", "1 % .. < 50 %".'}
_NUMBER: Schema = {"type": ["number", "string"]}
_POSITIVE: Schema = {"type": "integer", "minimum": 1}
_COUNT: Schema = {"anyOf": [{"type": "integer", "minimum": 0}, _PARAMETER]}


def json_schema(kind: str) -> Schema:
    """The schema of one kind of file: ``protocol``, ``study``, ``dictionary`` or ``library``.

    Raises
    ------
    ValueError
        For another kind.
    """
    if kind not in KINDS:
        raise ValueError(f"no schema for {kind!r}; there are {', '.join(KINDS)}")
    made = {"protocol": _protocol, "study": _study, "dictionary": _dictionary, "library": _library}
    schema = made[kind]()
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": f"stratify {kind}", **schema}


def _object(shape: Shape, known: Schema, *, required: tuple[str, ...] | None = None) -> Schema:
    properties = {key: known.get(key, _SCALAR) for key in shape.keys}
    needed = shape.required if required is None else required
    return {
        "type": "object",
        "properties": properties,
        **({"required": list(needed)} if needed else {}),
        "additionalProperties": False,
    }


def _words(kind: type[Enum]) -> Schema:
    return {"enum": [member.value for member in kind]}


def _or_parameter(schema: Schema) -> Schema:
    return {"anyOf": [schema, _PARAMETER]}


def _named(schema: Schema) -> Schema:
    return {"type": "object", "additionalProperties": schema}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _list(items: Schema, least: int = 0) -> Schema:
    return {"type": "array", "items": items, **({"minItems": least} if least else {})}


def _one_or_list(items: Schema) -> Schema:
    return {"anyOf": [items, _list(items, 1)]}


# --- protocol ----------------------------------------------------------------------------------------------------


def _protocol() -> Schema:
    criterion = {
        "kind": _words(Kind),
        "rule": _ref("condition"),
        "applies_when": _ref("condition"),
        "unknown": _words(UnknownPolicy),
        "severity": _words(CriterionSeverity),
        "waivable": {"type": "boolean"},
    }
    known: Schema = {
        "format": {"const": "stratify/1"},
        "trial": _trial(),
        "anchors": _named({"anyOf": [_object(shapes.ANCHOR, {"from": _COLUMN}), *_event_anchors()]}),
        "parameters": _named(_object(shapes.PARAMETER, {"value": _one_or_list(_SCALAR)})),
        "defaults": _object(
            shapes.DEFAULTS, {"unknown": _words(UnknownPolicy), "take": _words(Take), "tie": _words(Tie)}
        ),
        "define": _named(_ref("condition")),
        "criteria": {**_list(_object(shapes.CRITERION, criterion)), "maxItems": MAX_CRITERIA},
        "arms": {"anyOf": [_object(shapes.ARMS, {"from": _COLUMN}), _list(_arm())]},
        "strata": _list(_stratum()),
        "examples": _list(_example()),
    }
    return {**_object(shapes.PROTOCOL, known), "definitions": _definitions()}


def _trial() -> Schema:
    known = {
        "protocol": _object(shapes.TRIAL_VERSION, {}),
        "status": {"enum": ["draft", "in_review", "approved"]},
        "approved_by": _list(_SCALAR),
    }
    return _object(shapes.TRIAL, known)


def _event_anchors() -> list[Schema]:
    shape, picks = shapes.EVENT_ANCHOR, [pick.value for pick in Pick]
    others = [replace(shape, keys=tuple(k for k in shape.keys if k == pick or k not in picks)) for pick in picks]
    return [_object(other, _leaf("exists"), required=(pick,)) for other, pick in zip(others, picks, strict=True)]


def _arm() -> Schema:
    by_rule = {"requires": _ref("condition"), "priority": _COUNT, "unknown": {"enum": ["query", "fail"]}}
    return {
        "anyOf": [
            _object(shapes.RECORDED_ARM, {"from": _COLUMN, "is": _IS}),
            _object(shapes.RULE_ARM, {**by_rule, "assign": {"const": "by_rule"}, "slots": _POSITIVE}),
            _object(shapes.RANDOMISED_ARM, {"ratio": _POSITIVE, "slots": _POSITIVE}),
        ]
    }


def _stratum() -> Schema:
    level = {"anyOf": [{"const": "otherwise"}, _ref("condition")]}
    uncut = [_object(shape, _leaf(head)) for head, shape in shapes.UNCOMPARED.items()]
    bands = _object(shapes.BANDS, {"of": {"anyOf": uncut}, "cuts": _list(_IS, 1)})
    known = {"levels": _named(level), "bands": bands, "from": _COLUMN, "unknown": _words(StratumUnknown)}
    return _object(shapes.STRATUM, known)


def _example() -> Schema:
    row = _named(_VALUE)
    reason = {"result": {"enum": [*RESULTS]}, "reason": {"enum": [*REASONS]}}
    result = {"anyOf": [{"enum": [*RESULTS]}, _object(shapes.EXPECTED, reason)]}
    expect = {
        "type": "object",
        "properties": {"verdict": {"enum": [v.name for v in Verdict]}, "arm": _VALUE, "strata": _named(_VALUE)},
        "additionalProperties": result,
    }
    return {
        "type": "object",
        "properties": {"name": _SCALAR, "patient": row, "expect": expect},
        "required": list(shapes.EXAMPLE.required),
        "additionalProperties": _list(row),
    }


def _leaf(head: str) -> Schema:
    days = _or_parameter({**_list(_SCALAR, 2), "maxItems": 2})
    window: Schema = {
        "within": days,
        **({"from": days, "to": days} if head == "change" else {}),
        "unit": _or_parameter({"enum": [*DURATION_WORDS]}),
        "exact_time": {"type": "boolean"},
    }
    return {
        **window,
        "value": _COLUMN,
        "age": _or_parameter(_words(AgeUnit)),
        "each": _or_parameter(_list(_SCALAR, 1)),
        "take": _or_parameter(_words(Take)),
        "tie": _or_parameter(_words(Tie)),
        "code": {"anyOf": [_one_or_list(_SCALAR), _object(shapes.CODE, _codes())]},
        "where": _ref("row"),
        "is": _IS,
        "times": _IS,
        **_genomic(),
        "of_last": _COUNT,
        "same_day": {"type": "boolean"},
        "need": _COUNT,
        "as": _or_parameter(_words(Change)),
        "none": _or_parameter(_words(NoEvent)),
        "open_ended": {"enum": ["ongoing", True, False]},
    }


def _genomic() -> Schema:
    names = _one_or_list(_SCALAR)
    alternative: Schema = {
        "including": _one_or_list(_words(ChangeKind)),
        "class": {"enum": [*CLASS_WORDS]},
        "exon": _COUNT,
        "cnv": _words(CopyState),
    }
    min_vaf: Schema = {"value": {"anyOf": [_NUMBER, _PARAMETER]}, "unit": _words(VafUnit), "applies_to": names}
    tested: Schema = {"assays": names, "covers": _words(Covers)}
    return {
        "any_of": _list(_object(shapes.ALTERNATIVE, alternative), 1),
        "origin": _or_parameter(_words(Origin)),
        "call": _one_or_list({"enum": [*CALL_GROUPS]}),
        "min_vaf": _object(shapes.MIN_VAF, min_vaf),
        "tested": _object(shapes.TESTED, tested),
        "negative_needs": names,
        "assay": names,
        "specimen": names,
    }


def _codes() -> Schema:
    return {"in": _one_or_list(_SCALAR), "system": _one_or_list(_SCALAR), "descendants": {"type": "boolean"}}


def _definitions() -> Schema:
    gap = (*shapes.LEAVES["gap"].required, "none")
    leaves = [
        _object(shape, _leaf(head), required=gap if head == "gap" else None) for head, shape in shapes.LEAVES.items()
    ]
    return {"condition": {"anyOf": [*leaves, *_connectives()]}, "row": {"anyOf": _rows()}}


def _alone(key: str, schema: Schema) -> Schema:
    return {"type": "object", "properties": {key: schema}, "required": [key], "additionalProperties": False}


def _connectives() -> list[Schema]:
    group = _list(_ref("condition"), 1)
    parts = {"when": _ref("condition"), "then": _ref("condition")}
    when = {"type": "object", "properties": parts, "required": [*parts], "additionalProperties": False}
    branch = {"anyOf": [when, _alone("otherwise", _ref("condition"))]}
    return [
        _alone("ref", _SCALAR),
        _alone("all", group),
        _alone("any", group),
        _alone("not", _ref("condition")),
        _alone("at_least", _object(shapes.AT_LEAST, {"n": _COUNT, "of": group})),
        _alone("choose", _list(branch, 2)),
    ]


def _rows() -> list[Schema]:
    group = _list(_ref("row"), 1)
    return [
        _object(shapes.FIELD, {"is": _IS}),
        _alone("all", group),
        _alone("any", group),
        _alone("not", _ref("row")),
    ]


# --- study and dictionary ----------------------------------------------------------------------------------------


def _study() -> Schema:
    event = {"anyOf": [_COLUMN, _object(shapes.EVENT, {"column": _COLUMN, "is": _IS})]}
    names = _one_or_list(_SCALAR)
    unit = _words(TimeUnit)
    known_keys: Schema = {"time": _COLUMN, "event": event, "entry": _COLUMN, "competing": _named(event), "unit": unit}
    dates = dict.fromkeys(("to", "censor", "until", "competing"), names)
    endpoint: Schema = {
        "anyOf": [
            _object(shapes.ENDPOINT, known_keys),
            _object(shapes.ENDPOINT_OF_PARAMETER, {"competing": _named(_SCALAR), "unit": unit}),
            _object(shapes.ENDPOINT_OF_DATES, {**dates, "unit": unit}),
        ]
    }
    times = _one_or_list(_NUMBER)
    analysis: Schema = {
        "variables": names,
        "strata": {"anyOf": [_SCALAR, _list(_SCALAR)]},
        "factors": names,
        "features": names,
        "at": times,
        "rmst": _NUMBER,
        "adjust": {"enum": [*shapes.ADJUST]},
        "covariates": names,
        "references": _named(_SCALAR),
        "horizon": _NUMBER,
        "tests": names,
        "interval": {"enum": [*shapes.INTERVALS]},
        "transform": {"enum": [*shapes.TRANSFORMS]},
        "distribution": {"enum": [*shapes.DISTRIBUTIONS]},
    }
    kinds = [_object(shape, {**analysis, "kind": {"const": kind}}) for kind, shape in shapes.ANALYSES.items()]
    known: Schema = {
        "format": {"const": "stratify-study/1"},
        "endpoints": _named(endpoint),
        "analyses": _list({"anyOf": kinds}),
        "multiplicity": _object(
            shapes.MULTIPLICITY, {"family": _list(_SCALAR, 1), "method": {"enum": [*shapes.METHODS]}}
        ),
        "profile": _words(Profile),
        "ties": {"enum": [*shapes.TIES]},
        "conf_type": {"enum": [*shapes.CONF_TYPES]},
        "level": _NUMBER,
    }
    return _object(shapes.STUDY, known)


def _dictionary() -> Schema:
    systems: Schema = {"anyOf": [{**_named(_SCALAR), "minProperties": 1}, _list(_SCALAR, 1)]}
    table: Schema = {
        "grain": _words(Grain),
        "columns": _named(_SCALAR),
        "dates": _one_or_list(_SCALAR),
        "ongoing": {**_named(_SCALAR), "minProperties": 1, "maxProperties": 1},
        "units": _named(_SCALAR),
        "absence_means": {"enum": [*(member.value for member in Absence), False]},
        "coverage": {**_list(_COLUMN, 2), "maxItems": 2},
        "code_system": {"anyOf": [_SCALAR, _object(shapes.ROW_SYSTEMS, {"systems": systems})]},
    }
    measure: Schema = {
        "rows": _named(_one_or_list(_SCALAR)),
        "units": _named(_NUMBER),
        "plausible": {"anyOf": [{**_list(_NUMBER, 2), "maxItems": 2}, {"const": "none"}]},
        "censored": {"type": "boolean"},
        "aliases": _one_or_list(_SCALAR),
        "categories": _named(_one_or_list(_SCALAR)),
    }
    words = _named(_one_or_list(_SCALAR))
    own: Schema = {"vaf_unit": _words(VafUnit), "origins": words, "calls": words, "classes": words}
    parts = {name: _object(shape, own) for name, shape in shapes.GENOMIC_TABLES.items()}
    key = _object(shapes.FALLBACK_KEY, {"from": _COLUMN, "categories": words})
    limits: list[Schema] = [{"required": ["low"]}, {"required": ["high"]}]
    known: Schema = {
        "format": {"const": "stratify-dictionary/1"},
        "tables": _named({"anyOf": [_object(shapes.TABLE, table), {"type": "null"}]}),
        "measures": _named(_object(shapes.MEASURE, measure)),
        "references": _named({"anyOf": [_object(shapes.REFERENCE, {"columns": _named(_SCALAR)}), {"type": "null"}]}),
        "hierarchies": _named(_object(shapes.HIERARCHY, {})),
        "genomics": _object(shapes.GENOMICS, {**parts, "assay_types": words}),
        "ref_fallback": {**_object(shapes.FALLBACK, {"site": key, "sex": key}), "anyOf": limits},
    }
    return _object(shapes.DICTIONARY, known)


# --- library -----------------------------------------------------------------------------------------------------


def _library() -> Schema:
    sections = {"code_sets": _named(_code_set()), "formulas": _named(_formula()), "phenotypes": _named(_phenotypes())}
    known: Schema = {
        "format": {"const": LIBRARY_FORMAT},
        "library": _object(shapes.LIBRARY_TITLE, {}),
        **sections,
    }
    return _object(replace(shapes.LIBRARY, keys=(*shapes.LIBRARY.keys, *SECTIONS)), known)


def _code_set() -> Schema:
    return _object(shapes.CODE_SET, {"codes": _list(_object(shapes.CODES, _codes()), 1)})


def _formula() -> Schema:
    gives = {"anyOf": [_NUMBER, {"const": "unknown"}]}
    test = _object(shapes.FORMULA_TEST, {"given": _named(_VALUE), "gives": gives, "within": _NUMBER})
    known: Schema = {
        "pairing": _words(Pairing),
        "inputs": _named({"anyOf": [_formula_input(source) for source in shapes.FORMULA_SOURCES]}),
        "steps": _named(_SCALAR),
        "tests": {**_list(test, 1), "maxItems": MAX_TESTS},
    }
    return _object(shapes.FORMULA, known)


def _formula_input(source: str) -> Schema:
    """An input with its one source; only a value that is recorded has a unit, or words."""
    more = ("unit", "words") if source in {"measure", "value"} else ()
    words = {**_named(_one_or_list(_SCALAR)), "minProperties": 1}
    known: Schema = {"age": _words(AgeUnit), "value": _COLUMN, "words": words}
    return _object(replace(shapes.FORMULA_INPUT, keys=(source, *more), required=(source,)), known)


def _phenotypes() -> Schema:
    band = {"anyOf": [_NUMBER, {**_list(_NUMBER, 1), "maxItems": 2}]}
    names = _named(_one_or_list(_SCALAR))
    known: Schema = {
        "diplotypes": names,
        "functions": _named(_SCALAR),
        "by_function": names,
        "activities": _named(_NUMBER),
        "by_score": _named(band),
        "tests": _named(_SCALAR),
    }
    return _object(shapes.PHENOTYPES, known)
