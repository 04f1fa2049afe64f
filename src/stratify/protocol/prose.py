"""A protocol in English, for the physician who signs it; printed from the model and never read back."""

from __future__ import annotations

from typing import assert_never

from stratify.model.anchor import EventAnchor
from stratify.model.computed import AgeInput, Change, ColumnInput, DefinitionInput, PickInput
from stratify.model.expression import (
    AgeIs,
    All,
    AlterationIs,
    AnyOf,
    AtLeast,
    Choose,
    Computed,
    Condition,
    Count,
    Exists,
    Gap,
    Leaf,
    MeasureIs,
    NoEvent,
    Not,
    Paired,
    Ref,
    Take,
    Tie,
    ValueIs,
)
from stratify.model.protocol import (
    Arm,
    ArmColumn,
    ColumnStratum,
    Criterion,
    CriterionSeverity,
    Kind,
    LevelStratum,
    Protocol,
    RandomisedArm,
    RecordedArm,
    RuleArm,
    Slots,
    Stratum,
    StratumUnknown,
)
from stratify.model.truth import UnknownPolicy
from stratify.model.value import Comparison, Op, Window
from stratify.protocol.alteration_words import alteration_words, tested_words
from stratify.protocol.legend import Titles, code_set_lines, measure_lines
from stratify.protocol.row_words import entry_words, rows_words
from stratify.protocol.window_words import duration_words, window_words
from stratify.protocol.wording import (
    Lexicon,
    column_words,
    comparison_words,
    english_list,
    last_words,
    need_words,
    plain,
    subject_words,
)

_TAKES = {
    Take.LATEST: "the latest",
    Take.EARLIEST: "the earliest",
    Take.CLOSEST: "the closest",
    Take.MAX: "the highest",
    Take.MIN: "the lowest",
    Take.MEAN: "the mean",
    Take.MEDIAN: "the median",
    Take.ANY: "at least one",
    Take.ALL: "every",
}
_TIES = {
    Tie.WORST: "",
    Tie.BEST: "; of values of one time the most favourable counts",
    Tie.MEAN: "; of values of one time the mean counts",
    Tie.ERROR: "; different values of one time leave it open",
}
_GAPS = {
    Op.GE: "at least",
    Op.GT: "more than",
    Op.LE: "at most",
    Op.LT: "less than",
    Op.EQ: "exactly",
    Op.NE: "not exactly",
}
_NO_EVENT = {
    NoEvent.INFINITE: "with no such entry it counts as endless",
    NoEvent.FAIL: "with no such entry this does not hold",
    NoEvent.UNKNOWN: "with no such entry this stays open",
}
_CHANGES = {
    Change.DIFFERENCE: "the change of {}",
    Change.PERCENT: "the change of {}, in percent of the earlier value,",
    Change.RATIO: "the ratio of the later {} to the earlier",
}
_POLICIES = {
    UnknownPolicy.FAIL: "If the data do not decide it, the patient does not pass.",
    UnknownPolicy.PASS: "If the data do not decide it, the patient is assumed to pass.",
}
_QUERY = "A criterion that the data do not decide is to be asked about, unless it says otherwise."


def prose(protocol: Protocol) -> str:
    """The whole protocol as indented English text, ending with a line break."""
    return "\n".join(_Writer(protocol).lines()) + "\n"


def criterion_prose(criterion: Criterion, protocol: Protocol) -> str:
    """A criterion's rule as lines of English without marks, parts of a group indented below it."""
    writer = _Writer(protocol)
    lines = [line.replace("- ", "", 1) for line in writer.condition(criterion.rule, 0)]
    if criterion.applies_when is not None:
        asked = [line.replace("- ", "", 1) for line in writer.condition(criterion.applies_when, 2)]
        lines = ["asked only if:", *asked, *lines]
    return "\n".join(lines)


