"""A protocol read by a physician and by a programmer: every node has its words."""

from __future__ import annotations

import pytest

from stratify.model.expression import Condition, walk
from stratify.protocol import condition_text, formula, parse_comparison, parse_protocol, prose
from stratify.protocol.wording import comparison_words
from unit.protocol.marked import HEAD, rule, section

_LAST = "f: {latest: tx, code: [a, b], column: end_date, before: d, label: the last dose}"
CONDITIONS = [
    (
        '{value: patients.sex, is: "== f"}',
        [
            "- sex is f",
        ],
        "patients.sex == f",
    ),
    (
        '{age: months, at: e, is: "< 6"}',
        [
            "- age in completed months at e is below 6",
        ],
        "age(months, e) < 6",
    ),
    (
        '{measure: ALT, within: [-14, 0], is: "<= 2.5 xULN"}',
        [
            "- the latest ALT from 14 days before d to that day is at most 2.5 times the upper limit of normal",
        ],
        "latest(ALT, day >= d - 14 d, day <= d) <= 2.5 xULN",
    ),
    (
        '{measure: ALT, take: max, before: e, is: "1 .. < 2"}',
        [
            "- the highest ALT before e is at least 1 and below 2",
        ],
        "max(ALT, day < e) in [1 .. < 2]",
    ),
    (
        '{measure: ALT, tie: best, where: {not: {field: q, is: "== 1"}}, is: "> 1 mg"}',
        [
            "- the latest ALT (not with q 1) is above 1 mg; of values of one time the most favourable counts",
        ],
        "latest(ALT, ¬(.q == 1), tie best) > 1 mg",
    ),
    (
        "{exists: tx, code: [a, b], where: {all: [{field: r, is: '== i'}, {any: [{field: s, is: '> 1'}]}]}, by: d}",
        [
            "- there is an entry in tx coded as a or b on or before d (with r i and (s above 1))",
        ],
        "exists(tx, code in {a, b}, (.r == i ∧ (.s > 1)), day <= d)",
    ),
    (
        '{count: tx, code: a, within: ["-6 mo", "1 d"], exact_time: true, is: ">= 2"}',
        [
            "- the number of entries in tx coded as a from 6 months before to 1 day after d (to the minute"
            " where times are known) is at least 2",
        ],
        "count(tx, code in {a}, day >= d - 6 mo, day <= d + 1 d, exact time) >= 2",
    ),
    (
        '{gap: tx, from: end_date, open_ended: ongoing, none: infinite, is: ">= 21 d"}',
        [
            "- the time from the end date of the last entry in tx to d is at least 21 days; with no such entry"
            " it counts as endless; while such an entry goes on it is 0",
        ],
        "gap(tx, from end_date, to d, none infinite, open-ended) >= 21 d",
    ),
    (
        "{not: {ref: adult}}",
        [
            '- "adult", as defined, does not hold',
        ],
        "¬(adult)",
    ),
    (
        "{not: {exists: tx, code: a, before: d}}",
        [
            "- there is no entry in tx coded as a before d",
        ],
        "¬(exists(tx, code in {a}, day < d))",
    ),
    (
        '{not: {value: patients.x, is: "> 1"}}',
        [
            "- this does not hold:",
            "  - x is above 1",
        ],
        "¬(patients.x > 1)",
    ),
    (
        "{alteration: EGFR, any_of: [{class: inframe_deletion, exon: 19}, {protein: p.Leu858Arg}], call:"
        " pathogenic_or_likely, tested: {assays: [tissue_ngs, tissue_pcr, ctdna]}, negative_needs: [tissue_ngs,"
        " tissue_pcr], min_vaf: {value: 0.5, applies_to: ctdna}}",
        [
            "- EGFR exon 19 in-frame deletion or L858R, called pathogenic or likely pathogenic, found by tissue"
            " NGS, tissue PCR or ctDNA, with an allele fraction of at least 0.5 % where found by ctDNA; absent"
            " only where tissue NGS or tissue PCR covered all of this",
        ],
        "altered(EGFR, {class inframe_deletion ∧ exon 19 ∨ p.L858R}, call in {pathogenic_or_likely}, vaf >= 0.5"
        " % by {ctdna}, assay in {tissue_ngs, tissue_pcr, ctdna}, negative needs {tissue_ngs, tissue_pcr})",
    ),
    (
        "{alteration: alk, any_of: [{fusion: any}, {fusion: EML4}, {cnv: deep_deletion}, {pattern: p.F1174},"
        " {pattern: p.1150_1160, including: frameshift}, {class: truncating, pattern: p.1_9}], origin:"
        " germline, tested: {covers: gene}, where: {field: depth, is: '> 9'}, by: e}",
        [
            "- germline ALK fusion, fusion with EML4, deep deletion (loss of all copies), substitution of"
            " F1174, change of 1150 to 1160 that is a deletion, delins, duplication, frameshift, insertion,"
            " missense or repeat or in-frame change of 1 to 9 that is a truncating variant (nonsense,"
            " frameshift or splice site), found on or before e, with depth above 9; absent only where a test"
            " covered the whole gene",
        ],
        "altered(ALK, {fusion any ∨ fusion EML4 ∨ copies deep_deletion ∨ p.F1174 ∨ p.1150_1160 [deletion,"
        " delins, duplication, frameshift, insertion, missense, repeat] ∨ p.1_9 ∧ class truncating}, germline,"
        " covers gene, .depth > 9, day <= e)",
    ),
    (
        "{alteration: BRCA1, call: [vus, benign]}",
        [
            "- any small variant of BRCA1, called of uncertain significance or benign; absent only where a test"
            " covered all of this",
        ],
        "altered(BRCA1, any variant, call in {vus, benign})",
    ),
    (
        '{biomarker: PDL1_TPS, assay: [22C3, SP263], specimen: tissue, within: [-180, 0], is: ">= 50 %"}',
        [
            "- the latest PDL1_TPS by 22C3 or SP263 in tissue from 180 days before d to that day is at least 50 %",
        ],
        "latest(PDL1_TPS, biomarker, assay in {22C3, SP263}, specimen in {tissue}, day >= d - 180 d, day <= d) >= 50 %",
    ),
    (
        '{measure: ALT, take: mean, of_last: 3, same_day: true, need: 2, within: [-28, 0], is: "<= 40 U/L"}',
        [
            "- the mean of the last 3 ALT results of the last day with any from 28 days before d to that day"
            " (at least 2 needed) is at most 40 U/L",
        ],
        "mean(ALT, day >= d - 28 d, day <= d, last 3 of one day, need 2) <= 40 U/L",
    ),
    (
        '{measure: ALT, of_last: 3, before: d, is: "> 40 U/L", times: ">= 2"}',
        [
            "- of the last 3 ALT results before d (at least 3 needed) the number that are above 40 U/L is at least 2",
        ],
        "count(ALT, day < d, last 3, need 3, value > 40 U/L) >= 2",
    ),
    (
        "{biomarker: PDL1_TPS, assay: 22C3, is: '1 .. < 50 %', times: '<= 2'}",
        [
            "- the number of PDL1_TPS results by 22C3 that are at least 1 and below 50 % is at most 2",
        ],
        "count(PDL1_TPS, biomarker, assay in {22C3}, value in [1 .. < 50 %]) <= 2",
    ),
    (
        '{change: HBA1C, from: [-365, -90], to: [-28, 0], as: difference, tie: best, is: "<= -0.5 %"}',
        [
            "- the change of HBA1C between the latest value from 365 to 90 days before d and the latest value"
            " from 28 days before d to that day is at most -0.5 %; of values of one time the most favourable"
            " counts",
        ],
        "change(HBA1C, difference, from: latest(HBA1C, day >= d - 365 d, day <= d - 90 d, tie best), to:"
        " latest(HBA1C, day >= d - 28 d, day <= d, tie best), tie best) <= -0.5 %",
    ),
    (
        '{derived: CRCL_CG, within: [-14, 0], at: e, is: ">= 50 mL/min"}',
        [
            "- Creatinine clearance, Cockcroft-Gault, actual body weight (CRCL_CG), computed from the latest"
            " WEIGHT and CREAT from 14 days before d to that day, age in completed years at e and sex, is at"
            " least 50 mL/min",
        ],
        "CRCL_CG(age: age(years, e), sex: patients.sex, weight: latest(WEIGHT in kg, day >= d - 14 d, day <="
        " d), creatinine: latest(CREAT in mg/dL, day >= d - 14 d, day <= d)) >= 50 mL/min",
    ),
    (
        '{derived: QTCF, take: mean, of_last: 3, by: e, is: "<= 470 ms"}',
        [
            "- the mean of the last 3 QTCF results (QT interval corrected by Fridericia, from QT and RR; QT and"
            " RR of one time) on or before e (at least 3 needed) is at most 470 ms",
        ],
        "mean(QTCF(qt: QT in ms, rr: RR in ms, day <= e, last 3, need 3)) <= 470 ms",
    ),
    (
        "{any: [{ref: adult}, {all: [{ref: adult}, {ref: adult}]}]}",
        [
            "- at least one of these holds:",
            '  - "adult" holds, as defined',
            "  - all of these hold:",
            '    - "adult" holds, as defined',
            '    - "adult" holds, as defined',
        ],
        "(adult ∨ (adult ∧ adult))",
    ),
    (
        '{at_least: {n: 1, of: [{ref: adult}, {value: patients.x, is: "> 1"}]}}',
        [
            "- at least 1 of these 2 hold:",
            '  - "adult" holds, as defined',
            "  - x is above 1",
        ],
        "at_least(1; adult, patients.x > 1)",
    ),
    (
        "{choose: [{when: {ref: adult}, then: {ref: adult}}, {otherwise: {not: {ref: adult}}}]}",
        [
            "- if:",
            '    - "adult" holds, as defined',
            "  then:",
            '    - "adult" holds, as defined',
            "  otherwise:",
            '    - "adult", as defined, does not hold',
        ],
        "(adult ? adult : ¬(adult))",
    ),
]


