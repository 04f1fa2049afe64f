"""An analysis that is refused, for one reason."""

from __future__ import annotations

from stratify.diagnostics import DataPlace, Finding, SourceSpan, StratifyError


def refuse_delayed_entry(what: str, entry: object, where: SourceSpan | None) -> None:
    """Refuse an analysis that is made for patients who are all followed up from the start.

    Raises
    ------
    StratifyError
        Some enter late (A017).
    """
    if entry is not None:
        raise refused(
            "A017",
            f"{what} is not made for delayed entry.",
            where,
            why="Patients who enter late are not at risk before; leaving that out would bias the answer.",
            hint="Ask for `kind: survival` or `kind: cox` with this endpoint.",
        )


def refuse_without_robust(analysis: str, ties: str, where: SourceSpan | None, *, profile: bool = False) -> None:
    """Refuse weights or clusters where no robust variance exists.

    Raises
    ------
    StratifyError
        Exact ties, or a profile-likelihood interval (A019).
    """
    exact = ties in {"discrete", "marginal"}
    if exact or profile:
        what = f"`ties: {ties}`" if exact else "`interval: profile`"
        raise refused(
            "A019",
            f'Analysis "{analysis}" has weights or clusters together with {what}.',
            where,
            why="Weights and clusters need a robust variance, which is not defined there.",
            hint="Take `ties: efron` and `interval: wald`, or leave weights and clusters out.",
        )


def refused(
    code: str, message: str, where: SourceSpan | DataPlace | None = None, *, why: str = "", hint: str = ""
) -> StratifyError:
    """The error to raise, with its one finding."""
    return StratifyError([Finding(code, message, where, why, hint)])
