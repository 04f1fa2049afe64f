"""Pharmacogenomics: from a diplotype to a phenotype, by a table that a library holds.

The table says what a diplotype means in one of three ways, asked in this order: the diplotype itself, the functions of
its two alleles, the sum of their activity values. A diplotype that none of them knows has no phenotype here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

Pair = tuple[str, str]
"""Two alleles, or two functions, in order of their text: which stands first in a diplotype says nothing."""


def pair(one: str, other: str) -> Pair:
    """Two words as an unordered pair."""
    first, second = sorted((one, other))
    return first, second


def diplotype(text: str) -> Pair | None:
    """The two alleles of a diplotype, ``*1/*2`` or ``*2/*1``; ``None`` for text that does not name two."""
    alleles = [part.strip() for part in text.split("/")]
    return pair(*alleles) if len(alleles) == 2 and all(alleles) else None


@dataclass(frozen=True, slots=True)
class Band:
    """Sums of activity values, ends included, that give a phenotype."""

    lowest: Decimal
    highest: Decimal
    phenotype: str

    def __post_init__(self) -> None:
        if self.lowest > self.highest:
            raise ValueError("a band cannot end before it starts")


@dataclass(frozen=True, slots=True)
class PhenotypeTable:
    """What the diplotypes of one gene mean.

    Parameters
    ----------
    diplotypes
        Two alleles -> phenotype.
    functions
        Allele -> its function; with ``by_function``: two functions -> phenotype.
    activities
        Allele -> its activity value; with ``bands``: their sum -> phenotype.
    source
        The guideline.
    """

    gene: str
    diplotypes: Mapping[Pair, str] = field(default_factory=lambda: MappingProxyType({}))
    functions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    by_function: Mapping[Pair, str] = field(default_factory=lambda: MappingProxyType({}))
    activities: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    bands: tuple[Band, ...] = ()
    source: str = ""

    def phenotype(self, text: str) -> str | None:
        """The phenotype of a diplotype; ``None`` where the table does not say."""
        alleles = diplotype(text)
        if alleles is None:
            return None
        return self.diplotypes.get(alleles) or self._by_function(alleles) or self._by_activity(alleles)

    def _by_function(self, alleles: Pair) -> str | None:
        one, other = (self.functions.get(allele) for allele in alleles)
        return None if one is None or other is None else self.by_function.get(pair(one, other))

    def _by_activity(self, alleles: Pair) -> str | None:
        values = [self.activities.get(allele) for allele in alleles]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return None
        score = sum(known, Decimal(0))
        return next((band.phenotype for band in self.bands if band.lowest <= score <= band.highest), None)

    @property
    def phenotypes(self) -> tuple[str, ...]:
        """Every phenotype that the table knows, each once."""
        bands = (band.phenotype for band in self.bands)
        return tuple(dict.fromkeys((*self.diplotypes.values(), *self.by_function.values(), *bands)))
