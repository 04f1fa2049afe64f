"""A family of analyses whose primary tests are adjusted together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from stratify.analysis.refusal import refused
from stratify.analysis.results import (
    AnalysisResult,
    BaselineResult,
    EffectsResult,
    EnrichmentResult,
    FamilyMember,
    FamilyResult,
    InteractionResult,
    NotDone,
    SubgroupsResult,
    SurvivalResult,
    TestResult,
)
from stratify.diagnostics import nearest
from stratify.model.study import Multiplicity
from stratify.stats.multiplicity import ADJUST_METHODS, AdjustMethod, adjust

NO_TEST = "no primary test"


def family(plan: Multiplicity, results: Sequence[AnalysisResult | NotDone]) -> FamilyResult:
    """Adjust the primary p-values: the log-rank test (stratified, where there are strata), or the interaction test.

    An analysis that was not done, has no such test, or whose test is not estimable, takes no part in the adjustment.

    Raises
    ------
    StratifyError
        A method (A009) or an analysis (A001) that is not known.
    """
    method = _method(plan.method)
    by_id = {result.id: result for result in results}
    unknown = [name for name in plan.family if name not in by_id]
    if unknown:
        raise refused("A001", f'Analysis "{unknown[0]}" is not known.', hint=nearest(unknown[0], by_id))
    tests = [_primary(by_id[name]) for name in plan.family]
    p_values = [None if test is None else test.p_value for test in tests]
    adjusted = adjust(p_values, method).p_adjusted
    return FamilyResult(
        plan.method,
        tuple(
            FamilyMember(name, NO_TEST if test is None else test.name, p, q)
            for name, test, p, q in zip(plan.family, tests, p_values, adjusted, strict=True)
        ),
    )


def _primary(result: AnalysisResult | NotDone) -> TestResult | None:
    match result:
        case SurvivalResult():
            return result.tests[-1] if result.tests else None
        case InteractionResult():
            return result.interaction
        case EffectsResult():
            return result.primary
        case BaselineResult() | SubgroupsResult() | EnrichmentResult() | NotDone():
            return None
        case _:
            assert_never(result)


def _method(name: str) -> AdjustMethod:
    for method in ADJUST_METHODS:
        if name == method:
            return method
    raise refused("A009", f'The method of adjustment "{name}" is not known.', hint=nearest(name, ADJUST_METHODS))
