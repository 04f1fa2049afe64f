"""Which Cox model is fitted: its options, checked together, and their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from stratify.stats.cox_rows import CoxRows
from stratify.stats.scaled_rows import Ties

Interval: TypeAlias = Literal["wald", "profile"]
_TIES: dict[Ties, str] = {
    "efron": "Efron ties",
    "breslow": "Breslow ties",
    "discrete": "exact discrete ties",
    "marginal": "exact marginal ties",
}


@dataclass(frozen=True, slots=True)
class CoxModel:
    """What is fitted to the rows, beyond the rows themselves; checked when made."""

    ties: Ties
    firth: bool
    robust: bool
    interval: Interval
    weighted: bool

    def __post_init__(self) -> None:
        if self.ties not in _TIES:
            raise ValueError(f"ties must be one of {', '.join(_TIES)}, not {self.ties!r}")
        if self.interval not in {"wald", "profile"}:
            raise ValueError(f'interval must be "wald" or "profile", not {self.interval!r}')
        if self.firth and self.robust:
            raise ValueError("a penalised likelihood has no robust variance")
        if self.robust and self.interval == "profile":
            raise ValueError("a profile-likelihood interval has no robust variance")
        if self.exact and self.robust:
            raise ValueError(
                f"score residuals are not available for {_TIES[self.ties]}, so there is no robust variance"
            )
        if self.exact and self.weighted:
            raise ValueError(f"case weights have no meaning for {_TIES[self.ties]}: a tied set has no half members")
        if self.exact and self.firth:
            raise ValueError(f'Firth\'s penalty is for ties "efron" and "breslow", not for {_TIES[self.ties]}')

    @property
    def exact(self) -> bool:
        """Whether tied deaths have a likelihood of their own, that is no sum over single deaths."""
        return self.ties in {"discrete", "marginal"}

    def method(self, rows: CoxRows) -> str:
        """How the model is named beside its numbers."""
        sandwich = "Lin-Wei robust variance" + ("" if rows.cluster is None else " by cluster")
        said = {
            "Cox proportional hazards": True,
            "Firth's penalty": self.firth,
            _TIES[self.ties]: True,
            f"{0 if rows.strata is None else len(np.unique(rows.strata))} strata": rows.strata is not None,
            "case weights": rows.data.weights is not None,
            "delayed entry": rows.data.entry is not None,
            "offset": rows.offset is not None,
            sandwich: self.robust,
        }
        return ", ".join(part for part, holds in said.items() if holds)
