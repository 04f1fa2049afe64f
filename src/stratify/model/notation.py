"""The notation of formulas, inside one text: ``(140 - age) * weight / (72 * creatinine)``.

::

    formula   = product (("+" | "-") product)*
    product   = signed (("*" | "/") signed)*
    signed    = "-" signed | power
    power     = atom ["^" signed]
    atom      = number | name | function | cases | "(" formula ")"
    function  = ("min" | "max") "(" formula ("," formula)+ ")"
              | ("ln" | "log10" | "sqrt" | "exp") "(" formula ")"
    cases     = "{" case ("," case)* "," formula "otherwise" "}"
    case      = formula "if" question
    question  = name "is" ["not"] word
              | formula ("<" | "<=" | ">" | ">=" | "==" | "!=") ["-"] number
    number    = digits ["." digits] ["e" ["+" | "-"] digits]
    name, word = letter (letter | digit | "_")*

As in mathematics, ``-2 ^ 2`` is -4 and ``2 ^ 3 ^ 2`` is 2 to the 9th. Cases are the brace of mathematics, read from the
left: ``{1 if bilirubin < 2, 2 if bilirubin <= 3, 3 otherwise}``; a threshold is always a number as written. The typeset
signs for minus, times, divided by, <=, >= and != are read as such. A multiplication is always written out.

A text is at most 2000 characters long and 50 levels deep, where every further term of a sum or product is a level.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from stratify.model.arithmetic import (
    Arithmetic,
    Call,
    Cases,
    Expression,
    Function,
    Negative,
    Number,
    NumberIs,
    Operator,
    Question,
    Variable,
    WordIs,
    levels,
)
from stratify.model.value import Op

MAX_LENGTH = 2_000
"""Most characters of a formula."""
MAX_LEVELS = 50
"""Deepest nesting of a formula."""

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
"""What an input, a step, a word and a formula may be called."""
RESERVED = frozenset({"if", "otherwise", "is", "not", *(function.value for function in Function)})
"""Words of the notation, which nothing else can be called."""

_TOKEN = re.compile(
    r"(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<sign><=|>=|==|!=|[-+*/^(){},<>])"
)
_TYPESET = str.maketrans({"\N{MINUS SIGN}": "-", "\N{MULTIPLICATION SIGN}": "*", "\N{DIVISION SIGN}": "/"})
_COMPARISONS = tuple(op.value for op in Op)
_GLYPHS = {
    "\N{LESS-THAN OR EQUAL TO}": Op.LE,
    "\N{GREATER-THAN OR EQUAL TO}": Op.GE,
    "\N{NOT EQUAL TO}": Op.NE,
}
_FUNCTIONS = {function.value: function for function in Function}
_SUMS = {"+": Operator.ADD, "-": Operator.SUBTRACT}
_PRODUCTS = {"*": Operator.MULTIPLY, "/": Operator.DIVIDE}
_NO_NUMBER = "A number, an input, a function or ( is missing here."


class FormulaError(ValueError):
    """What is wrong with a formula's text: the offset of the character at fault, and what to do."""

    def __init__(self, message: str, offset: int, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.hint = hint


def parse_formula(text: str) -> Expression:
    """The expression that a text says.

    Raises
    ------
    FormulaError
        Where the text does not follow the grammar, is too long or too deep.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"The formula has more than {MAX_LENGTH} characters.", MAX_LENGTH, "Name parts in `steps`.")
    parser = _Parser(_tokens(text))
    expression = parser.sum()
    parser.end()
    if any(level > MAX_LEVELS for _, level in levels(expression)):
        raise _too_deep(0)
    return expression


def _too_deep(offset: int) -> FormulaError:
    message = f"The formula has more than {MAX_LEVELS} levels; every further term of a sum or product is one."
    return FormulaError(message, offset, "Name parts in `steps`.")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # "number", "name", "sign" or "end"
    text: str
    offset: int


def _tokens(text: str) -> list[_Token]:
    plain = text.translate(_TYPESET)
    tokens: list[_Token] = []
    place = _skip(plain, 0)
    while place < len(plain):
        if plain[place] in _GLYPHS:  # one character that stands for two
            tokens.append(_Token("sign", _GLYPHS[plain[place]].value, place))
            place = _skip(plain, place + 1)
            continue
        found = _TOKEN.match(plain, place)
        if found is None:
            raise _strange(text[place], place)
        kind = found.lastgroup or ""
        if kind == "number" and plain[found.end() : found.end() + 1].isalnum():
            raise FormulaError(
                "A number ends in a letter.", found.end(), "Write 2 * x for two times x, and 1e3 or 1000."
            )
        tokens.append(_Token(kind, found[0], place))
        place = _skip(plain, found.end())
    return [*tokens, _Token("end", "", len(text))]


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place


def _strange(character: str, offset: int) -> FormulaError:
    hint = {
        "=": "Write == to compare.",
        "&": "Ask one thing after the other, with cases inside cases.",
        "%": "A percentage is a number: divide by 100.",
        "[": "Write ( ) for groups and { } for cases.",
    }
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return FormulaError(f"The character {shown} has no place in a formula.", offset, hint.get(character, "Delete it."))


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.level = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.place]

    def take(self) -> _Token:
        token = self.tokens[self.place]
        self.place += token.kind != "end"
        return token

    def take_if(self, *texts: str) -> _Token | None:
        return self.take() if self.next.text in texts and self.next.kind != "end" else None

    def expect(self, text: str, message: str, hint: str) -> None:
        if self.take_if(text) is None:
            raise FormulaError(message, self.next.offset, hint)

    def end(self) -> None:
        token = self.next
        if token.kind == "end":
            return
        if token.text in {*_COMPARISONS, "if", "is", "otherwise"}:
            hint = "Write cases in braces: {0.85 if sex is female, 1 otherwise}."
            raise FormulaError("A question has a place only in cases.", token.offset, hint)
        raise FormulaError(f"After the end of the formula there is still {token.text}.", token.offset, _after(token))

    def sum(self) -> Expression:
        left = self.product()
        while (sign := self.take_if(*_SUMS)) is not None:
            left = Arithmetic(_SUMS[sign.text], left, self.product())
        return left

    def product(self) -> Expression:
        left = self.signed()
        while (sign := self.take_if(*_PRODUCTS)) is not None:
            left = Arithmetic(_PRODUCTS[sign.text], left, self.signed())
        return left

    def signed(self) -> Expression:
        """Every way down leads through here, so this is where the depth is held."""
        if self.level == MAX_LEVELS:
            raise _too_deep(self.next.offset)
        self.level += 1
        found = Negative(self.signed()) if self.take_if("-") is not None else self.power()
        self.level -= 1
        return found

    def power(self) -> Expression:
        base = self.atom()
        return base if self.take_if("^") is None else Arithmetic(Operator.POWER, base, self.signed())

    def atom(self) -> Expression:
        token = self.take()
        if token.kind == "number":
            return Number(_finite(token))
        if token.text == "(":
            inner = self.sum()
            self.expect(")", "The parenthesis is not closed.", "Close it with ).")
            return inner
        if token.text == "{":
            return self.cases()
        if token.text in _FUNCTIONS:
            return self.call(token)
        if token.kind == "name" and token.text not in RESERVED:
            return self.variable(token)
        raise FormulaError(_NO_NUMBER, token.offset, "Write for example (140 - age) * weight.")

    def variable(self, token: _Token) -> Variable:
        if self.next.text == "(":
            known = ", ".join(sorted(_FUNCTIONS))
            raise FormulaError(f"{token.text} is no function.", token.offset, f"There are {known}.")
        return Variable(token.text, token.offset)

    def call(self, token: _Token) -> Expression:
        function = _FUNCTIONS[token.text]
        self.expect("(", f"{token.text} is a function and needs (.", f"Write {token.text}(...).")
        arguments = [self.sum()]
        while self.take_if(",") is not None:
            arguments.append(self.sum())
        self.expect(")", f"The parenthesis of {token.text} is not closed.", "Close it with ).")
        if function.takes_several is (len(arguments) == 1):
            wanted = "two numbers or more" if function.takes_several else "one number"
            raise FormulaError(f"{token.text} is given {wanted}.", token.offset, f"It has {len(arguments)} here.")
        return Call(function, tuple(arguments))

    def cases(self) -> Expression:
        found: list[tuple[Question, Expression]] = []
        while True:
            then = self.sum()
            if self.take_if("otherwise") is not None:
                break
            self.expect("if", "Here a case needs `if` or `otherwise`.", "Write {a if x < 2, b otherwise}.")
            found.append((self.question(), then))
            self.expect(",", "The last case must be the one `otherwise`.", "Write {a if x < 2, b otherwise}.")
        if not found:
            message = "Cases begin with one that has a question."
            raise FormulaError(message, self.tokens[self.place - 1].offset, "Write {a if x < 2, b otherwise}.")
        self.expect("}", "The brace is not closed.", "Close it with } after the case `otherwise`.")
        return Cases(tuple(found), then)

    def question(self) -> Question:
        if self.next.kind == "name" and self.tokens[self.place + 1].text == "is":
            return self.word()
        item = self.sum()
        sign = self.take_if(*_COMPARISONS)
        if sign is None:
            hint = "Write for example bilirubin < 2, or sex is female."
            raise FormulaError("The question has no comparison.", self.next.offset, hint)
        minus = self.take_if("-")
        if self.next.kind != "number":
            hint = "Compare with a number as written; bring everything else to the left."
            raise FormulaError("A threshold is a number.", self.next.offset, hint)
        threshold = _finite(self.take())
        return NumberIs(item, Op(sign.text), -threshold if minus else threshold)

    def word(self) -> Question:
        subject = self.variable(self.take())
        self.take()
        negated = self.take_if("not") is not None
        word = self.take()
        if word.kind != "name":
            raise FormulaError("After `is` a word is missing.", word.offset, "Write for example sex is female.")
        return WordIs(subject, word.text, negated, word.offset)


def _finite(token: _Token) -> Decimal:
    try:
        number = Decimal(token.text)
    except InvalidOperation:  # an exponent beyond what a decimal can hold
        number = Decimal("Infinity")
    if math.isinf(float(number)):
        raise FormulaError("The number is out of range.", token.offset, "Write a smaller one.")
    return number


def _after(token: _Token) -> str:
    if token.text in {")", "}"}:
        return "Delete it, or open it before."
    return (
        "Write an operator between: 2 * x." if token.kind in {"number", "name"} or token.text in "({" else "Delete it."
    )
