"""A first dictionary from a look at the files, for a person to correct."""

from stratify.data.inspect.dictionary import infer_dictionary

__all__ = ["infer_dictionary"]
