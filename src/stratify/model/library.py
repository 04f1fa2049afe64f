"""Libraries: what protocols of a sponsor share, pinned by version and hash.

A library file holds named things of several sections (code sets, formulas, ...). A protocol names the libraries it
uses; what they hold comes together in one :class:`Library`, in which each name means one thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from stratify.model.codes import CodeSet
from stratify.model.formula import Formula
from stratify.model.phenotype import PhenotypeTable


@dataclass(frozen=True, slots=True)
class Pin:
    """One library that a protocol uses: its name, its exact version, and the SHA-256 of its file."""

    name: str
    version: str
    digest: str

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Library:
    """Everything that the libraries of a protocol hold, by section and name."""

    pins: tuple[Pin, ...] = ()
    code_sets: Mapping[str, CodeSet] = field(default_factory=lambda: MappingProxyType({}))
    formulas: Mapping[str, Formula] = field(default_factory=lambda: MappingProxyType({}))
    phenotypes: Mapping[str, PhenotypeTable] = field(default_factory=lambda: MappingProxyType({}))
