"""Structured logs: one JSON object per line, with the trace they belong to and without personal data.

Three things keep people out of the logs whatever a caller of the logger does: no protobuf message is ever written; no
field is that has the name of one annotated `personal`; and of an unexpected exception only its type and its frames are,
its words being left out unless they can only speak of code.
"""

import logging
import sys
import traceback
from collections.abc import Iterable, MutableMapping
from functools import cache
from typing import Any, Final

import structlog
from google.protobuf.descriptor import Descriptor, FileDescriptor
from google.protobuf.message import Message
from zikao.common.v1 import access_pb2

from chassis.call_context import current_call

Event = MutableMapping[str, Any]

SPEAK_OF_CODE: Final = (AttributeError, NameError, ImportError, OSError)
"""Exceptions whose text names code, files or addresses, not what a person sent."""

TELLING_ATTRIBUTES: Final = ("sqlstate", "constraint_name", "table_name", "column_name", "reason", "code")
"""What else of an exception is worth writing: of a database error, where it was, but not the row."""

NAMES_ADDRESSES: Final = ("httpx", "httpcore")
"""Libraries that write every address they ask; addresses may hold what people sent."""

TELLS_EVERY_STEP: Final = ("pyvips",)
"""Libraries that write several lines about each image, so that who sends images fills the disk."""

OURS: Final = frozenset({"event", "reason"})
"""Keys whose values we write ourselves: what happened, and the stable code why; never what people typed, though a field
of a contract may be called the same.
"""
_withheld: set[str] = set()


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def configure_logs(service: str, level: str = "INFO") -> None:
    """Sends all logs of this process, those of libraries too, to standard output as JSON."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _add_call,
        _withhold,
        _describe_exception,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                lambda _, __, event: {"service": service, **event},
                structlog.processors.JSONRenderer(ensure_ascii=False, default=lambda value: type(value).__name__),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for library in (*NAMES_ADDRESSES, *TELLS_EVERY_STEP):
        logging.getLogger(library).setLevel(logging.WARNING)


def withhold_personal(files: Iterable[FileDescriptor]) -> None:
    """Keeps out of all logs whatever has the name of a field that `files`, or their imports, call `personal`."""
    for file in files:
        _withheld.update(_personal_in(file))


@cache
def _personal_in(file: FileDescriptor) -> frozenset[str]:
    names = {name for message in file.message_types_by_name.values() for name in _personal_fields(message)}
    return frozenset(names.union(*(_personal_in(dependency) for dependency in file.dependencies)))


def _personal_fields(message: Descriptor) -> Iterable[str]:
    for field in message.fields:
        options: Any = field.GetOptions()
        if options.Extensions[access_pb2.personal]:
            yield field.name
    for nested in message.nested_types:
        yield from _personal_fields(nested)


def _add_call(_: object, __: str, event: Event) -> Event:
    call = current_call()
    if call is not None:
        event.setdefault("rpc", call.method)
        event["trace_id"], event["span_id"] = call.trace.trace_id, call.trace.span_id
        if request_id := call.text("x-request-id"):
            event["request_id"] = request_id
    return event


def _withhold(_: object, __: str, event: Event) -> Event:
    for key, value in event.items():
        if key in _withheld and key not in OURS:
            event[key] = "withheld"
        elif isinstance(value, Message):
            event[key] = value.DESCRIPTOR.full_name
    return event


def _describe_exception(_: object, __: str, event: Event) -> Event:
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = [describe(cause) for cause in _chain(error)]
    return event


def describe(error: BaseException) -> dict[str, object]:
    """What may be written of an exception: its type, its frames, and its text if that can only speak of code."""
    described: dict[str, object] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "frames": [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ],
    }
    if isinstance(error, SPEAK_OF_CODE):
        described["message"] = str(error)
    for name in TELLING_ATTRIBUTES:
        value = getattr(error, name, None)
        if isinstance(value, str) and value:
            described[name] = value
    return described


def _chain(error: BaseException) -> Iterable[BaseException]:
    seen: BaseException | None = error
    for _ in range(8):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__
