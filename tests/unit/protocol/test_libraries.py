"""``use``: libraries beside the protocol or shipped, pinned by version, hashes in the lock file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from stratify.diagnostics import Finding, Findings, Severity, StratifyError
from stratify.model.codes import CodeEntry, CodeSet
from stratify.model.expression import Exists, Selection
from stratify.model.library import Pin
from stratify.model.protocol import Protocol
from stratify.protocol import formula, prose, read_protocol
from stratify.protocol.lock import LOCK, lock_text, read_lock
from stratify.study.checks import lock_rules

LIBRARY = "format: stratify-library/1\nlibrary: {name: core, version: 1.0.0}\n"


def folder(tmp_path: Path, use: str, libraries: Mapping[str, str], lock: str | None = None) -> Path:
    for name, text in libraries.items():
        path = tmp_path / "libraries" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    if lock is not None:
        (tmp_path / LOCK).write_text(lock)
    protocol = tmp_path / "p.yaml"
    protocol.write_text(f"format: stratify/1\ntrial: {{id: T}}\nuse: {use}\ncriteria: []\n")
    return protocol


def said(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.code, str(finding.where).rpartition("/")[2]) for finding in findings if finding.code != "P305"]


def test_a_library_is_pinned_by_the_hash_of_its_file(tmp_path: Path) -> None:
    digest = hashlib.sha256(LIBRARY.encode()).hexdigest()
    lock = lock_text({"libraries": {"core@1.0.0": digest}})
    path = folder(tmp_path, "[core@1.0.0]", {"core/1.0.0": LIBRARY}, lock)
    protocol, findings = read_protocol(path)
    assert findings == ()
    assert protocol is not None
    assert protocol.library.pins == (Pin("core", "1.0.0", digest),)
    (tmp_path / LOCK).unlink()
    (tmp_path / "libraries/core/1.0.0.yaml").write_text(LIBRARY + "# another reading\n")
    changed, _ = read_protocol(path)
    assert changed is not None
    assert changed.digest != protocol.digest


def test_a_library_that_is_not_locked_is_a_warning_and_one_that_changed_an_error(tmp_path: Path) -> None:
    path = folder(tmp_path, "[core@1.0.0]", {"core/1.0.0": LIBRARY})
    protocol, (finding,) = read_protocol(path)
    assert (protocol is not None, finding.code, finding.severity) == (True, "P305", Severity.WARNING)
    (tmp_path / LOCK).write_text(lock_text({"libraries": {"core@1.0.0": "0" * 64}}))
    protocol, (finding,) = read_protocol(path)
    assert (protocol, finding.code, finding.severity) == (None, "P306", Severity.ERROR)


def test_a_lock_is_read_as_it_was_written(tmp_path: Path) -> None:
    hashes = {"libraries": {"core@1.0.0": "a" * 64, "codes/x@2026.1": "b" * 64}, "protocols": {"T": "c" * 64}}
    (tmp_path / LOCK).write_text(lock_text(hashes))
    findings = Findings()
    assert read_lock(tmp_path, findings) == hashes
    assert not findings.items


@pytest.mark.parametrize(
    ("use", "code", "place"),
    [
        ("core@1.0.0", "P013", "p.yaml:3:6"),
        ("[core]", "P300", "p.yaml:3:7"),
        ("[../core@1.0.0]", "P300", "p.yaml:3:7"),
        ("[cor@1.0.0]", "P301", "p.yaml:3:7"),
        ("[core@1.0.1]", "P301", "p.yaml:3:7"),
        ("[core@1.0.0, core@1.0.0]", "P304", "p.yaml:3:19"),
        ("[core@2.0.0]", "P302", "2.0.0.yaml:2:32"),
        ("[core@3.0.0]", "P011", "3.0.0.yaml:3:1"),
    ],
)
def test_what_is_wrong_with_use_stands_where_it_is_written(tmp_path: Path, use: str, code: str, place: str) -> None:
    libraries = {
        "core/1.0.0": LIBRARY,
        "core/2.0.0": LIBRARY,
        "core/3.0.0": LIBRARY.replace("1.0.0", "3.0.0") + "typo: 1\n",
    }
    protocol, findings = read_protocol(folder(tmp_path, use, libraries))
    assert protocol is None
    assert said(findings) == [(code, place)]


CODE_SETS = """\
format: stratify-library/1
library: {name: core, version: 1.0.0}
code_sets:
  liver:
    title: Liver metastasis
    codes: [{system: ICD10, in: [C78.7], descendants: true}, {system: SCT, in: ['94381002']}]
