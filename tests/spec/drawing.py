"""Tables drawn as text: how the manual of the rule language writes patients, rows and expected answers.

::

    patient | sex    || adult
    1       | female || T
    2       |        ||

A blank cell is null. What follows the double bar is expected: ``T``, ``F``, blank for unknown, ``(no_record)`` for
unknown for that reason (several joined by ``, ``). ``day -14`` is 14 days before the common anchor. A cell in double
quotes keeps its blanks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

DAY_0 = date(2026, 4, 20)
"""The anchor of every patient who is drawn without one."""

Cell = str | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawn table: its rows, and beside them the columns after the double bar."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    expected_columns: tuple[str, ...] = ()
    expected: tuple[tuple[Cell, ...], ...] = ()

    def column(self, name: str) -> tuple[Cell, ...]:
        """The cells of a column."""
        index = self.columns.index(name)
        return tuple(row[index] for row in self.rows)

    def with_column(self, name: str, value: Cell) -> Drawing:
        """The same with one more column, equal in all rows; unchanged where there is one of that name."""
        if name in self.columns:
            return self
        rows = tuple((*row, value) for row in self.rows)
        return Drawing((*self.columns, name), rows, self.expected_columns, self.expected)


def drawn(text: str) -> Drawing:
    """The table a text draws."""
    lines = [line for line in text.splitlines() if line.strip()]
    given = [_cells(line.partition("||")[0]) for line in lines]
    expected = [_cells(line.partition("||")[2]) if "||" in line else () for line in lines]
    for cells, answers, line in zip(given, expected, lines, strict=True):
        if (len(cells), len(answers)) != (len(given[0]), len(expected[0])):
            raise ValueError(f"the row is not as long as the header: {line}")
    return Drawing(
        tuple(str(name) for name in given[0]),
        tuple(tuple(map(_value, cells)) for cells in given[1:]),
        tuple(str(name) for name in expected[0]),
        tuple(expected[1:]),
    )


def day(offset: int) -> str:
    """ISO date of a day counted from :data:`DAY_0`."""
    return (DAY_0 + timedelta(days=offset)).isoformat()


def _cells(line: str) -> tuple[Cell, ...]:
    return tuple(cell.strip() or None for cell in line.split("|"))


def _value(cell: Cell) -> Cell:
    if cell is None:
        return None
    if cell.startswith('"') and cell.endswith('"'):
        return cell[1:-1]
    return day(int(cell.removeprefix("day "))) if cell.startswith("day ") else cell