class _Writer:
    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.words = Lexicon(self.name, Titles(protocol))

    def name(self, anchor: str) -> str:
        known = self.protocol.anchors.get(anchor)
        return (known.label if known is not None else "") or plain(anchor)

    def lines(self) -> list[str]:
        lines = self.title() + self.anchors()
        if self.protocol.definitions:
            lines += ["", "Definitions"]
            for name, condition in self.protocol.definitions.items():
                lines += [f"  {plain(name)}:", *self.condition(condition, 4)]
        for kind, title in ((Kind.INCLUSION, "Inclusion criteria"), (Kind.EXCLUSION, "Exclusion criteria")):
            criteria = [c for c in self.protocol.criteria if c.kind is kind]
            lines += ["", title] if criteria else []
            for criterion in criteria:
                lines += self.criterion(criterion)
        return lines + self.arms() + self.strata() + measure_lines(self.protocol) + code_set_lines(self.protocol)

    def title(self) -> list[str]:
        trial = self.protocol.trial
        lines = [trial.id + (f": {trial.title}" if trial.title else "")]
        facts = [f"phase {trial.phase}"] if trial.phase else []
        if trial.protocol_version or trial.protocol_date:
            facts.append(" of ".join(filter(None, (f"protocol {trial.protocol_version}".strip(), trial.protocol_date))))
        facts += [f"rules {trial.rules_version}"] if trial.rules_version else []
        signed = f" by {english_list([*trial.approved_by])}" if trial.approved and trial.approved_by else ""
        lines.append(", ".join((*facts, f"status: {trial.status.replace('_', ' ')}{signed}")))
        if self.protocol.as_of is not None:
            lines.append(f"Nothing recorded after {self.name(self.protocol.as_of)} is looked at.")
        if any(criterion.unknown is UnknownPolicy.QUERY for criterion in self.protocol.criteria):
            lines.append(_QUERY)
        return lines

    def anchors(self) -> list[str]:
        derived = [anchor for anchor in self.protocol.anchors.values() if isinstance(anchor, EventAnchor)]
        lines = ["", "Days"] if derived else []
        return lines + [f"  {self.anchor(anchor)}" for anchor in derived]

    def anchor(self, anchor: EventAnchor) -> str:
        date = "date" if anchor.column is None else plain(anchor.column)
        entries = entry_words(anchor.selection, self.words, plural=True, goes_on=False)
        return f"{anchor.label or plain(anchor.name)}: the {anchor.pick.value} {date} of all {entries}"

    def criterion(self, criterion: Criterion) -> list[str]:
        ref = f" [{criterion.ref}]" if criterion.ref else ""
        lines = [f"  {criterion.id}{ref} {criterion.text}"]
        if criterion.applies_when is not None:
            lines += ["    Asked only if:", *self.condition(criterion.applies_when, 6)]
        lines.append("    Required:" if criterion.kind is Kind.INCLUSION else "    Excluded if:")
        lines += self.condition(criterion.rule, 6)
        if criterion.unknown in _POLICIES:
            lines.append(f"    {_POLICIES[criterion.unknown]}")
        if criterion.severity is CriterionSeverity.ADVISORY:
            lines.append("    Advisory: reported, but does not decide.")
        if criterion.waivable is not None:
            lines.append(f"    It may {'' if criterion.waivable else 'not '}be waived.")
        return lines

    def condition(self, condition: Condition, indent: int) -> list[str]:
        """The condition as lines, each a bullet; parts of a group stand below it."""
        pad = " " * indent
        match condition:
            case All(items):
                return self.group("all of these hold:", items, indent)
            case AnyOf(items):
                return self.group("at least one of these holds:", items, indent)
            case AtLeast(n, items):
                return self.group(f"at least {n} of these {len(items)} hold:", items, indent)
            case Not(item):
                return self.negation(item, indent)
            case Choose(branches, otherwise):
                lines: list[str] = []
                for number, (when, then) in enumerate(branches):
                    lines += [f"{pad}- if:" if number == 0 else f"{pad}  otherwise, if:"]
                    lines += [*self.condition(when, indent + 4), f"{pad}  then:", *self.condition(then, indent + 4)]
                return [*lines, f"{pad}  otherwise:", *self.condition(otherwise, indent + 4)]
            case Ref(name):
                return [f'{pad}- "{plain(name)}" holds, as defined']
            case (
                ValueIs() | AgeIs() | MeasureIs() | Exists() | Count() | Gap() | AlterationIs() | Computed() | Paired()
            ):
                return [f"{pad}- {self.leaf(condition)}"]
            case _:
                assert_never(condition)

    def negation(self, item: Condition, indent: int) -> list[str]:
        """That a condition does not hold."""
        pad = " " * indent
        match item:
            case Ref(name):
                return [f'{pad}- "{plain(name)}", as defined, does not hold']
            case Exists(selection):
                return [f"{pad}- there is no {entry_words(selection, self.words, goes_on=False)}"]
            case All(items):
                return self.group("these do not all hold:", items, indent)
            case AnyOf(items):
                return self.group("none of these holds:", items, indent)
            case _:
                return [f"{pad}- this does not hold:", *self.condition(item, indent + 2)]

    def group(self, head: str, items: tuple[Condition, ...], indent: int) -> list[str]:
        lines = [f"{' ' * indent}- {head}"]
        for item in items:
            lines += self.condition(item, indent + 2)
        return lines

    def leaf(self, leaf: Leaf) -> str:
        match leaf:
            case ValueIs(column, compare):
                return subject_words(column_words(column), compare)
            case AgeIs(unit, anchor, compare):
                return f"age in completed {unit.value} at {self.name(anchor)} {comparison_words(compare)}"
            case MeasureIs():
                return self.measure(leaf)
            case Exists(selection):
                return f"there is an {entry_words(selection, self.words, goes_on=False)}"
            case Count(selection, compare):
                return f"the number of {entry_words(selection, self.words, plural=True)} {comparison_words(compare)}"
            case Gap():
                return self.gap(leaf)
            case AlterationIs():
                return alteration_words(leaf, self.words)
            case Computed(change=None):
                return self.computed(leaf)
            case Computed():
                return self.change(leaf)
            case Paired():
                return self.paired(leaf)
            case _:
                assert_never(leaf)

    def measure(self, leaf: MeasureIs) -> str:
        if leaf.times is not None:
            return self.counted(leaf, leaf.times)
        tie = _TIES[leaf.tie] if leaf.take.picks_by_date else ""
        result = " result" if leaf.take in {Take.ANY, Take.ALL} and leaf.last is None else ""
        values = f"{_TAKES[leaf.take]} {last_words(leaf.measure, leaf.last)}{result}{tested_words(leaf.tested)}"
        return f"{values}{self.rows(leaf)}{need_words(leaf.last)} {comparison_words(leaf.compare)}{tie}"

    def counted(self, leaf: MeasureIs, times: Comparison) -> str:
        """How many results meet the comparison: ``the number of ALT results before d that are above 2 is 1``."""
        rows = f"{tested_words(leaf.tested)}{self.rows(leaf)}"
        met = f"that are {comparison_words(leaf.compare).removeprefix('is ')} {comparison_words(times)}"
        if leaf.last is None:
            return f"the number of {leaf.measure} results{rows} {met}"
        return f"{last_words(leaf.measure, leaf.last)}{rows}{need_words(leaf.last)} the number {met}"

    def rows(self, leaf: MeasureIs | Paired) -> str:
        """Window and row condition of results."""
        return rows_words(leaf.window, leaf.where, self.words)

    def computed(self, leaf: Computed) -> str:
        picks = leaf.picks
        others = [self.input(item) for _, item in leaf.inputs if not isinstance(item, PickInput)]
        inputs = english_list([*([self.picks(picks)] if picks else []), *others])
        tie = _TIES[leaf.tie] if any(pick.take.picks_by_date for pick in picks) else ""
        return f"{leaf.title} ({leaf.name}), computed from {inputs}, {comparison_words(leaf.compare)}{tie}"

    def picks(self, picks: tuple[PickInput, ...]) -> str:
        """Picks of a formula, which differ in nothing but the measure."""
        measures = english_list([pick.of.measure for pick in picks])
        first = picks[0]
        return f"{_TAKES[first.take]} {measures}{rows_words(first.window, first.where, self.words, goes_on=False)}"

    def change(self, leaf: Computed) -> str:
        picks = leaf.picks
        start, end = (f"{_TAKES[pick.take]} value{window_words(pick.window, self.name)}" for pick in picks)
        where = rows_words(Window(), picks[0].where, self.words)
        tie = _TIES[leaf.tie] if picks[0].take.picks_by_date else ""
        head = _CHANGES[leaf.change or Change.DIFFERENCE].format(f"{leaf.name}{where}")
        return f"{head} between {start} and {end} {comparison_words(leaf.compare)}{tie}"

    def paired(self, leaf: Paired) -> str:
        tie = _TIES[leaf.tie] if leaf.take.picks_by_date else ""
        measures = english_list([of.measure for _, of in leaf.inputs])
        values = f"{_TAKES[leaf.take]} {last_words(leaf.name, leaf.last)} ({leaf.title}; {measures} of one time)"
        return f"{values}{self.rows(leaf)}{need_words(leaf.last)} {comparison_words(leaf.compare)}{tie}"

    def input(self, item: AgeInput | ColumnInput | DefinitionInput) -> str:
        match item:
            case AgeInput(unit, anchor):
                return f"age in completed {unit.value} at {self.name(anchor)}"
            case ColumnInput(column):
                return column_words(column)
            case DefinitionInput(definition):
                return f'"{plain(definition)}" (1 where it holds, else 0)'
            case _:
                assert_never(item)

    def gap(self, leaf: Gap) -> str:
        column = "" if leaf.column is None or leaf.column == "date" else f"the {plain(leaf.column)} of "
        ongoing = "; while such an entry goes on it is 0" if leaf.open_ended else ""
        last = f"{column}the last {entry_words(leaf.selection, self.words)}"
        return (
            f"the time from {last} to {self.name(leaf.anchor)} is {_GAPS[leaf.op]} {duration_words(leaf.than)}"
            f"; {_NO_EVENT[leaf.none]}{ongoing}"
        )

    def arms(self) -> list[str]:
        arms = self.protocol.arms
        if isinstance(arms, ArmColumn):
            return ["", "Arms", f"  {column_words(arms.column)} as recorded"]
        lines = ["", "Arms"] if arms else []
        for arm in arms:
            lines += self.arm(arm)
        return lines

    def arm(self, arm: Arm) -> list[str]:
        title = f"  {arm.id}" + (f" ({arm.label})" if arm.label != arm.id else "")
        match arm:
            case RecordedArm(_, _, column, compare):
                return [f"{title}: recorded, {subject_words(column_words(column), compare)}"]
            case RandomisedArm(_, _, ratio, slots):
                at_most = "" if slots is None else f", at most {_patients(slots)}"
                return [f"{title}: randomised, {ratio} part{'' if ratio == 1 else 's'}{at_most}"]
            case RuleArm(_, _, requires, priority, unknown, slots):
                settled = "the next arm is tried" if unknown is UnknownPolicy.FAIL else "it is to be asked about"
                head = f"{title}: by rule, tried as number {priority}; if the data do not decide it, {settled}"
                return [head + self.slots(slots), *self.condition(requires, 4)]
            case _:
                assert_never(arm)

    def slots(self, slots: Slots | None) -> str:
        if slots is None:
            return ""
        return f"; at most {_patients(slots.n)} in the order of {self.name(slots.order_by)}, the others go on"

    def strata(self) -> list[str]:
        lines = ["", "Strata"] if self.protocol.strata else []
        for stratum in self.protocol.strata:
            lines += self.stratum(stratum)
        return lines

    def stratum(self, stratum: Stratum) -> list[str]:
        level = stratum.unknown is StratumUnknown.LEVEL
        unknown = 'what is unknown is a level "unknown"' if level else "what is unknown must be settled first"
        match stratum:
            case ColumnStratum(name, column):
                return [f"  {name}: {column_words(column)} as recorded; {unknown}"]
            case LevelStratum(name, levels, otherwise, overlap):
                notes = [unknown] + (
                    [f"patients of more than one level are in {overlap}"] if overlap is not None else []
                )
                lines = [f"  {name}: {'; '.join(notes)}"]
                for title, condition in levels:
                    lines += [f"    {title}:", *self.condition(condition, 6)]
                return lines + ([f"    {otherwise}: everybody else"] if otherwise is not None else [])
            case _:
                assert_never(stratum)


def _patients(n: int) -> str:
    return f"{n} patient{'' if n == 1 else 's'}"
