"""The way through the house, and what leads back.

Each module stands for itself, so that a question that needs no statistics does not import them:
:mod:`~stratify.study.run` is the whole way on one page, :mod:`~stratify.study.screening` its first half;
:mod:`~stratify.study.checks` answers about files without a run, :mod:`~stratify.study.replay` goes back to a run that
is finished; :mod:`~stratify.study.start` writes a study folder, :mod:`~stratify.study.one_table` makes one table a
study.
"""
