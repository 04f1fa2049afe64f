"""Numbers and units.

Thresholds are decimals as written, and are met exactly; a value is compared in its own unit and with the reference
range of its own row.
"""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from spec.harness import refused, spec

TYPES = {
    "double": pa.float64(),
    "float": pa.float32(),
    "decimal": pa.decimal128(9, 2),
    "text file": None,
}


@pytest.mark.parametrize("kind", list(TYPES))
def test_line_32_thresholds_are_exact(kind: str) -> None:
    """1.65 is 1.5 times 1.1, though binary arithmetic makes of it 1.6500000000000001.

    Whether the file has double or single precision, decimals or text.
    """
    number = TYPES[kind]
    spec(
        """
        at least: {measure: ALT, is: ">= 1.5 xULN"}
        at most: {measure: ALT, is: "<= 1.5 xULN"}
        more: {measure: ALT, is: "> 1.5 xULN"}
        less: {measure: ALT, is: "< 1.5 xULN"}
        exactly: {measure: ALT, is: "== 1.5 xULN"}
        """,
        """
        patient || at least | at most | more | less | exactly
        1       || T        | T       | F    | F    | T
        2       || T        | F       | T    | F    | F
        3       || F        | T       | F    | T    | F
        """,
        labs="""
        patient | date   | value | uln
        1       | day -3 | 1.65  | 1.1
        2       | day -3 | 1.66  | 1.1
        3       | day -3 | 1.64  | 1.1
        """,
        form="csv" if number is None else "parquet",
        types={} if number is None else {"labs.value": number, "labs.uln": number},
    )


@pytest.mark.parametrize("kind", ["double", "float", "text file"])
def test_line_32_every_upper_limit_with_one_decimal(kind: str) -> None:
    """Every limit from 0.1 to 20.0, times 1.5, 2.5, 3 and 5: on the threshold, and a hundredth beside it."""
    factors = ("1.5", "2.5", "3", "5")
    names = [f"{op} {factor}" for factor in factors for op in (">=", "<=", ">", "<")]
    rules = [
        f'- {{id: "{name}", kind: inclusion, text: ALT, rule: {{measure: ALT, take: any, is: "{name} xULN",'
        f' where: {{field: factor, is: "== {name.split()[1]}"}}}}}}'
        for name in names
    ]
    patients, labs = [], ["patient | date | factor | value | uln"]
    for shift, answers in (("0", "T | T | F | F"), ("0.01", "T | F | T | F"), ("-0.01", "F | T | F | T")):
        for tenths in range(1, 201):
            uln = Decimal(tenths) / 10
            patient = f"{shift}/{uln}"
            patients.append(f"{patient} || " + " | ".join([answers] * len(factors)))
            labs += [
                f"{patient} | day -3 | {factor} | {uln * Decimal(factor) + Decimal(shift)} | {uln}"
                for factor in factors
            ]
    number = TYPES[kind]
    spec(
        "\n".join(rules),
        "\n".join([f"patient || {' | '.join(names)}", *patients]),
        labs="\n".join(labs),
        form="csv" if number is None else "parquet",
        types={} if number is None else {"labs.value": number, "labs.uln": number},
    )


def test_line_32_a_number_within_a_billionth_of_the_threshold_is_equal_to_it() -> None:
    """0.1 + 0.2 is 0.3 although a computer adds 0.30000000000000004; a difference that anyone measured stays one."""
    spec(
        """
        at most: {value: patients.x, is: "<= 0.3"}
        more: {value: patients.x, is: "> 0.3"}
        in: {value: patients.x, is: "in {0.1, 0.3}"}
        between: {value: patients.x, is: "> 0.3 .. <= 1"}
        """,
        """
        patient | x                   || at most | more | in | between
        1       | 0.30000000000000004 || T       | F    | T  | F
        2       | 0.2999999999999999  || T       | F    | T  | F
        3       | 0.30000001          || F       | T    | F  | T
        4       | 0.29999999          || T       | F    | F  | F
        """,
    )


