"""The limit that a row has by a fallback table: every site, sex and age that may be the patient's is asked in turn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TypeAlias

from stratify.compile.reference.anchor_facts import column_facts
from stratify.compile.reference.context import Context
from stratify.compile.reference.days import When, calendar_date
from stratify.compile.reference.single import text_of
from stratify.model.dictionary import Measure
from stratify.model.fallback import Fallback, FallbackKey, FallbackLine
from stratify.model.value import completed_years

_Completion: TypeAlias = tuple[str | int | None, ...]
"""A site, a sex and an age; ``None`` is a site or a sex that no line names."""


@dataclass(frozen=True, slots=True)
class Fallen:
    """A limit in the measure's unit, and the lines that say it."""

    limit: Fraction
    lines: tuple[FallbackLine, ...]


def fallen_back(measure: Measure, unit: str, when: When, context: Context) -> Fallen | None:
    """The limit of a row dated ``when``; ``None`` where it is not known."""
    fallback = context.dictionary.fallback
    lines = () if fallback is None else fallback.lines_of(measure.name, unit)
    if fallback is None or not lines:
        return None
    used: dict[FallbackLine, None] = {}
    for applying in _by_completion(fallback, lines, when, context).values():
        if not applying:
            return None
        used.update(dict.fromkeys(applying))
    limits = {line.limit(unit) for line in used}
    (limit, *others) = limits
    return None if others or limit is None else Fallen(limit, tuple(used))


def _by_completion(
    fallback: Fallback, lines: Sequence[FallbackLine], when: When, context: Context
) -> dict[_Completion, list[FallbackLine]]:
    """The lines that apply, for each site, sex and age that may be the patient's on that day."""
    sites = _possible(_patients_word(fallback.site, context), [line.site for line in lines])
    sexes = _possible(_patients_word(fallback.sex, context), [line.sex for line in lines])
    return {
        (site, sex, age): [line for line in lines if _applies(line, site, sex, age)]
        for site, sex, age in product(sites, sexes, _ages(when, lines, context))
    }


def _applies(line: FallbackLine, site: str | None, sex: str | None, age: int) -> bool:
    from_age = line.age_from is None or age >= line.age_from
    to_age = line.age_to is None or age <= line.age_to
    return line.site in {None, site} and line.sex in {None, sex} and from_age and to_age


def _patients_word(key: FallbackKey | None, context: Context) -> str | None:
    return None if key is None else key.word(text_of(context.value(key.patients)))


def _possible(word: str | None, named: Iterable[str | None]) -> list[str | None]:
    """The word, or where it is not known all that lines name and ``None``, which stands for any other."""
    return [word] if word is not None else list(dict.fromkeys([*named, None]))


def _ages(when: When, lines: Iterable[FallbackLine], context: Context) -> range:
    """Every completed age that the patient may have on that day; beyond all that lines name one stands for the rest."""
    named = [age for line in lines for age in (line.age_from, line.age_to) if age is not None]
    every = range(max(named, default=0) + 2)
    birth = context.dictionary.birth
    born = None if birth is None else context.date(birth)
    if born is None or born.missing or when.missing:
        return every
    youngest = completed_years(calendar_date(born.last), calendar_date(when.first))
    oldest = completed_years(calendar_date(born.first), calendar_date(when.last))
    # Nobody is measured before birth: such days do not count, and where all are such the age is not known.
    return every if oldest < 0 else range(max(youngest, 0), oldest + 1)


# --- in words ----------------------------------------------------------------------------------------------------


def fallen_text(fallen: Fallen, measure: Measure, context: Context) -> str:
    """The limit and the lines that it is from: ``40 U/L by line 3 of limits``."""
    fallback = context.dictionary.fallback
    numbers = " and ".join(str(line.row + 1) for line in fallen.lines)
    unit = f" {measure.unit}" if measure.unit else ""
    word = "line" if len(fallen.lines) == 1 else "lines"
    return f"{float(fallen.limit):.6g}{unit} by {word} {numbers} of {'' if fallback is None else fallback.reference}"


def fallback_facts(measure: Measure, unit: str, when: When, context: Context) -> tuple[tuple[str, ...], bool]:
    """What is not known of the patient and would say more of the limit; and whether the day of the row would too.

    Something does where, all else being one thing, it makes a difference to the limit: nobody's sex does where no line
    is of the age.
    """
    fallback = context.dictionary.fallback
    lines = () if fallback is None else fallback.lines_of(measure.name, unit)
    if fallback is None or not lines:
        return (), False
    limits = {
        who: frozenset(line.limit(unit) for line in applying)
        for who, applying in _by_completion(fallback, lines, when, context).items()
    }
    site, sex, age = (_matters(place, limits) for place in range(3))
    keys = [key for key, matters in ((fallback.site, site), (fallback.sex, sex)) if key is not None and matters]
    birth = context.dictionary.birth
    born = () if birth is None or not age else column_facts(birth, context)
    return (*(str(key.patients) for key in keys), *born), age


def _matters(place: int, limits: Mapping[_Completion, frozenset[Fraction | None]]) -> bool:
    others: dict[_Completion, set[frozenset[Fraction | None]]] = defaultdict(set)
    for who, found in limits.items():
        others[who[:place] + who[place + 1 :]].add(found)
    return any(len(found) > 1 for found in others.values())
