"""Requests and answers of routes: body, path, query, response body, as `google/api/http.proto` states them. Rules:
GW-1, GW-3.
"""

import json
from collections.abc import Callable

import pytest
from google.protobuf import json_format, message_factory
from google.protobuf.message import Message

from chassis.errors import InvalidRequest, Refusal
from gateway.api.router import Router
from gateway.api.transcoding import RequestBody, Transcoder
from gateway.contracts.proto_json import MessageTypes, NotSuchMessage
from gateway.contracts.rpcs import Contracts
from gateway.errors import MalformedJson, UnexpectedBody

JSON = "application/json"
Send = Callable[..., Message]


@pytest.fixture(scope="module")
def routes(contracts: Contracts, messages: MessageTypes) -> Router[Transcoder]:
    made: Router[Transcoder] = Router()
    for rpc in contracts.rpcs:
        for binding in rpc.bindings:
            made.add(binding.method, binding.template, Transcoder(messages, rpc, binding))
    return made


@pytest.fixture(scope="module")
def make(contracts: Contracts) -> Callable[..., Message]:
    """Messages of the tests' contracts as protobuf itself makes them: the oracle."""

    def make_message(name: str, wire: bytes = b"") -> Message:
        full_name = name if "." in name else f"zikao.testing.v1.{name}"
        return message_factory.GetMessageClass(contracts.pool.FindMessageTypeByName(full_name)).FromString(wire)

    return make_message


@pytest.fixture
def send(routes: Router[Transcoder], make: Callable[..., Message]) -> Send:
    """The request that reaches the service."""

    def sent(
        method: str, target: str, content: object = b"", content_type: str = JSON, name: str = "MessageRequest"
    ) -> Message:
        path, _, query = target.partition("?")
        found = routes.match(method, path)
        assert found is not None
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return make(name, found.target.request(found.segments, query.encode(), RequestBody(content_type, body)))

    return sent


@pytest.fixture
def refused(send: Send) -> Callable[..., dict[str, str]]:
    """The fields that a refused request was refused for, with reasons."""

    def refusal(*request: object) -> dict[str, str]:
        with pytest.raises(InvalidRequest) as caught:
            send(*request)
        return {violation.field: violation.reason for violation in caught.value.fields}

    return refusal


def as_json(message: Message) -> dict[str, object]:
    return json_format.MessageToDict(message)


def test_path_and_query_fill_the_request_as_published(send):
    request = send("GET", "/v1/messages/123456?revision=2&sub.subfield=foo")
    assert as_json(request) == {"messageId": "123456", "revision": "2", "sub": {"subfield": "foo"}}


def test_an_additional_binding_fills_other_fields(send):
    assert as_json(send("GET", "/v1/users/me/messages/123456")) == {"userId": "me", "messageId": "123456"}


def test_a_body_field_takes_the_whole_body(send):
    request = send("PATCH", "/v1/messages/123456?revision=3", {"text": "Hi!"})
    assert as_json(request) == {"messageId": "123456", "revision": "3", "message": {"text": "Hi!"}}


def test_a_star_body_takes_everything_the_path_does_not(send):
    request = send("PUT", "/v1/messages/123456", {"revision": "7", "sub": {"colour": "RED"}})
    assert as_json(request) == {"messageId": "123456", "revision": "7", "sub": {"colour": "RED"}}


def test_the_path_overrides_the_body(send):
    assert send("PUT", "/v1/messages/mine", {"messageId": "somebody-elses"}).message_id == "mine"


def test_a_body_cannot_reach_beyond_its_field(refused):
    with pytest.raises(MalformedJson):
        refused("PATCH", "/v1/messages/1", b'{}, "message_id": "2"')
    assert refused("PATCH", "/v1/messages/1", {"message_id": "2"}) == {"message.message_id": "UNKNOWN_FIELD"}


def test_a_body_field_may_be_a_list_or_a_plain_value(send):
    assert list(send("POST", "/v1/messages/1:tag", ["a", "b"]).tags) == ["a", "b"]
    assert send("POST", "/v1/messages/1:flag", b"true").flag is True


def test_an_empty_body_is_an_empty_message(send):
    assert as_json(send("PUT", "/v1/messages/1")) == {"messageId": "1"}
    assert as_json(send("PATCH", "/v1/messages/1")) == {"messageId": "1"}


