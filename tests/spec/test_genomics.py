"""Genomics.

A gene is altered where a row says so, and not altered only where a test that covers what is asked found nothing. What
was not tested is unknown, and so is its negation.
"""

from __future__ import annotations

from spec.harness import refused, spec, warned

DICTIONARY = """
format: stratify-dictionary/1
tables:
  patients: {dates: [c1d1, cutoff]}
  variants: {date: date}
  cna: {date: date}
  sv: {date: date}
  tests: {date: date}
references:
  panels: {file: panels.csv}
genomics:
  variants: {table: variants, gene: gene, protein: protein, class: class, exon: exon, vaf: vaf, origin: origin,
             call: call, assay: assay}
  copy_number: {table: cna, gene: gene, call: copies, calls: {amplification: ["2"], deep_deletion: ["-2"]}}
  fusions: {table: sv, gene: site1, partner: site2}
  assays: {table: tests, assay: assay, panel: panel}
  panels: {reference: panels, panel: panel, gene: gene, exon: exon, protein: hotspot, finds: finds}
"""
"""The dictionary of every example of this chapter that shows no other one."""

PANELS = """
    panel    | gene | exon | hotspot | finds
    whole    | EGFR |      |         |
    whole    | TP53 |      |         |
    exon 19  | EGFR | 19   |         |
    hotspots | EGFR |      | L858R   |
    hotspots | EGFR |      | p.G719  |
    FISH     | EGFR |      |         | copy_number
    other    | KRAS |      |         |
"""
"""What the panels of this chapter cover: a line without exon and hotspot is the whole gene."""


def test_line_2_an_untested_gene_is_not_wild_type() -> None:
    """Patient 1 is mutant, patient 2 was tested and is not, patient 3 was never tested.

    The gene of the rule and of the data may be written in any case.
    """
    spec(
        """
        altered: {alteration: EGFR}
        not altered: {not: {alteration: egfr}}
        """,
        """
        patient || altered      | not altered
        1       || T            | F
        2       || F            | T
        3       || (not_tested) | (not_tested)
        """,
        dictionary=DICTIONARY,
        panels=PANELS,
        variants="""
        patient | date    | gene | protein
        1       | day -30 | Egfr | p.L858R
        2       | day -30 | TP53 | p.R175H
        """,
        tests="""
        patient | date    | assay | panel
        2       | day -30 | ngs   | whole
        """,
    )


def test_line_2_without_a_table_of_tests_absence_is_what_the_table_says() -> None:
    """A table of variants in which every patient was sequenced says so with `absence_means: false`."""
    everybody = """
    format: stratify-dictionary/1
    tables: {patients: {dates: [c1d1, cutoff]}, variants: {absence_means: false}}
    genomics: {variants: {table: variants, gene: gene}}
    """
    spec(
        "altered: {alteration: FLT3}",
        """
        patient || altered
        1       || T
        2       || F
        """,
        dictionary=everybody,
        variants="""
        patient | gene
        1       | FLT3
        """,
    )
    unknown = """
    format: stratify-dictionary/1
    tables: {patients: {dates: [c1d1, cutoff]}, variants: {}}
    genomics: {variants: {table: variants, gene: gene}}
    """
    spec(
        "altered: {alteration: FLT3}",
        """
        patient || altered
        1       || T
        2       || (not_tested)
        """,
        dictionary=unknown,
        variants="""
        patient | gene
        1       | FLT3
        """,
    )


