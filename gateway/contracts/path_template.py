"""Path templates as `google/api/http.proto` states them.

A template is `/` separated segments with an optional `:verb` at the end; a segment is a literal, `*` (one segment),
`**` (all that follow, last only) or a variable `{field.path=segments}`.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

ONE = "*"
REST = "**"

_LITERAL = re.compile(r"[^/{}:=*]+")
_FIELD_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_ENCODED_SLASH = re.compile("(%2[Ff])")


class TemplateError(ValueError):
    """A path template does not follow the grammar of `google/api/http.proto`."""


@dataclass(frozen=True, slots=True)
class PathVariable:
    """A variable of a template: the request field it fills and the segments it takes, `end` excluded (None: to the
    end of the path).
    """

    field_path: str
    start: int
    end: int | None

    def value(self, segments: list[str]) -> str:
        """What the variable holds, percent-decoded. A variable of several segments keeps an encoded slash as it is.

        Raises UnicodeDecodeError when it is not UTF-8.
        """
        if self.end == self.start + 1:
            return _decoded(segments[self.start])
        return "/".join(_decoded_but_slashes(segment) for segment in segments[self.start : self.end])


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """A path template, taken apart. Literals are percent-decoded."""

    text: str
    segments: tuple[str, ...]
    verb: str
    variables: tuple[PathVariable, ...]

    @classmethod
    def parse(cls, text: str) -> "PathTemplate":
        """The template that `text` writes. Raises TemplateError."""
        return _Parser(text).template()


def _decoded(segment: str) -> str:
    return unquote(segment, errors="strict") if "%" in segment else segment


def _decoded_but_slashes(segment: str) -> str:
    if "%" not in segment:
        return segment
    return "".join(part if _ENCODED_SLASH.fullmatch(part) else _decoded(part) for part in _ENCODED_SLASH.split(segment))


class _Parser:
    """Reads a template by the grammar that `google/api/http.proto` gives."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._segments: list[str] = []
        self._variables: list[PathVariable] = []

    def template(self) -> PathTemplate:
        self._expect("/")
        self._read_segments(in_variable=False)
        verb = self._read(_LITERAL, "a verb") if self._take(":") else ""
        if self._position != len(self._text):
            raise self._error("the end")
        if REST in self._segments[:-1]:
            raise TemplateError(f"{self._text}: ** must be the last part of the path, except the verb")
        return PathTemplate(self._text, tuple(self._segments), verb, tuple(self._variables))

    def _read_segments(self, *, in_variable: bool) -> None:
        self._read_segment(in_variable=in_variable)
        while self._take("/"):
            self._read_segment(in_variable=in_variable)

    def _read_segment(self, *, in_variable: bool) -> None:
        if not in_variable and self._take("{"):
            self._read_variable()
        elif self._take(REST):
            self._segments.append(REST)
        elif self._take(ONE):
            self._segments.append(ONE)
        else:
            self._segments.append(unquote(self._read(_LITERAL, "a segment")))

    def _read_variable(self) -> None:
        start = len(self._segments)
        field_path = self._read(_FIELD_PATH, "a field path")
        if self._take("="):
            self._read_segments(in_variable=True)
        else:
            self._segments.append(ONE)
        self._expect("}")
        if any(field_path == variable.field_path for variable in self._variables):
            raise TemplateError(f"{self._text}: {field_path} is bound twice")
        end = None if self._segments[-1] == REST else len(self._segments)
        self._variables.append(PathVariable(field_path, start, end))

    def _take(self, symbol: str) -> bool:
        if not self._text.startswith(symbol, self._position):
            return False
        self._position += len(symbol)
        return True

    def _expect(self, symbol: str) -> None:
        if not self._take(symbol):
            raise self._error(symbol)

    def _read(self, pattern: re.Pattern[str], what: str) -> str:
        found = pattern.match(self._text, self._position)
        if found is None:
            raise self._error(what)
        self._position = found.end()
        return found.group()

    def _error(self, expected: str) -> TemplateError:
        return TemplateError(f"{self._text}: expected {expected} at character {self._position + 1}")