@pytest.mark.parametrize(("text", "english", "logic"), CONDITIONS, ids=[str(i) for i in range(len(CONDITIONS))])
def test_every_condition_has_words_and_logic(text: str, english: list[str], logic: str) -> None:
    protocol = parse_protocol(rule(text))
    lines = prose(protocol).splitlines()
    start = lines.index("    Required:") + 1
    asked = [line.removeprefix("      ") for line in lines[start:] if line.startswith("      ")]
    assert asked == english
    assert condition_text(protocol.criteria[0].rule) == logic
    assert f"A := {logic}" in formula(protocol).splitlines()


def test_every_kind_of_condition_is_among_them() -> None:
    seen = {type(node) for text, _, _ in CONDITIONS for node in walk(parse_protocol(rule(text)).criteria[0].rule)}
    assert seen == set(Condition.__args__)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("== true", "is yes"),
        ("!= a", "is not a"),
        ("in {a, b, c}", "is a, b or c"),
        ("not in {a, b}", "is neither a nor b"),
        ("in {a, 'b, c'}", 'is a or "b, c"'),
        ("not in {a}", "is not a"),
        ("1 .. 5 mg", "is from 1 to 5 mg"),
        ("<= 1 xULN", "is at most the upper limit of normal"),
        ("< 1 xLLN", "is below the lower limit of normal"),
        (">= 1.5 10*9/L", "is at least 1.5 x 10^9/L"),
        ("> 250 /uL", "is above 250 per uL"),
        ("in {0 .. 1, 3} %", "is from 0 to 1 or 3 %"),
    ],
)
def test_comparisons_in_words(text: str, words: str) -> None:
    assert comparison_words(parse_comparison(text)) == words


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ("within: [0, 0]", "on d"),
        ("within: [-7, -7]", "7 days before d"),
        ("within: [0, 1 wk]", "from d to 1 week after it"),
        ("within: [-364, -15]", "from 364 to 15 days before d"),
        ("within: [-6 mo, -1]", "from 6 months to 1 day before d"),
        ("within: [35, 7 wk]", "from 35 days to 7 weeks after d"),
        ("within: [-100 y, -4 wk]", "4 weeks or more before d (looking back 100 years)"),
        ("within: [-100 y, 0]", "on or before d (looking back 100 years)"),
        ("within: [-100 y, 2]", "until 2 days after d (looking back 100 years)"),
        ("within: [-28, 42], before: e", "from 28 days before to 42 days after d, and before e"),
        (
            "within: [-28, 42], from: e, before: e",
            "from 28 days before to 42 days after d, and on or after e, and before e",
        ),
        ("within: [-28, 42], from: e, by: f", "from 28 days before to 42 days after d, and from e to the last dose"),
        ("after: d", "after d"),
        ("from: d, by: e", "from d to e"),
    ],
)
def test_windows_in_words(window: str, words: str) -> None:
    text = rule(f"{{exists: tx, {window}}}").replace("anchors: {", f"anchors: {{{_LAST}, ")
    lines = prose(parse_protocol(text)).splitlines()
    assert f"      - there is an entry in tx {words}" in lines


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("{field: longest_mm, is: '>= 10 mm'}", "with longest mm at least 10 mm"),
        ("{field: q, is: '== false'}", "with q: no"),
        ("{field: q, is: '!= true'}", "with q: not yes"),
        ("{field: q, is: '!= a'}", "with q other than a"),
        ("{field: q, is: 'not in {a, b}'}", "with q other than a or b"),
        ("{not: {field: q, is: '== a'}}", "(not with q a)"),
        ("{not: {any: [{field: q, is: '== a'}, {field: r, is: '== b'}]}}", "(not with (q a or r b))"),
        ("{all: [{field: q, is: '== a'}, {field: r, is: 'in {b, c}'}]}", "with q a and r b or c"),
        ("{all: [{field: r, is: 'in {b, c}'}, {field: q, is: '== a'}]}", "(with r b or c; and q a)"),
        ("{any: [{field: q, is: '== a'}, {all: [{field: r, is: '== b'}, {field: s, is: '> 1'}]}]}",
         "(with q a or (r b and s above 1))"),
        ("{all: [{field: q, is: '== a'}, {not: {field: r, is: '== b'}}]}", "with q a and not r b"),
    ],
)  # fmt: skip
def test_rows_in_words(where: str, words: str) -> None:
    lines = prose(parse_protocol(rule(f"{{exists: tx, where: {where}}}"))).splitlines()
    assert f"      - there is an entry in tx {words}" in lines


