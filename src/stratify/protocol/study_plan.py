"""The analysis plan of ``study.yaml``: one mapping an analysis, each kind with its own keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from stratify.diagnostics import join_some, nearest
from stratify.model.study import (
    ARM,
    TESTS,
    AftSpec,
    AnalysisSpec,
    BaselineSpec,
    CompetingRisksSpec,
    CoxSpec,
    Endpoint,
    EnrichmentSpec,
    InteractionSpec,
    PhCheckSpec,
    RmstSpec,
    SubgroupsSpec,
    SurvivalSpec,
    is_test,
)
from stratify.protocol import shapes
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode
from stratify.protocol.scope import Scope
from stratify.protocol.source import Fields, clean, decimal, named, scalar, texts, wrong_shape

MAX_TIME = 1_000_000_000
"""Times are below this, in any unit."""


class PlanReader:
    """Reads analyses; each kind has its own keys."""

    def __init__(self, endpoints: tuple[str, ...], read: Mapping[str, Endpoint], scope: Scope) -> None:
        self._endpoints = endpoints
        self._read = read
        self._findings = scope.findings
        self.ids: dict[str, int] = {}
        self._readers: Mapping[str, Callable[[Fields, str], AnalysisSpec]] = {
            "baseline": self._baseline,
            "survival": self._survival,
            "cox": self._cox,
            "ph_check": self._ph_check,
            "competing_risks": self._competing_risks,
            "rmst": self._rmst,
            "aft": self._aft,
            "interaction": self._interaction,
            "subgroups": self._subgroups,
            "enrichment": self._enrichment,
        }

    def analyses(self, node: ListNode | None) -> tuple[AnalysisSpec, ...]:
        """The analyses that could be read, in the plan's order."""
        found = [self._analysis(item) for item in (() if node is None else node.items)]
        return tuple(spec for spec in found if spec is not None)

    def _analysis(self, node: Node) -> AnalysisSpec | None:
        if not isinstance(node, MapNode):
            wrong_shape(node, "An analysis", "a mapping", self._findings, hint="Write `{id: km, kind: survival, ...}`.")
            return None
        kind = node.get("kind")
        if kind is None:
            self._findings.add(
                "P012", "An analysis has no `kind`.", node.span, hint=f"Kinds: {join_some([*self._readers])}."
            )
            return None
        word = scalar(kind, "`kind`", self._findings)
        if word is None:
            return None
        text = (word.text or "").strip()
        if text not in self._readers:
            self._findings.add(
                "S005",
                f'The kind of analysis "{text}" is not supported by this version.',
                word.span,
                hint=nearest(text, self._readers),
            )
            self._name(node)
            return None
        return self._readers[text](Fields(node, shapes.ANALYSES[text], self._findings), self._name(node))

    def _name(self, node: MapNode) -> str:
        written = node.get("id")
        name = written.text.strip() if isinstance(written, ScalarNode) and written.text else ""
        if written is not None and name in self.ids:
            self._findings.add(
                "S004",
                f'Analysis "{name}" stands twice; first at line {self.ids[name]}.',
                written.span,
                why="Results are told apart by their ids.",
                hint="Give each an id of its own.",
            )
        self.ids.setdefault(name, node.span.line)
        return name

    def _endpoint(self, fields: Fields) -> str:
        node = fields.scalar("endpoint")
        name = "" if node is None else (node.text or "").strip()
        if node is not None and name not in self._endpoints:
            hint = nearest(name, self._endpoints) or "Add it under `endpoints`."
            self._findings.add("S002", f'Endpoint "{name}" is not known.', node.span, hint=hint)
        return name

    def _names(self, fields: Fields, key: str) -> tuple[str, ...]:
        node = fields.get(key)
        found = () if node is None else texts(node, f"A name in `{key}`", self._findings)
        if isinstance(node, ListNode) and not node.items and key in fields.shape.required:
            self._findings.add("S008", f"`{key}` is empty.", node.span, hint="Name columns, definitions or strata.")
        return tuple(dict.fromkeys(found))

    def _times(self, fields: Fields, key: str) -> tuple[float, ...]:
        node = fields.get(key)
        found: list[float] = []
        items: tuple[Node, ...] = node.items if isinstance(node, ListNode) else (() if node is None else (node,))
        for item in items:
            written = scalar(item, f"A time in `{key}`", self._findings)
            number = None if written is None else decimal(written, f"A time in `{key}`", self._findings)
            if number is not None and not 0 < number < MAX_TIME:
                self._findings.add("S009", f"A time in `{key}` must be above 0.", item.span, hint="Write 365.")
            elif number is not None:
                found.append(float(number))
        return tuple(found)

    def _baseline(self, fields: Fields, name: str) -> AnalysisSpec:
        return BaselineSpec(name, self._names(fields, "variables"), fields.text("by", ARM), fields.span)

    def _survival(self, fields: Fields, name: str) -> AnalysisSpec:
        return SurvivalSpec(
            id=name,
            endpoint=self._endpoint(fields),
            by=fields.text("by", ARM),
            reference=_level_name(fields),
            strata=self._names(fields, "strata"),
            at=self._times(fields, "at"),
            rmst=next(iter(self._times(fields, "rmst")), None),
            tests=self._tests(fields),
            weights=fields.text("weights") or None,
            span=fields.span,
        )

    def _cox(self, fields: Fields, name: str) -> AnalysisSpec:
        covariates = self._names(fields, "covariates")
        return CoxSpec(
            id=name,
            endpoint=self._endpoint(fields),
            covariates=covariates,
            references=self._references(fields, covariates),
            strata=self._names(fields, "strata"),
            cluster=fields.text("cluster") or None,
            weights=fields.text("weights") or None,
            offset=fields.text("offset") or None,
            interval=_word(fields, "interval", shapes.INTERVALS),
            span=fields.span,
        )

    def _ph_check(self, fields: Fields, name: str) -> AnalysisSpec:
        covariates = self._names(fields, "covariates")
        return PhCheckSpec(
            id=name,
            endpoint=self._endpoint(fields),
            covariates=covariates,
            references=self._references(fields, covariates),
            strata=self._names(fields, "strata"),
            transform=_word(fields, "transform", shapes.TRANSFORMS),
            span=fields.span,
        )

    def _competing_risks(self, fields: Fields, name: str) -> AnalysisSpec:
        endpoint, covariates = self._endpoint(fields), self._names(fields, "covariates")
        read = self._read.get(endpoint)
        if read is not None and not read.source.competing:
            self._findings.add(
                "S012",
                f'Endpoint "{endpoint}" has no competing events.',
                fields.span,
                why="What competes with the event is declared, never guessed from codes.",
                hint=f"Add `competing:` to {endpoint}, or ask for `kind: survival`.",
            )
        return CompetingRisksSpec(
            id=name,
            endpoint=endpoint,
            by=fields.text("by", ARM),
            reference=_level_name(fields),
            strata=self._names(fields, "strata"),
            covariates=covariates,
            references=self._references(fields, covariates),
            at=self._times(fields, "at"),
            span=fields.span,
        )

    def _rmst(self, fields: Fields, name: str) -> AnalysisSpec:
        covariates = self._names(fields, "covariates")
        return RmstSpec(
            id=name,
            endpoint=self._endpoint(fields),
            horizon=next(iter(self._times(fields, "horizon")), 0.0),
            by=fields.text("by", ARM),
            reference=_level_name(fields),
            covariates=covariates,
            references=self._references(fields, covariates),
            span=fields.span,
        )

    def _aft(self, fields: Fields, name: str) -> AnalysisSpec:
        covariates = self._names(fields, "covariates")
        return AftSpec(
            id=name,
            endpoint=self._endpoint(fields),
            covariates=covariates,
            references=self._references(fields, covariates),
            distribution=_word(fields, "distribution", shapes.DISTRIBUTIONS),
            span=fields.span,
        )

    def _references(self, fields: Fields, covariates: tuple[str, ...]) -> Mapping[str, str]:
        """The level that each factor's others are compared with."""
        found = {}
        for key, node in named(fields.get("references"), "`references`", self._findings):
            name, level = (key.text or "").strip(), scalar(node, "A reference", self._findings)
            if name not in covariates:
                self._findings.add(
                    "S013",
                    f'"{name}" has a reference and is no covariate of the analysis.',
                    key.span,
                    hint=nearest(name, covariates) or "Add it under `covariates`, or delete it here.",
                )
            elif level is not None:
                found[name] = clean(level.text or "")
        return MappingProxyType(found)

    def _tests(self, fields: Fields) -> tuple[str, ...]:
        """Names of tests as the plan writes them: ``logrank``, ``fh:0:1``, ``maxcombo``."""
        node = fields.get("tests")
        found: list[str] = []
        items: tuple[Node, ...] = node.items if isinstance(node, ListNode) else (() if node is None else (node,))
        for item in items:
            written = scalar(item, "A test", self._findings)
            text = "" if written is None else (written.text or "").strip()
            if written is not None and not is_test(text):
                self._findings.add(
                    "S014",
                    f'The test "{text}" is not known.',
                    item.span,
                    hint=nearest(text, TESTS) or f"Tests: {join_some(TESTS)}.",
                )
            elif written is not None:
                found.append(text)
        return tuple(dict.fromkeys(found))

    def _interaction(self, fields: Fields, name: str) -> AnalysisSpec:
        endpoint, marker = self._endpoint(fields), fields.text("biomarker")
        return InteractionSpec(name, endpoint, marker, fields.text("by", ARM), _level_name(fields), fields.span)

    def _subgroups(self, fields: Fields, name: str) -> AnalysisSpec:
        endpoint, factors = self._endpoint(fields), self._names(fields, "factors")
        return SubgroupsSpec(name, endpoint, factors, fields.text("by", ARM), _level_name(fields), fields.span)

    def _enrichment(self, fields: Fields, name: str) -> AnalysisSpec:
        adjust = fields.word("adjust", {word: word for word in shapes.ADJUST}, "bh")
        features, group = self._names(fields, "features"), fields.text("group", ARM)
        return EnrichmentSpec(name, features, group, _level_name(fields), adjust, fields.span)


def _level_name(fields: Fields) -> str | None:
    return clean(fields.text("reference")) or None


def _word(fields: Fields, key: str, words: tuple[str, ...]) -> str:
    """One of a few words, the first where none is written."""
    return fields.word(key, {word: word for word in words}, words[0])
