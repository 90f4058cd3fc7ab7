"""The environment variables that the processes of the suite read."""

import importlib
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from cli.deployment.service_process import MODULES

PREFIX = "ZIKAO_"
LOOPBACK = re.compile(r"\blocalhost\b|127\.0\.0\.1")


def settings_of(process: str) -> set[str]:
    """Every variable that a process reads."""
    return set(_names(_config(process), PREFIX))


def required_of(process: str) -> set[str]:
    """The variables without which a process does not start."""
    fields = _config(process).model_fields
    return {PREFIX + name.upper() for name, field in fields.items() if field.is_required()}


def loopback_defaults_of(process: str) -> set[str]:
    """The variables that, untold, mean this very machine: right for a demonstration and wrong where it is deployed."""
    return {name for name, default in _defaults(_config(process), PREFIX) if LOOPBACK.search(str(default))}


def _config(process: str) -> type[BaseModel]:
    config: type[BaseModel] = importlib.import_module(MODULES[process].removesuffix(".main") + ".config").Config
    return config


def _names(group: type, prefix: str) -> Iterator[str]:
    for name, annotation, default in _settings(group):
        # A default of a more particular class may have settings that the annotation has not.
        inner = type(default) if _is_group(type(default)) else _group(annotation)
        if inner is None:
            yield prefix + name.upper()
        else:
            yield from _names(inner, f"{prefix}{name.upper()}__")


def _defaults(group: type, prefix: str, given: Any = None) -> Iterator[tuple[str, Any]]:
    """Every variable with its default; those of a group are what the group's own default says."""
    for name, annotation, default in _settings(group):
        value = default if given is None else getattr(given, name)
        inner = type(value) if _is_group(type(value)) else _group(annotation)
        if inner is None:
            yield prefix + name.upper(), value
        else:
            yield from _defaults(inner, f"{prefix}{name.upper()}__", value if _is_group(type(value)) else None)


def _settings(group: type) -> Iterator[tuple[str, Any, Any]]:
    """The name, type and default of every setting of a group: a model, or a dataclass of a domain."""
    if issubclass(group, BaseModel):
        yield from ((name, field.annotation, field.default) for name, field in group.model_fields.items())
    else:
        yield from ((field.name, get_type_hints(group)[field.name], field.default) for field in fields(group))


def _group(annotation: Any) -> type | None:
    choices = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    return next((one for one in choices if isinstance(one, type) and _is_group(one)), None)


def _is_group(kind: type) -> bool:
    return issubclass(kind, BaseModel) or is_dataclass(kind)
