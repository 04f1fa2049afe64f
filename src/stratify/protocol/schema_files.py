"""The schemas of study, dictionary and library files."""

from __future__ import annotations

from dataclasses import replace

from stratify.model.dictionary import Absence, Grain
from stratify.model.expression import AgeUnit
from stratify.model.formula import Pairing
from stratify.model.genomic_words import VafUnit
from stratify.model.study import Profile, TimeUnit
from stratify.protocol import shapes
from stratify.protocol.formula_tests import MAX_TESTS
from stratify.protocol.library_file import LIBRARY_FORMAT, SECTIONS
from stratify.protocol.schema_parts import (
    COLUMN,
    IS,
    NUMBER,
    SCALAR,
    VALUE,
    Schema,
    by_name,
    list_of,
    mapping_of,
    one_or_list,
    one_word_of,
)
from stratify.protocol.schema_rules import codes


def study_schema() -> Schema:
    """A study."""
    event = {"anyOf": [COLUMN, mapping_of(shapes.EVENT, {"column": COLUMN, "is": IS})]}
    names = one_or_list(SCALAR)
    unit = one_word_of(TimeUnit)
    known_keys: Schema = {"time": COLUMN, "event": event, "entry": COLUMN, "competing": by_name(event), "unit": unit}
    dates = dict.fromkeys(("to", "censor", "until", "competing"), names)
    endpoint: Schema = {
        "anyOf": [
            mapping_of(shapes.ENDPOINT, known_keys),
            mapping_of(shapes.ENDPOINT_OF_PARAMETER, {"competing": by_name(SCALAR), "unit": unit}),
            mapping_of(shapes.ENDPOINT_OF_DATES, {**dates, "unit": unit}),
        ]
    }
    times = one_or_list(NUMBER)
    analysis: Schema = {
        "variables": names,
        "strata": {"anyOf": [SCALAR, list_of(SCALAR)]},
        "factors": names,
        "features": names,
        "at": times,
        "rmst": NUMBER,
        "adjust": {"enum": [*shapes.ADJUST]},
        "covariates": names,
        "references": by_name(SCALAR),
        "horizon": NUMBER,
        "tests": names,
        "interval": {"enum": [*shapes.INTERVALS]},
        "transform": {"enum": [*shapes.TRANSFORMS]},
        "distribution": {"enum": [*shapes.DISTRIBUTIONS]},
    }
    kinds = [mapping_of(shape, {**analysis, "kind": {"const": kind}}) for kind, shape in shapes.ANALYSES.items()]
    known: Schema = {
        "format": {"const": "stratify-study/1"},
        "endpoints": by_name(endpoint),
        "analyses": list_of({"anyOf": kinds}),
        "multiplicity": mapping_of(
            shapes.MULTIPLICITY, {"family": list_of(SCALAR, 1), "method": {"enum": [*shapes.METHODS]}}
        ),
        "profile": one_word_of(Profile),
        "ties": {"enum": [*shapes.TIES]},
        "conf_type": {"enum": [*shapes.CONF_TYPES]},
        "level": NUMBER,
    }
    return mapping_of(shapes.STUDY, known)


