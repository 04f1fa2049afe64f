"""Codes of amino acids, one letter and three, and sequences written in either.

The one-letter code is the form kept everywhere: 20 amino acids, ``U`` selenocysteine, ``O`` pyrrolysine, ``*`` the
stop, ``X`` an amino acid that is not known (IUPAC-IUB 1983; HGVS Nomenclature, "Standards").
"""

from __future__ import annotations

import re

STOP = "*"
"""The end of translation, ``Ter``."""
UNKNOWN = "X"
"""An amino acid that is not known, ``Xaa``. A lone ``X`` may also mean a stop: its reader decides by the place."""

THREE_LETTER = {
    "A": "Ala",
    "C": "Cys",
    "D": "Asp",
    "E": "Glu",
    "F": "Phe",
    "G": "Gly",
    "H": "His",
    "I": "Ile",
    "K": "Lys",
    "L": "Leu",
    "M": "Met",
    "N": "Asn",
    "O": "Pyl",
    "P": "Pro",
    "Q": "Gln",
    "R": "Arg",
    "S": "Ser",
    "T": "Thr",
    "U": "Sec",
    "V": "Val",
    "W": "Trp",
    "Y": "Tyr",
    STOP: "Ter",
    UNKNOWN: "Xaa",
}
"""The three-letter code of each one-letter code."""

_ONE_LETTER = {three.lower(): one for one, three in THREE_LETTER.items()}
_CODE = re.compile(r"\*|[A-Za-z]{3}")


def amino_acid(text: str) -> str | None:
    """The one-letter code of one amino acid: ``R``, ``Arg`` and ``ARG`` alike; ``None`` for anything else.

    One letter must be a capital: a ``d`` is more likely the start of ``del`` than an aspartate.
    """
    return text if text in THREE_LETTER else _ONE_LETTER.get(text.lower())


def is_three_letter(text: str) -> bool:
    """Whether a text is one three-letter code, in any case."""
    return text.lower() in _ONE_LETTER


def _from_three(text: str) -> str | None:
    codes = _CODE.findall(text)
    letters = [amino_acid(code) for code in codes]
    return "".join(map(str, letters)) if "".join(codes) == text and None not in letters else None


def _from_one(text: str) -> str | None:
    return text if all(letter in THREE_LETTER for letter in text) else None


def amino_acids(text: str, *, three_letter: bool | None) -> str | None:
    """A sequence in one-letter code, or ``None`` for a text that is none.

    Parameters
    ----------
    text
        ``SVD`` or ``SerValAsp``.
    three_letter
        How the rest of the notation is written, ``None`` when it does not say. ``ALA`` is one alanine after
        ``ASP770_ASN771ins`` and alanine, leucine, alanine after ``D770_N771ins``.
    """
    if three_letter is None:
        three_letter = not text.isupper()
    first, second = (_from_three, _from_one) if three_letter else (_from_one, _from_three)
    found = first(text)
    return second(text) if found is None else found
