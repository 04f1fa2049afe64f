"""An approved protocol is the one that was signed, or it does not load."""

from __future__ import annotations

from pathlib import Path

import pytest

from stratify.diagnostics import Severity, StratifyError
from stratify.protocol import load_protocol, prose, read_protocol
from stratify.protocol.approval import approved_text
from stratify.protocol.envelope import digest_of
from stratify.protocol.lock import LOCK, read_lock, with_hashes
from unit.protocol.marked import rule

SIGNED = rule('{measure: ALT, is: "<= $limit"}').replace("{id: T}", "{id: T, status: approved, approved_by: [A, B]}")


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """An approved protocol beside the lock file that holds its hash."""
    path = tmp_path / "p.yaml"
    path.write_text(SIGNED, encoding="utf-8")
    lock(path)
    return path


def lock(path: Path) -> None:
    entry = approved_text(path)
    assert entry is not None
    name, digest = entry
    (path.parent / LOCK).write_text(with_hashes(path.parent, {"protocols": {name: digest}}), encoding="utf-8")


def codes(path: Path, **overrides: str) -> list[tuple[str, Severity]]:
    return [(finding.code, finding.severity) for finding in read_protocol(path, overrides=overrides)[1]]


def test_what_was_signed_loads_without_a_word(signed: Path) -> None:
    assert codes(signed) == []
    protocol = load_protocol(signed)
    assert protocol.trial.approved_by == ("A", "B")
    assert "status: approved by A and B" in prose(protocol)


def test_the_lock_holds_the_hash_of_the_text(signed: Path) -> None:
    assert "protocols:\n" in (signed.parent / LOCK).read_text(encoding="utf-8")
    assert approved_text(signed) == ("T", digest_of(SIGNED))


@pytest.mark.parametrize(
    "changed", [SIGNED.replace("2.5", "3"), SIGNED + "# a comment\n", SIGNED.replace("\n", "\r\n")]
)
def test_any_change_of_the_text_is_an_error(signed: Path, changed: str) -> None:
    signed.write_bytes(changed.encode())
    assert codes(signed) == [("P362", Severity.ERROR)]
    with pytest.raises(StratifyError, match="not what it was when it was approved"):
        load_protocol(signed)
    lock(signed)
    assert codes(signed) == []


def test_without_a_hash_nothing_is_approved(signed: Path) -> None:
    (signed.parent / LOCK).unlink()
    assert codes(signed) == [("P363", Severity.ERROR)]


def test_somebody_approves(signed: Path) -> None:
    signed.write_text(SIGNED.replace(", approved_by: [A, B]", ""), encoding="utf-8")
    lock(signed)
    assert codes(signed) == [("P364", Severity.ERROR)]


def test_other_parameters_are_said_and_recorded(signed: Path) -> None:
    assert codes(signed, limit="3") == [("P365", Severity.WARNING)]
    other = load_protocol(signed, overrides={"limit": "3"})
    assert other.digest != load_protocol(signed).digest
    assert [parameter.name for parameter in other.parameters if parameter.overridden] == ["limit"]


def test_a_draft_is_not_locked(signed: Path) -> None:
    signed.write_text(SIGNED.replace("approved, ", "draft, ").replace("2.5", "3"), encoding="utf-8")
    assert codes(signed) == []
    assert approved_text(signed) is None


def test_other_entries_of_the_lock_stay(signed: Path) -> None:
    other = signed.parent / "q.yaml"
    other.write_text(SIGNED.replace("id: T,", "id: Q,"), encoding="utf-8")
    lock(other)
    assert set(read_lock_names(signed.parent)) == {"T", "Q"}
    assert codes(signed) == codes(other) == []


def read_lock_names(folder: Path) -> list[str]:
    from stratify.diagnostics import Findings

    return [*read_lock(folder, Findings())["protocols"]]


def test_what_cannot_be_read_is_not_locked(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("trial: [", encoding="utf-8")
    with pytest.raises(StratifyError):
        approved_text(path)
