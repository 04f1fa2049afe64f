"""Who is eligible, who is not, who is undetermined, and why."""

from stratify.screening.attrition import Attrition, AttritionRow, attrition
from stratify.screening.explain import PatientExplanation, explain
from stratify.screening.hierarchies import with_descendants
from stratify.screening.screen import screen
from stratify.screening.verdicts import NO_SLOT_LEFT, Verdicts

__all__ = [
    "NO_SLOT_LEFT",
    "Attrition",
    "AttritionRow",
    "PatientExplanation",
    "Verdicts",
    "attrition",
    "explain",
    "screen",
    "with_descendants",
]
