"""Numbers and units.

Thresholds are decimals as written, and are met exactly; a value is compared in its own unit and with the reference
range of its own row.
"""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from spec.harness import DICTIONARY, refused, spec

MADE_UP = DICTIONARY.replace("ref_high: uln}", "ref_high: uln, plausible: none}")
"""The dictionary for values that no patient has."""
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
        dictionary=MADE_UP,
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
    """1 mg/dL of creatinine is 88.4 umol/L, of glucose 18.02 mg/dL are 1 mmol/L: factors belong to the analyte.

    However the unit is spelled. A unit of another kind, or no unit, is unknown; mL/min is not mL/min/1.73 m2.
    """
    dictionary = """
        format: stratify-dictionary/1
        tables:
          patients: {dates: [c1d1, cutoff]}
          labs: {date: date}
        measures:
          CREA: {table: labs, rows: {test: CREA}, value: value, unit: umol/L, unit_column: unit}
          GFR: {table: labs, rows: {test: GFR}, analyte: EGFR, value: value, unit: mL/min/1.73 m2, unit_column: unit}
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
        6       || T              | (no_record)
        7       || T              | (no_record)
        """,
        dictionary=dictionary,
        labs="""
        patient | test | date   | value | unit
        1       | CREA | day -3 | 132.6 | umol/L
        1       | GFR  | day -3 | 60    | mL/min/1.73 m2
        2       | CREA | day -3 | 1.5   | mg/dL
        2       | GFR  | day -3 | 60    | mL/min
        3       | CREA | day -3 | 1.51  | mg/dL
        4       | CREA | day -3 | 1.5   | g/kg
        5       | CREA | day -3 | 1.5   |
        6       | CREA | day -3 | 1.5   | MG/DL
        7       | CREA | day -3 | 15    | mg/L
        """,
    )


def labs_dictionary(*measures: str) -> str:
    """A dictionary of these measures, each ``NAME: {more}``, in the column ``value`` of the table ``labs``."""
    head = (
        "format: stratify-dictionary/1\ntables:\n  patients: {dates: [c1d1, cutoff]}\n  labs: {date: date}\nmeasures:\n"
    )
    lines = (measure.partition(": {") for measure in measures)
    return head + "".join(f"  {n}: {{table: labs, rows: {{test: {n}}}, value: value, {m}\n" for n, _, m in lines)


def test_line_34_a_threshold_may_be_in_any_unit_of_the_analyte() -> None:
    """1.5 mg/dL of creatinine are 132.6 umol/L, exactly: 132.6 is not above it, 132.61 is."""
    said = spec(
        """
        mg: {measure: CREAT, is: "<= 1.5 mg/dL"}
        same: {measure: CREAT, is: "<= 132.6 umol/L"}
        range: {measure: CREAT, is: "0.5 .. < 1.5 mg/dL"}
        exactly: {measure: CREAT, is: "in {1.5} mg/dL"}
        """,
        """
        patient || mg | same | range | exactly
        1       || T  | T    | F     | T
        2       || F  | F    | F     | F
        3       || T  | T    | T     | F
        """,
        dictionary=labs_dictionary("CREAT: {unit: umol/L}"),
        labs="""
        patient | date   | value
        1       | day -3 | 132.6
        2       | day -3 | 132.61
        3       | day -3 | 44.2
        """,
    )
    (evidence,) = said.answers["1"].criteria["mg"].rule.children[0].evidence
    assert (evidence.value, evidence.threshold) == ("132.6 umol/L", "<= 1.5 mg/dL")


def test_line_34_another_spelling_is_no_other_unit() -> None:
    """10^9/L is 10*9/L, and for an enzyme IU/L is U/L: in rules, in the dictionary and in rows."""
    spec(
        """
        PLT: {measure: PLT, is: ">= 100 10^9/L"}
        thousands: {measure: PLT, is: ">= 100000 /uL"}
        ALT: {measure: ALT, is: "<= 100 IU/L"}
        """,
        """
        patient || PLT | thousands | ALT
        1       || T   | T         | T
        2       || F   | F         | F
        """,
        dictionary=labs_dictionary("PLT: {unit: 10*9/L, unit_column: unit}", "ALT: {unit: U/L, unit_column: unit}"),
        labs="""
        patient | test | date   | value | unit
        1       | PLT  | day -3 | 100   | K/uL
        1       | ALT  | day -3 | 100   | IU/L
        2       | PLT  | day -3 | 99.9  | 10^9/L
        2       | ALT  | day -3 | 100.1 | u/l
        """,
    )