def test_a_body_where_none_belongs_is_refused(send):
    with pytest.raises(UnexpectedBody):
        send("POST", "/v1/messages/1:touch", {})


def test_nested_path_variables_merge_into_one_message(send):
    request = send("GET", "/v1/leaves/7400/BLUE?sub.subfield=x")
    assert as_json(request) == {"sub": {"amountFen": "7400", "colour": "BLUE", "subfield": "x"}}


def test_a_body_is_bytes_with_a_media_type_where_the_contract_says_httpbody(send):
    request = send("PUT", "/v1/messages/1/file", b"\xff\xd8\x00", "image/jpeg")
    assert (request.message_id, request.file.content_type, request.file.data) == ("1", "image/jpeg", b"\xff\xd8\x00")
    whole = send("POST", "/v1/echo", b"\x00{", "application/octet-stream", "google.api.HttpBody")
    assert (whole.content_type, whole.data) == ("application/octet-stream", b"\x00{")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("colours=RED&colours=2", {"colours": ["RED", "BLUE"]}),
        ("flag=true", {"flag": True}),
        ("maybe=false", {"maybe": False}),
        ("since=2026-10-24T08:00:00%2B08:00", {"since": "2026-10-24T00:00:00Z"}),
        ("update_mask=text,leaf.subfield", {"updateMask": "text,leaf.subfield"}),
        ("updateMask=leaf.amountFen", {"updateMask": "leaf.amountFen"}),
        ("tags=a+b&tags=c%20d&tags=", {"tags": ["a b", "c d", ""]}),
        ("tags=%E4%B8%AD%E6%96%87", {"tags": ["中文"]}),
        ("tags=%22%5C%00%2C", {"tags": ['"\\\x00,']}),
        ("ratio=1.5e3", {"ratio": 1500.0}),
        ("ratio=-Infinity", {"ratio": "-Infinity"}),
        ("raw=_-8", {"raw": "/+8="}),
        ("sub.amountFen=9223372036854775807", {"sub": {"amountFen": "9223372036854775807"}}),
        ("sub.amount_fen=-1&sub.colour=RED", {"sub": {"amountFen": "-1", "colour": "RED"}}),
        ("message.leaf.amountFen=3&message.chosenText=x", {"message": {"leaf": {"amountFen": "3"}, "chosenText": "x"}}),
        (
            "message.again.again.again.again.again.text=deep",
            {"message": {"again": {"again": {"again": {"again": {"again": {"text": "deep"}}}}}}},
        ),
        ("message.otherName=x", {"message": {"otherName": "x"}}),
        ("message.maybeText=", {"message": {"maybeText": ""}}),
        ("user_id=me", {"userId": "me"}),
    ],
)
def test_query_parameters_of_every_kind(send, query, expected):
    assert as_json(send("GET", f"/v1/messages/1?{query}")) == {"messageId": "1", **expected}


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        ("nonsense=1", "nonsense", "UNKNOWN_FIELD"),
        ("sub.nonsense=1", "sub.nonsense", "UNKNOWN_FIELD"),
        ("sub=1", "sub", "UNKNOWN_FIELD"),
        ("leaves.subfield=1", "leaves.subfield", "UNKNOWN_FIELD"),
        ("labels.a=1", "labels.a", "UNKNOWN_FIELD"),
        ("message_id=2", "message_id", "UNKNOWN_FIELD"),
        ("messageId=2", "messageId", "UNKNOWN_FIELD"),
        ("revision.x=2", "revision.x", "UNKNOWN_FIELD"),
        ("revision=two", "revision", "INVALID_VALUE"),
        ("revision=", "revision", "INVALID_VALUE"),
        ("revision=1.5", "revision", "INVALID_VALUE"),
        ("revision=9223372036854775808", "revision", "INVALID_VALUE"),
        ("colours=GREEN", "colours", "INVALID_VALUE"),
        ("colours=red", "colours", "INVALID_VALUE"),
        ("colours=COLOUR_UNSPECIFIED", "colours", "INVALID_VALUE"),
        ("colours=99999999999", "colours", "INVALID_VALUE"),
        ("flag=yes", "flag", "INVALID_VALUE"),
        ("flag=1", "flag", "INVALID_VALUE"),
        ("since=yesterday", "since", "INVALID_VALUE"),
        ("ratio=nan", "ratio", "INVALID_VALUE"),
        ("raw=%21", "raw", "INVALID_VALUE"),
        ("revision=1&revision=2", "revision", "GIVEN_TWICE"),
        ("sub.amountFen=1&sub.amount_fen=2", "sub.amount_fen", "GIVEN_TWICE"),
        ("tags=%ff", "", "INVALID_VALUE"),
    ],
)
def test_a_wrong_query_parameter_is_named(refused, query, field, reason):
    assert refused("GET", f"/v1/messages/1?{query}") == {field: reason}