def test_line_3_a_test_that_does_not_cover_what_is_asked_proves_nothing() -> None:
    """The hotspot panel looks at L858R and at G719, the exon panel at exon 19, neither at the whole gene.

    Of several alternatives each must be ruled out, if by different tests (patient 5). What was found counts whatever
    the panel covers (patient 6).
    """
    spec(
        """
        L858R: {alteration: EGFR, any_of: [{protein: p.L858R}]}
        G719A: {alteration: EGFR, any_of: [{protein: p.G719A}]}
        any G719: {alteration: EGFR, any_of: [{pattern: p.G719}]}
        exon 19: {alteration: EGFR, any_of: [{class: inframe_deletion, exon: 19}]}
        either: {alteration: EGFR, any_of: [{protein: p.L858R}, {class: inframe_deletion, exon: 19}]}
        any variant: {alteration: EGFR}
        whole gene: {alteration: EGFR, any_of: [{protein: p.L858R}], tested: {covers: gene}}
        """,
        """
        patient || L858R         | G719A         | any G719      | exon 19       | either        | any variant   | whole gene
        1       || F             | F             | F             | F             | F             | F             | F
        2       || F             | F             | F             | (not_covered) | (not_covered) | (not_covered) | (not_covered)
        3       || (not_covered) | (not_covered) | (not_covered) | F             | (not_covered) | (not_covered) | (not_covered)
        4       || (not_covered) | (not_covered) | (not_covered) | (not_covered) | (not_covered) | (not_covered) | (not_covered)
        5       || F             | F             | F             | F             | F             | (not_covered) | (not_covered)
        6       || T             | (not_covered) | (not_covered) | (not_covered) | T             | T             | T
        """,  # noqa: E501
        dictionary=DICTIONARY,
        panels=PANELS,
        variants="""
        patient | date    | gene | protein | class             | exon
        6       | day -30 | EGFR | L858R   | Missense_Mutation | 21
        """,
        tests="""
        patient | date    | assay | panel
        1       | day -30 | ngs   | whole
        2       | day -30 | pcr   | hotspots
        3       | day -30 | pcr   | exon 19
        4       | day -30 | ngs   | other
        5       | day -30 | pcr   | hotspots
        5       | day -20 | pcr   | exon 19
        6       | day -30 | ngs   | other
        """,
    )


def test_line_3_which_tests_count_and_which_can_settle_a_negative() -> None:
    """Blood finds an alteration, but finding none in blood proves nothing where a negative needs tissue.

    A row that a test outside the list found does not count (patient 5): what is known of the patient is the negative
    tissue. A test whose type is missing leaves it open (patient 6).
    """
    spec(
        """
        altered:
          alteration: EGFR
          any_of: [{protein: p.L858R}]
          tested: {assays: [tissue, blood]}
          negative_needs: [tissue]
        """,
        """
        patient || altered
        1       || T
        2       || (not_tested)
        3       || F
        4       || F
        5       || F
        6       || (null_value)
        """,
        dictionary=DICTIONARY,
        panels=PANELS,
        variants="""
        patient | date    | gene | protein | assay
        1       | day -30 | EGFR | L858R   | blood
        5       | day -30 | EGFR | L858R   | research
        """,
        tests="""
        patient | date    | assay  | panel
        1       | day -30 | blood  | whole
        2       | day -30 | blood  | whole
        3       | day -30 | tissue | whole
        4       | day -30 | blood  | whole
        4       | day -30 | tissue | whole
        5       | day -30 | tissue | whole
        6       | day -30 |        | whole
        """,
    )


def test_line_3_a_test_outside_the_window_or_without_a_date() -> None:
    """A window asks rows and tests alike.

    Patient 2's variant was found before the window, and the test inside it is negative. Patient 5's panel is not known.
    """
    spec(
        "altered: {alteration: EGFR, within: [-60, 0]}",
        """
        patient || altered
        1       || T
        2       || F
        3       || (out_of_window)
        4       || (null_date)
        5       || (null_value)
        6       || (partial_date)
        7       || (not_covered)
        8       || (null_date)
        """,
        dictionary=DICTIONARY,
        panels=PANELS,
        variants="""
        patient | date    | gene | protein
        1       | day -30 | EGFR | L858R
        2       | day -90 | EGFR | L858R
        8       |         | EGFR | L858R
        """,
        tests="""
        patient | date    | assay | panel
        2       | day -30 | ngs   | whole
        3       | day -90 | ngs   | whole
        4       |         | ngs   | whole
        5       | day -30 | ngs   |
        6       | 2026-02 | ngs   | whole
        7       | day -30 | ngs   | other
        7       | day -90 | ngs   | whole
        8       | day -30 | ngs   | whole
        """,
    )


