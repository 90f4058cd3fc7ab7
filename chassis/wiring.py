"""Wiring that need not be written: what a service's rooms hold says how they are put together."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import fields
from types import ModuleType
from typing import Any, TypeVar, get_type_hints

Made = TypeVar("Made")


def build(kind: type[Made], values: Mapping[type, object], /, **named: object) -> Made:
    """A dataclass of dependencies: `named` fields as given, every other one an instance of the class it is declared as.

    A constructor's parameters are taken from `values` by their declared types. Raises TypeError for a parameter whose
    type is not among them: name the field then.
    """
    hints = get_type_hints(kind)
    unnamed = [field.name for field in fields(kind) if field.name not in named]  # type: ignore[arg-type]
    return kind(**named, **{name: _instance(hints[name], values) for name in unnamed})


def servicers_in(room: ModuleType, dependencies: object) -> Iterator[Any]:
    """Every servicer of a service's room: the classes in it that are made from a generated one."""
    for module in _modules(room):
        for kind in vars(module).values():
            own = inspect.isclass(kind) and kind.__module__ == module.__name__
            if own and any(base.__module__.endswith("_pb2_grpc") for base in kind.__bases__):
                yield kind(dependencies)


def _instance(kind: type[Any], values: Mapping[type, object]) -> object:
    hints = {name: hint for name, hint in get_type_hints(kind.__init__).items() if name != "return"}
    needed = {
        name: hints[name]
        for name, parameter in inspect.signature(kind).parameters.items()
        if parameter.default is parameter.empty
    }
    if missing := [f"{name}: {hint}" for name, hint in needed.items() if hint not in values]:
        raise TypeError(f"nothing to make a {kind.__name__} from for {', '.join(missing)}")
    return kind(**{name: values[hint] for name, hint in needed.items()})


def _modules(room: ModuleType) -> Iterator[ModuleType]:
    yield room
    for found in pkgutil.iter_modules(getattr(room, "__path__", [])):
        yield importlib.import_module(f"{room.__name__}.{found.name}")
