"""The OpenAPI 3.1 document of the API (GW-1), from the same descriptors as the routes."""

from collections.abc import Iterator
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor

from gateway.api.json_schemas import RequestSchemas, Schema, Schemas, is_required
from gateway.api.parameters import QueryParameters
from gateway.contracts.comments import comments_of, first_sentence
from gateway.contracts.field_paths import field_at
from gateway.contracts.path_template import PathTemplate
from gateway.contracts.proto_json import MessageTypes
from gateway.contracts.rpcs import HTTP_BODY, WHOLE, Binding, Contracts, Rpc, public_name

VERSION: Final = "1"
ANY_FILE: Final = "*/*"
JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
EVENTS: Final = "text/event-stream"

_TEXT: Final[Schema] = {"type": "string"}
_PROBLEM_SCHEMA: Final[Schema] = {
    "type": "object",
    "description": "Why the request was not done (RFC 9457); docs/errors.md lists every reason.",
    "required": ["type", "title", "status", "detail", "code", "reason", "trace_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, in the reader's language."},
        "code": {"type": "string", "description": "The canonical code, such as FAILED_PRECONDITION."},
        "reason": {"type": "string", "description": "The stable reason."},
        "metadata": {"type": "object", "additionalProperties": _TEXT},
        "errors": {
            "type": "array",
            "description": "Each wrong field.",
            "items": {
                "type": "object",
                "required": ["field", "reason", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "Into the body, as a JSON pointer."},
                    "parameter": {"type": "string", "description": "Of the path or the query."},
                    "field": _TEXT,
                    "reason": _TEXT,
                    "detail": _TEXT,
                },
            },
        },
        "unmet": {
            "type": "array",
            "description": "Each condition that is missing, with what to do next (EN-2).",
            "items": {
                "type": "object",
                "required": ["reason", "subject", "explanation", "next_action"],
                "properties": {"reason": _TEXT, "subject": _TEXT, "explanation": _TEXT, "next_action": _TEXT},
            },
        },
        "retry_after": {"type": "integer", "description": "Seconds after which trying again makes sense."},
        "trace_id": {"type": "string", "description": "What to quote when asking for help."},
    },
}


def openapi_document(contracts: Contracts) -> Schema:
    """The document, ready to be written as JSON."""
    comments = comments_of(contracts.files)
    schemas = Schemas(comments)
    answers = {(rpc.name, number): _answer(schemas, rpc, one) for rpc, number, one in _bindings(contracts)}
    writer = _Writer(RequestSchemas(schemas, comments), contracts.messages, comments)
    paths: dict[str, dict[str, Schema]] = {}
    for rpc, number, binding in _bindings(contracts):
        operations = paths.setdefault(path_of(binding.template), {})
        operations[binding.method.lower()] = writer.operation(rpc, binding, number, answers[rpc.name, number])
    used = {rpc.descriptor.containing_service.full_name for rpc in contracts.rpcs}
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Zikao 自考报名",
            "version": VERSION,
            "description": "Registration for the self-study higher-education examinations: every public RPC over HTTP.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": public_name(name), "description": comments.get(name, "")} for name in sorted(used)],
        "paths": paths,
        "components": {
            "schemas": {"Problem": _PROBLEM_SCHEMA, **schemas.components},
            "responses": {
                "Problem": {
                    "description": "The request was not done; the reason says why.",
                    "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "zikao_access"},
            },
        },
    }


def _bindings(contracts: Contracts) -> Iterator[tuple[Rpc, int, Binding]]:
    for rpc in contracts.rpcs:
        for number, binding in enumerate(rpc.bindings):
            yield rpc, number, binding


def path_of(template: PathTemplate) -> str:
    """A path template as OpenAPI writes it: variables by name, whatever segments they take."""
    parts = list(template.segments)
    for variable in reversed(template.variables):
        parts[variable.start : variable.end] = [f"{{{variable.field_path}}}"]
    return "/" + "/".join(parts) + (f":{template.verb}" if template.verb else "")


