"""Is the protocol right? Answered without patient data."""

from stratify.verification.cases import CaseResult, run_examples

__all__ = ["CaseResult", "run_examples"]
