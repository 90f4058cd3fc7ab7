"""Which RPCs the handlers of pages call (GW-4): a walk over their code, from a handler to whatever it names."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from types import FunctionType, ModuleType
from typing import Any

from google.protobuf.message import Message

from chassis.security.tokens import Access
from gateway.web.page_endpoint import PageRoute

HOUSE = "gateway."


def requests_of(handlers: Iterable[Callable[..., Any]]) -> set[str]:
    """The message types that the handlers name, themselves or by way of functions and classes of the gateway's pages;
    by full name. What no handler leads to is not found, wherever it is written.
    """
    walk = _Walk()
    for handler in handlers:
        walk.visit(handler)
    return walk.messages


def handlers_open_to(pages: Iterable[PageRoute], kind: Access) -> list[Callable[..., Any]]:
    """What answers a kind of caller at the addresses of tables."""
    open_pages = [page for page in pages if kind in page.open_to]
    return [handler for page in open_pages for handler in (page.show, page.do) if handler]


class _Walk:
    def __init__(self) -> None:
        self.messages: set[str] = set()
        self._seen: set[int] = set()

    def visit(self, found: object) -> None:
        """Follows an object where it leads; most lead nowhere."""
        if id(found) in self._seen:
            return
        self._seen.add(id(found))
        if isinstance(found, type) and issubclass(found, Message) and found is not Message:
            self.messages.add(found.DESCRIPTOR.full_name)
        elif isinstance(found, Mapping):
            self._visit_all(found.values())
        elif isinstance(found, (tuple, list, frozenset)):
            self._visit_all(found)
        elif isinstance(found, partial):
            self._visit_all((found.func, *found.args, *found.keywords.values()))
        elif isinstance(found, (FunctionType, type)) and found.__module__.startswith(HOUSE):
            self._visit_all(_named_in(found))

    def _visit_all(self, found: Iterable[object]) -> None:
        for one in found:
            self.visit(one)


def _named_in(found: FunctionType | type) -> Iterator[object]:
    """Whatever the code of a function or class names, as its module knows it."""
    known = vars(inspect.getmodule(found))
    tree = ast.parse(textwrap.dedent(inspect.getsource(found)))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Name, ast.Attribute)) and (value := _value(node, known)) is not None:
            yield value


def _value(node: ast.expr, known: Mapping[str, object]) -> object:
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, known)
        return getattr(owner, node.attr, None) if isinstance(owner, (ModuleType, type)) else None
    return None