def test_line_34_a_conversion_may_have_an_offset() -> None:
    """53 mmol/mol of HbA1c are 7.00 %, 54 are 7.09, and 98.6 degrees Fahrenheit are 37: no factor alone says so."""
    spec(
        """
        HBA1C: {measure: HBA1C, is: "<= 7.05 %"}
        IFCC: {measure: HBA1C, is: "> 53 mmol/mol"}
        TEMP: {measure: TEMP, is: "<= 37 Cel"}
        """,
        """
        patient || HBA1C | IFCC | TEMP
        1       || T     | F    | T
        2       || F     | T    | F
        """,
        dictionary=labs_dictionary('HBA1C: {unit: "%", unit_column: unit}', "TEMP: {unit: Cel, unit_column: unit}"),
        labs="""
        patient | test  | date   | value | unit
        1       | HBA1C | day -3 | 53    | mmol/mol
        1       | TEMP  | day -3 | 98.6  | degF
        2       | HBA1C | day -3 | 54    | mmol/mol
        2       | TEMP  | day -3 | 98.7  | F
        """,
    )


def test_line_34_the_dictionarys_own_factor_comes_first() -> None:
    """A laboratory that converts by 88.42 is right about its own values, also where it spells the unit otherwise."""
    spec(
        'CREAT: {measure: CREAT, is: "<= 132.6 umol/L"}',
        """
        patient || CREAT
        1       || F
        2       || F
        3       || T
        """,
        dictionary=labs_dictionary("CREAT: {unit: umol/L, unit_column: unit, units: {mg/dL: 88.42}}"),
        labs="""
        patient | date   | value | unit
        1       | day -3 | 1.5   | mg/dL
        2       | day -3 | 1.5   | mg%
        3       | day -3 | 0.015 | g/L
        """,
    )


def test_line_34_without_an_analyte_no_mass_is_an_amount() -> None:
    """What the dictionary says is no analyte is converted between prefixes only."""
    spec(
        'CREAT: {measure: CREAT, is: ">= 1 mg/dL"}',
        """
        patient || CREAT
        1       || T
        2       || (unit_unknown)
        """,
        dictionary=labs_dictionary("CREAT: {analyte: none, unit: mg/dL, unit_column: unit}"),
        labs="""
        patient | date   | value | unit
        1       | day -3 | 10    | mg/L
        2       | day -3 | 100   | umol/L
        """,
    )


def test_line_34_a_threshold_that_nothing_converts_is_refused() -> None:
    """No factor makes U/L of mg/dL, and a threshold without a unit could be in any."""
    refused('ALT: {measure: ALT, is: "<= 1.7 mg/dL"}', "P105", "1:6")
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


def test_line_35_an_analyte_has_a_plausible_range_of_its_own() -> None:
    """Platelets 150000 were counted per microlitre. The dictionary can give another range, or take every value."""
    rows = """
        patient | test | date   | value
        1       | PLT  | day -3 | 150
        2       | PLT  | day -3 | 150000
        3       | PLT  | day -3 | 3500
        """
    for more, third, second in (
        ("", "(implausible)", "(implausible)"),
        (", plausible: [1, 5000]", "T", "(implausible)"),
        (", plausible: none", "T", "T"),
    ):
        spec(
            'PLT: {measure: PLT, is: ">= 100 10*9/L"}',
            f"""
            patient || PLT
            1       || T
            2       || {second}
            3       || {third}
            """,
            dictionary=labs_dictionary(f"PLT: {{unit: 10*9/L{more}}}"),
            labs=rows,
        )


