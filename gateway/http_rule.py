"""Routes as `google/api/http.proto` states them: path templates, and the table that finds the route of a request.

A template is `/` separated segments with an optional `:verb` at the end; a segment is a literal, `*` (one segment),
`**` (all that follow, last only) or a variable `{field.path=segments}`. Among the templates that match a path the
most literal one wins, segment by segment.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import unquote

T = TypeVar("T")

ONE = "*"
REST = "**"
ANY_METHOD = "*"

_LITERAL = re.compile(r"[^/{}:=*]+")
_FIELD_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_ENCODED_SLASH = re.compile("(%2[Ff])")


class TemplateError(ValueError):
    """A path template does not follow the grammar of `google/api/http.proto`."""


class RouteCollision(ValueError):
    """Two routes answer the same method and path."""


@dataclass(frozen=True, slots=True)
class Variable:
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
class Template:
    """A path template, taken apart. Literals are percent-decoded."""

    text: str
    segments: tuple[str, ...]
    verb: str
    variables: tuple[Variable, ...]

    @classmethod
    def parse(cls, text: str) -> "Template":
        """The template that `text` writes. Raises TemplateError."""
        return _Parser(text).template()


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """The route found for a request, and the path's segments to take the variables from."""

    target: T
    segments: list[str]


class Router(Generic[T]):
    """Finds the route of a request by walking a tree of segments."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()
        self._verbs: set[str] = set()

    def add(self, method: str, template: Template, target: T) -> None:
        """Adds a route; `*` as its method takes every method. Raises RouteCollision."""
        node = self._root
        for segment in template.segments:
            node = node.child(segment)
        methods = node.ends.setdefault(template.verb, {})
        if method in methods:
            raise RouteCollision(f"two routes answer {method} {template.text}")
        methods[method] = target
        if template.verb:
            self._verbs.add(template.verb)

    def match(self, method: str, path: str) -> Match[T] | None:
        """The route of `method` and `path` (as sent: percent-encoded, without the query), or None."""
        segments, verb = self._taken_apart(path)
        for methods in self._root.ends_for(segments, 0, verb):
            target = methods.get(method) or methods.get(ANY_METHOD)
            if target is not None:
                return Match(target, segments)
        return None

    def methods(self, path: str) -> frozenset[str]:
        """The methods that have a route for `path`: what to tell a caller who used another."""
        segments, verb = self._taken_apart(path)
        return frozenset(method for methods in self._root.ends_for(segments, 0, verb) for method in methods)

    def _taken_apart(self, path: str) -> tuple[list[str], str]:
        """Segments and verb. What follows a last colon is a verb only where some route has that verb: ids may contain
        colons.
        """
        segments = path.split("/")[1:] if path.startswith("/") else [""]
        name, colon, verb = segments[-1].rpartition(":")
        if colon and verb in self._verbs:
            segments[-1] = name
            return segments, verb
        return segments, ""


class _Node(Generic[T]):
    """One place in the tree: what may follow, and which routes end here, by verb and method."""

    __slots__ = ("ends", "literals", "one", "rest")

    def __init__(self) -> None:
        self.literals: dict[str, _Node[T]] = {}
        self.one: _Node[T] | None = None
        self.rest: _Node[T] | None = None
        self.ends: dict[str, dict[str, T]] = {}

    def child(self, segment: str) -> "_Node[T]":
        if segment == ONE:
            self.one = self.one or _Node()
            return self.one
        if segment == REST:
            self.rest = self.rest or _Node()
            return self.rest
        return self.literals.setdefault(segment, _Node())

    def ends_for(self, segments: list[str], position: int, verb: str) -> Iterator[dict[str, T]]:
        """The route tables reached by the segments from `position` on, the most literal first."""
        if position == len(segments):
            if verb in self.ends:
                yield self.ends[verb]
        else:
            segment = segments[position]
            literal = self.literals.get(_as_literal(segment) if "%" in segment else segment)
            if literal is not None:
                yield from literal.ends_for(segments, position + 1, verb)
            if self.one is not None and segment:
                yield from self.one.ends_for(segments, position + 1, verb)
        if self.rest is not None and verb in self.rest.ends:
            yield self.rest.ends[verb]


def _decoded(segment: str) -> str:
    return unquote(segment, errors="strict") if "%" in segment else segment


def _decoded_but_slashes(segment: str) -> str:
    if "%" not in segment:
        return segment
    return "".join(part if _ENCODED_SLASH.fullmatch(part) else _decoded(part) for part in _ENCODED_SLASH.split(segment))


def _as_literal(segment: str) -> str:
    return unquote(segment, errors="replace")


class _Parser:
    """Reads a template by the grammar that `google/api/http.proto` gives."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._segments: list[str] = []
        self._variables: list[Variable] = []

    def template(self) -> Template:
        self._expect("/")
        self._read_segments(in_variable=False)
        verb = self._read(_LITERAL, "a verb") if self._take(":") else ""
        if self._position != len(self._text):
            raise self._error("the end")
        if REST in self._segments[:-1]:
            raise TemplateError(f"{self._text}: ** must be the last part of the path, except the verb")
        return Template(self._text, tuple(self._segments), verb, tuple(self._variables))

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
        self._variables.append(Variable(field_path, start, end))

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