def test_line_31_no_such_variant_is_not_another_variant() -> None:
    """No T790M is no T790M among the tested. Patient 2 has another variant and was not tested at that residue."""
    spec(
        "no T790M: {not: {alteration: EGFR, any_of: [{protein: p.T790M}]}}",
        """
        patient || no T790M
        1       || F
        2       || (not_covered)
        3       || T
        4       || (not_tested)
        """,
        dictionary=DICTIONARY,
        panels=PANELS,
        variants="""
        patient | date    | gene | protein
        1       | day -30 | EGFR | p.Thr790Met
        1       | day -30 | EGFR | p.L858R
        2       | day -30 | EGFR | p.L858R
        3       | day -30 | EGFR | p.L858R
        4       | day -30 | KRAS | p.G12C
        """,
        tests="""
        patient | date    | assay | panel
        1       | day -30 | ngs   | whole
        2       | day -30 | pcr   | hotspots
        3       | day -30 | ngs   | whole
        """,
    )


def test_line_39_a_change_is_the_same_however_it_is_written() -> None:
    """And a pattern of a residue asks for substitutions of it, not for whatever else happens there.

    A notation that cannot be read, or is missing, leaves it open, unless the class of the variant excludes it: patient
    9's variant is silent.
    """
    spec(
        """
        L858R: {alteration: EGFR, any_of: [{protein: L858R}]}
        V600E: {alteration: EGFR, any_of: [{protein: p.V600E}]}
        V600: {alteration: EGFR, any_of: [{pattern: p.V600}]}
        V600 or more: {alteration: EGFR, any_of: [{pattern: p.V600, including: delins}]}
        """,
        """
        patient || L858R        | V600E        | V600         | V600 or more
        1       || T            | F            | F            | F
        2       || T            | F            | F            | F
        3       || T            | F            | F            | F
        4       || F            | T            | T            | T
        5       || F            | F            | T            | T
        6       || F            | F            | F            | T
        7       || (null_value) | (null_value) | (null_value) | (null_value)
        8       || (null_value) | (null_value) | (null_value) | (null_value)
        9       || F            | F            | F            | F
        """,
        dictionary=DICTIONARY,
        panels=PANELS,
        variants="""
        patient | date    | gene | protein           | class
        1       | day -30 | EGFR | p.L858R           | Missense_Mutation
        2       | day -30 | EGFR | p.Leu858Arg       |
        3       | day -30 | EGFR | NP_005219.2:L858R |
        4       | day -30 | EGFR | p.(Val600Glu)     |
        5       | day -30 | EGFR | V600K             |
        6       | day -30 | EGFR | V600_K601delinsE  |
        7       | day -30 | EGFR | see report        |
        8       | day -30 | EGFR |                   |
        9       | day -30 | EGFR |                   | Silent
        """,
        tests="""
        patient | date    | assay | panel
        1       | day -30 | ngs   | whole
        2       | day -30 | ngs   | whole
        3       | day -30 | ngs   | whole
        4       | day -30 | ngs   | whole
        5       | day -30 | ngs   | whole
        6       | day -30 | ngs   | whole
        7       | day -30 | ngs   | whole
        8       | day -30 | ngs   | whole
        9       | day -30 | ngs   | whole
        """,
    )


def test_line_39_what_names_no_change_is_refused() -> None:
    """`G12X` is a stop to some and any substitution to others; a place is no change."""
    refused("any: {alteration: KRAS, any_of: [{protein: p.G12X}]}", "P330", "1:44")
    refused("any: {alteration: KRAS, any_of: [{protein: p.G12}]}", "P331", "1:44")
    refused("any: {alteration: KRAS, any_of: [{protein: p.G12C, class: truncating}]}", "P332")


