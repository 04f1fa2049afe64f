"""The report as one HTML page: templates filled with a release."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from stratify.analysis.results import NotDone
from stratify.audit.release import Release
from stratify.report import format as written
from stratify.report.blocks import blocks, not_done
from stratify.report.figures import consort_flow, failing_together
from stratify.report.figures.failing_together import sets_drawn
from stratify.report.summary import (
    effect_text,
    estimate_p,
    first_heading,
    headline_counts,
    interval_heading,
    key_results,
    kind_of,
)

_FILTERS = (
    written.count,
    written.fixed,
    written.plain,
    written.share,
    written.count_and_share,
    written.level_percent,
    written.interval_name,
    written.p_value,
    written.ratio_interval,
    written.time_interval,
    written.probability_interval,
    written.not_estimable,
    written.adjustment,
    written.closed,
    written.sentence,
    written.short_digest,
    written.file_size,
    estimate_p,
    effect_text,
    first_heading,
)


class Numbering:
    """Running numbers of tables and figures."""

    def __init__(self) -> None:
        self._last = {"Table": 0, "Figure": 0}

    def table(self) -> str:
        """The next table's name."""
        return self._next("Table")

    def figure(self) -> str:
        """The next figure's name."""
        return self._next("Figure")

    def _next(self, kind: str) -> str:
        self._last[kind] += 1
        return f"{kind}{written.NO_BREAK_SPACE}{self._last[kind]}"


def _finalize(value: object) -> object:
    """Every value on its way into the page: a text of a user loses what would control the reader's screen."""
    return written.clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("stratify.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters.update({function.__name__: function for function in _FILTERS})
    return environment


def render_html(release: Release) -> str:
    """The report as one page that needs nothing else: no script, no font, no picture from elsewhere.

    The same release gives the same text. Every string of the release is escaped, in the figures too.
    """
    attrition = release.attrition
    sets = attrition.failing_together
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            release=release,
            number=Numbering(),
            heading=release.title or release.trial.title or release.trial.id,
            counts=headline_counts(release),
            key_results=key_results(release),
            interval_heading=interval_heading(release),
            flow=consort_flow(release),
            only_set=sets[0] if len(sets) == 1 else None,
            together=failing_together(attrition) if len(sets) > 1 else None,
            sets_not_drawn=sets[sets_drawn(attrition) :],
            criteria=list(zip(release.criteria, attrition.rows, strict=True)),
            blocks=list(blocks(release)),
            not_done=not_done(release),
            kinds={r.id: kind_of(r) for r in release.analyses.results if not isinstance(r, NotDone)},
            NOT_ESTIMABLE=written.NOT_ESTIMABLE,
            NE=written.NE,
        )
    )
