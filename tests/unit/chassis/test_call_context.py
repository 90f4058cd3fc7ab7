"""What is known about the call in progress."""

import pytest

from chassis import call_context
from chassis.call_context import Call, Language, Trace, continued_trace, in_call, preferred_language
from chassis.errors import PermissionDenied, Unauthenticated
from chassis.security.tokens import Access, Principal

CANDIDATE = Principal(Access.CANDIDATE, "c-1")
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_outside_a_call_there_is_no_caller_and_no_deadline():
    assert call_context.optional_caller() is None
    assert call_context.time_left() is None
    with pytest.raises(Unauthenticated):
        call_context.caller()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", Language.CHINESE),
        ("zh-CN,zh;q=0.9,en;q=0.8", Language.CHINESE),
        ("en-GB,en;q=0.9", Language.ENGLISH),
        ("fr, en;q=0.5, zh;q=0.4", Language.ENGLISH),
        ("en;q=0.1, zh-Hans;q=0.2", Language.CHINESE),
        ("de", Language.CHINESE),
        ("en;q=nonsense", Language.CHINESE),
        ("en;q=0", Language.CHINESE),
    ],
)
def test_the_language_is_the_one_the_caller_prefers_among_ours(header, language):  # GW-3
    assert preferred_language(header) is language


@pytest.mark.parametrize("requested", ["me", "c-1"])
def test_a_candidate_is_me_to_themselves(requested):
    with in_call(Call("test", principal=CANDIDATE)):
        assert call_context.own_candidate_id(requested) == "c-1"


@pytest.mark.parametrize(
    ("principal", "requested"),
    [
        (CANDIDATE, "c-2"),
        (CANDIDATE, ""),
        (Principal(Access.OPERATOR, "o-1"), "me"),
        (Principal(Access.REVIEWER, "c-1"), "c-1"),
    ],
)
def test_nobody_is_somebody_else(principal, requested):
    with in_call(Call("test", principal=principal)), pytest.raises(PermissionDenied):
        call_context.own_candidate_id(requested)


def test_a_trace_is_continued_from_its_header():
    trace = Trace.parse(PARENT)
    assert trace is not None
    assert trace.header == PARENT
    child = trace.child()
    assert (child.trace_id, child.sampled) == (trace.trace_id, True)
    assert child.span_id != trace.span_id


@pytest.mark.parametrize(
    "header",
    [
        "",
        "x",
        "00-0-0-0",
        f"ff{PARENT[2:]}",
        PARENT.replace("4bf9", "zzzz"),
        f"00-{'0' * 32}-{'1' * 16}-01",
        PARENT[:-3] + "-zz",
        PARENT.replace("4bf9", "\xa0bf9"),
        PARENT.replace("4bf9", "4_f9"),
        PARENT + " ",
    ],
)
def test_a_malformed_trace_header_is_no_trace(header):
    assert Trace.parse(header) is None


def test_an_event_continues_the_trace_of_what_caused_it():
    with in_call(Call("deliver", principal=CANDIDATE)):
        with continued_trace(PARENT):
            assert call_context.trace_parent().split("-")[1] == PARENT.split("-")[1]
            assert call_context.caller() == CANDIDATE
        assert call_context.trace_parent().split("-")[1] != PARENT.split("-")[1]
    assert call_context.trace_parent() == ""
