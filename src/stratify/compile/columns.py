"""Named columns: each different expression computed once, in stages by what it builds on.

Written out in full, the expression of a pick repeats what it is made of a dozen times (whether the row is in the
window, what it answers), and the engine finds few of the repetitions. So parts are columns with names of their own;
those that nobody uses in the end are never computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl


@dataclass(slots=True)
class Columns:
    """Columns added to one table; a prefix of their own keeps those of different tables apart."""

    prefix: str
    stages: list[list[pl.Expr]] = field(default_factory=list)
    _names: dict[bytes, str] = field(default_factory=dict)
    _stage_of: dict[str, int] = field(default_factory=dict)

    def keep(self, expr: pl.Expr) -> pl.Expr:
        """The column with the values of the expression; the same column for the same expression.

        A constant becomes a column too: the sum of a constant over a patient's rows is the constant itself.
        """
        if expr.meta.is_column():
            return expr
        key = expr.meta.serialize()
        if key not in self._names:
            name = f"{self.prefix}:{len(self._names)}"
            stage = 1 + max((self._stage_of.get(used, -1) for used in expr.meta.root_names()), default=-1)
            self._names[key], self._stage_of[name] = name, stage
            while len(self.stages) <= stage:
                self.stages.append([])
            self.stages[stage].append(expr.alias(name))
        return pl.col(self._names[key])
