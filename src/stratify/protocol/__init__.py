"""Text to model and back: protocols, data dictionaries and studies as YAML, with every finding at its line.

Entry points: :func:`load_protocol`, :func:`parse_protocol`; :func:`read_protocol` where warnings are wanted too.
"""

from stratify.protocol.dictionary_file import load_dictionary, parse_dictionary
from stratify.protocol.load import load_protocol, parse_protocol, read_protocol, read_protocol_text
from stratify.protocol.study_file import load_study, parse_study

__all__ = [
    "load_dictionary",
    "load_protocol",
    "load_study",
    "parse_dictionary",
    "parse_protocol",
    "parse_study",
    "read_protocol",
    "read_protocol_text",
]
