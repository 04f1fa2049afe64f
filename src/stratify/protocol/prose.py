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
from stratify.model.value import Op
from stratify.protocol.alteration_words import alteration_words, tested_words
from stratify.protocol.wording import (
    comparison_words,
    duration_words,
    english_list,
    entry_words,
    formula_words,
    last_words,
    need_words,
    row_words,
    set_words,
    window_words,
)

_TAKES = {
    Take.LATEST: "the latest",
    Take.EARLIEST: "the earliest",
    Take.CLOSEST: "the closest",
    Take.MAX: "the highest",
    Take.MIN: "the lowest",
    Take.MEAN: "the mean",
    Take.MEDIAN: "the median",
    Take.ANY: "any",
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
    NoEvent.INFINITE: "without one it counts as endless",
    NoEvent.FAIL: "without one this does not hold",
    NoEvent.UNKNOWN: "without one this stays open",
}
_CHANGES = {
    Change.DIFFERENCE: "the change of {}",
    Change.PERCENT: "the change of {} in percent of the earlier value",
    Change.RATIO: "the ratio of the later {} to the earlier",
}
_POLICIES = {
    UnknownPolicy.QUERY: "If it cannot be decided, ask.",
    UnknownPolicy.FAIL: "If it cannot be decided, the patient does not pass.",
    UnknownPolicy.PASS: "If it cannot be decided, the patient is assumed to pass.",
}


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

    def name(self, anchor: str) -> str:
        known = self.protocol.anchors.get(anchor)
        return known.label or anchor if known is not None else anchor

    def lines(self) -> list[str]:
        lines = self.title() + self.anchors()
        if self.protocol.definitions:
            lines += ["", "Definitions"]
            for name, condition in self.protocol.definitions.items():
                lines += [f"  {name}:", *self.condition(condition, 4)]
        for kind, title in ((Kind.INCLUSION, "Inclusion criteria"), (Kind.EXCLUSION, "Exclusion criteria")):
            criteria = [c for c in self.protocol.criteria if c.kind is kind]
            lines += ["", title] if criteria else []
            for criterion in criteria:
                lines += self.criterion(criterion)
        return lines + self.arms() + self.strata() + self.code_sets()

    def code_sets(self) -> list[str]:
        sets = self.protocol.code_sets()
        return ["", "Code sets", *(f"  {name}: {set_words(codes)}" for name, codes in sets.items())] if sets else []

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
        return lines

    def anchors(self) -> list[str]:
        derived = [anchor for anchor in self.protocol.anchors.values() if isinstance(anchor, EventAnchor)]
        lines = ["", "Days"] if derived else []
        return lines + [f"  {self.anchor(anchor)}" for anchor in derived]

    def anchor(self, anchor: EventAnchor) -> str:
        date = "date" if anchor.column is None else anchor.column.replace("_", " ")
        entries = entry_words(anchor.selection).replace("entry", "all entries", 1)
        window = window_words(anchor.selection.window, self.name)
        label = f" ({anchor.label})" if anchor.label else ""
        return f"{anchor.name}{label}: the {anchor.pick.value} {date} of {entries}{window and f', dated{window}'}"

    def criterion(self, criterion: Criterion) -> list[str]:
        ref = f" [{criterion.ref}]" if criterion.ref else ""
        lines = [f"  {criterion.id}{ref} {criterion.text}"]
        if criterion.applies_when is not None:
            lines += ["    Asked only if:", *self.condition(criterion.applies_when, 6)]
        lines.append("    Required:" if criterion.kind is Kind.INCLUSION else "    Excluded if:")
        lines += self.condition(criterion.rule, 6)
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
            case Not(Ref(name)):
                return [f'{pad}- "{name}", as defined, does not hold']
            case Not(Exists(selection)):
                return [f"{pad}- there is no {entry_words(selection)}{window_words(selection.window, self.name)}"]
            case Not(item):
                return [f"{pad}- this does not hold:", *self.condition(item, indent + 2)]
            case Choose(branches, otherwise):
                lines: list[str] = []
                for number, (when, then) in enumerate(branches):
                    lines += [f"{pad}- {'if' if number == 0 else 'otherwise, if'}:", *self.condition(when, indent + 2)]
                    lines += [f"{pad}  then:", *self.condition(then, indent + 2)]
                return [*lines, f"{pad}  otherwise:", *self.condition(otherwise, indent + 2)]
            case Ref(name):
                return [f'{pad}- "{name}", as defined']
            case (
                ValueIs() | AgeIs() | MeasureIs() | Exists() | Count() | Gap() | AlterationIs() | Computed() | Paired()
            ):
                return [f"{pad}- {self.leaf(condition)}"]
            case _:
                assert_never(condition)

    def group(self, head: str, items: tuple[Condition, ...], indent: int) -> list[str]:
        lines = [f"{' ' * indent}- {head}"]
        for item in items:
            lines += self.condition(item, indent + 2)
        return lines

    def leaf(self, leaf: Leaf) -> str:
        match leaf:
            case ValueIs(column, compare):
                return f"{column} {comparison_words(compare)}"
            case AgeIs(unit, anchor, compare):
                return f"age in completed {unit.value} at {self.name(anchor)} {comparison_words(compare)}"
            case MeasureIs():
                return self.measure(leaf)
            case Exists(selection):
                return f"there is an {entry_words(selection)}{window_words(selection.window, self.name)}"
            case Count(selection, compare):
                entries = entry_words(selection).replace("entry", "entries", 1)
                window = window_words(selection.window, self.name)
                return f"the number of {entries}{window} {comparison_words(compare)}"
            case Gap():
                return self.gap(leaf)
            case AlterationIs():
                return alteration_words(leaf, self.name)
            case Computed(change=None):
                return self.computed(leaf)
            case Computed():
                return self.change(leaf)
            case Paired():
                return self.paired(leaf)
            case _:
                assert_never(leaf)

    def measure(self, leaf: MeasureIs) -> str:
        where = "" if leaf.where is None else f" (in which {row_words(leaf.where)})"
        tie = _TIES[leaf.tie] if leaf.take.picks_by_date else ""
        window = window_words(leaf.window, self.name)
        values = f"{_TAKES[leaf.take]} {last_words(leaf.measure, leaf.last)}{tested_words(leaf.tested)}"
        return f"{values}{where}{window}{need_words(leaf.last)} {comparison_words(leaf.compare)}{tie}"

    def computed(self, leaf: Computed) -> str:
        picks = leaf.picks
        others = [self.input(item) for _, item in leaf.inputs if not isinstance(item, PickInput)]
        inputs = english_list([*([self.picks(picks)] if picks else []), *others])
        tie = _TIES[leaf.tie] if any(pick.take.picks_by_date for pick in picks) else ""
        return f"{formula_words(leaf)} from {inputs} {comparison_words(leaf.compare)}{tie}"

    def picks(self, picks: tuple[PickInput, ...]) -> str:
        """Picks of a formula, which differ in nothing but the measure."""
        first = picks[0]
        where = "" if first.where is None else f" (in which {row_words(first.where)})"
        measures = english_list([pick.of.measure for pick in picks])
        return f"{_TAKES[first.take]} {measures}{where}{window_words(first.window, self.name)}"

    def change(self, leaf: Computed) -> str:
        picks = leaf.picks
        start, end = (f"{_TAKES[pick.take]}{window_words(pick.window, self.name)}" for pick in picks)
        where = "" if picks[0].where is None else f" (in which {row_words(picks[0].where)})"
        tie = _TIES[leaf.tie] if picks[0].take.picks_by_date else ""
        head = _CHANGES[leaf.change or Change.DIFFERENCE].format(leaf.name)
        return f"{head}{where}, between {start} and {end}, {comparison_words(leaf.compare)}{tie}"

    def paired(self, leaf: Paired) -> str:
        where = "" if leaf.where is None else f" (in which {row_words(leaf.where)})"
        tie = _TIES[leaf.tie] if leaf.take.picks_by_date else ""
        measures = english_list([of.measure for _, of in leaf.inputs])
        name = f"{leaf.name} ({leaf.title}; {measures} of one time)"
        values = f"{_TAKES[leaf.take]} {last_words(name, leaf.last)}"
        window = f"{where}{window_words(leaf.window, self.name)}{need_words(leaf.last)}"
        return f"{values}{window} {comparison_words(leaf.compare)}{tie}"

    def input(self, item: AgeInput | ColumnInput | DefinitionInput) -> str:
        match item:
            case AgeInput(unit, anchor):
                return f"age in completed {unit.value} at {self.name(anchor)}"
            case ColumnInput(column):
                return str(column)
            case DefinitionInput(definition):
                return f'"{definition}"'
            case _:
                assert_never(item)

    def gap(self, leaf: Gap) -> str:
        by = "" if leaf.column is None or leaf.column == "date" else f", by its {leaf.column.replace('_', ' ')},"
        ongoing = "; while one goes on it is 0" if leaf.open_ended else ""
        last = f"{entry_words(leaf.selection)}{window_words(leaf.selection.window, self.name)}{by}"
        return (
            f"the time from the last {last} to {self.name(leaf.anchor)} is {_GAPS[leaf.op]} {duration_words(leaf.than)}"
            f"; {_NO_EVENT[leaf.none]}{ongoing}"
        )

    def arms(self) -> list[str]:
        arms = self.protocol.arms
        if isinstance(arms, ArmColumn):
            return ["", "Arms", f"  as recorded in {arms.column}"]
        lines = ["", "Arms"] if arms else []
        for arm in arms:
            lines += self.arm(arm)
        return lines

    def arm(self, arm: Arm) -> list[str]:
        title = f"  {arm.id}" + (f" ({arm.label})" if arm.label != arm.id else "")
        match arm:
            case RecordedArm(_, _, column, compare):
                return [f"{title}: recorded, {column} {comparison_words(compare)}"]
            case RandomisedArm(_, _, ratio, slots):
                at_most = "" if slots is None else f", at most {_patients(slots)}"
                return [f"{title}: randomised, {ratio} part{'' if ratio == 1 else 's'}{at_most}"]
            case RuleArm(_, _, requires, priority, unknown, slots):
                settled = "go on to the next arm" if unknown is UnknownPolicy.FAIL else "ask"
                head = f"{title}: by rule, asked as number {priority}; if it cannot be decided, {settled}"
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
        unknown = 'unknown is a level "unknown"' if level else "unknown must be settled first"
        match stratum:
            case ColumnStratum(name, column):
                return [f"  {name}: as recorded in {column}; {unknown}"]
            case LevelStratum(name, levels, otherwise, overlap):
                notes = [unknown] + ([f"those in more than one are in {overlap}"] if overlap is not None else [])
                lines = [f"  {name}: {english_list(notes)}"]
                for title, condition in levels:
                    lines += [f"    {title}:", *self.condition(condition, 6)]
                return lines + ([f"    {otherwise}: everybody else"] if otherwise is not None else [])
            case _:
                assert_never(stratum)


def _patients(n: int) -> str:
    return f"{n} patient{'' if n == 1 else 's'}"
