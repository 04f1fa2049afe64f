"""``study.yaml``: cohort, protocol, endpoints and the analysis plan."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from stratify.diagnostics import Findings, StratifyError, nearest
from stratify.model.study import Multiplicity, Profile, Study
from stratify.protocol import shapes
from stratify.protocol.envelope import FileFindings, check_format, digest_of, in_order
from stratify.protocol.nodes import MapNode
from stratify.protocol.paths import inside_folder
from stratify.protocol.scope import Scope
from stratify.protocol.source import Fields, as_map, decimal, named, scalar, words_of
from stratify.protocol.study_endpoints import read_endpoints
from stratify.protocol.study_plan import PlanReader
from stratify.protocol.yaml_source import read_text, read_yaml

STUDY_FORMAT = "stratify-study/1"
"""The version of the study file that this room reads."""


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
    endpoints = read_endpoints(fields, scope)
    plan = PlanReader(
        tuple(key.text or "" for key, _ in named(fields.get("endpoints"), "`endpoints`", Findings())), endpoints, scope
    )
    analyses = plan.analyses(fields.list("analyses"))
    return Study(
        cohort=inside_folder(fields, "cohort", findings),
        protocol=inside_folder(fields, "protocol", findings),
        endpoints=MappingProxyType(endpoints),
        analyses=analyses,
        multiplicity=_multiplicity(fields.map("multiplicity"), tuple(plan.ids), findings),
        profile=fields.word("profile", words_of(Profile), Profile.R),
        ties=fields.word("ties", {word: word for word in shapes.TIES}, None),
        conf_type=fields.word("conf_type", {word: word for word in shapes.CONF_TYPES}, None),
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
