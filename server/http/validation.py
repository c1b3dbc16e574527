"""What is wrong with a body, in the client's words: its fields and JSON's types, never ours."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.planning.schemas.base import UNSUPPORTED

__all__ = ["Problem", "parameter", "problem"]

_NOUNS = {
    "stop": "stop sequences",
    "messages": "messages",
    "tools": "tools",
    "tool_calls": "calls",
    "prompt": "prompts",
    "input": "items",
    "logit_bias": "token ids",
    "metadata": "entries",
    "content": "parts",
    "languages": "languages",
    "scripts": "scripts",
}
_TYPES = {
    "string_type": "a string",
    "int_type": "an integer",
    "int_parsing": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}
_LONGEST_NAME = 80
_WHOLE = ("body", "query", "path", "header")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a request.

    Attributes:
        param: the field at fault, as in `messages[0].content`; `body` for all of it.
        code: short name, for programs.
    """

    message: str
    param: str
    code: str = "invalid_value"


def problem(error: Mapping[str, Any]) -> Problem:
    """One of pydantic's errors in the client's words."""
    param, kind = parameter(error), error["type"]
    if kind == "json_invalid":
        return Problem("the body is not valid JSON", "body", "invalid_json")
    if kind == "unsupported_part":
        return Problem(error["msg"], param, "unsupported_value")
    if kind == "missing":
        return Problem(f"{param} is missing", param, "missing_required_parameter")
    if kind == "extra_forbidden":
        return Problem(f"{param} is not supported by this server", param, "unsupported_parameter")
    if kind == UNSUPPORTED:
        message = f"{param} other than {error['ctx']['neutral']} is not supported by this server"
        return Problem(message, param, "unsupported_value")
    if kind in _TYPES:
        return Problem(_wrong_type(param, _TYPES[kind], error.get("input")), param, "invalid_type")
    if kind == "shape":
        return Problem(_wrong_type(param, error["msg"], error.get("input")), param, "invalid_type")
    describe = _RANGES.get(kind)
    return Problem(f"{param} {'is not valid' if describe is None else describe(param, error)}", param)


def parameter(error: Mapping[str, Any]) -> str:
    """The field, as a client finds it in its own JSON; tags of unions begin with `~`."""
    loc = list(error["loc"])
    if loc and loc[0] in _WHOLE:
        del loc[0]
    loc += [part for part in [(error.get("ctx") or {}).get("param")] if part]
    out = ""
    for part in loc:
        if isinstance(part, int):
            out += f"[{part}]"
        elif not part.startswith("~") and part != "[key]":
            out += f".{part[:_LONGEST_NAME]}" if out else part[:_LONGEST_NAME]
    return out or "body"


def _wrong_type(param: str, expected: str, given: object) -> str:
    if param == "body":
        hint = "; send it with Content-Type: application/json" if isinstance(given, bytes | str) else ""
        return f"the body must be a JSON object{hint}"
    found = _given(given)
    return f"{param} must be {expected}" + ("" if found in expected else f", not {found}")


def _given(value: object) -> str:
    kinds: Sequence[tuple[type, str]] = (
        (bool, "a boolean"),
        (int, "an integer"),
        (float, "a number"),
        (str, "a string"),
        (list, "an array"),
        (dict, "an object"),
    )
    return "null" if value is None else next((name for kind, name in kinds if isinstance(value, kind)), "this")


def _noun(param: str) -> str:
    return _NOUNS.get(param.rpartition(".")[2].partition("[")[0], "entries")


_RANGES: dict[str, Callable[[str, Mapping[str, Any]], str]] = {
    "greater_than": lambda _, error: f"must be above {error['ctx']['gt']}",
    "greater_than_equal": lambda _, error: f"must be at least {error['ctx']['ge']}",
    "less_than": lambda _, error: f"must be below {error['ctx']['lt']}",
    "less_than_equal": lambda _, error: f"must be at most {error['ctx']['le']}",
    "finite_number": lambda *_: "must be a finite number",
    "int_parsing_size": lambda *_: "is too large a number",
    "string_unicode": lambda *_: "must be valid Unicode",
    "literal_error": lambda _, error: f"must be {error['ctx']['expected']}",
    "enum": lambda _, error: f"must be {error['ctx']['expected']}",
    "string_too_short": lambda _, error: f"must have at least {_counted(error['ctx']['min_length'], 'characters')}",
    "string_too_long": lambda _, error: f"must have at most {_counted(error['ctx']['max_length'], 'characters')}",
    "string_pattern_mismatch": lambda _, error: f"must match {error['ctx']['pattern']}",
    "too_short": lambda param, error: f"must hold at least {_counted(error['ctx']['min_length'], _noun(param))}",
    "too_long": lambda param, error: f"holds too many; at most {_counted(error['ctx']['max_length'], _noun(param))}",
    "refusal": lambda _, error: str(error["msg"]),
    "value_error": lambda _, error: f"cannot be used: {str(error['msg']).removeprefix('Value error, ')}",
}


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun.removesuffix('s') if count == 1 and noun != 'entries' else 'entry' if count == 1 else noun}"