def test_line_40_copy_number_and_fusions_are_not_mutations() -> None:
    """And a mutation is neither. A test that only counts copies says nothing of variants, and the other way round only
    where its panel says what it finds.

    A number of copies means what the dictionary says it means; 1 is not mapped there.
    """
    spec(
        """
        mutated: {alteration: EGFR}
        amplified: {alteration: EGFR, any_of: [{cnv: amplification}]}
        lost: {alteration: EGFR, any_of: [{cnv: deep_deletion}]}
        fused: {alteration: EGFR, any_of: [{fusion: any}]}
        any: {alteration: EGFR, any_of: [{class: truncating}, {cnv: deep_deletion}]}
        """,
        """
        patient || mutated       | amplified    | lost         | fused         | any
        1       || F             | T            | F            | F             | F
        2       || F             | F            | T            | F             | T
        3       || F             | F            | F            | T             | F
        4       || T             | F            | F            | F             | T
        5       || (not_covered) | T            | F            | (not_covered) | (not_covered)
        6       || F             | (null_value) | (null_value) | F             | (null_value)
        7       || (not_tested)  | (not_tested) | (not_tested) | (not_tested)  | (not_tested)
        """,
        dictionary=DICTIONARY,
        panels=PANELS,
        variants="""
        patient | date    | gene | class             | protein
        4       | day -30 | EGFR | Nonsense_Mutation | p.W100*
        """,
        cna="""
        patient | date    | gene | copies
        1       | day -30 | EGFR | 2
        2       | day -30 | EGFR | -2
        5       | day -30 | EGFR | 2
        6       | day -30 | EGFR | 1
        """,
        sv="""
        patient | date    | site1 | site2
        3       | day -30 | SEPT14 | EGFR
        """,
        tests="""
        patient | date    | assay | panel
        1       | day -30 | ngs   | whole
        2       | day -30 | ngs   | whole
        3       | day -30 | ngs   | whole
        4       | day -30 | ngs   | whole
        5       | day -30 | fish  | FISH
        6       | day -30 | ngs   | whole
        """,
    )


def test_line_40_a_fusion_counts_in_either_orientation() -> None:
    """Which of the two genes stands first says nothing. Patient 4's partner was not reported."""
    spec(
        """
        RAD51: {alteration: EGFR, any_of: [{fusion: RAD51}]}
        any: {alteration: EGFR, any_of: [{fusion: any}]}
        """,
        """
        patient || RAD51        | any
        1       || T            | T
        2       || T            | T
        3       || F            | T
        4       || (null_value) | T
        5       || F            | F
        """,
        dictionary=DICTIONARY,
        panels=PANELS,
        sv="""
        patient | date    | site1  | site2
        1       | day -30 | EGFR   | RAD51
        2       | day -30 | RAD51  | EGFR
        3       | day -30 | EGFR   | SEPT14
        4       | day -30 | EGFR   |
        5       | day -30 | ALK    | EML4
        """,
        tests="""
        patient | date    | assay | panel
        3       | day -30 | ngs   | whole
        4       | day -30 | ngs   | whole
        5       | day -30 | ngs   | whole
        """,
    )


def test_line_40_classes_of_variants() -> None:
    """In the words of MAF, of Sequence Ontology and of ANNOVAR; where there is no word, by the notation.

    `L747_P753delinsS` loses residues: it is one of the exon 19 deletions, whatever the file calls it.
    """
    spec(
        """
        deletion: {alteration: EGFR, any_of: [{class: inframe_deletion}]}
        truncating: {alteration: EGFR, any_of: [{class: truncating}]}
        exon 19: {alteration: EGFR, any_of: [{class: inframe_deletion, exon: 19}]}
        """,
        """
        patient || deletion     | truncating   | exon 19
        1       || T            | F            | T
        2       || T            | F            | (null_value)
        3       || T            | F            | T
        4       || F            | T            | F
        5       || F            | F            | F
        6       || (null_value) | (null_value) | (null_value)
        """,
        dictionary=DICTIONARY,
        panels=PANELS,
        variants="""
        patient | date    | gene | class             | protein            | exon
        1       | day -30 | EGFR | In_Frame_Del      |                    | 19
        2       | day -30 | EGFR | inframe_deletion  |                    |
        3       | day -30 | EGFR |                   | L747_P753delinsS   | 19/28
        4       | day -30 | EGFR | stop_gained       | W100*              | 3
        5       | day -30 | EGFR | Missense_Mutation | L858R              | 21
        6       | day -30 | EGFR | unclear           |                    | 19
        """,
        tests="""
        patient | date    | assay | panel
        4       | day -30 | ngs   | whole
        1       | day -30 | ngs   | whole
        2       | day -30 | ngs   | whole
        3       | day -30 | ngs   | whole
        5       | day -30 | ngs   | whole
        """,
    )


