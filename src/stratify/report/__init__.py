"""The report: draws what a :class:`~stratify.audit.release.Release` holds, and computes nothing.

Entry points: :func:`render_html` for the page a statistician forwards, :func:`render_terminal` for the command line;
the figures one by one are in :mod:`stratify.report.figures`.
"""

from stratify.report.html import render_html
from stratify.report.terminal import render_terminal

__all__ = ["render_html", "render_terminal"]
