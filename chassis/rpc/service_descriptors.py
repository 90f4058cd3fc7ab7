"""Finds contracts by where they are kept: `zikao/<name>/v1/<something>_service.proto`."""

import importlib
import pkgutil
from collections.abc import Iterator

from google.protobuf.descriptor import FileDescriptor, ServiceDescriptor
from zikao.common.v1 import event_pb2


def services_of(name: str) -> Iterator[ServiceDescriptor]:
    """The services that the process `name` serves, the event receiver among them."""
    package = importlib.import_module(f"zikao.{name}.v1")
    for module in pkgutil.iter_modules(package.__path__):
        if module.name.endswith("_service_pb2"):
            file: FileDescriptor = importlib.import_module(f"{package.__name__}.{module.name}").DESCRIPTOR
            yield from file.services_by_name.values()
    yield event_pb2.DESCRIPTOR.services_by_name["EventReceiver"]
