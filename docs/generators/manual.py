"""``reference/semantics.md``: the manual of the rule language, drawn by the tests in ``tests/spec``."""

from __future__ import annotations

from spec.manual import spec_pages


def pages() -> dict[str, str]:
    """The pages that the spec tests draw."""
    return spec_pages()