def test_line_40_germline_and_somatic_are_kept_apart() -> None:
    """An origin or a call that is missing, or that nobody mapped, leaves it open."""
    spec(
        """
        somatic: {alteration: EGFR, origin: somatic}
        germline: {alteration: EGFR, origin: germline}
        pathogenic: {alteration: EGFR, call: pathogenic}
        likely: {alteration: EGFR, call: pathogenic_or_likely}
        both on one row: {alteration: EGFR, origin: germline, call: pathogenic_or_likely}
        """,
        """
        patient || somatic      | germline     | pathogenic   | likely       | both on one row
        1       || T            | F            | T            | T            | F
        2       || F            | T            | (null_value) | T            | T
        3       || T            | T            | F            | T            | F
        4       || (null_value) | (null_value) | (null_value) | (null_value) | (null_value)
        """,
        dictionary=DICTIONARY,
        panels=PANELS,
        variants="""
        patient | date    | gene | origin   | call
        1       | day -30 | EGFR | Somatic  | Pathogenic
        2       | day -30 | EGFR | GERMLINE | Pathogenic/Likely pathogenic
        3       | day -30 | EGFR | somatic  | Likely pathogenic
        3       | day -30 | EGFR | germline | VUS
        4       | day -30 | EGFR | LOH      | unclear
        """,
        tests="""
        patient | date    | assay | panel
        1       | day -30 | ngs   | whole
        2       | day -30 | ngs   | whole
        3       | day -30 | ngs   | whole
        4       | day -30 | ngs   | whole
        """,
    )


def test_line_40_a_missing_allele_fraction_matters_only_to_a_rule_that_asks_for_it() -> None:
    """0.5 % may be asked of blood only; a fraction exactly there is enough."""
    spec(
        """
        present: {alteration: EGFR}
        enough: {alteration: EGFR, min_vaf: {value: 0.5, unit: "%"}}
        enough in blood: {alteration: EGFR, min_vaf: {value: 0.005, unit: fraction, applies_to: [blood]}}
        """,
        """
        patient || present | enough       | enough in blood
        1       || T       | T            | T
        2       || T       | F            | F
        3       || T       | F            | T
        4       || T       | (null_value) | (null_value)
        5       || T       | (null_value) | T
        6       || T       | F            | (null_value)
        """,
        dictionary=DICTIONARY,
        panels=PANELS,
        variants="""
        patient | date    | gene | assay  | vaf
        1       | day -30 | EGFR | blood  | 0.5
        2       | day -30 | EGFR | blood  | 0.4
        3       | day -30 | EGFR | tissue | 0.4
        4       | day -30 | EGFR | blood  |
        5       | day -30 | EGFR | tissue |
        6       | day -30 | EGFR |        | 0.4
        """,
        tests="""
        patient | date    | assay | panel
        2       | day -30 | ngs   | whole
        3       | day -30 | ngs   | whole
        6       | day -30 | ngs   | whole
        """,
    )


def test_line_41_an_unmapped_category_is_unknown() -> None:
    """A result that belongs to no category is a result: the latest one, and it leaves the question open.

    A missing value is passed over, as of every measure (patient 4).
    """
    categories = """
    format: stratify-dictionary/1
    tables: {patients: {dates: [c1d1, cutoff]}, labs: {date: date}}
    measures:
      MSI: {table: labs, value: result, categories: {high: [MSI-H, MSI High], stable: [MSS, MSI-L]}}
    """
    spec(
        """
        high: {measure: MSI, is: "== high"}
        not high: {measure: MSI, is: "!= high"}
        ever high: {measure: MSI, take: any, is: "== high"}
        """,
        """
        patient || high         | not high     | ever high
        1       || T            | F            | T
        2       || F            | T            | F
        3       || (null_value) | (null_value) | T
        4       || T            | F            | T
        5       || (null_value) | (null_value) | (null_value)
        6       || (no_record)  | (no_record)  | (no_record)
        """,
        dictionary=categories,
        labs="""
        patient | date    | result
        1       | day -30 | MSI High
        2       | day -30 | MSS
        3       | day -30 | MSI-H
        3       | day -20 | equivocal
        4       | day -30 | MSI-H
        4       | day -20 |
        5       | day -30 | equivocal
        """,
    )