def test_a_sentence_goes_on_after_its_rows() -> None:
    codes = "code: {system: ICD-10, in: [C34, C78], descendants: true}"
    where = "where: {field: q, is: '== a'}"
    gap = "from: end_date, none: fail, is: '>= 21 d'"
    assert _words(f"{{count: tx, {codes}, is: '> 1'}}") == (
        "the number of entries in tx coded as ICD-10 C34 or C78, or a code below one of them, is above 1"
    )
    assert _words(f"{{gap: tx, {where}, {gap}}}") == (
        "the time from the end date of the last entry in tx, with q a, to d is at least 21 days;"
        " with no such entry this does not hold"
    )
    assert _words(f"{{measure: ALT, take: any, {where}, before: d, is: '> 1 U/L'}}") == (
        "at least one ALT result before d, with q a, is above 1 U/L"
    )
    assert _words("{value: tumour.has_spread, is: '== true'}") == "has spread (tumour): yes"
    assert _words("{not: {any: [{ref: adult}, {value: patients.x, is: '> 1'}]}}") == "none of these holds:"
    assert _words("{not: {all: [{ref: adult}, {value: patients.x, is: '> 1'}]}}") == "these do not all hold:"


def _words(condition: str) -> str:
    lines = prose(parse_protocol(rule(condition))).splitlines()
    return lines[lines.index("    Required:") + 1].removeprefix("      - ")


