"""Text to model and back: protocols, data dictionaries and studies as YAML, with every finding at its line.

``load_*`` read a file and ``parse_*`` a text, and raise with all findings; ``read_protocol`` gives warnings too.
"""

from stratify.protocol.approval import approved_text
from stratify.protocol.dictionary_file import load_dictionary, parse_dictionary
from stratify.protocol.dictionary_text import dictionary_yaml
from stratify.protocol.formula import condition_text, formula
from stratify.protocol.implied import example_columns, example_tables, implied_dictionary
from stratify.protocol.layout import format_text
from stratify.protocol.library_file import read_pins, shipped_rules
from stratify.protocol.load import load_protocol, parse_protocol, read_protocol, read_protocol_text
from stratify.protocol.lock import LOCK, Hashes, with_hashes
from stratify.protocol.prose import criterion_prose, prose
from stratify.protocol.scalars import ScalarError, parse_comparison
from stratify.protocol.schema import json_schema
from stratify.protocol.study_file import load_study, parse_study
from stratify.protocol.typecheck import typecheck

__all__ = [
    "LOCK",
    "Hashes",
    "ScalarError",
    "approved_text",
    "condition_text",
    "criterion_prose",
    "dictionary_yaml",
    "example_columns",
    "example_tables",
    "format_text",
    "formula",
    "implied_dictionary",
    "json_schema",
    "load_dictionary",
    "load_protocol",
    "load_study",
    "parse_comparison",
    "parse_dictionary",
    "parse_protocol",
    "parse_study",
    "prose",
    "read_pins",
    "read_protocol",
    "read_protocol_text",
    "shipped_rules",
    "typecheck",
    "with_hashes",
]
