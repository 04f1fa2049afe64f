"""Tables on the terminal, as the commands that answer with one share them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

Where = Annotated[
    str | None, typer.Option(metavar="SQL", help="Only rows of which this is true: \"age >= 18 AND sex = 'F'\".")
]
Key = Annotated[str | None, typer.Option(help="Column of patient ids; else `patient_id`, else rows are numbered.")]


def names(text: str | None) -> tuple[str, ...]:
    """``a,b,c`` as names, each once."""
    return tuple(dict.fromkeys(name.strip() for name in (text or "").split(",") if name.strip()))


def positive(text: str | None, option: str) -> tuple[float, ...]:
    """``365,730`` as numbers above 0."""
    try:
        numbers = [float(part) for part in names(text)]
    except ValueError:
        numbers = [0.0]
    if any(not 0 < number < float("inf") for number in numbers):
        raise typer.BadParameter("write numbers above 0, such as 365,730", param_hint=option)
    return tuple(numbers)


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], *, left: int = 1) -> Table:
    """A plain table; all columns but the first ``left`` hold numbers. Cells are printed as they are."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from stratify.report.format import clean

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, title in enumerate(titles):
        made.add_column(Text(clean(title)), justify="left" if index < left else "right")
    for row in rows:
        made.add_row(*(Text(clean(cell)) for cell in row))
    return made
