"""The schema of a protocol: sections, conditions and leaves, from the shapes by which they are read."""

from __future__ import annotations

from dataclasses import replace

from stratify.model.alteration import Covers
from stratify.model.anchor import Pick
from stratify.model.expression import AgeUnit, Change, NoEvent, Take, Tie
from stratify.model.genomic_words import CALL_GROUPS, CLASS_WORDS, CopyState, Origin, VafUnit
from stratify.model.protein_change import Kind as ChangeKind
from stratify.model.protocol import MAX_CRITERIA, CriterionSeverity, Kind, StratumUnknown
from stratify.model.truth import REASONS, RESULTS, UnknownPolicy, Verdict
from stratify.protocol import shapes
from stratify.protocol.scalars import DURATION_WORDS
from stratify.protocol.schema_parts import (
    COLUMN,
    COUNT,
    IS,
    NUMBER,
    PARAMETER,
    POSITIVE,
    SCALAR,
    VALUE,
    Schema,
    by_name,
    list_of,
    mapping_of,
    one_or_list,
    one_word_of,
    or_parameter,
    reference_to,
)


def protocol_schema() -> Schema:
    """A protocol."""
    criterion = {
        "kind": one_word_of(Kind),
        "rule": reference_to("condition"),
        "applies_when": reference_to("condition"),
        "unknown": one_word_of(UnknownPolicy),
        "severity": one_word_of(CriterionSeverity),
        "waivable": {"type": "boolean"},
    }
    known: Schema = {
        "format": {"const": "stratify/1"},
        "trial": _trial(),
        "anchors": by_name({"anyOf": [mapping_of(shapes.ANCHOR, {"from": COLUMN}), *_event_anchors()]}),
        "parameters": by_name(mapping_of(shapes.PARAMETER, {"value": one_or_list(SCALAR)})),
        "defaults": mapping_of(
            shapes.DEFAULTS, {"unknown": one_word_of(UnknownPolicy), "take": one_word_of(Take), "tie": one_word_of(Tie)}
        ),
        "define": by_name(reference_to("condition")),
        "criteria": {**list_of(mapping_of(shapes.CRITERION, criterion)), "maxItems": MAX_CRITERIA},
        "arms": {"anyOf": [mapping_of(shapes.ARMS, {"from": COLUMN}), list_of(_arm())]},
        "strata": list_of(_stratum()),
        "examples": list_of(_example()),
    }
    return {**mapping_of(shapes.PROTOCOL, known), "definitions": definitions()}


def _trial() -> Schema:
    known = {
        "protocol": mapping_of(shapes.TRIAL_VERSION, {}),
        "status": {"enum": ["draft", "in_review", "approved"]},
        "approved_by": list_of(SCALAR),
    }
    return mapping_of(shapes.TRIAL, known)


def _event_anchors() -> list[Schema]:
    shape, picks = shapes.EVENT_ANCHOR, [pick.value for pick in Pick]
    others = [replace(shape, keys=tuple(k for k in shape.keys if k == pick or k not in picks)) for pick in picks]
    return [mapping_of(other, _leaf("exists"), required=(pick,)) for other, pick in zip(others, picks, strict=True)]


def _arm() -> Schema:
    by_rule = {"requires": reference_to("condition"), "priority": COUNT, "unknown": {"enum": ["query", "fail"]}}
    return {
        "anyOf": [
            mapping_of(shapes.RECORDED_ARM, {"from": COLUMN, "is": IS}),
            mapping_of(shapes.RULE_ARM, {**by_rule, "assign": {"const": "by_rule"}, "slots": POSITIVE}),
            mapping_of(shapes.RANDOMISED_ARM, {"ratio": POSITIVE, "slots": POSITIVE}),
        ]
    }


def _stratum() -> Schema:
    level = {"anyOf": [{"const": "otherwise"}, reference_to("condition")]}
    uncut = [mapping_of(shape, _leaf(head)) for head, shape in shapes.UNCOMPARED.items()]
    bands = mapping_of(shapes.BANDS, {"of": {"anyOf": uncut}, "cuts": list_of(IS, 1)})
    known = {"levels": by_name(level), "bands": bands, "from": COLUMN, "unknown": one_word_of(StratumUnknown)}
    return mapping_of(shapes.STRATUM, known)


