"""The reference interpreter: a protocol answered patient by patient, slowly and obviously.

It is the oracle with which the fast back end is compared, and what explains an answer. One leaf is one short
function over the patient's rows; nothing is shared with the fast back end but the model.
"""

from stratify.compile.reference.context import PatientRecord, Polarity, patient_records
from stratify.compile.reference.explained import (
    COMPUTED,
    DUPLICATES,
    NEWER_NULL,
    CriterionAnswer,
    Evidence,
    Explained,
    PatientResult,
)
from stratify.compile.reference.patient import interpret_patient
from stratify.compile.reference.settle import settling_facts
from stratify.compile.reference.tree import interpret

__all__ = [
    "COMPUTED",
    "DUPLICATES",
    "NEWER_NULL",
    "CriterionAnswer",
    "Evidence",
    "Explained",
    "PatientRecord",
    "PatientResult",
    "Polarity",
    "interpret",
    "interpret_patient",
    "patient_records",
    "settling_facts",
]
