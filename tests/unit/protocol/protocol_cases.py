"""One text for every finding of a protocol file, marked where it must be found."""

from __future__ import annotations

from stratify.model.formula import FromDefinition
from stratify.protocol.library_file import built_in_formulas
from unit.protocol.marked import HEAD, MARK, rule, section

_ALT = "measure: ALT"
_A = "{ref: adult}"
_ALT_OF = "{measure: ALT}"
GROWING = "  l0: {ref: adult}\n" + "".join(
    f"  l{i}: {{any: [{{ref: l{i - 1}}}, {{not: {{ref: l{i - 1}}}}}]}}\n" for i in range(1, 30)
)
"""Thirty short definitions that, written out, come to a thousand million questions."""
_MANY = "".join(
    f"  - {MARK if i == 63 else ''}{{id: C{i}, kind: inclusion, text: t, rule: {{ref: adult}}}}\n" for i in range(65)
)

_CHARLSON_BUT_ONE = "".join(
    f"  {item.source.name}: {{exists: tx, code: x}}\n"
    for item in list(built_in_formulas()["CHARLSON"].inputs.values())[1:]
    if isinstance(item.source, FromDefinition)
)


def anchored(anchors: str) -> str:
    """A protocol with further anchors."""
    return rule("{ref: adult}").replace("anchors: {", f"anchors: {{{anchors}, ")


