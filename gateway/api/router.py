"""Finds the route of a request by its method and path, as `google/api/http.proto` states it.

Among the templates that match a path the most literal one wins, segment by segment.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from urllib.parse import unquote

from gateway.contracts.path_template import ONE, REST, PathTemplate

T = TypeVar("T")

ANY_METHOD: Final = "*"


class RouteCollision(ValueError):
    """Two routes answer the same method and path."""


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

    def add(self, method: str, template: PathTemplate, target: T) -> None:
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
            literal = self.literals.get(unquote(segment))
            if literal is not None:
                yield from literal.ends_for(segments, position + 1, verb)
            if self.one is not None and segment:
                yield from self.one.ends_for(segments, position + 1, verb)
        if self.rest is not None and verb in self.rest.ends:
            yield self.rest.ends[verb]
