"""Files made to occupy a machine: small or large, each must be refused soon and in little memory."""

from __future__ import annotations

from collections.abc import Callable

HEAD = "format: stratify/1\ntrial: {id: T}\nanchors: {d: {from: patients.d}}\ndefaults: {anchor: d}\n"
CRITERION = "criteria:\n  - {id: A, kind: inclusion, text: t, rule: {exists: tx}}\n"
_LONG = "x" * 1_000_000


def _asked(rule: str) -> str:
    return HEAD + CRITERION.replace("{exists: tx}", rule)


def _defined(lines: Callable[[int], str], n: int) -> str:
    return f"{HEAD}define:\n{''.join(f'  {lines(i)}' + chr(10) for i in range(n))}{CRITERION}"


def _anchored(lines: Callable[[int], str], n: int) -> str:
    return HEAD.replace("{d: {", f"{{{', '.join(map(lines, range(n)))}, d: {{") + CRITERION


HOSTILE: dict[str, tuple[Callable[[], str], str]] = {
    "10 MB": (lambda: HEAD + CRITERION + "# x\n" * 2_500_000, "P003"),
    "aliases of aliases": (
        lambda: "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60)),
        "P006",
    ),
    "90,000 aliases": (lambda: f"a: &a x\nb: [{','.join(['*a'] * 90_000)}]\n", "P369"),
    "10,000 brackets": (lambda: f"{HEAD}criteria: {'[' * 10_000}{']' * 10_000}", "P003"),
    "10,000 times not": (lambda: _asked("{not: " * 10_000 + "{exists: tx}" + "}" * 10_000), "P003"),
    "100,000 criteria": (
        lambda: f"{HEAD}criteria:\n" + "  - {id: A, kind: inclusion}\n" * 60_000,
        "P003",
    ),
    "100,000 values": (lambda: f"{HEAD}criteria: [{'a, ' * 100_000}b]\n", "P003"),
    "a key of 1 MB": (lambda: f"{HEAD}? {_LONG}\n: 1\n{CRITERION}", "P003"),
    "a text of 1 MB": (lambda: _asked(f'{{value: patients.x, is: "== {_LONG}"}}'), "P003"),
    "a number of 1 MB": (lambda: _asked(f'{{value: patients.x, is: ">= {"1" * 1_000_000}"}}'), "P003"),
    "a set of 6,000": (lambda: _asked(f'{{count: tx, is: "in {{{"a, " * 6_000}b}}"}}'), "P016"),
    "10,000 refs in a circle": (lambda: _defined(lambda i: f"l{i}: {{ref: l{(i + 1) % 10_000}}}", 10_000), "P051"),
    "10,000 refs in a row": (
        lambda: _defined(lambda i: f"l{i + 1}: {{ref: l{i}}}", 10_000).replace("{ref: l0}", "{exists: tx}"),
        "P361",
    ),
    "refs that double": (
        lambda: _defined(lambda i: f"l{i + 1}: {{any: [{{ref: l{i}}}, {{not: {{ref: l{i}}}}}]}}", 60).replace(
            "define:\n", "define:\n  l0: {exists: tx}\n"
        ),
        "P361",
    ),
    "10,000 anchors in a circle": (
        lambda: _anchored(lambda i: f"a{i}: {{latest: tx, before: a{(i + 1) % 10_000}}}", 10_000),
        "P360",
    ),
    "10,000 anchors in a row": (
        lambda: _anchored(lambda i: f"a{i + 1}: {{latest: tx, before: {f'a{i}' if i else 'd'}}}", 10_000),
        "P361",
    ),
    "20,000 unknown names": (lambda: _defined(lambda i: f"l{i}: {{ref: m{i}}}", 15_000), "P369"),
}
"""Text by what is wrong with it, and the code that it must be refused with."""
