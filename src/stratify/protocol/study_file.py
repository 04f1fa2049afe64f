"""``study.yaml``: cohort, protocol, endpoints and the analysis plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from stratify.diagnostics import Findings, StratifyError, join_some, nearest
from stratify.model.expression import ColumnRef
from stratify.model.study import (
    ARM,
    AnalysisSpec,
    BaselineSpec,
    Endpoint,
    EnrichmentSpec,
    InteractionSpec,
    Multiplicity,
    Profile,
    Study,
    SubgroupsSpec,
    SurvivalSpec,
    TimeUnit,
)
from stratify.model.value import Comparison
from stratify.protocol import shapes
from stratify.protocol.comparisons import read_comparison
from stratify.protocol.envelope import FileFindings, check_format, digest_of, in_order
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode
from stratify.protocol.paths import inside_folder
from stratify.protocol.scope import Scope
from stratify.protocol.source import Fields, Shape, as_map, clean, decimal, named, scalar, texts, words_of, wrong_shape
from stratify.protocol.yaml_source import read_text, read_yaml

STUDY_FORMAT = "stratify-study/1"
"""The version of the study file that this room reads."""


MAX_TIME = 1_000_000_000
"""Times are below this, in any unit."""


def load_study(path: Path) -> Study:
    """A study from its file; paths in it are checked to stay below its folder, but not opened.

    Raises
    ------
    StratifyError
        With every finding, when one of them is an error.
    """
    findings = FileFindings()
    text = read_text(path, findings, "study")
    if text is None:
        raise StratifyError(findings.items)
    return parse_study(text, str(path))


def parse_study(text: str, file: str = "study.yaml") -> Study:
    """A study from its text; ``file`` is its name in findings. Raises as :func:`load_study` does."""
    findings = FileFindings()
    root = read_yaml(text, file, findings)
    fields = None if root is None else as_map(root, shapes.STUDY, findings)
    study = None if fields is None else _study(fields, text, file, findings)
    if study is None or findings.errors:
        raise StratifyError(in_order(findings))
    return study


def _study(fields: Fields, text: str, file: str, findings: Findings) -> Study:
    check_format(fields, STUDY_FORMAT, findings)
    scope = Scope(findings)
    endpoints = _endpoints(fields, scope)
    plan = _Plan(tuple(key.text or "" for key, _ in named(fields.get("endpoints"), "`endpoints`", Findings())), scope)
    analyses = plan.analyses(fields.list("analyses"))
    return Study(
        cohort=inside_folder(fields, "cohort", findings),
        protocol=inside_folder(fields, "protocol", findings),
        endpoints=MappingProxyType(endpoints),
        analyses=analyses,
        multiplicity=_multiplicity(fields.map("multiplicity"), tuple(plan.ids), findings),
        profile=fields.word("profile", words_of(Profile), Profile.R),
        output=inside_folder(fields, "output", findings) or "out/",
        dictionary=inside_folder(fields, "dictionary", findings),
        title=fields.text("title"),
        level=_level(fields, findings),
        digest=digest_of(text),
        file=file,
    )


def _level(fields: Fields, findings: Findings) -> float:
    node = fields.scalar("level")
    level = None if node is None else decimal(node, "`level`", findings)
    if node is not None and level is not None and not 0.5 <= level < 1:
        findings.add(
            "S006", "`level` must be at least 0.5 and below 1.", node.span, hint="Write 0.95 for 95% intervals."
        )
        return 0.95
    return 0.95 if level is None else float(level)


def _endpoints(fields: Fields, scope: Scope) -> dict[str, Endpoint]:
    found: dict[str, Endpoint] = {}
    for key, node in named(fields.get("endpoints"), "`endpoints`", scope.findings):
        later = isinstance(node, MapNode) and set(node.names()) & set(shapes.ENDPOINT.later)
        shape = Shape(
            shapes.ENDPOINT.what, shapes.ENDPOINT.keys, () if later else shapes.ENDPOINT.required, shapes.ENDPOINT.later
        )
        inside = as_map(node, shape, scope.findings)
        if inside is None:
            continue
        time, event = inside.column("time"), _event(inside, scope)
        unit = inside.word("unit", words_of(TimeUnit), TimeUnit.DAYS)
        if time is not None and event is not None:
            name = (key.text or "").strip()
            found[name] = Endpoint(name, time, event[0], event[1], unit, inside.text("label", name), key.span)
    return found


def _event(fields: Fields, scope: Scope) -> tuple[ColumnRef, Comparison | None] | None:
    node = fields.get("event")
    if not isinstance(node, MapNode):
        column = fields.column("event")
        return None if column is None else (column, None)
    inside = Fields(node, shapes.EVENT, scope.findings)
    column, occurred = inside.column("column"), read_comparison(inside, scope)
    return None if column is None or occurred is None else (column, occurred)


def _multiplicity(node: MapNode | None, known: tuple[str, ...], findings: Findings) -> Multiplicity | None:
    if node is None:
        return None
    fields = Fields(node, shapes.MULTIPLICITY, findings)
    family: list[str] = []
    inside = fields.list("family")
    for item in () if inside is None else inside.items:
        name = scalar(item, "An analysis of the family", findings)
        text = "" if name is None else (name.text or "").strip()
        if name is not None and text not in known:
            findings.add("S003", f'Analysis "{text}" is not known.', name.span, hint=nearest(text, known) or "Add it.")
        if name is not None and text in family:
            findings.add("S004", f'Analysis "{text}" stands twice in the family.', name.span, hint="Delete one.")
        family.append(text)
    method = fields.word("method", {name: name for name in shapes.METHODS}, "holm")
    if inside is not None and not family:
        findings.add("S007", "The family is empty.", inside.span, hint="Name the analyses, or delete `multiplicity`.")
    return Multiplicity(tuple(family), method)


class _Plan:
    """Reads analyses; each kind has its own keys."""

    def __init__(self, endpoints: tuple[str, ...], scope: Scope) -> None:
        self.endpoints = endpoints
        self.findings = scope.findings
        self.ids: dict[str, int] = {}
        self.readers: Mapping[str, Callable[[Fields, str], AnalysisSpec]] = {
            "baseline": self.baseline,
            "survival": self.survival,
            "interaction": self.interaction,
            "subgroups": self.subgroups,
            "enrichment": self.enrichment,
        }

    def analyses(self, node: ListNode | None) -> tuple[AnalysisSpec, ...]:
        found = [self.analysis(item) for item in (() if node is None else node.items)]
        return tuple(spec for spec in found if spec is not None)

    def analysis(self, node: Node) -> AnalysisSpec | None:
        if not isinstance(node, MapNode):
            wrong_shape(node, "An analysis", "a mapping", self.findings, hint="Write `{id: km, kind: survival, ...}`.")
            return None
        kind = node.get("kind")
        if kind is None:
            self.findings.add(
                "P012", "An analysis has no `kind`.", node.span, hint=f"Kinds: {join_some([*self.readers])}."
            )
            return None
        word = scalar(kind, "`kind`", self.findings)
        if word is None:
            return None
        text = (word.text or "").strip()
        if text not in self.readers:
            self.findings.add(
                "S005",
                f'The kind of analysis "{text}" is not supported by this version.',
                word.span,
                hint=nearest(text, self.readers),
            )
            self.name(node)
            return None
        return self.readers[text](Fields(node, shapes.ANALYSES[text], self.findings), self.name(node))

    def name(self, node: MapNode) -> str:
        written = node.get("id")
        name = written.text.strip() if isinstance(written, ScalarNode) and written.text else ""
        if written is not None and name in self.ids:
            self.findings.add(
                "S004",
                f'Analysis "{name}" stands twice; first at line {self.ids[name]}.',
                written.span,
                why="Results are told apart by their ids.",
                hint="Give each an id of its own.",
            )
        self.ids.setdefault(name, node.span.line)
        return name

    def endpoint(self, fields: Fields) -> str:
        node = fields.scalar("endpoint")
        name = "" if node is None else (node.text or "").strip()
        if node is not None and name not in self.endpoints:
            hint = nearest(name, self.endpoints) or "Add it under `endpoints`."
            self.findings.add("S002", f'Endpoint "{name}" is not known.', node.span, hint=hint)
        return name

    def names(self, fields: Fields, key: str) -> tuple[str, ...]:
        node = fields.get(key)
        found = () if node is None else texts(node, f"A name in `{key}`", self.findings)
        if isinstance(node, ListNode) and not node.items and key in fields.shape.required:
            self.findings.add("S008", f"`{key}` is empty.", node.span, hint="Name columns, definitions or strata.")
        return tuple(dict.fromkeys(found))

    def times(self, fields: Fields, key: str) -> tuple[float, ...]:
        node = fields.get(key)
        found: list[float] = []
        items: tuple[Node, ...] = node.items if isinstance(node, ListNode) else (() if node is None else (node,))
        for item in items:
            written = scalar(item, f"A time in `{key}`", self.findings)
            number = None if written is None else decimal(written, f"A time in `{key}`", self.findings)
            if number is not None and not 0 < number < MAX_TIME:
                self.findings.add("S009", f"A time in `{key}` must be above 0.", item.span, hint="Write 365.")
            elif number is not None:
                found.append(float(number))
        return tuple(found)

    def baseline(self, fields: Fields, name: str) -> AnalysisSpec:
        return BaselineSpec(name, self.names(fields, "variables"), fields.text("by", ARM), fields.span)

    def survival(self, fields: Fields, name: str) -> AnalysisSpec:
        return SurvivalSpec(
            id=name,
            endpoint=self.endpoint(fields),
            by=fields.text("by", ARM),
            reference=_level_name(fields),
            strata=self.names(fields, "strata"),
            at=self.times(fields, "at"),
            rmst=next(iter(self.times(fields, "rmst")), None),
            span=fields.span,
        )

    def interaction(self, fields: Fields, name: str) -> AnalysisSpec:
        endpoint, marker = self.endpoint(fields), fields.text("biomarker")
        return InteractionSpec(name, endpoint, marker, fields.text("by", ARM), _level_name(fields), fields.span)

    def subgroups(self, fields: Fields, name: str) -> AnalysisSpec:
        endpoint, factors = self.endpoint(fields), self.names(fields, "factors")
        return SubgroupsSpec(name, endpoint, factors, fields.text("by", ARM), _level_name(fields), fields.span)

    def enrichment(self, fields: Fields, name: str) -> AnalysisSpec:
        adjust = fields.word("adjust", {word: word for word in shapes.ADJUST}, "bh")
        features, group = self.names(fields, "features"), fields.text("group", ARM)
        return EnrichmentSpec(name, features, group, _level_name(fields), adjust, fields.span)


def _level_name(fields: Fields) -> str | None:
    return clean(fields.text("reference")) or None
