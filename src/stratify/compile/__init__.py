"""From model to something that runs: the Polars plan, and the slow reference interpreter that it must agree with."""

from stratify.compile.outputs import (
    anchor_days,
    definition_column,
    entitled_column,
    order_column,
    reasons_column,
    result_column,
    stratum_column,
)
from stratify.compile.plan import Engine, Frames, Plan, compile_plan

__all__ = [
    "Engine",
    "Frames",
    "Plan",
    "anchor_days",
    "compile_plan",
    "definition_column",
    "entitled_column",
    "order_column",
    "reasons_column",
    "result_column",
    "stratum_column",
]