def test_every_wrong_parameter_is_named_at_once(refused):
    assert refused("GET", "/v1/messages/1?revision=x&flag=y&nope=z") == {
        "revision": "INVALID_VALUE",
        "flag": "INVALID_VALUE",
        "nope": "UNKNOWN_FIELD",
    }


def test_a_star_body_leaves_nothing_to_the_query(refused):
    assert refused("PUT", "/v1/messages/1?revision=2") == {"revision": "UNKNOWN_FIELD"}


def test_a_body_field_is_no_query_parameter(refused):
    assert refused("PATCH", "/v1/messages/1?message.text=x") == {"message.text": "UNKNOWN_FIELD"}


@pytest.mark.parametrize("target", ["/v1/leaves/x/RED", "/v1/leaves/1.5/RED"])
def test_a_wrong_path_variable_is_named(refused, target):
    assert refused("GET", target) == {"sub.amount_fen": "INVALID_VALUE"}


def test_a_text_may_say_what_an_enum_may_not(send):
    said = {"text": "COLOUR_UNSPECIFIED", "labels": {"a": "x_UNSPECIFIED"}, "struct": {"colour": "COLOUR_UNSPECIFIED"}}
    assert send("PATCH", "/v1/messages/1", said).message.text == "COLOUR_UNSPECIFIED"


def test_a_path_variable_that_is_not_utf8_is_named(refused):
    assert refused("GET", "/v1/messages/%ff") == {"message_id": "INVALID_VALUE"}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"text": 1}, {"message.text": "INVALID_VALUE"}),
        ({"nope": 1}, {"message.nope": "UNKNOWN_FIELD"}),
        ({"leaf": {"nope": 1}}, {"message.leaf.nope": "UNKNOWN_FIELD"}),
        ({"leaf": {"amountFen": "x"}}, {"message.leaf.amount_fen": "INVALID_VALUE"}),
        ({"leaf": []}, {"message.leaf": "INVALID_VALUE"}),
        ({"leaves": [{}, {"colour": "GREEN"}]}, {"message.leaves[1].colour": "INVALID_VALUE"}),
        ({"leaves": {}}, {"message.leaves": "INVALID_VALUE"}),
        ({"colour": "COLOUR_UNSPECIFIED"}, {"message.colour": "INVALID_VALUE"}),
        ({"colours": ["RED", "COLOUR_UNSPECIFIED"]}, {"message.colours[1]": "INVALID_VALUE"}),
        ({"colourByFlag": {"true": "COLOUR_UNSPECIFIED"}}, {"message.colour_by_flag": "INVALID_VALUE"}),
        (
            {"leaf": {"colour": "COLOUR_UNSPECIFIED"}, "leaves": [{}, {"colour": "COLOUR_UNSPECIFIED"}]},
            {"message.leaf.colour": "INVALID_VALUE", "message.leaves[1].colour": "INVALID_VALUE"},
        ),
        ({"i64s": [1, "2", 3.5]}, {"message.i64s[2]": "INVALID_VALUE"}),
        ({"i64s": [None]}, {"message.i64s[0]": "INVALID_VALUE"}),
        ({"labels": {"a": 1}}, {"message.labels": "INVALID_VALUE"}),
        ({"time": "yesterday"}, {"message.time": "INVALID_VALUE"}),
        ({"i32": 2147483648}, {"message.i32": "INVALID_VALUE"}),
        ({"u32": -1}, {"message.u32": "INVALID_VALUE"}),
        ({"raw": "!"}, {"message.raw": "INVALID_VALUE"}),
        ({"flag": "true"}, {"message.flag": "INVALID_VALUE"}),
        (
            {"text": 1, "flag": 2, "leaf": {"nope": 3}},
            {"message.text": "INVALID_VALUE", "message.flag": "INVALID_VALUE", "message.leaf.nope": "UNKNOWN_FIELD"},
        ),
        ([], {"message": "INVALID_VALUE"}),
        (None, {"message": "INVALID_VALUE"}),
    ],
)
def test_wrong_fields_of_a_body_are_named_by_path(refused, body, fields):
    assert refused("PATCH", "/v1/messages/1", body) == fields


