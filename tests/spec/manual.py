"""The manual of the rule language as Markdown, taken from the spec tests: their words, rules, tables and answers.

The source text is read, nothing is run: what the pages show is what the tests assert. Calls whose tables are computed
(all upper limits from 0.1 to 20) give their words only.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from spec.harness import DICTIONARY

CHAPTERS = (
    *("truth", "decisions", "time", "dates", "anchors", "repeated_values", "computed", "rows"),
    *("numbers", "codes", "genomics", "tables", "files"),
)
"""Test modules in the order of the manual."""

PAGE = "reference/semantics.md"
"""Where the manual stands below ``docs``."""

_HERE = Path(__file__).parent
_SETTINGS = ("dictionary", "define", "defaults", "anchors", "more", "form", "types", "strict")
_ARGUMENTS = {
    "spec": ("rules", "patients"),
    "refused": ("rules", "code", "at"),
    "warned": ("rules", "code", "at"),
    "counted": ("screened", "counts"),
}

_HEAD = """# What a rule means

Every example on this page is a test: the rules are asked of the tables on every back end, and both must give the
answers drawn here.

How to read them: an empty cell is a missing value. The columns in **bold** are the answers: T is true, F is false, and
an empty answer is unknown, with its reason in brackets where it matters; criteria are met, not met, assumed or N/A.
`day -14` is the day 14 days before the anchor `c1d1`, which is 20 April 2026 for every patient drawn without one, and
the default anchor of every rule. Where no data dictionary is shown, it is this:
"""


def spec_pages() -> dict[str, str]:
    """The pages of the manual: path below ``docs`` -> Markdown."""
    parts = [_HEAD, _yaml(DICTIONARY), *(_chapter(name) for name in CHAPTERS)]
    return {PAGE: "\n".join(parts)}


def _chapter(name: str) -> str:
    tree = ast.parse((_HERE / f"test_{name}.py").read_text(encoding="utf-8"))
    title, prose = _words(tree)
    constants = _constants(tree.body)
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return "\n".join((f"\n## {title}\n", prose, *_common(constants), *(_section(test, constants) for test in tests)))


def _common(constants: Mapping[str, str]) -> Iterator[str]:
    """What the examples of a chapter share: its data dictionary, and what panels cover."""
    if "DICTIONARY" in constants:
        yield f"Where no data dictionary is shown, it is in this chapter:\n\n{_yaml(constants['DICTIONARY'])}"
    if "PANELS" in constants:
        yield f"and `panels` is:\n\n{_table(constants['PANELS'])}"


def _section(test: ast.FunctionDef, constants: Mapping[str, str]) -> str:
    known = {**constants, **_constants(test.body)}
    calls = sorted(
        (node for node in ast.walk(test) if isinstance(node, ast.Call)), key=lambda node: (node.lineno, node.col_offset)
    )
    examples = [text for call in calls for text in _example(call, known)]
    prose = (ast.get_docstring(test) or "").strip()
    return "\n".join((f"\n### {_heading(test.name)}\n", f"{prose}\n", *examples))


def _heading(name: str) -> str:
    """``test_line_15_windows_are_whole_days`` as ``15. Windows are whole days``."""
    words = name.removeprefix("test_").replace("_", " ")
    found = re.match(r"line (\d+) ", words)
    words = words[found.end() :] if found else words
    return (f"{found[1]}. " if found else "") + words[0].upper() + words[1:]


def _words(node: ast.Module) -> tuple[str, str]:
    title, _, prose = (ast.get_docstring(node) or "").partition("\n")
    return title.strip().rstrip("."), f"{prose.strip()}\n"


def _constants(body: list[ast.stmt]) -> dict[str, str]:
    return {
        target.id: node.value.value
        for node in body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _example(call: ast.Call, known: Mapping[str, str]) -> Iterator[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name not in _ARGUMENTS:
        return
    written = dict(zip(_ARGUMENTS[name], call.args, strict=False))
    written |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
    texts = {key: text for key, node in written.items() if (text := _text(node, known)) is not None}
    shared = [known[name] for name in ("DICTIONARY", "PANELS") if name in known]
    written = {key: node for key, node in written.items() if texts.get(key) not in shared}
    texts = {key: text for key, text in texts.items() if text not in shared}
    if name == "counted":
        yield f"Attrition:\n\n{_table(texts['counts'])}"
        return
    needed = {key for key in written if key not in _SETTINGS} | {"define", "anchors"} & set(written)
    if needed - set(texts):
        return  # computed: the words must do
    yield from _refusal(name, texts) if name != "spec" else _answers(texts)


def _text(node: ast.expr, known: Mapping[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return known.get(node.id) if isinstance(node, ast.Name) else None


def _refusal(name: str, texts: Mapping[str, str]) -> Iterator[str]:
    yield f"{'Refused' if name == 'refused' else 'The checker warns'} ({texts['code']}):\n"
    yield _yaml(
        f"anchors:\n{textwrap.indent(_block(texts['anchors']), '  ')}" if "anchors" in texts else texts["rules"]
    )


def _answers(texts: Mapping[str, str]) -> Iterator[str]:
    if "dictionary" in texts:
        yield "In the data dictionary:\n"
        yield _yaml(texts["dictionary"])
    if "anchors" in texts:
        yield _anchors(texts["anchors"])
    rules = _block(texts["rules"])
    definitions = _block(texts.get("define", ""))
    if rules.startswith("- ") and definitions:
        yield _yaml(f"define:\n{textwrap.indent(definitions, '  ')}\ncriteria:\n{textwrap.indent(rules, '  ')}")
    else:
        yield _yaml(f"{definitions}\n{rules}")
    if "defaults" in texts:
        yield f"With `defaults: {texts['defaults']}`.\n"
    for key, text in texts.items():
        if key not in {*_SETTINGS, "rules", "patients"}:
            yield f"`{key}`:\n"
            yield _table(text)
    yield "Patients and answers:\n"
    yield _table(texts["patients"])


def _anchors(text: str) -> str:
    return _yaml(f"anchors:\n{textwrap.indent(_block(text), '  ')}")


def _block(text: str) -> str:
    return textwrap.dedent(text).strip()


def _yaml(text: str) -> str:
    return f"```yaml\n{_block(text)}\n```\n"


def _table(text: str) -> str:
    lines = [line for line in _block(text).splitlines() if line.strip()]
    rows = [_cells(line, head=number == 0) for number, line in enumerate(lines)]
    rule = "|" + " --- |" * len(rows[0])
    return "\n".join((_row(rows[0]), rule, *map(_row, rows[1:]))) + "\n"


def _cells(line: str, *, head: bool) -> list[str]:
    given, bar, expected = line.partition("||")
    answers = [cell.strip() for cell in expected.split("|")] if bar else []
    return [cell.strip() for cell in given.split("|")] + [f"**{cell}**" if head else cell for cell in answers]


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
