"""What a protocol, a dictionary and a study mean: pure values, standard library only.

The classes are imported from the modules that define them: :mod:`~stratify.model.truth`,
:mod:`~stratify.model.value`, :mod:`~stratify.model.expression`, :mod:`~stratify.model.protocol`,
:mod:`~stratify.model.dictionary`, :mod:`~stratify.model.fallback`, :mod:`~stratify.model.study`,
:mod:`~stratify.model.units` and :mod:`~stratify.model.analytes`; what genomic rules ask for from
:mod:`~stratify.model.alteration`, :mod:`~stratify.model.genomics`, :mod:`~stratify.model.genomic_words`,
:mod:`~stratify.model.phenotype`, :mod:`~stratify.model.protein_change`, :mod:`~stratify.model.hgvs`,
:mod:`~stratify.model.protein_pattern`, :mod:`~stratify.model.variant_class` and :mod:`~stratify.model.gene`.
"""
