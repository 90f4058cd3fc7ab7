"""Personal data is in no address (the option `personal` of the contracts): addresses are logged, kept and shared."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from google.protobuf.descriptor import Descriptor
from zikao.common.v1 import access_pb2

import gateway
from gateway.contracts.rpcs import Contracts, Rpc
from gateway.site import PAGES

CONTRACTS: Final = Contracts.load()
SOURCES: Final = sorted(
    one for one in Path(gateway.__file__).parent.rglob("*") if one.suffix in {".html", ".py"} and one.is_file()
)
GET_FORM: Final = re.compile(r'<form[^>]*method="get".*?</form>', re.S)
NAMED: Final = re.compile(r'\sname="(\w+)"')
IN_QUERY: Final = re.compile(r"[?&](?:amp;)?(\w+)=\{")
VARIABLE: Final = re.compile(r"\{(\w+)")


def personal_fields(message: Descriptor) -> set[str]:
    return {field.name for field in message.fields if field.GetOptions().Extensions[access_pb2.personal]}


def messages(message: Descriptor, known: set[str]) -> Iterator[Descriptor]:
    if message.full_name in known:
        return
    known.add(message.full_name)
    yield message
    for field in message.fields:
        if field.message_type:
            yield from messages(field.message_type, known)


def every_message() -> Iterator[Descriptor]:
    known: set[str] = set()
    for rpc in CONTRACTS.rpcs:
        yield from messages(rpc.descriptor.input_type, known)
        yield from messages(rpc.descriptor.output_type, known)


PERSONAL: Final = {name for message in every_message() for name in personal_fields(message)}


@pytest.mark.parametrize("rpc", CONTRACTS.rpcs, ids=lambda rpc: rpc.name)
def test_what_an_rpc_is_told_of_a_person_is_in_the_body(rpc: Rpc) -> None:  # GW-1
    told = personal_fields(rpc.descriptor.input_type)
    for binding in rpc.bindings:
        variables = {variable.field_path for variable in binding.template.variables}
        assert not told & variables
        assert not told or binding.body in {"*", *told}


def test_no_address_of_a_page_names_what_is_personal() -> None:  # GW-1
    assert {"document_number", "display_name", "phone", "email"} <= PERSONAL
    variables = {name for route in PAGES for name in VARIABLE.findall(route.path)}
    texts = [source.read_text() for source in SOURCES]
    asked = {name for text in texts for form in GET_FORM.findall(text) for name in NAMED.findall(form)}
    linked = {name for text in texts for name in IN_QUERY.findall(text)}
    assert asked
    assert linked
    assert not PERSONAL & (variables | asked | linked)