CASES: list[tuple[str, str]] = [
    # YAML itself
    ("P003", "[" * 60 + MARK + "[" + "]" * 61),
    ("P004", f"a: [1, 2\nb{MARK}: 3\n"),
    ("P004", f"a: 1\n b{MARK}: 2\n"),
    ("P004", f"a: {MARK}@x\n"),
    ("P004", f"a: '1\n{MARK}"),
    ("P004", f"a: {MARK}\x01\n"),
    ("P004", f"a:\n{MARK}\tb: 1\n"),
    ("P005", f"format: stratify/1\ntrial: {{id: T}}\n{MARK}format: stratify/1\ncriteria: []\n"),
    ("P006", section(f"examples: {MARK}&all\n")),
    ("P006", section(f"arms: {MARK}*all\n")),
    ("P006", rule(f"{MARK}*all ")),
    ("P006", section(f"examples:\n  - {{name: n, patient: {{{MARK}<<: 1}}, expect: {{A: met}}}}\n")),
    ("P007", rule(f"{{value: patients.x, is: {MARK}!text '> 1'}}")),
    ("P007", rule(f"{{value: patients.x, is: {MARK}!= 3}}")),
    ("P008", section(f"{MARK}---\na: 1\n")),
    ("P009", MARK),
    ("P009", f"{MARK}# only a comment\n"),
    # keys and shapes
    ("P010", f"format: {MARK}stratify/2\ntrial: {{id: T}}\ncriteria: []\n"),
    ("P011", section(f"{MARK}strat: []\n")),
    ("P011", rule(f'{{{_ALT}, is: "> 1", {MARK}withn: [-1, 0]}}')),
    ("P012", f"{MARK}format: stratify/1\ntrial: {{id: T}}\n"),
    ("P012", HEAD + f"criteria:\n  - {MARK}{{id: A, kind: inclusion, rule: {{ref: adult}}}}\n"),
    ("P013", f"{MARK}- a\n"),
    ("P013", rule(f"{MARK}[]")),
    ("P013", rule(f'{{value:{MARK} , is: "> 1"}}')),
    ("P013", section(f"? {MARK}[a]\n: 1\n")),
    ("P301", section(f"use:\n  - {MARK}lib@1\n")),
    ("P320", rule(f"{{exists: tx, code: {{in: {MARK}platinum}}}}")),
    ("P324", rule(f"{{exists: tx, code: {{in: [C78, {MARK}C7], system: icd10, descendants: true}}}}")),
    ("P324", rule(f"{{exists: tx, code: {{in: [{MARK}L0], system: ATC, descendants: true}}}}")),
    ("P324", rule(f"{{exists: tx, code: {{in: [E850, {MARK}E85], system: ICD9CM, descendants: true}}}}")),
    ("P015", rule(f"{{exists: tx, code: {{in: [C78], descendants: {MARK}yes}}}}")),
    ("P013", rule(f"{{exists: tx, code: {{in: {MARK}{{a: 1}}}}}}")),
    ("P021", rule(f"{{exists: tx, code: {{in: {MARK}[], system: ICD-10}}}}")),
    ("P015", rule(f'{{{_ALT}, take: {MARK}lattest, is: "> 1"}}')),
    ("P016", rule(f'{{count: tx, is: {MARK}"> many"}}')),
    ("P016", section(f"arms:\n  - {{id: X, ratio: {MARK}0}}\n")),
    # scalars
    ("P020", rule(f'{{value: patients.x, is: "{MARK}18"}}')),
    ("P020", rule(f'{{value: patients.x, is: ">={MARK}"}}')),
    ("P020", rule(f'{{value: patients.x, is: "> {MARK}= 18"}}')),
    ("P020", rule(f'{{value: patients.x, is: ">= {MARK}> 18"}}')),
    ("P020", rule(f'{{value: patients.x, is: "in {MARK}a, b"}}')),
    ("P020", rule(f'{{value: patients.x, is: "in {{a, b{MARK}"}}')),
    ("P020", rule(f'{{value: patients.x, is: "in {{a, {MARK}}}"}}')),
    ("P020", rule(f'{{value: patients.x, is: "1 .. {MARK}> 5"}}')),
    ("P020", rule(f'{{value: patients.x, is: "== {MARK}\'a"}}')),
    ("P021", rule(f'{{value: patients.x, is: "in {MARK}{{}}"}}')),
    ("P021", rule(f"{{exists: tx, code: {MARK}[]}}")),
    ("P022", rule(f'{{{_ALT}, is: "> 1", within: ["{MARK}6 moons", 0]}}')),
    ("P023", rule(f'{{value: {MARK}sex, is: "== f"}}')),
    ("P024", rule(f'{{value: patients.x, is: "{MARK}5 .. 1"}}')),
    ("P024", rule(f'{{value: patients.x, is: "{MARK}2026-02-01 .. 2026-01-31"}}')),
    ("P025", rule(f'{{{_ALT}, is: "1 % .. < {MARK}2 mg"}}')),
    ("P026", rule(f'{{count: tx, is: {MARK}">= 1 mg"}}')),
    ("P026", rule(f'{{{_ALT}, is: "> 1", times: {MARK}">= 2 mg"}}')),
    ("P016", rule(f'{{each: [ALT], is: "> 1", times: {MARK}"== two"}}')),
    ("P061", rule(f'{{{_ALT}, take: {MARK}latest, is: "> 1", times: ">= 2"}}')),
    ("P061", rule(f'{{each: [ALT], take: {MARK}mean, is: "> 1", times: ">= 2"}}')),
    ("P011", rule(f'{{derived: QTCF, is: "> 470 ms", {MARK}times: ">= 2"}}')),
    ("P011", section(f"strata:\n  - {{id: s, bands: {{of: {{{_ALT}, {MARK}times: '> 1'}}, cuts: ['> 1 U/L']}}}}\n")),
    # parameters
    ("P030", rule(f'{{{_ALT}, is: "<= {MARK}$limits"}}')),
    ("P030", rule(f'{{{_ALT}, is: "> 1", within: {MARK}$day}}')),
    ("P030", rule(f'{{{_ALT}, take: {MARK}$x, is: "> 1"}}')),
    ("P030", rule(f"{{exists: tx, code: {{in: {MARK}$codes}}}}")),
    ("P030", rule(f"{{exists: {MARK}$table}}")),
    ("P031", rule("{ref: adult}").replace("  limit:", f"  {MARK}a-b: {{value: 1}}\n  limit:")),
    ("P034", rule(f'{{{_ALT}, is: "<= $limit {MARK}U/L"}}')),
    # anchors and windows
    ("P040", rule(f'{{{_ALT}, is: "> 1", before: {MARK}f}}')),
    (
        "P041",
        rule(f'{{{_ALT}, is: "> 1", within: {MARK}[-1, 0]}}')
        .replace("defaults: {anchor: d}\n", "")
        .replace("{age: years, is", "{age: years, at: d, is"),
    ),
    ("P042", rule(f'{{{_ALT}, is: "> 1", within: {MARK}[0, -14]}}')),
    ("P042", rule(f'{{{_ALT}, is: "> 1", within: {MARK}[-1 mo, -6 mo]}}')),
    ("P043", rule(f'{{{_ALT}, is: "> 1", of: {MARK}d}}')),
    # definitions, ids, connectives
    ("P050", rule(f"{{ref: {MARK}adullt}}")),
    ("P051", rule("{ref: adult}").replace("  adult:", f"  {MARK}a: {{ref: b}}\n  b: {{not: {{ref: a}}}}\n  adult:")),
    ("P052", rule("{ref: adult}") + f"  - {{id: {MARK}A, kind: exclusion, text: t, rule: {{ref: adult}}}}\n"),
    ("P052", section(f"strata:\n  - {{id: s, from: patients.s}}\n  - {{id: {MARK}s, from: patients.s}}\n")),
    ("P053", HEAD + "criteria:\n" + _MANY),
    ("P055", rule(f"{{at_least: {MARK}{{n: 2, of: [{{ref: adult}}]}}}}")),
    ("P056", rule(f"{{choose: {MARK}[{{when: {{ref: adult}}, then: {{ref: adult}}}}]}}")),
    ("P056", rule(f"{{choose: {MARK}[{{otherwise: {{ref: adult}}}}]}}")),
    ("P056", rule(f"{{choose: [{MARK}{{when: {{ref: adult}}}}, {{otherwise: {{ref: adult}}}}]}}")),
    ("P057", rule(f"{{all: {MARK}[]}}")),
    ("P057", rule(f"{{any: {MARK}[]}}")),
    ("P057", rule(f'{{each: {MARK}[], is: "> 1"}}')),
    ("P057", rule(f"{{exists: tx, where: {{all: {MARK}[]}}}}")),
    ("P058", rule(f'{MARK}{{valu: patients.x, is: "> 1"}}')),
    ("P058", rule(f'{MARK}{{value: patients.x, age: years, is: "> 1"}}')),
    ("P058", rule(f'{{exists: tx, where: {MARK}{{fild: a, is: "> 1"}}}}')),
    ("P059", rule(f'{MARK}{{gap: tx, is: ">= 21 d"}}')),
    ("P060", rule(f'{{gap: tx, none: fail, is: {MARK}">= 21"}}')),
    ("P060", rule(f'{{gap: tx, none: fail, is: {MARK}"1 d .. 2 d"}}')),
    # arms and strata
    ("P070", section(f"arms:\n  - {{id: X, assign: {MARK}by_rule}}\n")),
    (
        "P071",
        section(
            f"arms:\n  - {{id: X, requires: {{ref: adult}}, priority: 1}}\n"
            f"  - {MARK}{{id: Y, requires: {{ref: adult}}, priority: 1}}\n"
        ),
    ),
    ("P072", section(f"strata:\n  - {MARK}{{id: s}}\n")),
    ("P072", section(f"strata:\n  - {{id: s, from: patients.s, overlap: {MARK}a}}\n")),
    ("P073", section(f"strata:\n  - {{id: s, overlap: {MARK}aa, levels: {{a: {{ref: adult}}, b: otherwise}}}}\n")),
    ("P074", section(f"strata:\n  - {{id: s, levels: {{a: {{ref: adult}}, b: otherwise, c: {MARK}otherwise}}}}\n")),
    ("P075", section(f"strata:\n  - {{id: s, levels: {MARK}{{b: otherwise}}}}\n")),
    ("P075", section(f"strata:\n  - {{id: s, bands: {{of: {{measure: ALT}}, cuts: {MARK}[]}}}}\n")),
    ("P076", HEAD + f"criteria:\n  - {MARK}{{id: verdict, kind: inclusion, text: t, rule: {{ref: adult}}}}\n"),
    # derived anchors, places, waiving, approval
    (
        "P360",
        anchored(f"a: {MARK}{{latest: tx, before: b}}, b: {{earliest: tx, after: c}}, c: {{latest: tx, by: b}}")
        .replace(MARK, "")
        .replace("b: {", f"b: {MARK}{{"),
    ),
    ("P360", anchored(f"a: {MARK}{{latest: tx, within: [0, 6 mo], of: a}}")),
    ("P368", anchored(f"a: {MARK}{{latest: tx, earliest: tx}}")),
    ("P011", anchored(f"a: {{latest: tx, {MARK}is: '> 1'}}")),
    ("P040", anchored(f"a: {{latest: tx, before: {MARK}f}}")),
    ("P012", anchored(f"a: {MARK}{{label: x}}")),
    ("P361", rule("{ref: adult}").replace("  adult:", GROWING.replace("  l14:", f"  {MARK}l14:") + "  adult:")),
    (
        "P366",
        HEAD
        + "criteria:\n  - {id: A, kind: inclusion, text: t, severity: advisory,"
        + f" waivable: {MARK}false, rule: {{ref: adult}}}}\n",
    ),
    (
        "P367",
        section(f"arms:\n  - {{id: X, requires: {{ref: adult}}, slots: {MARK}3}}\n")
        .replace("defaults: {anchor: d}\n", "")
        .replace("{age: years, is", "{age: years, at: d, is"),
    ),
    ("P367", section(f"arms:\n  - {{id: X, requires: {{ref: adult}}, order_by: {MARK}d}}\n")),
    ("P040", section(f"arms:\n  - {{id: X, requires: {{ref: adult}}, slots: 3, order_by: {MARK}f}}\n")),
    ("P016", section(f"arms:\n  - {{id: X, requires: {{ref: adult}}, slots: {MARK}0}}\n")),
    ("P016", section(f"arms:\n  - {{id: X, slots: {MARK}0}}\n")),
    # every place that wants another shape
    ("P013", section(f"arms: {MARK}none\n")),
    ("P013", section(f"arms: [{MARK}a]\n")),
    ("P013", section(f"strata: {MARK}none\n")),
    ("P013", section(f"strata: [{MARK}a]\n")),
    ("P013", section(f"examples: {MARK}none\n")),
    ("P013", section(f"examples: [{{name: n, patient: {{}}, labs: [{MARK}a], expect: {{A: met}}}}]\n")),
    ("P013", section(f"examples: [{{name: n, patient: {{a: {MARK}[1]}}, expect: {{A: met}}}}]\n")),
    ("P013", HEAD + f"criteria: {MARK}{{}}\n"),
    (
        "P013",
        HEAD.replace("define:", f"define: {MARK}none").replace(
            '  adult: {age: years, is: ">= 18"}\n', "criteria: []\n"
        ),
    ),
    ("P013", rule(f"{{any: {MARK}adult}}")),
    ("P013", rule(f"{{choose: {MARK}adult}}")),
    (
        "P013",
        rule(f"{{choose: [{{when: {{ref: adult}}, then: {{ref: adult}}}}, {MARK}a, {{otherwise: {{ref: adult}}}}]}}"),
    ),
    ("P013", rule(f"{{at_least: {MARK}2}}")),
    ("P013", rule(f"{{exists: tx, where: {MARK}x}}")),
    ("P013", rule(f"{{exists: tx, where: {{any: {MARK}x}}}}")),
    ("P013", rule(f"{{exists: tx, code: {{in: {MARK}{{}}}}}}")),
    ("P013", rule(f'{{{_ALT}, is: "> 1", within: {MARK}[-1]}}')),
    (
        "P022",
        rule(f'{{{_ALT}, is: "> 1", within: $weird}}').replace(
            "  days:", f"  weird: {{value: {MARK}[-1, 0], unit: mg}}\n  days:"
        ),
    ),
    ("P026", section(f"strata:\n  - {{id: s, bands: {{of: {{age: years}}, cuts: [{MARK}'> 1 mg']}}}}\n")),
    ("P030", rule(f"{{value: patients.x, is: {MARK}$whole}}")),
    ("P040", section("").replace("of: e", f"of: {MARK}f")),
    ("P052", section(f"strata:\n  - {{id: s, bands: {{of: {_ALT_OF}, cuts: ['> 1', {MARK}'> 1']}}}}\n")),
    (
        "P056",
        rule(f"{{choose: [{{when: {_A}, then: {_A}}}, {{otherwise: {_A}}}, {MARK}{{otherwise: {_A}}}]}}"),
    ),
    ("P058", section(f"strata:\n  - {{id: s, bands: {{of: {MARK}{{exists: tx}}, cuts: ['> 1']}}}}\n")),
    # examples
    ("P080", section(f"examples:\n  - {{name: n, patient: {{}}, expect: {{{MARK}B: met}}}}\n")),
    ("P081", section(f"examples:\n  - {{name: n, patient: {{}}, expect: {MARK}{{}}}}\n")),
    (
        "P082",
        section(f"examples:\n  - {{name: n, patient: {{}}, expect: {{A: {MARK}{{result: met, reason: conflict}}}}}}\n"),
    ),
    (
        "P015",
        section(
            f"examples:\n  - {{name: n, patient: {{}}, expect: {{A: {{result: unknown, reason: {MARK}untested}}}}}}\n"
        ),
    ),
    ("P015", section(f"examples:\n  - {{name: n, patient: {{}}, expect: {{verdict: {MARK}ELIGABLE}}}}\n")),
    # alterations
    ("P012", rule(f"{{alteration: EGFR, min_vaf: {MARK}{{unit: '%'}}}}")),
    ("P013", rule(f"{{alteration: EGFR, any_of: {MARK}L858R}}")),
    ("P013", rule(f"{{alteration: EGFR, any_of: [{MARK}L858R]}}")),
    ("P343", rule(f"{{alteration: EGFR, any_of: [{{{MARK}signature: HRD}}]}}")),
    ("P343", rule(f"{{alteration: BRCA1, any_of: [{{class: truncating}}, {{{MARK}signature: [SBS3], exon: 2}}]}}")),
    ("P015", rule(f"{{alteration: EGFR, any_of: [{{class: {MARK}truncated}}]}}")),
    ("P015", rule(f"{{alteration: EGFR, any_of: [{{cnv: {MARK}amplified}}]}}")),
    ("P015", rule(f"{{alteration: EGFR, origin: {MARK}tumour}}")),
    ("P015", rule(f"{{alteration: EGFR, call: [vus, {MARK}likely]}}")),
    ("P015", rule(f"{{alteration: EGFR, tested: {{covers: {MARK}genes}}}}")),
    ("P015", rule(f"{{alteration: EGFR, any_of: [{{pattern: p.V600, including: {MARK}deletions}}]}}")),
    ("P021", rule(f"{{alteration: EGFR, negative_needs: {MARK}[]}}")),
    ("P057", rule(f"{{alteration: EGFR, any_of: {MARK}[]}}")),
    ("P330", rule(f"{{alteration: EGFR, any_of: [{{protein: {MARK}c.2573T>G}}]}}")),
    ("P330", rule(f"{{alteration: EGFR, any_of: [{{pattern: {MARK}p.G12X}}]}}")),
    ("P330", rule(f"{{alteration: EGFR, any_of: [{{pattern: {MARK}746_750}}]}}")),
    ("P330", rule(f"{{alteration: EGFR, any_of: [{{protein: {MARK}L858R, including: delins}}]}}")),
    ("P331", rule(f"{{alteration: EGFR, any_of: [{{protein: {MARK}p.V600}}]}}")),
    ("P332", rule(f"{{alteration: EGFR, any_of: [{MARK}{{protein: p.L858R, class: truncating}}]}}")),
    ("P332", rule(f"{{alteration: EGFR, any_of: [{MARK}{{pattern: p.V600, class: frameshift}}]}}")),
    ("P333", rule(f"{{alteration: EGFR, any_of: [{MARK}{{cnv: amplification, exon: 19}}]}}")),
    ("P333", rule(f"{{alteration: EGFR, any_of: [{MARK}{{}}]}}")),
    ("P337", rule(f"{{alteration: EGFR, tested: {{assays: [a]}}, negative_needs: {MARK}[b]}}")),
    ("P337", rule(f"{{alteration: EGFR, tested: {{assays: [a]}}, min_vaf: {{value: 5, applies_to: {MARK}b}}}}")),
    ("P339", rule(f"{{alteration: EGFR, min_vaf: {{value: {MARK}5, unit: fraction}}}}")),
    ("P339", rule(f"{{alteration: EGFR, min_vaf: {{value: {MARK}0}}}}")),
    # computed values
    ("P350", rule(f'{{derived: {MARK}BMY, is: "> 25 kg/m2"}}')),
    ("P351", rule(f'{MARK}{{derived: CHARLSON, is: "> 2"}}').replace("  adult:", _CHARLSON_BUT_ONE + "  adult:")),
    ("P354", rule(f'{{derived: CHILD_PUGH, is: {MARK}"in {{5, 6}}"}}')),
    ("P354", rule(f'{{change: ALT, from: [-9, -5], to: [-4, 0], as: ratio, is: {MARK}"!= 1"}}')),
    (
        "P354",
        section(f"strata:\n  - {{id: s, bands: {{of: {{derived: CHILD_PUGH}}, cuts: [{MARK}'in {{5, 6}}']}}}}\n"),
    ),
    ("P355", rule(f'{{derived: BMI, take: {MARK}any, is: "> 25 kg/m2"}}')),
    ("P355", rule(f'{{derived: CHILD_PUGH, take: {MARK}max, is: "> 6"}}')),
    ("P355", rule(f'{{derived: BMI, at: {MARK}e, is: "> 25 kg/m2"}}')),
    ("P355", rule(f'{{derived: QTCF, at: {MARK}e, is: "> 470 ms"}}')),
    ("P355", rule(f'{{change: ALT, from: [-9, -5], to: [-4, 0], as: ratio, take: {MARK}all, is: "> 1"}}')),
    ("P356", rule(f'{{{_ALT}, of_last: {MARK}3, is: "> 1"}}')),
    ("P356", rule(f'{{{_ALT}, take: mean, need: {MARK}3, is: "> 1"}}')),
    ("P356", rule(f'{{each: [ALT], take: mean, of_last: {MARK}2, need: 3, is: "> 1"}}')),
    ("P356", rule(f'{{derived: QTCF, of_last: {MARK}3, is: "> 470 ms"}}')),
    ("P356", rule(f'{{derived: BMI, take: mean, of_last: {MARK}3, is: "> 25 kg/m2"}}')),
    ("P359", rule(f'{{change: ALT, from: {MARK}[-4, 0], to: [-9, -5], as: ratio, is: "> 1"}}')),
    ("P012", rule(f'{MARK}{{change: ALT, from: [-9, -5], as: ratio, is: "> 1"}}')),
    ("P013", rule(f'{{change: ALT, from: {MARK}d, to: [-4, 0], as: ratio, is: "> 1"}}')),
    ("P030", rule(f'{{change: ALT, from: {MARK}$past, to: [-4, 0], as: ratio, is: "> 1"}}')),
    (
        "P041",
        rule(f'{MARK}{{derived: CRCL_CG, is: ">= 50 mL/min"}}')
        .replace("defaults: {anchor: d}\n", "")
        .replace("{age: years, is", "{age: years, at: d, is"),
    ),
]
"""Finding code and marked text. Every finding must be found at its mark, and no other."""