def test_line_33_nothing_is_rounded_before_comparing() -> None:
    """A creatinine clearance of 49.6 is not at least 50, though it would be printed so."""
    spec(
        """
        at least 50: {value: patients.crcl, is: ">= 50"}
        under 50: {value: patients.crcl, is: "< 50"}
        """,
        """
        patient | crcl   || at least 50 | under 50
        1       | 49.6   || F           | T
        2       | 49.999 || F           | T
        3       | 50     || T           | F
        4       | 50.4   || T           | F
        """,
    )


def test_line_34_units_convert_by_the_factors_of_the_analyte() -> None:
    """1 mg/dL of creatinine is 88.4 umol/L, of glucose 18 mg/dL is 1 mmol/L: factors belong to the measure.

    A unit without a factor, or no unit, is unknown; mL/min is not mL/min/1.73 m2.
    """
    dictionary = """
        format: stratify-dictionary/1
        tables:
          patients: {dates: [c1d1, cutoff]}
          labs: {date: date}
        measures:
          CREA: {table: labs, rows: {test: CREA}, value: value, unit: umol/L, unit_column: unit, units: {mg/dL: 88.4}}
          GFR: {table: labs, rows: {test: GFR}, value: value, unit: mL/min/1.73 m2, unit_column: unit}
        """
    spec(
        """
        CREA: {measure: CREA, is: "<= 132.6 umol/L"}
        GFR: {measure: GFR, is: ">= 50 mL/min/1.73 m2"}
        """,
        """
        patient || CREA           | GFR
        1       || T              | T
        2       || T              | (unit_unknown)
        3       || F              | (no_record)
        4       || (unit_unknown) | (no_record)
        5       || (unit_unknown) | (no_record)
        """,
        dictionary=dictionary,
        labs="""
        patient | test | date   | value | unit
        1       | CREA | day -3 | 132.6 | umol/L
        1       | GFR  | day -3 | 60    | mL/min/1.73 m2
        2       | CREA | day -3 | 1.5   | mg/dL
        2       | GFR  | day -3 | 60    | mL/min
        3       | CREA | day -3 | 1.51  | mg/dL
        4       | CREA | day -3 | 1.5   | mg/L
        5       | CREA | day -3 | 1.5   |
        """,
    )


def test_line_34_a_threshold_is_written_in_the_unit_of_the_measure() -> None:
    """A threshold in another unit, or without one, is refused rather than converted."""
    refused('ALT: {measure: ALT, is: "<= 1.7 ukat/L"}', "P105", "1:6")
    refused('ALT: {measure: ALT, is: "<= 100"}', "P105")


def test_line_35_an_implausible_value_is_flagged_and_never_scaled() -> None:
    """Haemoglobin 135 is perhaps g/L where g/dL was declared. Nobody guesses: it is unknown."""
    spec(
        """
        Hb: {measure: HB, is: ">= 9 g/dL"}
        """,
        """
        patient || Hb
        1       || T
        2       || F
        3       || (implausible)
        4       || T
        5       || (implausible)
        """,
        dictionary="""
        format: stratify-dictionary/1
        tables:
          patients: {dates: [c1d1, cutoff]}
          labs: {date: date}
        measures:
          HB: {table: labs, value: value, unit: g/dL, unit_column: unit, units: {g/L: 0.1}, plausible: [2, 25]}
        """,
        labs="""
        patient | date   | value | unit
        1       | day -3 | 13.5  | g/dL
        2       | day -3 | 8.9   | g/dL
        3       | day -3 | 135   | g/dL
        4       | day -3 | 135   | g/L
        5       | day -3 | 13.5  | g/L
        """,
    )


