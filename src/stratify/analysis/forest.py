"""Lines of a forest from what the estimators answer, in the words of the study."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stratify.analysis.estimates import of_hazard_ratio, of_test
from stratify.analysis.results import ForestRow, TestResult
from stratify.stats.hazard_ratio import ChiSquareTest, HazardRatio
from stratify.stats.interaction import BiomarkerLevel
from stratify.stats.subgroups import SubgroupLevel
from stratify.stats.treatment_effect import TREATMENT
from stratify.stats.variables import Categorical

INTERACTION_TEST = "interaction"


@dataclass(frozen=True, slots=True)
class Forest:
    """What the lines of one forest share: the comparison ``by``, the group and its reference."""

    by: str
    group: str
    versus: str

    def row(self, factor: str, line: BiomarkerLevel | SubgroupLevel, ratio: HazardRatio) -> ForestRow:
        """One line; the estimators count the reference first, a forest the treated."""
        effect = of_hazard_ratio(ratio)
        return ForestRow(
            factor,
            line.level.removeprefix(f"{factor}="),
            line.n,
            line.events,
            line.n_by_arm[::-1],
            line.events_by_arm[::-1],
            replace(effect, note=self._said(effect.note)),
        )

    def test(self, found: ChiSquareTest, n_by_arm: tuple[int, int]) -> TestResult:
        """The test of an interaction, among so many patients of the reference and the group."""
        test = of_test(found, INTERACTION_TEST)
        empty = [arm for arm, n in zip((self.versus, self.group), n_by_arm, strict=True) if not n]
        if empty and test.chi_square is None:
            return replace(test, note=f"no patients in {' and '.join(empty)}")
        return replace(test, note=self._said(test.note))

    def _said(self, note: str) -> str:
        return note.replace(f'"{TREATMENT}"', f'"{self.by}"')


def named_levels(factor: Categorical) -> tuple[str, ...]:
    """Levels with their factor, ``ER=yes``: a level may be called as the treatment term of the model is."""
    return tuple(f"{factor.name}={level}" for level in factor.levels)


def both_arms(lines: tuple[BiomarkerLevel, ...] | tuple[SubgroupLevel, ...]) -> tuple[int, int]:
    """Patients of all lines by arm, reference first."""
    return sum(line.n_by_arm[0] for line in lines), sum(line.n_by_arm[1] for line in lines)