def test_line_41_a_biomarker_is_a_measure_by_assay_and_specimen() -> None:
    """A result by another assay does not count; without any that counts the patient was not tested."""
    biomarkers = """
    format: stratify-dictionary/1
    tables: {patients: {dates: [c1d1, cutoff]}, markers: {date: date}}
    measures:
      PDL1_TPS: {table: markers, rows: {marker: PD-L1}, value: result, unit: "%", assay: assay, specimen: specimen}
    """
    spec(
        """
        high: {biomarker: PDL1_TPS, assay: [22C3], specimen: [tissue], is: ">= 50 %"}
        any assay: {biomarker: PDL1_TPS, is: ">= 50 %"}
        recent: {biomarker: PDL1_TPS, within: [-90, 0], is: ">= 50 %"}
        """,
        """
        patient || high         | any assay    | recent
        1       || T            | T            | T
        2       || (not_tested) | T            | T
        3       || (not_tested) | (not_tested) | (not_tested)
        4       || F            | F            | (out_of_window)
        5       || (null_value) | T            | T
        """,
        dictionary=biomarkers,
        markers="""
        patient | date     | marker | result | assay | specimen
        1       | day -30  | PD-L1  | 60     | 22C3  | tissue
        1       | day -20  | PD-L1  | 80     | SP142 | tissue
        2       | day -30  | PD-L1  | 60     | SP142 | tissue
        3       | day -30  | TMB    | 12     | ngs   | tissue
        4       | day -120 | PD-L1  | 40     | 22C3  | tissue
        5       | day -30  | PD-L1  | 60     |       | tissue
        """,
    )


def test_line_41_a_phenotype_is_read_from_a_diplotype() -> None:
    """By the library's table. The order of alleles says nothing; one that the table does not know leaves it open."""
    pharmacogenomics = """
    format: stratify-dictionary/1
    tables: {patients: {dates: [c1d1, cutoff]}, pgx: {}}
    measures:
      CYP2C19: {table: pgx, rows: {gene: CYP2C19}, value: diplotype, phenotypes: CYP2C19}
      DPYD: {table: pgx, rows: {gene: DPYD}, value: diplotype, phenotypes: DPYD}
    """
    spec(
        """
        slow: {biomarker: CYP2C19, is: "in {poor, intermediate}"}
        DPYD normal: {biomarker: DPYD, is: "== normal"}
        """,
        """
        patient || slow         | DPYD normal
        1       || T            | T
        2       || T            | F
        3       || F            | F
        4       || (null_value) | (null_value)
        5       || (not_tested) | (not_tested)
        """,
        dictionary=pharmacogenomics,
        more="use: [pharmacogenomics/cyp2c19@1.0.0, pharmacogenomics/dpyd@1.0.0]",
        pgx="""
        patient | gene    | diplotype
        1       | CYP2C19 | *1/*2
        1       | DPYD    | Reference/Reference
        2       | CYP2C19 | *2/*1
        2       | DPYD    | Reference/c.2846A>T
        3       | CYP2C19 | *1/*17
        3       | DPYD    | c.1905+1G>A (*2A)/c.2846A>T
        4       | CYP2C19 | *1/*99
        4       | DPYD    | Reference
        """,
    )


def test_line_3_a_gene_that_no_panel_covers_is_warned_of() -> None:
    """Nobody could be negative for it."""
    more = {"dictionary": DICTIONARY, "panels": PANELS}
    warned("altered: {alteration: KIT}", "P336", **more)
