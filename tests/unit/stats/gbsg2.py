"""GBSG-2 (Schumacher 1994) as shipped by lifelines, as arrays: the trial of the demonstration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from lifelines.datasets import load_gbsg2


@dataclass(frozen=True, eq=False)
class Gbsg2:
    """Patients of age 18 to 65 by default; ``arm`` is 1 with hormone therapy, ``positive`` a positive receptor."""

    time: np.ndarray
    event: np.ndarray
    arm: np.ndarray
    post: np.ndarray
    positive: np.ndarray
    age: np.ndarray


def gbsg2(oldest: int = 65) -> Gbsg2:
    rows = load_gbsg2()
    rows = rows[(rows["age"] >= 18) & (rows["age"] <= oldest)]
    return Gbsg2(
        time=rows["time"].to_numpy(dtype=float),
        event=rows["cens"].to_numpy(dtype=int),
        arm=(rows["horTh"] == "yes").to_numpy().astype(int),
        post=(rows["menostat"] == "Post").to_numpy().astype(int),
        positive=((rows["estrec"] >= 20) | (rows["progrec"] >= 20)).to_numpy().astype(int),
        age=rows["age"].to_numpy(dtype=float),
    )
