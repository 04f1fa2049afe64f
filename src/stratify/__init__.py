"""stratify: clinical-trial patient stratification.

Declarative eligibility rules in three-valued logic, arms and strata, enrichment and survival analysis, one report.
The way through the house is :mod:`stratify.study`; rules, statistics and data are usable on their own.
"""

__version__ = "0.1.0"
