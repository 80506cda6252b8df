"""Parameters of a notebook as Rust, as papermill and `sdap-kernel run --parameter` inject them.

`let depth: f64 = 10.0;` in the cell tagged `parameters` declares one, with its type and its default.
"""

import json
import math
import re
from typing import NamedTuple

NAME = re.compile(r"(?!_\Z)[A-Za-z_][A-Za-z0-9_]*\Z")
KEYWORDS = frozenset(
    "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return"
    " self Self static struct super trait true type unsafe use where while abstract become box do final gen macro override priv try"
    " typeof unsized virtual yield".split()
)
LET = re.compile(
    r"(?:^|(?<=;))[ \t]*let[ \t]+(?P<mut>mut[ \t]+)?(?P<name>\w+)[ \t]*(?::[ \t]*(?P<type>[^=;]+?)[ \t]*)?=[ \t]*"
    r"(?P<default>%sdap[^\n]*|(?:\"(?:\\.|[^\"\\])*\"|[^;\"])*);?(?:[ \t]*//[ \t]*(?P<remark>[^\n]*))?",
    re.MULTILINE | re.DOTALL,
)
INTEGERS = {f"{sign}{bits}": (-(2 ** (bits - 1)) if sign == "i" else 0, 2 ** (bits - (sign == "i")) - 1) for sign in "iu" for bits in (8, 16, 32, 64, 128)}
INTEGERS |= {"isize": INTEGERS["i64"], "usize": INTEGERS["u64"]}
FLOATS = ("f64", "f32")
TEXTS = ("String", "&str", "&'static str")
# What a default shows of its type, where the declaration names none.
DEFAULTS = [
    (re.compile(r"(true|false)\Z"), "bool"),
    (re.compile(r'"(\\.|[^"\\])*"\Z', re.DOTALL), "&'static str"),
    (re.compile(r'("(\\.|[^"\\])*"\.(to_owned|to_string|into)\(\)|String::from\(.*\))\Z', re.DOTALL), "String"),
    (re.compile(r"-?[0-9][0-9_]*(\.[0-9_]*([eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)\Z"), "f64"),
    (re.compile(r"-?[0-9][0-9_]*\Z"), "i32"),
]
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}


class ParameterError(ValueError):
    """A parameter that Rust cannot have; the text is for the user."""


class Declaration(NamedTuple):
    """A parameter as the notebook declares it."""

    type: str | None
    default: str
    remark: str
    mutable: bool


def declarations(source):
    """The parameters that a cell declares, by name."""
    found = {}
    for let in LET.finditer(source):
        default = let["default"].strip()
        found[let["name"]] = Declaration(let["type"] or type_of_default(default), default, (let["remark"] or "").strip(), bool(let["mut"]))
    return found


def type_of_default(default):
    suffix = re.search(r"^-?[0-9][0-9_.]*?_?([iuf](8|16|32|64|128|size))$", default)
    if suffix:
        return suffix[1]
    return next((kind for pattern, kind in DEFAULTS if pattern.match(default)), None)


def cell(parameters, declared=None, comment="Parameters"):
    """The source of the cell that sets these parameters, each with the type of its declaration, or else that of its value."""
    declared = declared or {}
    lines = [f"// {line}".rstrip() for line in comment.splitlines()]
    for name, value in parameters.items():
        if not NAME.match(name) or name in KEYWORDS:
            raise ParameterError(f"'{name}' is no name for a parameter: expected a name of Rust, such as depth or start_year")
        declaration = declared.get(name)
        try:
            if declaration and declaration.type:
                kind, text = declaration.type, as_type(value, declaration.type)
            else:
                kind, text = untyped(value)
        except ParameterError as error:
            raise ParameterError(f"the parameter {name}: {error}") from None
        mutable = "mut " if declaration and declaration.mutable else ""
        lines.append(f"let {mutable}{name}: {kind} = {text};")
    return "\n".join(lines) + "\n"


def value_of(text, kind=None):
    """The value that a word of the command line means, for a parameter of this type or of none."""
    option = inner(kind, "Option")
    if option and text == "None":
        return None
    if (option or kind) in TEXTS:
        return text
    if text in ("true", "false", "True", "False"):
        return text.lower() == "true"
    for read in (int, float, json.loads):
        try:
            return read(text)
        except ValueError:
            pass
    return text


def inner(kind, generic):
    """`T` of `Vec<T>`."""
    match = re.match(rf"(?:\w+::)*{generic}\s*<\s*(.+?)\s*>\Z", kind or "")
    return match and match[1]


def as_type(value, kind):
    """A value as a literal of this type of Rust."""
    option, items = inner(kind, "Option"), inner(kind, "Vec")
    if option:
        return "None" if value is None else f"Some({as_type(value, option)})"
    if items and isinstance(value, list):
        return f"vec![{', '.join(as_type(item, items) for item in value)}]"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind in FLOATS and number:
        return float_text(float(value), kind)
    if kind in INTEGERS and number and float(value).is_integer() and INTEGERS[kind][0] <= int(value) <= INTEGERS[kind][1]:
        return str(int(value))
    if kind == "bool" and isinstance(value, bool):
        return "true" if value else "false"
    if kind in TEXTS and isinstance(value, str):
        return string_text(value, kind)
    if kind in (*FLOATS, *INTEGERS, "bool", *TEXTS) or items:
        raise ParameterError(f"expected {kind}, as the notebook declares it, found {shown(value)}")
    raise ParameterError(f"the notebook declares it as {kind}, which no parameter can be: use a number, bool, String, Vec or Option")


def untyped(value):
    """The type of Rust that a value has by itself, and its literal."""
    if isinstance(value, int) and not isinstance(value, bool) and not INTEGERS["i64"][0] <= value <= INTEGERS["i64"][1]:
        raise ParameterError(f"expected a whole number of at most 64 bits, found {shown(value)}")
    for python, kind in ((bool, "bool"), (int, "i64"), (float, "f64"), (str, "String")):
        if isinstance(value, python):
            return kind, as_type(value, kind)
    if not isinstance(value, list):
        raise ParameterError(f"expected a number, true or false, a text, or a list of one of these, found {shown(value)}")
    items = [untyped(item) for item in value]
    kinds = {kind for kind, _ in items}
    if kinds == {"i64", "f64"}:
        return "Vec<f64>", as_type(value, "Vec<f64>")
    if len(kinds) != 1:
        raise ParameterError(f"expected a list with values of one type, found {shown(value)}")
    return f"Vec<{kinds.pop()}>", f"vec![{', '.join(text for _, text in items)}]"


def float_text(value, kind):
    if math.isnan(value):
        return f"{kind}::NAN"
    if math.isinf(value):
        return f"{kind}::INFINITY" if value > 0 else f"{kind}::NEG_INFINITY"
    return repr(value)


def string_text(value, kind):
    escaped = "".join(ESCAPES.get(one) or (one if one.isprintable() else f"\\u{{{ord(one):x}}}") for one in value)
    return f'"{escaped}".to_owned()' if kind == "String" else f'"{escaped}"'


def shown(value):
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"
