"""The grammar of path templates, as `google/api/http.proto` publishes it. Rules: GW-1."""

import pytest

from gateway.contracts.path_template import PathTemplate, TemplateError


@pytest.mark.parametrize(
    "template",
    [
        "",
        "v1/messages",
        "/",
        "/v1/",
        "//v1",
        "/v1/{x",
        "/v1/{}",
        "/v1/{x=}",
        "/v1/{x={y}}",
        "/v1/{x=**}/y",
        "/v1/**/y",
        "/v1/a{x}",
        "/v1/{x}b",
        "/v1/{x}:",
        "/v1:a:b",
        "/v1/***",
        "/v1/{1x}",
        "/v1/{x.}",
        "/v1/{x}/{x}",
        "/v1/}",
    ],
)
def test_a_template_outside_the_grammar_is_refused(template):
    with pytest.raises(TemplateError):
        PathTemplate.parse(template)
