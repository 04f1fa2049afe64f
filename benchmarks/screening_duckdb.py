"""The thirteen criteria in DuckDB SQL: true, false or null, a column each.

The latest value with the worst of a tie is one maximum of (day, answer) packed into an integer; unlike
``arg_max(value, date)`` it is always the same.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from benchmarks.screening_polars import EXCLUDING, LIMITS, MET, MUTATIONS, NOT_MET, OPEN


def by_sql(folder: Path) -> pl.DataFrame:
    """Run the query, on as many threads as there are cores, as Polars does."""
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET preserve_insertion_order = false")  # ORDER BY says what order is wanted
        return pl.DataFrame(connection.sql(_sql(folder)).to_arrow_table())


def _sql(folder: Path) -> str:
    tables = {name: f"'{(folder / name).as_posix()}.parquet'" for name in ("patients", "labs", "variants")}
    return f"""
        WITH labs AS (
            SELECT patient_id, test, date - DATE '1970-01-01' AS day, {_answer()} AS answer
            FROM {tables["labs"]} JOIN {tables["patients"]} USING (patient_id)
            WHERE test IN {_texts(LIMITS)} AND value IS NOT NULL AND c1d1 IS NOT NULL
                AND (date IS NULL OR date BETWEEN c1d1 - 14 AND c1d1)
        ),
        latest AS (SELECT patient_id, {", ".join(map(_latest, LIMITS))} FROM labs GROUP BY patient_id),
        found AS (
            SELECT patient_id, {", ".join(map(_row_found, MUTATIONS))}
            FROM {tables["variants"]} JOIN {tables["patients"]} USING (patient_id)
            WHERE gene IN {_texts(MUTATIONS)}
            GROUP BY patient_id
        )
        SELECT
            patient_id,
            date_diff('year', birth_date, c1d1)
                - (month(c1d1) * 100 + day(c1d1) < month(birth_date) * 100 + day(birth_date))::INT >= 18 AS AGE,
            ecog <= 1 AS ECOG,
            {", ".join(map(_settled, LIMITS))},
            {", ".join(map(_mutated, MUTATIONS))}
        FROM {tables["patients"]} LEFT JOIN latest USING (patient_id) LEFT JOIN found USING (patient_id)
        ORDER BY patient_id
    """


def _answer() -> str:
    cases = []
    for test, (op, limit, relative) in LIMITS.items():
        number = "value / ref_high" if relative else "value"
        # Within a relative 1e-9 a value is the limit: 1.65 / 1.1 is to be 1.5.
        bound = limit * (1 + 1e-9 if op == "<=" else 1 - 1e-9)
        lacking = f"WHEN ref_high IS NULL OR ref_high <= 0 THEN {OPEN}" if relative else ""
        met = f"CASE {lacking} WHEN {number} {op} {bound!r}::DOUBLE THEN {MET} ELSE {NOT_MET} END"
        cases.append(f"WHEN '{test}' THEN {met}")
    return f"CASE test {' '.join(cases)} END"


def _latest(test: str) -> str:
    undated = f"FILTER (test = '{test}' AND day IS NULL)"
    return (
        f"max(day * 4 + answer) FILTER (test = '{test}') % 4 AS \"{test}\", "
        f'min(answer) {undated} AS "{test} low", max(answer) {undated} AS "{test} high"'
    )


def _settled(test: str) -> str:
    # least and greatest skip nulls.
    return (
        f'CASE WHEN "{test}" IS NULL THEN NULL WHEN greatest("{test}", "{test} high") = {MET} THEN TRUE '
        f'WHEN least("{test}", "{test} low") = {NOT_MET} THEN FALSE END AS "{test}"'
    )


def _row_found(gene: str) -> str:
    # 2 for a row that surely matches, 1 for one that perhaps does.
    holds = f"gene = '{gene}' AND protein IN {_texts(MUTATIONS[gene])} AND date <= c1d1"
    return f'max(CASE WHEN {holds} THEN 2 WHEN ({holds}) IS NULL THEN 1 ELSE 0 END) AS "{gene}"'


def _mutated(gene: str) -> str:
    yes, no = ("FALSE", "TRUE") if gene in EXCLUDING else ("TRUE", "FALSE")
    return f'CASE WHEN c1d1 IS NULL OR "{gene}" = 1 THEN NULL WHEN "{gene}" = 2 THEN {yes} ELSE {no} END AS "{gene}"'


def _texts(names: object) -> str:
    return "(" + ", ".join(f"'{name}'" for name in names) + ")"
