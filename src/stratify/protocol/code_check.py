"""Whether the codes that a rule asks for can be told in the table that it asks."""

from __future__ import annotations

from stratify.diagnostics import Findings, Severity, SourceSpan
from stratify.model.codes import CodeSet, RowSystems, has_levels, is_level, is_possible, normal_code, systems_of
from stratify.model.dictionary import Dictionary, Table


def check_code(code: str, system: str | None, descendants: bool, span: SourceSpan | None, findings: Findings) -> bool:
    """Whether a code can be asked for; one that no row will have is only a warning."""
    if descendants and has_levels(system) and not is_level(code, system):
        findings.add(
            "P324",
            f'"{code}" is no category of {system}, so nothing lies below it.',
            span,
            why="The beginning of a code is not a code: L0 would take in all of L01, L02, L03 and L04.",
            hint="Name a code at one of the system's levels, or several.",
        )
        return False
    if not is_possible(code, system):
        findings.add(
            "P323",
            f'"{code}" cannot be a code of {system}.',
            span,
            why="Its form or its check digit is not that of the system, so no row will have it.",
            hint="Compare it with the system's own list; perhaps it is of another system.",
            severity=Severity.WARNING,
        )
    return bool(normal_code(code, system))


def check_codes(
    codes: CodeSet, table: Table, dictionary: Dictionary, span: SourceSpan | None, findings: Findings
) -> None:
    """Findings where a code would be compared with codes of another system, or what lies below it is not known."""
    if table.code is None:
        findings.add(
            "P104",
            f"Table {table.name} has no column of codes.",
            span,
            hint="Name it in the dictionary (`code: column`), or ask with `where`.",
        )
    elif table.code_system is None:
        _check_unsaid(codes, table, span, findings)
    else:
        if isinstance(table.code_system, str):
            _check_form(codes, table.code_system, span, findings)
        _check_systems(codes, table, span, findings)
        _check_descendants(codes, table, dictionary, span, findings)


def _check_unsaid(codes: CodeSet, table: Table, span: SourceSpan | None, findings: Findings) -> None:
    if codes.systems or any(entry.descendants for entry in codes.entries):
        findings.add(
            "P325",
            f"Table {table.name} does not say of which system its codes are.",
            span,
            why="198.4 is one code of ICD-9 and another, or none, elsewhere.",
            hint="Say it in the dictionary: `code_system: ICD-10`, or the column in which each row says its own.",
        )


def _check_form(codes: CodeSet, system: str, span: SourceSpan | None, findings: Findings) -> None:
    """Codes of which only the table says the system; the others were looked at where they are written."""
    for entry in codes.entries:
        if entry.system is None:
            for code in entry.codes:
                check_code(code, system, entry.descendants, span, findings)


def _check_systems(codes: CodeSet, table: Table, span: SourceSpan | None, findings: Findings) -> None:
    said = table.code_system
    if isinstance(said, RowSystems) and not said.unsaid and any(entry.system is None for entry in codes.entries):
        findings.add(
            "P326",
            f"Codes of table {table.name} are of several systems, and the rule does not say which it means.",
            span,
            why="The same text may be a code of more than one of them.",
            hint="Write `code: {in: [...], system: ...}`.",
        )
        return
    known = systems_of(said)
    missing = [name for name in known if name not in codes.systems]
    if not codes.systems or not missing or any(entry.system is None for entry in codes.entries):
        return
    asked = ", ".join(sorted(codes.systems))
    if len(missing) == len(known):
        findings.add(
            "P327",
            f"The codes asked for are of {asked}, those of table {table.name} of {', '.join(known)}.",
            span,
            why="The same code in two systems is two codes, so no row could match.",
            hint="Name the codes of the table's system, or both systems if they mean the same: `system: [..., ...]`.",
        )
    elif isinstance(said, RowSystems) and not said.unsaid:
        findings.add(
            "P329",
            f"Rows of table {table.name} may be of {', '.join(missing)}, of which the rule names no code.",
            span,
            why="Such a row is taken for another thing, though it may say the same.",
            hint="Add the codes of that system to the set, if there are any.",
            severity=Severity.WARNING,
        )


def _check_descendants(
    codes: CodeSet, table: Table, dictionary: Dictionary, span: SourceSpan | None, findings: Findings
) -> None:
    said = table.code_system
    known = tuple(said.systems.values()) if isinstance(said, RowSystems) else systems_of(said)
    for entry in codes.entries:
        system = entry.system or (said if isinstance(said, str) else None)
        wanted = entry.descendants and system in known and entry.below is None
        if wanted and not has_levels(system) and system not in dictionary.hierarchies:
            findings.add(
                "P328",
                f"Nothing says what lies below codes of {system}.",
                span,
                why="Without a hierarchy the rule would ask for the codes alone.",
                hint=f"Name a table of it in the dictionary: `hierarchies: {{{system}: {{reference: ..., ancestor: ...,"
                " descendant: ...}}`, or list the codes.",
            )
        elif entry.descendants and system is None:
            findings.add(
                "P326",
                "The rule asks for what lies below a code, and does not say of which system the code is.",
                span,
                why="What lies below a code is a matter of its system.",
                hint="Write `code: {in: [...], system: ..., descendants: true}`.",
            )
