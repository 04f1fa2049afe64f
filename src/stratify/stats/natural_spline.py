"""Least-squares fit of a natural cubic spline with its pointwise standard error."""

from __future__ import annotations

import numpy as np

from stratify.stats.risk_sets import Floats

_SINGULAR = 1e-7  # a direction below this, relative to the longest, is none (R's qr)


def natural_spline_fit(x: Floats, y: Floats, at: Floats, knots: Floats) -> tuple[Floats, Floats] | None:
    """Fit ``y`` on ``x`` and read the fit off ``at``: the values there, and their errors when each ``y`` has error 1.

    Cubic between the ``knots`` (ascending, boundaries included; as many degrees of freedom), linear beyond. ``None``
    where the points do not determine it. De Boor (1978); the basis is that of Hastie, Tibshirani & Friedman (2009)
    5.2.1, from which fit and error do not depend.
    """
    low, width = knots[0], knots[-1] - knots[0]
    if not width > 0 or not np.all(np.diff(knots) > 0):
        return None
    inside = (knots - low) / width
    basis, wanted = (_basis((points - low) / width, inside) for points in (x, at))
    length = np.sqrt(np.sum(basis**2, axis=0))
    if len(x) < len(knots) or not np.all(length > 0):
        return None
    left, size, right = np.linalg.svd(basis / length, full_matrices=False)
    if size[-1] <= _SINGULAR * size[0]:
        return None
    direction = (wanted / length) @ right.T / size
    return direction @ (left.T @ y), np.sqrt(np.sum(direction**2, axis=1))


def _basis(x: Floats, knots: Floats) -> Floats:
    """Truncated powers, combined so that they are linear beyond the last knot; shape (points, knots)."""
    last = knots[-1]
    cubes = [(_cube(x - knot) - _cube(x - last)) / (last - knot) for knot in knots[:-1]]
    return np.column_stack([np.ones_like(x), x, *(cube - cubes[-1] for cube in cubes[:-1])])


def _cube(x: Floats) -> Floats:
    return np.asarray(np.maximum(x, 0.0) ** 3)