def test_measures_are_named_below_where_the_unit_says_which_they_are() -> None:
    condition = (
        "{all: [{measure: ALT, is: '<= 2 xULN'}, {measure: EGFR, is: '== mutated'}, {measure: TBIL, is: '< 2 mg/dL'},"
        " {derived: CRCL_CG, within: [-14, 0], at: e, is: '>= 50 mL/min'}, {measure: STAGE, is: '== IV'}]}"
    )
    text = prose(parse_protocol(rule(condition)))
    assert text.endswith(
        "\nMeasures\n  ALT: alanine aminotransferase\n  CREAT: creatinine\n  TBIL: bilirubin\n  WEIGHT: body weight\n"
    )


WHOLE = section(
    "arms:\n  - {id: a, label: Arm A, ratio: 2}\n  - {id: b, from: patients.x, is: '== 1'}\n"
    "  - {id: c, requires: {ref: adult}, unknown: fail}\n"
    "strata:\n  - {id: s, levels: {old: {ref: adult}, young: otherwise}, overlap: old, unknown: level}\n"
    "  - {id: m, from: patients.m}\n"
)


def test_the_whole_protocol_as_prose() -> None:
    head = "defaults: {anchor: d, as_of: e, unknown: pass}"
    text = prose(
        parse_protocol(
            WHOLE.replace("defaults: {anchor: d}", head).replace("patients.e}", "patients.e, label: Cut-off}")
        )
    )
    assert text == (
        "T\n"
        "status: draft\n"
        "Nothing recorded after Cut-off is looked at.\n"
        "\n"
        "Definitions\n"
        "  adult:\n"
        "    - age in completed years at d is at least 18\n"
        "\n"
        "Inclusion criteria\n"
        "  A t\n"
        "    Required:\n"
        "      - x is above 1\n"
        "    If the data do not decide it, the patient is assumed to pass.\n"
        "\n"
        "Arms\n"
        "  a (Arm A): randomised, 2 parts\n"
        "  b: recorded, x is 1\n"
        "  c: by rule, tried as number 3; if the data do not decide it, the next arm is tried\n"
        '    - "adult" holds, as defined\n'
        "\n"
        "Strata\n"
        '  s: what is unknown is a level "unknown"; patients of more than one level are in old\n'
        "    old:\n"
        '      - "adult" holds, as defined\n'
        "    young: everybody else\n"
        "  m: m as recorded; what is unknown must be settled first\n"
    )


