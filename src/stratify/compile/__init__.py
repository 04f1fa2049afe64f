"""From model to something that runs: the Polars plan, and the slow reference interpreter that it must agree with."""

from stratify.compile.outputs import definition_column, reasons_column, result_column, stratum_column
from stratify.compile.plan import Frames, Plan, compile_plan

__all__ = [
    "Frames",
    "Plan",
    "compile_plan",
    "definition_column",
    "reasons_column",
    "result_column",
    "stratum_column",
]
