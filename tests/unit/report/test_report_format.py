"""Numbers and names as printed."""

from __future__ import annotations

import math

import pytest

from stratify.analysis.results import Estimate
from stratify.report import format as written


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "<0.001"),
        (0.000_999, "<0.001"),
        (0.001, "0.001"),
        (0.0264, "0.026"),
        (0.0496, "0.0496"),
        (0.0504, "0.0504"),
        (0.05, "0.050"),
        (0.268, "0.268"),
        (0.9994, ">0.999"),
        (1.0, ">0.999"),
        (None, "not estimable"),
        (math.nan, "not estimable"),
    ],
)
def test_p_values_have_three_digits_and_are_never_zero_or_one(value, text):
    assert written.p_value(value) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.74, 3, "0.740"),
        (0.7404, 2, "0.74"),
        (12.345, 3, "12.3"),
        (4321.0, 3, "4.32e+03"),
        (0.0004, 3, "<0.001"),
        (0.0, 3, "0"),
        (math.inf, 3, "∞"),
        (None, 3, "NE"),
        (math.nan, 3, "NE"),
    ],
)
def test_ratios(value, decimals, text):
    assert written.ratio(value, decimals) == text


def test_an_interval_names_its_missing_limit_and_a_missing_estimate_its_reason():
    assert written.ratio_interval(Estimate(0.74, 0.567, 0.965)) == "0.740 (0.567 to 0.965)"
    assert written.ratio_interval(Estimate(0.74, 0.567, None)) == "0.740 (0.567 to NE)"
    assert written.ratio_interval(Estimate(None, note="no events")) == "not estimable: no events"
    assert written.ratio_interval(Estimate(math.nan)) == "not estimable"
    assert written.time_interval(Estimate(2018.0, 1814.0, None), "days") == "2018 (1814 to NE)"
    assert written.time_interval(Estimate(None, note="not reached"), "days") == "not estimable: not reached"
    assert written.probability_interval(Estimate(0.5, 0.4, 0.6)) == "0.500 (0.400 to 0.600)"


@pytest.mark.parametrize(
    ("estimate", "unit", "text"),
    [
        (Estimate(1259.6, 1197.0, 1322.1), "days", "1259.6 (1197.0 to 1322.1)"),
        (Estimate(1814.5, 1701.0, None), "days", "1814.5 (1701.0 to NE)"),
        (Estimate(1814.0, 1701.0, math.inf), "days", "1814 (1701 to ∞)"),
        (Estimate(1259.96, 1197.04, 1322.0), "days", "1260 (1197 to 1322)"),
        (Estimate(59.0, 51.25, 60.0), "months", "59.0 (51.2 to 60.0)"),
    ],
)
def test_an_estimate_and_its_limits_have_the_same_decimals(estimate, unit, text):
    assert written.time_interval(estimate, unit) == text


def test_a_median_between_two_days_keeps_its_half_and_a_whole_one_has_no_point():
    assert written.time_value(1814.5, "days") == "1814.5"
    assert written.time_value(1814.0, "days") == "1814"
    assert written.time_value(59.61, "months") == "59.6"
    assert written.time_value(4.967, "years") == "4.97"


def test_minus_is_a_minus_and_zero_has_none():
    assert written.fixed(-134.25, 1) == "−134.2"
    assert written.fixed(-0.0001, 2) == "0.00"
    assert written.fixed(-math.inf, 2) == "−∞"


def test_counts_shares_levels_sizes():
    assert written.count(9999) == "9999"
    assert written.count(1_234_567) == "1\u202f234\u202f567"
    assert written.count_and_share(209, 620) == "209 (33.7)"
    assert written.count_and_share(0, 0) == "0 (–)"
    assert written.interval_name(0.95) == "95\u00a0%\u00a0CI"
    assert written.interval_name(0.999) == "99.9\u00a0%\u00a0CI"
    assert [written.file_size(n) for n in (999, 21_344, 2_500_000, 3 * 10**9)] == [
        "999 bytes",
        "21.3 kB",
        "2.5 MB",
        "3.0 GB",
    ]
    assert written.short_digest("sha256:0123456789abcdef") == "0123456789ab"


def test_text_that_would_control_the_reader_is_replaced():
    assert written.clean("a\x1b[31mb\x00c\u202ed\ud800") == "a�[31mb�c�d�"
    assert written.clean("Größe ≥ 5 \t\n<b>") == "Größe ≥ 5 \t\n<b>"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("log-rank test", "Log-rank test."),
        ("Fisher's exact test.", "Fisher's exact test."),
        (
            "all of these hold:\n  age is at least 18\n  sex is female",
            "All of these hold: age is at least 18; sex is female.",
        ),
    ],
)
def test_texts_end_as_sentences(text: str, shown: str) -> None:
    assert written.sentence(text) == shown
    assert written.closed(text).lower() == shown.lower()


def test_adjustments_have_the_name_the_field_gives_them() -> None:
    assert [written.adjustment(name) for name in ("bh", "Holm", "ours")] == ["Benjamini-Hochberg", "Holm", "ours"]
