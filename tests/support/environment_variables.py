"""The environment variables that the processes of the suite read."""

import importlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from cli.process.service_process import MODULES

PREFIX = "ZIKAO_"


def settings_of(process: str) -> set[str]:
    """Every variable that a process reads."""
    return set(_names(_config(process), PREFIX))


def required_of(process: str) -> set[str]:
    """The variables without which a process does not start."""
    fields = _config(process).model_fields
    return {PREFIX + name.upper() for name, field in fields.items() if field.is_required()}


def _config(process: str) -> type[BaseModel]:
    config: type[BaseModel] = importlib.import_module(MODULES[process].removesuffix(".main") + ".config").Config
    return config


def _names(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        # A default of a more particular class may have settings that the annotation has not.
        group = type(field.default) if isinstance(field.default, BaseModel) else _group(field.annotation)
        if is_dataclass(field.annotation):
            yield from (f"{prefix}{name}__{setting.name}".upper() for setting in fields(field.annotation))
        elif group is None:
            yield prefix + name.upper()
        else:
            yield from _names(group, f"{prefix}{name.upper()}__")


def _group(annotation: Any) -> type[BaseModel] | None:
    choices = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    return next((one for one in choices if isinstance(one, type) and issubclass(one, BaseModel)), None)
