"""Symbols of genes."""

from __future__ import annotations

import unicodedata


def gene_symbol(text: str) -> str:
    """A symbol as it is compared: NFKC, without spaces around, in capitals.

    ``C9orf72`` and ``C9ORF72`` are one gene; hyphens belong to the symbol, so that ``HLA-A`` stays. Former symbols and
    aliases (``HER2``) are other symbols.
    """
    return unicodedata.normalize("NFKC", text).strip().upper()