def _example() -> Schema:
    row = by_name(VALUE)
    reason = {"result": {"enum": [*RESULTS]}, "reason": {"enum": [*REASONS]}}
    result = {"anyOf": [{"enum": [*RESULTS]}, mapping_of(shapes.EXPECTED, reason)]}
    expect = {
        "type": "object",
        "properties": {"verdict": {"enum": [v.name for v in Verdict]}, "arm": VALUE, "strata": by_name(VALUE)},
        "additionalProperties": result,
    }
    return {
        "type": "object",
        "properties": {"name": SCALAR, "patient": row, "expect": expect},
        "required": list(shapes.EXAMPLE.required),
        "additionalProperties": list_of(row),
    }


def _leaf(head: str) -> Schema:
    days = or_parameter({**list_of(SCALAR, 2), "maxItems": 2})
    window: Schema = {
        "within": days,
        **({"from": days, "to": days} if head == "change" else {}),
        "unit": or_parameter({"enum": [*DURATION_WORDS]}),
        "exact_time": {"type": "boolean"},
    }
    return {
        **window,
        "value": COLUMN,
        "age": or_parameter(one_word_of(AgeUnit)),
        "each": or_parameter(list_of(SCALAR, 1)),
        "take": or_parameter(one_word_of(Take)),
        "tie": or_parameter(one_word_of(Tie)),
        "code": {"anyOf": [one_or_list(SCALAR), mapping_of(shapes.CODE, codes())]},
        "where": reference_to("row"),
        "is": IS,
        "times": IS,
        **_genomic(),
        "of_last": COUNT,
        "same_day": {"type": "boolean"},
        "need": COUNT,
        "as": or_parameter(one_word_of(Change)),
        "none": or_parameter(one_word_of(NoEvent)),
        "open_ended": {"enum": ["ongoing", True, False]},
    }


def _genomic() -> Schema:
    names = one_or_list(SCALAR)
    alternative: Schema = {
        "including": one_or_list(one_word_of(ChangeKind)),
        "class": {"enum": [*CLASS_WORDS]},
        "exon": COUNT,
        "cnv": one_word_of(CopyState),
    }
    min_vaf: Schema = {"value": {"anyOf": [NUMBER, PARAMETER]}, "unit": one_word_of(VafUnit), "applies_to": names}
    tested: Schema = {"assays": names, "covers": one_word_of(Covers)}
    return {
        "any_of": list_of(mapping_of(shapes.ALTERNATIVE, alternative), 1),
        "origin": or_parameter(one_word_of(Origin)),
        "call": one_or_list({"enum": [*CALL_GROUPS]}),
        "min_vaf": mapping_of(shapes.MIN_VAF, min_vaf),
        "tested": mapping_of(shapes.TESTED, tested),
        "negative_needs": names,
        "assay": names,
        "specimen": names,
    }


def codes() -> Schema:
    """A code or several."""
    return {"in": one_or_list(SCALAR), "system": one_or_list(SCALAR), "descendants": {"type": "boolean"}}


def definitions() -> Schema:
    """What conditions refer to."""
    gap = (*shapes.LEAVES["gap"].required, "none")
    leaves = [
        mapping_of(shape, _leaf(head), required=gap if head == "gap" else None) for head, shape in shapes.LEAVES.items()
    ]
    return {"condition": {"anyOf": [*leaves, *_connectives()]}, "row": {"anyOf": _rows()}}


def _alone(key: str, schema: Schema) -> Schema:
    return {"type": "object", "properties": {key: schema}, "required": [key], "additionalProperties": False}


def _connectives() -> list[Schema]:
    group = list_of(reference_to("condition"), 1)
    parts = {"when": reference_to("condition"), "then": reference_to("condition")}
    when = {"type": "object", "properties": parts, "required": [*parts], "additionalProperties": False}
    branch = {"anyOf": [when, _alone("otherwise", reference_to("condition"))]}
    return [
        _alone("ref", SCALAR),
        _alone("all", group),
        _alone("any", group),
        _alone("not", reference_to("condition")),
        _alone("at_least", mapping_of(shapes.AT_LEAST, {"n": COUNT, "of": group})),
        _alone("choose", list_of(branch, 2)),
    ]


def _rows() -> list[Schema]:
    group = list_of(reference_to("row"), 1)
    return [
        mapping_of(shapes.FIELD, {"is": IS}),
        _alone("all", group),
        _alone("any", group),
        _alone("not", reference_to("row")),
    ]