def test_the_whole_protocol_as_logic() -> None:
    text = HEAD + (
        "criteria:\n"
        "  - {id: A, kind: inclusion, text: t, rule: {ref: adult}, applies_when: {ref: adult}, unknown: fail}\n"
        "  - {id: B, kind: exclusion, text: t, rule: {ref: adult}}\n"
        "  - {id: C, kind: exclusion, text: t, severity: advisory, rule: {ref: adult}}\n"
    )
    assert formula(parse_protocol(text + WHOLE.split('is: "> 1"}}\n')[1])).splitlines() == [
        "adult := age(years, d) >= 18",
        "A := adult → adult  [unknown: fail]",
        "B := adult",
        "C := adult",
        "eligible := A ∧ ¬B",
        "arm a := random  [ratio 2]",
        "arm b := patients.x == 1",
        "arm c := adult  [priority 3, unknown: fail]",
        "stratum s = old := adult",
        "stratum s = young := otherwise",
        "stratum s  [unknown: level, overlap: old]",
        "stratum m := patients.m  [unknown: block]",
    ]


def test_arms_as_a_column_records_them() -> None:
    protocol = parse_protocol(section("arms: {from: patients.arm}\n"))
    assert "  arm as recorded" in prose(protocol).splitlines()
    assert "arm := patients.arm" in formula(protocol).splitlines()


DERIVED = (
    section(
        "arms:\n  - {id: a, slots: 1}\n  - {id: c, requires: {ref: adult}, slots: 3}\n"
        "  - {id: d, requires: {ref: adult}, slots: 2, order_by: e}\n"
    )
    .replace("anchors: {", f"anchors: {{{_LAST}, ")
    .replace("e: {from", "g: {earliest: ev, within: [0, 6 mo], of: f}, e: {from")
    .replace("kind: inclusion", "kind: inclusion, waivable: false")
)
"""Anchors derived from events, places of arms, and a criterion that may not be waived."""


def test_derived_anchors_places_and_waiving_as_prose() -> None:
    lines = prose(parse_protocol(DERIVED)).splitlines()
    start = lines.index("Days")
    assert lines[start + 1 : start + 3] == [
        "  the last dose: the latest end date of all entries in tx coded as a or b before d",
        "  g: the earliest date of all entries in ev from the last dose to 6 months after it",
    ]
    assert "    It may not be waived." in lines
    assert "  a: randomised, 1 part, at most 1 patient" in lines
    head = "  c: by rule, tried as number 2; if the data do not decide it, it is to be asked about"
    assert f"{head}; at most 3 patients in the order of d, the others go on" in lines


def test_derived_anchors_places_and_waiving_as_logic() -> None:
    lines = formula(parse_protocol(DERIVED)).splitlines()
    assert lines[:2] == [
        "f := latest(tx, code in {a, b}, day < d, end_date)",
        "g := earliest(ev, day >= f, day <= f + 6 mo)",
    ]
    assert "A := patients.x > 1  [waivable: false]" in lines
    assert "arm a := random  [ratio 1, slots: 1]" in lines
    assert "arm d := adult  [priority 3, unknown: query, slots: 2 by e]" in lines