class _Writer:
    def __init__(self, schemas: RequestSchemas, messages: MessageTypes, comments: dict[str, str]) -> None:
        self._schemas = schemas
        self._messages = messages
        self._comments = comments

    def operation(self, rpc: Rpc, binding: Binding, number: int, answer: Schema) -> Schema:
        comment = self._comments.get(rpc.name, "")
        service = public_name(rpc.descriptor.containing_service.full_name)
        operation: Schema = {
            "operationId": f"{service}.{rpc.descriptor.name}".replace(".", "_") + (f"_{number + 1}" if number else ""),
            "tags": [service],
            "summary": first_sentence(comment),
            "description": comment,
            "parameters": [*self._path_parameters(rpc, binding), *self._query_parameters(rpc, binding)],
            "responses": {"200": answer, "default": {"$ref": "#/components/responses/Problem"}},
            "x-access": [kind.value for kind in rpc.access.kinds],
            "security": [{}] if rpc.access.public else [{"bearer": []}, {"cookie": []}],
        }
        if binding.body:
            operation["requestBody"] = self._body(rpc, binding)
        return operation

    def _path_parameters(self, rpc: Rpc, binding: Binding) -> Iterator[Schema]:
        for variable in binding.template.variables:
            field = field_at(rpc.descriptor.input_type, variable.field_path)
            assert field is not None, "checked when the contracts were read"
            yield {"in": "path", "required": True, **self._parameter(variable.field_path, field)}

    def _query_parameters(self, rpc: Rpc, binding: Binding) -> Iterator[Schema]:
        request = rpc.descriptor.input_type
        for name, field in QueryParameters(self._messages.type(request.full_name), request, binding).leaves():
            parameter = {"in": "query", **self._parameter(name, field)}
            yield {**parameter, "required": True} if is_required(field) else parameter

    def _parameter(self, name: str, field: FieldDescriptor) -> Schema:
        schema = dict(self._schemas.of_field(field))
        comment = schema.pop("description", "")
        return {"name": name, "description": comment, "schema": schema}

    def _body(self, rpc: Rpc, binding: Binding) -> Schema:
        request = rpc.descriptor.input_type
        if binding.body == WHOLE:
            return {"required": True, "content": {JSON: {"schema": self._unrouted(rpc, binding)}}}
        field = request.fields_by_name[binding.body]
        if field.message_type is not None and field.message_type.full_name == HTTP_BODY:
            return {"required": True, "content": {ANY_FILE: {"schema": {}}}}
        return {"required": True, "content": {JSON: {"schema": self._schemas.of_field(field)}}}

    def _unrouted(self, rpc: Rpc, binding: Binding) -> Schema:
        """The request without what the path already says: the path wins, and nobody needs to say it twice."""
        request = rpc.descriptor.input_type
        routed = {variable.field_path for variable in binding.template.variables}
        if not routed:
            return self._schemas.of_message(request)
        fields = [field for field in request.fields if field.name not in routed]
        schema: Schema = {
            "type": "object",
            "properties": {field.json_name: self._schemas.of_field(field) for field in fields},
            "additionalProperties": False,
        }
        if required := [field.json_name for field in fields if is_required(field)]:
            schema["required"] = required
        return schema


def _answer(schemas: Schemas, rpc: Rpc, binding: Binding) -> Schema:
    answer = rpc.descriptor.output_type
    part: Any = answer.fields_by_name[binding.response_body] if binding.response_body else None
    held = part.message_type if part is not None else answer
    if held is not None and held.full_name == HTTP_BODY:
        return {"description": "The file.", "content": {ANY_FILE: {"schema": {}}}}
    schema = schemas.of_field(part) if part is not None else schemas.of_message(answer)
    if rpc.streams:
        text = "Server-sent events, as the schema says of each; its data is one message as JSON."
        data = {"type": "string", "contentMediaType": JSON, "contentSchema": schema}
        event = {"type": "object", "required": ["data"], "properties": {"event": _TEXT, "data": data}}
        return {"description": text, "content": {EVENTS: {"schema": event}}}
    return {"description": "Done.", "content": {JSON: {"schema": schema}}}