def test_line_35_the_range_holds_in_the_unit_of_the_measure() -> None:
    """Creatinine of 10 to 3500 umol/L is 0.113 to 39.6 mg/dL: 88 in mg/dL is umol/L."""
    spec(
        'CREAT: {measure: CREAT, is: "<= 1.5 mg/dL"}',
        """
        patient || CREAT
        1       || T
        2       || (implausible)
        3       || T
        """,
        dictionary=labs_dictionary("CREAT: {unit: mg/dL, unit_column: unit}"),
        labs="""
        patient | date   | value | unit
        1       | day -3 | 1     | mg/dL
        2       | day -3 | 88    | mg/dL
        3       | day -3 | 88    | umol/L
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


BY_TABLE = """
format: stratify-dictionary/1
tables:
  patients: {birth: birth, dates: [c1d1, cutoff]}
  labs: {date: date}
measures:
  ALT: {table: labs, rows: {test: ALT}, value: value, unit: U/L, unit_column: unit, ref_low: lln, ref_high: uln, aliases: [GPT]}
  HBA1C: {table: labs, rows: {test: HBA1C}, value: value, unit: "%", unit_column: unit}
references: {limits: {}}
ref_fallback:
  reference: limits
  measure: test
  low: low
  high: high
  unit: unit
  site: {column: site, from: patients.site}
  sex: {column: sex, from: patients.sex, categories: {female: [F, W], male: [M]}}
  age_from: from
  age_to: to
"""  # noqa: E501
LIMITS = """
    test | site   | sex    | from | to | low | high | unit
    ALT  | North  | F      | 18   |    | 10  | 35   | U/L
    ALT  | North  | male   | 18   |    | 10  | 45   | U/L
    ALT  | North  |        |      | 17 |     | 30   | U/L
    GPT  | South  |        |      |    | 10  | 40   | U/L
    ALT  | East   | F      |      |    |     | 40   | U/L
    ALT  | East   | M      |      |    |     | 40   | U/L
    ALT  | Port   |        | 0    | 17 |     | 30   | U/L
    """
"""In the North of adults by sex, of children without, and no lower one; in the South of all; in Port of children."""


def test_line_36_a_declared_table_has_limits_for_rows_without_one() -> None:
    """By the patient's site and sex and the age on the day of the row; a row's own limit always comes first.

    Each limit by itself: a row with an upper limit may have its lower one from the table. A limit of 0 is a mistake
    in the row, for which no table stands in.
    """
    said = spec(
        """
        high: {measure: ALT, is: "<= 2 xULN"}
        low: {measure: ALT, is: ">= 1 xLLN"}
        """,
        """
        patient | site  | sex    | birth      || high                 | low
        1       | North | female | 1980-01-01 || F                    | T
        2       | North | M      | 1980-01-01 || T                    | T
        3       | North | W      | 1980-01-01 || T                    | T
        4       | South | M      | 1980-01-01 || F                    | T
        5       | North | F      | 1980-01-01 || (no_reference_range) | T
        6       | North | M      | 1980-01-01 || T                    | F
        7       | North | F      | 2015-01-01 || F                    | (no_reference_range)
        8       | North | F      | 2015-01-01 || F                    | T
        """,
        dictionary=BY_TABLE,
        limits=LIMITS,
        labs="""
        patient | date   | value | unit | lln | uln
        1       | day -3 | 71    | U/L  |     |
        2       | day -3 | 90    | U/L  |     |
        3       | day -3 | 90    | U/L  |     | 45
        4       | day -3 | 81    | U/L  |     |
        5       | day -3 | 50    | U/L  |     | 0
        6       | day -3 | 11    | U/L  | 12  |
        7       | day -3 | 61    | U/L  |     |
        8       | day -3 | 61    | U/L  | 5   |
        """,
    )
    high = said.answers["2"].criteria["high"].rule.children[0]
    assert [row.reference for row in high.evidence] == ["45 U/L by line 2 of limits"]
    own = said.answers["3"].criteria["high"].rule.children[0]
    assert [row.reference for row in own.evidence] == [""]


def test_line_36_what_is_not_known_of_a_patient_must_not_matter() -> None:
    """Without a site, a sex or an age any is possible, also one that no line names. Then no limit is known.

    It is where every one that is possible has the same: of all in the South nothing else is asked, and of somebody born
    in 1980 no month. That men and women in the East have the same is not enough, nor that children in Port have one.
    """
    said = spec(
        'ALT: {measure: ALT, is: "<= 2 xULN"}',
        """
        patient | site  | sex    | birth      || ALT
        1       | South |        |            || T
        2       | North |        | 1980-01-01 || (no_reference_range)
        3       | North | other  | 1980-01-01 || (no_reference_range)
        4       |       | male   | 1980-01-01 || (no_reference_range)
        5       | West  | male   | 1980-01-01 || (no_reference_range)
        6       | North | male   |            || (no_reference_range)
        7       | North | male   | 1980       || T
        8       | North | male   | 2008       || (no_reference_range)
        9       | North |        | 2009-05    || T
        10      | East  | male   |            || T
        11      | East  |        |            || (no_reference_range)
        12      | Port  |        | 2015       || T
        13      | Port  |        |            || (no_reference_range)
        """,
        dictionary=BY_TABLE,
        limits=LIMITS,
        labs="""
        patient | date   | value | unit
        1       | day -3 | 50    | U/L
        2       | day -3 | 50    | U/L
        3       | day -3 | 50    | U/L
        4       | day -3 | 50    | U/L
        5       | day -3 | 50    | U/L
        6       | day -3 | 50    | U/L
        7       | day -3 | 50    | U/L
        8       | day -3 | 50    | U/L
        9       | day -3 | 50    | U/L
        10      | day -3 | 50    | U/L
        11      | day -3 | 50    | U/L
        12      | day -3 | 50    | U/L
        13      | day -3 | 50    | U/L
        """,
    )
    facts = {
        patient: said.answers[patient].criteria["ALT"].rule.children[0].facts
        for patient in ("2", "4", "6", "8", "11", "13")
    }
    own = "an upper reference limit for row 1 of labs"
    assert facts["2"] == (own, "patients.sex")
    assert facts["4"] == (own, "patients.site")
    assert facts["6"] == (own, "patients.birth")
    assert facts["8"] == (own, "the complete date in patients.birth")
    assert facts["11"] == (own, "patients.sex")
    assert facts["13"] == (own, "patients.birth")


def test_line_36_the_age_is_that_on_the_day_of_the_row() -> None:
    """On the 18th birthday somebody is 18; born on 29 February, on 1 March. Without a date of the row nobody is.

    Half a date is enough where all of its days are before the birthday, or none.
    """
    spec(
        'ALT: {measure: ALT, take: any, is: "> 1 xULN"}',
        """
        patient | site  | sex  | birth      || ALT
        1       | North | male | 2008-04-17 || F
        2       | North | male | 2008-04-18 || T
        3       | North | male | 2008-02-29 || T
        4       | North | male | 2008-02-29 || F
        5       | North | male | 2000-02-29 || (no_reference_range)
        6       | North | male | 2008-04-01 || F
        7       | North | male | 2008-04-17 || (no_reference_range)
        8       | South | male | 2008-04-17 || F
        """,
        dictionary=BY_TABLE,
        limits=LIMITS,
        labs="""
        patient | date       | value | unit
        1       | 2026-04-17 | 40    | U/L
        2       | 2026-04-17 | 40    | U/L
        3       | 2026-02-28 | 40    | U/L
        4       | 2026-03-01 | 40    | U/L
        5       |            | 40    | U/L
        6       | 2026-04    | 40    | U/L
        7       | 2026-04    | 40    | U/L
        8       |            | 40    | U/L
        """,
    )


def test_line_36_nobody_is_measured_before_birth() -> None:
    """Of days on which somebody may have been born only those before the row count; a birth after it is a mistake."""
    spec(
        'ALT: {measure: ALT, take: any, is: "<= 1 xULN"}',
        """
        patient | site  | birth      || ALT
        1       | North | 2025       || T
        2       | North | 2026-05-01 || (no_reference_range)
        3       | South | 2026-05-01 || T
        """,
        dictionary=BY_TABLE,
        limits=LIMITS,
        labs="""
        patient | date       | value | unit
        1       | 2025-06-01 | 30    | U/L
        2       | 2026-04-17 | 30    | U/L
        3       | 2026-04-17 | 30    | U/L
        """,
    )


def test_line_36_a_limit_of_the_table_is_converted_to_the_unit_of_the_row() -> None:
    """40 U/L are two thirds of a ukat/L, and 6 % of HbA1c 42.1 mmol/mol, of which twice as much is not 12 %.

    Where the unit of the row is not known that is what is missing, and not a limit.
    """
    spec(
        """
        ALT: {measure: ALT, is: "<= 3 xULN"}
        HBA1C: {measure: HBA1C, is: "<= 2 xULN"}
        """,
        """
        patient | site  || ALT                  | HBA1C
        1       | South || T                    | T
        2       | South || F                    | T
        3       | South || (unit_unknown)       | F
        4       | West  || (no_reference_range) | F
        """,
        dictionary=BY_TABLE,
        limits="""
        test  | site  | sex | from | to | low | high | unit
        ALT   | South |     |      |    |     | 40   | U/L
        ALT   | North |     |      |    |     | 0.5  | ukat/L
        HBA1C |       |     |      |    |     | 6    | %
        """,
        labs="""
        patient | test  | date   | value  | unit
        1       | ALT   | day -3 | 2      | ukat/L
        1       | HBA1C | day -3 | 12     | %
        2       | ALT   | day -3 | 2.0001 | ukat/L
        2       | HBA1C | day -3 | 84     | mmol/mol
        3       | ALT   | day -3 | 50     | odd
        3       | HBA1C | day -3 | 85     | mmol/mol
        4       | ALT   | day -3 | 50     | odd
        4       | HBA1C | day -3 | 12.1   | %
        """,
    )


def test_line_36_a_multiple_means_nothing_where_neither_row_nor_table_has_the_limit() -> None:
    """A measure without a column of limits and without a line is refused; with a line it is not."""
    rule = 'HBA1C: {measure: HBA1C, is: "<= 2 xULN"}'
    high = """
        test  | site | sex | from | to | low | high | unit
        HBA1C |      |     |      |    |     | 6    | %
        """
    refused(rule, "P106", "1:8", dictionary=BY_TABLE, limits=LIMITS)
    refused(rule.replace("ULN", "LLN"), "P106", dictionary=BY_TABLE, limits=high)
    spec(
        rule,
        """
        patient | site  || HBA1C
        1       | South || T
        """,
        dictionary=BY_TABLE,
        limits=high,
        labs="""
        patient | test  | date   | value | unit
        1       | HBA1C | day -3 | 7     | %
        """,
    )


ONE_TABLE = """
format: stratify-dictionary/1
tables: {patients: {dates: [c1d1, cutoff]}}
measures: {CRP: {table: patients, value: value, unit: mg/L, plausible: none}}
"""
RESULTS = labs_dictionary("CRP: {unit: mg/L, unit_column: unit, ref_high: uln, plausible: none}")


_HALVES = (
    (
        """
        at most 5: {measure: CRP, is: "<= 5 mg/L"}
        under 5: {measure: CRP, is: "< 5 mg/L"}
        at least 5: {measure: CRP, is: ">= 5 mg/L"}
        over 5: {measure: CRP, is: "> 5 mg/L"}
        """,
        """
        patient | value || at most 5        | under 5          | at least 5       | over 5
        1       | <5    || T                | T                | F                | F
        2       | ≤5    || T                | (censored_value) | (censored_value) | F
        3       | <= 3  || T                | T                | F                | F
        4       | < 3   || T                | T                | F                | F
        5       | >5    || F                | F                | T                | T
        6       | >=5   || (censored_value) | F                | T                | (censored_value)
        7       | ≥ 5.1 || F                | F                | T                | T
        8       | > 1   || (censored_value) | (censored_value) | (censored_value) | (censored_value)
        9       | 5     || T                | F                | T                | F
        """,
    ),
    (
        """
        not 5: {measure: CRP, is: "!= 5 mg/L"}
        3 or 5: {measure: CRP, is: "in {3, 5} mg/L"}
        3 to 5: {measure: CRP, is: "3 .. 5 mg/L"}
        """,
        """
        patient | value || not 5            | 3 or 5           | 3 to 5
        1       | <5    || T                | (censored_value) | (censored_value)
        2       | ≤5    || (censored_value) | (censored_value) | (censored_value)
        3       | <= 3  || T                | (censored_value) | (censored_value)
        4       | < 3   || T                | F                | F
        5       | >5    || T                | F                | F
        6       | >=5   || (censored_value) | (censored_value) | (censored_value)
        7       | ≥ 5.1 || T                | F                | F
        8       | > 1   || (censored_value) | (censored_value) | (censored_value)
        9       | 5     || F                | T                | T
        """,
    ),
)


def test_line_37_a_censored_result_is_an_interval() -> None:
    """ "<5" is below 5, but nobody knows whether below 3. A rule is decided only if the whole interval agrees."""
    for rules, answers in _HALVES:
        spec(rules, answers, dictionary=ONE_TABLE)


def test_line_37_units_and_reference_limits_apply_to_limits() -> None:
    """ "<0.5 mg/dL" is "<5 mg/L", and with an upper limit of 5 below 1 x ULN."""
    said = spec(
        """
        unit: {measure: CRP, is: "< 5 mg/L"}
        other: {measure: CRP, is: "< 0.5 mg/dL"}
        multiple: {measure: CRP, is: "<= 1 xULN"}
        """,
        """
        patient || unit             | other            | multiple
        1       || T                | T                | T
        2       || (censored_value) | (censored_value) | (censored_value)
        3       || (unit_unknown)   | (unit_unknown)   | (unit_unknown)
        4       || F                | F                | F
        5       || T                | T                | (no_reference_range)
        """,
        dictionary=RESULTS,
        labs="""
        patient | date   | value | unit  | uln
        1       | day -3 | <0.5  | mg/dL | 0.5
        2       | day -3 | <0.6  | mg/dL | 0.5
        3       | day -3 | <0.5  | odd   | 0.5
        4       | day -3 | >5    | mg/L  | 5
        5       | day -3 | <5    | mg/L  |
        """,
    )
    rule = said.answers["2"].criteria["unit"].rule.children[0]
    assert rule.facts == ("the CRP result of row 1 of labs, of which only a limit is known",)


def test_line_37_a_limit_among_several_results() -> None:
    """The largest of ">100" and 3 is above 100; of a mean nothing is known; "<5" and 5 are two values."""
    spec(
        """
        max: {measure: CRP, take: max, is: ">= 50 mg/L"}
        any: {measure: CRP, take: any, is: "> 200 mg/L"}
        all: {measure: CRP, take: all, is: ">= 2 mg/L"}
        mean: {measure: CRP, take: mean, is: ">= 2 mg/L"}
        worst: {measure: CRP, tie: worst, is: "<= 4 mg/L"}
        error: {measure: CRP, tie: error, is: "<= 5 mg/L"}
        """,
        """
        patient || max | any              | all              | mean             | worst            | error
        1       || T   | (censored_value) | T                | (censored_value) | F                | (conflict)
        2       || F   | F                | (censored_value) | (censored_value) | F                | (conflict)
        3       || F   | F                | (censored_value) | (censored_value) | (censored_value) | T
        """,
        dictionary=RESULTS,
        labs="""
        patient | date   | value | unit
        1       | day -3 | >100  | mg/L
        1       | day -3 | 3     | mg/L
        2       | day -3 | <5    | mg/L
        2       | day -3 | 5     | mg/L
        3       | day -3 | <5    | mg/L
        3       | day -3 | <5    | mg/L
        """,
    )


def test_line_37_numbers_and_words_in_one_column() -> None:
    """A long table of laboratory results mixes both: each measure reads its own, and what it cannot read is unknown.

    An unreadable newer result is not passed over; "NA" is none.
    """
    said = spec(
        """
        number: {measure: CRP, is: "<= 5 mg/L"}
        word: {measure: HCG, is: "== negative"}
        said: {measure: CRP, is: "== haemolysed"}
        """,
        """
        patient || number       | word           | said
        1       || T            | T              | F
        2       || (null_value) | (null_value)   | T
        3       || T            | F              | F
        """,
        dictionary=labs_dictionary("CRP: {unit: mg/L, plausible: none}", "HCG: {aliases: [pregnancy]}"),
        labs="""
        patient | test | date   | value
        1       | CRP  | day -3 | 5
        1       | HCG  | day -3 | negative
        2       | CRP  | day -3 | haemolysed
        2       | CRP  | day -9 | 3
        2       | HCG  | day -3 |
        3       | CRP  | day -3 | <5
        3       | HCG  | day -3 | 5
        """,
    )
    rule = said.answers["2"].criteria["number"].rule.children[0]
    assert rule.facts == ("the CRP result of row 1 of labs as a number",)


def test_line_37_a_limit_is_implausible_only_if_all_beyond_it_is() -> None:
    """Platelets "<5" may be 3; ">5000" is more than anyone has."""
    spec(
        'PLT: {measure: PLT, is: ">= 100 10*9/L"}',
        """
        patient || PLT
        1       || F
        2       || (implausible)
        3       || T
        4       || (implausible)
        """,
        dictionary=labs_dictionary("PLT: {unit: 10*9/L}"),
        labs="""
        patient | date   | value
        1       | day -3 | <5
        2       | day -3 | <0.5
        3       | day -3 | >1000
        4       | day -3 | >5000
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
        4       | CREA     | 80    | mL/min
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