def dictionary_schema() -> Schema:
    """A dictionary."""
    systems: Schema = {"anyOf": [{**by_name(SCALAR), "minProperties": 1}, list_of(SCALAR, 1)]}
    table: Schema = {
        "grain": one_word_of(Grain),
        "columns": by_name(SCALAR),
        "dates": one_or_list(SCALAR),
        "ongoing": {**by_name(SCALAR), "minProperties": 1, "maxProperties": 1},
        "units": by_name(SCALAR),
        "absence_means": {"enum": [*(member.value for member in Absence), False]},
        "coverage": {**list_of(COLUMN, 2), "maxItems": 2},
        "code_system": {"anyOf": [SCALAR, mapping_of(shapes.ROW_SYSTEMS, {"systems": systems})]},
    }
    measure: Schema = {
        "rows": by_name(one_or_list(SCALAR)),
        "units": by_name(NUMBER),
        "plausible": {"anyOf": [{**list_of(NUMBER, 2), "maxItems": 2}, {"const": "none"}]},
        "censored": {"type": "boolean"},
        "aliases": one_or_list(SCALAR),
        "categories": by_name(one_or_list(SCALAR)),
    }
    words = by_name(one_or_list(SCALAR))
    own: Schema = {"vaf_unit": one_word_of(VafUnit), "origins": words, "calls": words, "classes": words}
    parts = {name: mapping_of(shape, own) for name, shape in shapes.GENOMIC_TABLES.items()}
    key = mapping_of(shapes.FALLBACK_KEY, {"from": COLUMN, "categories": words})
    limits: list[Schema] = [{"required": ["low"]}, {"required": ["high"]}]
    known: Schema = {
        "format": {"const": "stratify-dictionary/1"},
        "tables": by_name({"anyOf": [mapping_of(shapes.TABLE, table), {"type": "null"}]}),
        "measures": by_name(mapping_of(shapes.MEASURE, measure)),
        "references": by_name(
            {"anyOf": [mapping_of(shapes.REFERENCE, {"columns": by_name(SCALAR)}), {"type": "null"}]}
        ),
        "hierarchies": by_name(mapping_of(shapes.HIERARCHY, {})),
        "genomics": mapping_of(shapes.GENOMICS, {**parts, "assay_types": words}),
        "ref_fallback": {**mapping_of(shapes.FALLBACK, {"site": key, "sex": key}), "anyOf": limits},
    }
    return mapping_of(shapes.DICTIONARY, known)


def library_schema() -> Schema:
    """A library."""
    sections = {
        "code_sets": by_name(_code_set()),
        "formulas": by_name(_formula()),
        "phenotypes": by_name(_phenotypes()),
    }
    known: Schema = {
        "format": {"const": LIBRARY_FORMAT},
        "library": mapping_of(shapes.LIBRARY_TITLE, {}),
        **sections,
    }
    return mapping_of(replace(shapes.LIBRARY, keys=(*shapes.LIBRARY.keys, *SECTIONS)), known)


def _code_set() -> Schema:
    return mapping_of(shapes.CODE_SET, {"codes": list_of(mapping_of(shapes.CODES, codes()), 1)})


def _formula() -> Schema:
    gives = {"anyOf": [NUMBER, {"const": "unknown"}]}
    test = mapping_of(shapes.FORMULA_TEST, {"given": by_name(VALUE), "gives": gives, "within": NUMBER})
    known: Schema = {
        "pairing": one_word_of(Pairing),
        "inputs": by_name({"anyOf": [_formula_input(source) for source in shapes.FORMULA_SOURCES]}),
        "steps": by_name(SCALAR),
        "tests": {**list_of(test, 1), "maxItems": MAX_TESTS},
    }
    return mapping_of(shapes.FORMULA, known)


def _formula_input(source: str) -> Schema:
    """An input with its one source; only a value that is recorded has a unit, or words."""
    more = ("unit", "words") if source in {"measure", "value"} else ()
    words = {**by_name(one_or_list(SCALAR)), "minProperties": 1}
    known: Schema = {"age": one_word_of(AgeUnit), "value": COLUMN, "words": words}
    return mapping_of(replace(shapes.FORMULA_INPUT, keys=(source, *more), required=(source,)), known)


def _phenotypes() -> Schema:
    band = {"anyOf": [NUMBER, {**list_of(NUMBER, 1), "maxItems": 2}]}
    names = by_name(one_or_list(SCALAR))
    known: Schema = {
        "diplotypes": names,
        "functions": by_name(SCALAR),
        "by_function": names,
        "activities": by_name(NUMBER),
        "by_score": by_name(band),
        "tests": by_name(SCALAR),
    }
    return mapping_of(shapes.PHENOTYPES, known)