def test_at_most_twenty_wrong_fields_are_named(refused):
    assert len(refused("PATCH", "/v1/messages/1", {f"nope{number}": 1 for number in range(500)})) == 20


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [
        (b"{", "1", "2"),
        (b'{"text": "a",}', "1", "14"),
        (b'{\n  "text" "a"}', "2", "10"),
        (b'{"text": "\xff"}', "1", "1"),
    ],
)
def test_a_body_that_is_no_json_says_where(send, body, line, column):
    with pytest.raises(MalformedJson) as caught:
        send("PATCH", "/v1/messages/1", body)
    assert caught.value.metadata == {"line": line, "column": column}


@pytest.mark.parametrize(
    "body",
    [
        b'{"struct":' * 40 + b"1" + b"}" * 40,
        b"[" * 100_000,
        b'{"again":' * 3000 + b"{}" + b"}" * 3000,
        b'{"struct":{"a":' + b"[" * 2000 + b"]" * 2000 + b"}}",
        b'{"text":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_deep_nesting_is_refused_not_followed(send, body):
    with pytest.raises(Refusal):
        send("PATCH", "/v1/messages/1", body)


def test_brackets_in_strings_do_not_nest(send):
    text = '[{"' * 1000
    assert send("PATCH", "/v1/messages/1", {"text": text}).message.text == text
    assert len(send("PATCH", "/v1/messages/1", {"leaves": [{}] * 1000}).message.leaves) == 1000


def test_of_a_key_given_twice_the_last_one_counts(send):
    assert send("PATCH", "/v1/messages/1", b'{"text": "a", "text": "b"}').message.text == "b"
    assert send("PATCH", "/v1/messages/1", {"chosenText": "a", "chosenNumber": 7}).message.chosen_number == 7


def answer(routes: Router[Transcoder], target: str, wire: bytes, method: str = "GET") -> tuple[bytes, bytes]:
    found = routes.match(method, target)
    assert found is not None
    made = found.target.answer(wire)
    return made.content_type, made.content


def test_an_answer_shows_zeros_false_empty_lists_and_states(routes, make):
    shown = json.loads(answer(routes, "/v1/messages/1", b"")[1])
    assert shown == json.loads(json_format.MessageToJson(make("Everything"), always_print_fields_with_no_presence=True))
    assert (shown["i64"], shown["flag"], shown["colour"], shown["texts"]) == ("0", False, "COLOUR_UNSPECIFIED", [])
    assert not {"leaf", "maybeText", "chosenText", "time"} & shown.keys()


def test_a_response_body_is_one_field_of_the_answer(routes, make):
    whole = make("MessageRequest")
    json_format.ParseDict({"sub": {"subfield": "x"}, "tags": ["a"], "revision": 2}, whole)
    wire = whole.SerializeToString()
    assert json.loads(answer(routes, "/v1/parts/1", wire)[1])["subfield"] == "x"
    assert answer(routes, "/v1/parts/1/tags", wire) == (JSON.encode(), b'["a"]')
    assert answer(routes, "/v1/parts/1/revision", wire) == (JSON.encode(), b'"2"')
    assert answer(routes, "/v1/parts/1", b"") == (JSON.encode(), b"null")


def test_an_httpbody_answer_is_its_bytes_and_media_type(routes, make):
    file = make("google.api.HttpBody")
    file.content_type, file.data = "image/svg+xml", b"<svg/>"
    assert answer(routes, "/v1/echo", file.SerializeToString(), "POST") == (b"image/svg+xml", b"<svg/>")
    whole = make("MessageRequest")
    whole.file.CopyFrom(file)
    assert answer(routes, "/v1/parts/1/file", whole.SerializeToString()) == (b"image/svg+xml", b"<svg/>")


def test_an_answer_that_is_not_what_the_contract_says_is_told_apart(routes):
    with pytest.raises(NotSuchMessage):
        answer(routes, "/v1/messages/1", b"\xff")
