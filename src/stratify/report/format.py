"""Numbers and names as the report prints them: pure functions, one place for every convention.

A missing number is never an empty cell: it prints as :data:`NOT_ESTIMABLE` (with its reason where one is known), a
missing confidence limit as :data:`NE`.
"""

from __future__ import annotations

import math
import re

from stratify.analysis.results import Estimate

NOT_ESTIMABLE = "not estimable"
NE = "NE"
INFINITE = "∞"
MINUS = "−"
NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"

_WITHOUT_DECIMALS = {NE, INFINITE, MINUS + INFINITE}
_UNIT_DECIMALS = {"days": 1, "weeks": 1, "months": 1, "years": 2}

# Control characters (an ESC in a label would drive the reader's terminal), bidirectional overrides (they would show a
# label back to front) and lone surrogates (they cannot be written as UTF-8).
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """Text of a user that is safe to print: what would control the printer is replaced by U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text)


def known(value: float | None) -> float | None:
    """The value, or ``None`` where it is missing or not a number."""
    return None if value is None or math.isnan(value) else value


def count(value: int) -> str:
    """A whole number, grouped in threes from 10 000 upwards."""
    return f"{value:,}".replace(",", NARROW_SPACE) if abs(value) >= 10_000 else str(value)


def fixed(value: float | None, decimals: int) -> str:
    """A number with that many decimals, a true minus sign, and no negative zero."""
    number = known(value)
    if number is None:
        return NE
    if math.isinf(number):
        return INFINITE if number > 0 else MINUS + INFINITE
    text = f"{number:.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", MINUS)


def plain(value: float) -> str:
    """A number as written in a plan: 365, 0.5, without needless zeros."""
    return f"{value:.10g}".replace("-", MINUS)


def share(part: int, whole: int) -> str:
    """A percentage with one decimal; a dash where there is nobody to be a part of."""
    return f"{100 * part / whole:.1f}" if whole else "–"


def count_and_share(part: int, whole: int) -> str:
    """``n (%)`` as in a baseline table."""
    return f"{count(part)} ({share(part, whole)})"


def level_percent(level: float) -> str:
    """A confidence level: 0.95 gives ``95 %``."""
    return f"{100 * level:.6g}{NO_BREAK_SPACE}%"


def interval_name(level: float) -> str:
    """The name of an interval: ``95 % CI``."""
    return f"{level_percent(level)}{NO_BREAK_SPACE}CI"


def p_value(value: float | None) -> str:
    """A p-value with three decimals, ``<0.001`` below and ``>0.999`` above what three decimals can say.

    One that would round to 0.050 has four, since 0.0496 and 0.0504 fall on different sides of the usual level.
    """
    number = known(value)
    if number is None:
        return NOT_ESTIMABLE
    if number < 0.001:
        return "<0.001"
    if number > 0.999:
        return ">0.999"
    text = f"{number:.3f}"
    return f"{number:.4f}" if text == "0.050" and number != 0.05 else text


def ratio(value: float | None, decimals: int = 3) -> str:
    """A hazard or odds ratio: fewer decimals as it grows, ``<0.001`` rather than a false zero."""
    number = known(value)
    if number is None:
        return NE
    if number == 0:
        return "0"
    smallest = 10.0**-decimals
    if 0 < number < smallest:
        return f"<{smallest:.{decimals}f}"
    if number >= 1000 and not math.isinf(number):
        return f"{number:.2e}"
    return fixed(number, decimals if number < 10 else 1)


def time_value(value: float | None, unit: str) -> str:
    """A time in the endpoint's unit; days without a needless ``.0`` (a median may fall between two days)."""
    return _times((value,), unit)[0]


def _times(values: tuple[float | None, ...], unit: str) -> list[str]:
    """Times that stand together, all with the same decimals: days have none where none of them needs one."""
    texts = [fixed(value, _UNIT_DECIMALS.get(unit, 2)) for value in values]
    whole = unit == "days" and all(text.endswith(".0") or text in _WITHOUT_DECIMALS for text in texts)
    return [text.removesuffix(".0") for text in texts] if whole else texts


def probability(value: float | None) -> str:
    """A survival probability with three decimals."""
    return fixed(value, 3)


def ratio_interval(estimate: Estimate, decimals: int = 3) -> str:
    """``0.740 (0.569 to 0.962)``, or why there is none."""
    if known(estimate.value) is None:
        return not_estimable(estimate.note)
    lower, upper = ratio(estimate.lower, decimals), ratio(estimate.upper, decimals)
    return f"{ratio(estimate.value, decimals)} ({lower} to {upper})"


def time_interval(estimate: Estimate, unit: str) -> str:
    """A time (median, restricted mean) with its interval, or why there is none."""
    if known(estimate.value) is None:
        return not_estimable(estimate.note)
    value, lower, upper = _times((estimate.value, estimate.lower, estimate.upper), unit)
    return f"{value} ({lower} to {upper})"


def probability_interval(estimate: Estimate) -> str:
    """A probability with its interval, or why there is none."""
    if known(estimate.value) is None:
        return not_estimable(estimate.note)
    return f"{probability(estimate.value)} ({probability(estimate.lower)} to {probability(estimate.upper)})"


def number_interval(estimate: Estimate) -> str:
    """A plain number with its interval, or why there is none."""
    if known(estimate.value) is None:
        return not_estimable(estimate.note)
    return f"{fixed(estimate.value, 3)} ({fixed(estimate.lower, 3)} to {fixed(estimate.upper, 3)})"


def not_estimable(reason: str) -> str:
    """``not estimable``, with the reason where one is known."""
    return f"{NOT_ESTIMABLE}: {reason}" if reason else NOT_ESTIMABLE


def closed(text: str) -> str:
    """A text that ends as a sentence does, whoever wrote it; the lines of a list are joined by semicolons."""
    lines = [line.strip() for line in text.strip().splitlines()]
    joined = "".join(f"{line} " if line.endswith(":") else f"{line}; " for line in lines).rstrip("; ")
    return joined if not joined or joined.endswith((".", "!", "?")) else f"{joined}."


def sentence(text: str) -> str:
    """A text that also begins as a sentence does."""
    return closed(text)[:1].upper() + closed(text)[1:]


_ADJUSTMENTS = {
    "bh": "Benjamini-Hochberg",
    "by": "Benjamini-Yekutieli",
    "holm": "Holm",
    "hochberg": "Hochberg",
    "hommel": "Hommel",
    "bonferroni": "Bonferroni",
    "none": "none",
}


def adjustment(name: str) -> str:
    """The name of an adjustment as the field writes it."""
    return _ADJUSTMENTS.get(name.lower(), name)


def short_digest(digest: str) -> str:
    """The first twelve characters of a digest, enough to tell two files apart by eye."""
    return digest.removeprefix("sha256:")[:12]


def file_size(size: int) -> str:
    """Bytes in decimal units."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} bytes"