"""


def coded(tmp_path: Path, code: str, sets: str = CODE_SETS) -> tuple[Protocol | None, tuple[Finding, ...]]:
    path = folder(tmp_path, "[core@1.0.0]", {"core/1.0.0": sets})
    rule = f"criteria: [{{id: A, kind: inclusion, text: t, rule: {{exists: dx, code: {code}}}}}]"
    path.write_text(path.read_text().replace("criteria: []", rule))
    protocol, findings = read_protocol(path)
    return protocol, tuple(finding for finding in findings if finding.code != "P305")


def test_a_rule_asks_for_a_set_by_its_name(tmp_path: Path) -> None:
    protocol, findings = coded(tmp_path, "{in: liver}")
    assert findings == ()
    assert protocol is not None
    entries = (CodeEntry(("C78.7",), "ICD-10", descendants=True), CodeEntry(("94381002",), "SNOMED"))
    liver = CodeSet(entries, "liver", "Liver metastasis")
    assert protocol.criteria[0].rule == Exists(Selection("dx", liver))
    assert protocol.library.code_sets == {"liver": liver}
    text = prose(protocol)
    assert '- there is an entry in dx coded as "Liver metastasis"\n' in text
    assert '"Liver metastasis": ICD-10 C78.7 and below; SNOMED 94381002' in text
    assert "liver = {ICD-10: C78.7 and below; SNOMED: 94381002}" in formula(protocol)


@pytest.mark.parametrize(
    ("code", "found", "column", "hint"),
    [
        ("{in: livr}", "P320", 76, 'did you mean "liver"?'),
        ("liver", "P321", 71, "Write `code: {in: liver}`; join several sets with `any`."),
        ("[C78.7, liver]", "P321", 79, "Write `code: {in: liver}`; join several sets with `any`."),
        ("{in: liver, system: ICD-10}", "P322", 91, "Delete `system`, or list the codes: `in: [...]`."),
        ("{in: liver, descendants: true}", "P322", 96, "Delete `descendants`, or list the codes: `in: [...]`."),
    ],
)
def test_a_name_and_codes_are_kept_apart(tmp_path: Path, code: str, found: str, column: int, hint: str) -> None:
    _, (finding,) = coded(tmp_path, code)
    assert (finding.code, finding.hint) == (found, hint)
    assert str(finding.where).endswith(f"p.yaml:4:{column}")


@pytest.mark.parametrize(
    ("codes", "found", "severity"),
    [
        ("[]", "P021", Severity.ERROR),
        ("[{system: ICD-10, in: []}]", "P021", Severity.ERROR),
        ("[{in: [C78.7]}]", "P012", Severity.ERROR),
        ("[{system: ICD-10, in: [C7], descendants: true}]", "P324", Severity.ERROR),
        ("[{system: ICD-10, in: [carboplatin]}]", "P323", Severity.WARNING),
        ("[{system: SNOMED, in: ['94381003']}]", "P323", Severity.WARNING),
        ("[{system: LOINC, in: [1742-7]}]", "P323", Severity.WARNING),
    ],
)
def test_what_is_wrong_with_a_set(tmp_path: Path, codes: str, found: str, severity: Severity) -> None:
    sets = f"{LIBRARY}code_sets:\n  liver: {{codes: {codes}}}\n"
    _, (finding, *_) = coded(tmp_path, "X", sets)
    assert (finding.code, finding.severity) == (found, severity)


def test_a_name_in_two_libraries_means_neither(tmp_path: Path) -> None:
    libraries = {"core/1.0.0": CODE_SETS, "more/2": CODE_SETS.replace("core", "more").replace("1.0.0", '"2"')}
    protocol, findings = read_protocol(folder(tmp_path, "[core@1.0.0, more@2]", libraries))
    assert protocol is None
    assert said(findings) == [("P303", "p.yaml:3:19")]


def test_locking_writes_what_the_protocol_uses_and_keeps_the_rest(tmp_path: Path) -> None:
    path = folder(tmp_path, "[core@1.0.0]", {"core/1.0.0": CODE_SETS})
    kept = {"libraries": {"core@1.0.0": "0" * 64, "other@3": "1" * 64}, "protocols": {"T": "2" * 64}}
    (tmp_path / LOCK).write_text(lock_text(kept))
    assert read_protocol(path)[0] is None
    digest = hashlib.sha256(CODE_SETS.encode()).hexdigest()
    assert lock_rules(path) == (tmp_path / LOCK, {"libraries": {"core@1.0.0": digest}, "protocols": {}})
    locked = {**kept, "libraries": {"core@1.0.0": digest, "other@3": "1" * 64}}
    assert read_lock(tmp_path, Findings()) == locked
    assert read_protocol(path)[1] == ()
    assert not list(tmp_path.glob(".*"))


def test_a_lock_that_cannot_be_read_is_not_written_over(tmp_path: Path) -> None:
    path = folder(tmp_path, "[core@1.0.0]", {"core/1.0.0": CODE_SETS}, "format: stratify-lock/1\nlibrary: {}\n")
    with pytest.raises(StratifyError):
        lock_rules(path)
    assert (tmp_path / LOCK).read_text() == "format: stratify-lock/1\nlibrary: {}\n"


def test_a_library_that_cannot_be_read_is_not_locked(tmp_path: Path) -> None:
    path = folder(tmp_path, "[core@1.0.0]", {"core/1.0.0": f"{CODE_SETS}typo: 1\n"})
    with pytest.raises(StratifyError):
        lock_rules(path)
    assert not (tmp_path / LOCK).exists()


def test_a_missing_version_names_those_there_are(tmp_path: Path) -> None:
    _, (finding,) = read_protocol(folder(tmp_path, "[core@1.0.1]", {"core/1.0.0": LIBRARY}))
    assert finding.hint == "There is core@1.0.0."