def test_line_36_the_reference_limit_is_that_of_the_same_row() -> None:
    """Two laboratories, two limits: 100 is 2.5 times 40 in one, and more than that in the other."""
    spec(
        """
        latest: {measure: ALT, take: latest, is: "<= 2.5 xULN"}
        all: {measure: ALT, take: all, is: "<= 2.5 xULN"}
        """,
        """
        patient || latest               | all
        1       || T                    | F
        2       || F                    | F
        3       || (no_reference_range) | (no_reference_range)
        """,
        labs="""
        patient | date   | value | uln
        1       | day -3 | 100   | 40
        1       | day -9 | 100   | 35
        2       | day -3 | 100   | 35
        2       | day -9 | 100   | 40
        3       | day -3 | 100   |
        3       | day -9 | 100   | 40
        """,
    )


MICRO_SIGN, GREEK_MU = "\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}"


@pytest.mark.parametrize("in_rule", [MICRO_SIGN, GREEK_MU], ids=["micro sign", "Greek mu"])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_line_42_text_is_normalised_on_load(in_rule: str, form: str) -> None:
    """Two characters look like the same micro; both are read as one, in rules, dictionary and data.

    So are full-width letters, ligatures, and blanks around a text; case is kept.
    """
    spec(
        f"""
        CREA: {{measure: CREA, is: "<= 132 {in_rule}mol/L"}}
        ward: {{value: patients.ward, is: "== final A"}}
        """,
        """
        patient | ward         || CREA           | ward
        1       | final A      || T              | T
        2       | "  final A " || T              | T
        3       | \N{LATIN SMALL LIGATURE FI}nal A       || T              | T
        4       | final \N{FULLWIDTH LATIN CAPITAL LETTER A}      || (unit_unknown) | T
        5       | final a      || T              | F
        6       | "   "        || (null_value)   | (null_value)
        """,
        dictionary="""
        format: stratify-dictionary/1
        tables:
          patients: {dates: [c1d1, cutoff]}
          labs: {}
        measures:
          CREA: {table: labs, rows: {test: CREA}, value: value, unit: µmol/L, unit_column: unit}
        """,
        labs=f"""
        patient | test     | value | unit
        1       | CREA     | 80    | {MICRO_SIGN}mol/L
        2       | CREA     | 80    | {GREEK_MU}mol/L
        3       | " CREA " | 80    | " {GREEK_MU}mol/L "
        4       | CREA     | 80    | umol/L
        5       | \N{FULLWIDTH LATIN CAPITAL LETTER C}REA     | 80    | {GREEK_MU}mol/L
        6       | CREA     |       | {GREEK_MU}mol/L
        """,
        form=form,
    )


def test_line_42_typeset_signs_in_rules() -> None:
    """A protocol copied from a document has its own signs for minus, at most, at least and unequal."""
    spec(
        """
        at most: {value: patients.x, is: "≤ −1.5"}
        at least: {value: patients.x, is: "≥ −1.5"}
        unequal: {value: patients.x, is: "≠ −1.5"}
        window: {exists: diagnoses, within: [−14, 0]}
        """,
        """
        patient | x    || at most | at least | unequal | window
        1       | -1.5 || T       | T        | F       | T
        2       | -1.4 || F       | T        | T       | F
        """,
        diagnoses="""
        patient | date
        1       | day -14
        2       | day -15
        """,
    )


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_line_42_a_typeset_minus_in_the_data(form: str) -> None:
    """A text with a typeset minus is the text with a plain one, in the rule and in the data."""
    spec(
        """
        typeset: {value: patients.score, is: "== −1.5"}
        plain: {value: patients.score, is: "== -1.5"}
        """,
        """
        patient | score    || typeset | plain
        1       | −1.5     || T       | T
        2       | -1.5     || T       | T
        3       | not done || F       | F
        """,
        form=form,
    )


def test_line_42_a_number_with_a_typeset_minus_is_a_number() -> None:
    """A column of numbers in a text file stays one when a spreadsheet wrote its own minus."""
    spec(
        'negative: {value: patients.x, is: "< 0"}',
        """
        patient | x    || negative
        1       | −1.5 || T
        2       | -1.5 || T
        3       | 1.5  || F
        """,
    )
