"""Path templates and routing, case by case as `google/api/http.proto` publishes them. Rules: GW-1."""

import pytest

from gateway.api.router import RouteCollision, Router
from gateway.contracts.path_template import PathTemplate


def router(*routes: str) -> Router[str]:
    """A router whose routes are written `METHOD template`; the route's text is its target."""
    made: Router[str] = Router()
    for route in routes:
        method, _, template = route.partition(" ")
        made.add(method, PathTemplate.parse(template), route)
    return made


def bound(template: str, path: str) -> dict[str, str] | None:
    """The variables that `template` reads from `path`, or None when it does not match."""
    parsed = PathTemplate.parse(template)
    found = router(f"GET {template}").match("GET", path)
    return (
        None
        if found is None
        else {variable.field_path: variable.value(found.segments) for variable in parsed.variables}
    )


@pytest.mark.parametrize(
    ("template", "path", "variables"),
    [
        ("/v1/{name=messages/*}", "/v1/messages/123456", {"name": "messages/123456"}),
        ("/v1/messages/{message_id}", "/v1/messages/123456", {"message_id": "123456"}),
        (
            "/v1/users/{user_id}/messages/{message_id}",
            "/v1/users/me/messages/123456",
            {"user_id": "me", "message_id": "123456"},
        ),
        (
            "/v1/messages/{message_id}/{sub.subfield}",
            "/v1/messages/123456/foo",
            {"message_id": "123456", "sub.subfield": "foo"},
        ),
        ("/v1/{var=*}", "/v1/one", {"var": "one"}),
        ("/v1/{var=foo/*}", "/v1/foo/bar", {"var": "foo/bar"}),
        ("/v1/{var=**}", "/v1/a/b/c", {"var": "a/b/c"}),
        ("/v1/{name=shelves/*/books/*}", "/v1/shelves/1/books/2", {"name": "shelves/1/books/2"}),
        ("/v1/*/x/{var}", "/v1/anything/x/y", {"var": "y"}),
        ("/v1/messages", "/v1/messages", {}),
    ],
)
def test_published_examples_bind_as_published(template, path, variables):
    assert bound(template, path) == variables


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/v1/{var}", "/v1/a/b"),
        ("/v1/{var}", "/v1/"),
        ("/v1/{var}", "/v1"),
        ("/v1/{name=messages/*}", "/v1/letters/1"),
        ("/v1/messages", "/v1/messages/"),
        ("/v1/messages", "/v1//messages"),
        ("/v1/messages", "v1/messages"),
        ("/v1/messages", "*"),
        ("/v1/Messages", "/v1/messages"),
    ],
)
def test_a_star_takes_exactly_one_segment_and_literals_are_literal(template, path):
    assert bound(template, path) is None


@pytest.mark.parametrize(
    ("path", "value"), [("/v1/files/a/b", "a/b"), ("/v1/files/a", "a"), ("/v1/files", ""), ("/v1/files/a/", "a/")]
)
def test_two_stars_take_zero_or_more_segments(path, value):
    assert bound("/v1/files/{path=**}", path) == {"path": value}


@pytest.mark.parametrize(
    ("template", "path", "value"),
    [
        ("/a/{x}/c", "/a/p%20q%2Fr/c", "p q/r"),
        ("/a/{x=*}/c", "/a/%E4%B8%AD%e6%96%87/c", "中文"),
        ("/a/{x=**}", "/a/p%20q/r%2Fs", "p q/r%2Fs"),
        ("/a/{x=**}", "/a/r%2fs%3At", "r%2fs:t"),
        ("/a/{x=p/*/q/*}/c", "/a/p/foo%20foo/q/bar%2Fbar/c", "p/foo foo/q/bar%2Fbar"),
        ("/a/{x}", "/a/1+1", "1+1"),
        ("/a/{x}", "/a/100%", "100%"),
        ("/a/{x}", "/a/%zz", "%zz"),
        ("/a/{x}", "/a/%252F", "%2F"),
    ],
)
def test_one_segment_is_decoded_wholly_and_several_all_but_slashes(template, path, value):
    assert bound(template, path) == {"x": value}


def test_a_variable_that_is_not_utf8_is_told_apart_from_one_that_does_not_match():
    template = PathTemplate.parse("/a/{x}")
    found = router("GET /a/{x}").match("GET", "/a/%ff")
    assert found is not None
    with pytest.raises(UnicodeDecodeError):
        template.variables[0].value(found.segments)


def test_a_literal_matches_however_the_client_encodes_it():
    assert bound("/v1/a%20b/{x}", "/v1/a%20b/1") == {"x": "1"}
    assert bound("/v1/messages/{x}", "/v1/%6Dessages/1") == {"x": "1"}
    assert bound("/v1/messages/{x}", "/v1/%ff/1") is None


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v1/orders/7:pay", "POST /v1/orders/{id}:pay"),
        ("/v1/orders/7", "POST /v1/orders/{id}"),
        ("/v1/orders:import", "POST /v1/orders:import"),
        ("/v1/orders/a:b:pay", "POST /v1/orders/{id}:pay"),
        ("/v1/orders/a:b", "POST /v1/orders/{id}"),
        ("/v1/orders/a%3Apay", "POST /v1/orders/{id}"),
        ("/v1/files/a/b:pay", "POST /v1/files/{path=**}:pay"),
        ("/v1/orders/7:import", None),
        ("/v1/orders/7/x:pay", None),
        ("/v1/orders:pay", None),
    ],
)
def test_what_follows_the_last_colon_is_a_verb_where_some_route_has_it(path, route):
    table = router(
        "POST /v1/orders/{id}", "POST /v1/orders/{id}:pay", "POST /v1/orders:import", "POST /v1/files/{path=**}:pay"
    )
    found = table.match("POST", path)
    assert (found.target if found else None) == route


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/a/b/c", "GET /a/b/c"),
        ("/a/x/c", "GET /a/{x}/c"),
        ("/a/b/x", "GET /a/b/{x}"),
        ("/a/x/y", "GET /a/{x=**}"),
        ("/a/b", "GET /a/{x=**}"),
        ("/a/b/c/d", "GET /a/{x=**}"),
        ("/b", None),
    ],
)
def test_the_most_literal_route_wins(path, route):
    table = router("GET /a/{x=**}", "GET /a/{x}/c", "GET /a/b/{x}", "GET /a/b/c")
    found = table.match("GET", path)
    assert (found.target if found else None) == route


def test_a_less_literal_route_is_found_when_the_literal_one_has_another_method():
    table = router("POST /v1/sessions/current", "GET /v1/sessions/{id}")
    found = table.match("GET", "/v1/sessions/current")
    assert found is not None
    assert found.target == "GET /v1/sessions/{id}"


def test_a_path_known_with_other_methods_names_them():
    table = router("GET /v1/orders/{id}", "DELETE /v1/orders/{id}", "POST /v1/orders/{id}:pay", "* /v1/any")
    assert table.match("PUT", "/v1/orders/7") is None
    assert table.methods("/v1/orders/7") == {"GET", "DELETE"}
    assert table.methods("/v1/orders/7:pay") == {"POST"}
    assert table.methods("/v1/nothing") == frozenset()
    assert table.match("PROPFIND", "/v1/any") is not None


def test_one_path_and_method_has_one_route():
    with pytest.raises(RouteCollision):
        router("GET /v1/orders/{id}", "GET /v1/orders/{order_id}")
