"""What the gateway itself refuses, before any service is asked."""

from typing import ClassVar

from chassis.errors import Code, Refusal


class HttpRefusal(Refusal):
    """A refusal that HTTP has a status of its own for."""

    status: ClassVar[int]


class NoSuchRoute(HttpRefusal):
    """No route has this path."""

    reason = "NO_SUCH_ROUTE"
    code = Code.NOT_FOUND
    status = 404
    zh = "没有这个接口地址。"
    en = "There is nothing at this address."


class MethodNotAllowed(HttpRefusal):
    """The path has routes, but none for this method; the metadata names those it has."""

    reason = "METHOD_NOT_ALLOWED"
    code = Code.UNIMPLEMENTED
    status = 405
    zh = "此地址不支持该请求方法，可用：{allow}。"
    en = "This address does not take that method, only {allow}."


class BodyTooLarge(HttpRefusal):
    """The body is larger than this route takes."""

    reason = "BODY_TOO_LARGE"
    code = Code.OUT_OF_RANGE
    status = 413
    zh = "上传内容过大，上限为 {limit_bytes} 字节。"
    en = "The body is too large; at most {limit_bytes} bytes are taken here."


class UnsupportedMediaType(HttpRefusal):
    """The body is not JSON where JSON is expected."""

    reason = "UNSUPPORTED_MEDIA_TYPE"
    code = Code.INVALID_ARGUMENT
    status = 415
    zh = "请求内容须为 JSON（Content-Type: application/json）。"
    en = "The body must be JSON (Content-Type: application/json)."


class MalformedJson(HttpRefusal):
    """The body is not JSON at all."""

    reason = "MALFORMED_JSON"
    code = Code.INVALID_ARGUMENT
    status = 400
    zh = "请求内容不是有效的 JSON（第 {line} 行第 {column} 列）。"
    en = "The body is not valid JSON (line {line}, column {column})."


class UnexpectedBody(HttpRefusal):
    """The route takes no body."""

    reason = "UNEXPECTED_BODY"
    code = Code.INVALID_ARGUMENT
    status = 400
    zh = "此请求不应带有内容。"
    en = "This request takes no body."


class MalformedHttp(HttpRefusal):
    """What was sent does not follow HTTP/1.1; the metadata names the place."""

    reason = "MALFORMED_HTTP"
    code = Code.INVALID_ARGUMENT
    status = 400
    zh = "请求不符合 HTTP 规范（{place}）。"
    en = "The request does not follow HTTP ({place})."


class HeadersTooLarge(HttpRefusal):
    """The request's line and headers are too large or too many."""

    reason = "HEADERS_TOO_LARGE"
    code = Code.OUT_OF_RANGE
    status = 431
    zh = "请求头过大：最多 {limit_headers} 个，共 {limit_bytes} 字节。"
    en = "The headers are too large: at most {limit_headers} of them and {limit_bytes} bytes are taken."


class RequestTimeout(HttpRefusal):
    """The request did not arrive in time, or too slowly (GW-6)."""

    reason = "REQUEST_TIMEOUT"
    code = Code.DEADLINE_EXCEEDED
    status = 408
    zh = "请求未能及时送达，请检查网络后重试。"
    en = "The request did not arrive in time; please check the network and try again."


class TooManyConnections(HttpRefusal):
    """The source has too many connections, all of them being answered (GW-6)."""

    reason = "TOO_MANY_CONNECTIONS"
    code = Code.RESOURCE_EXHAUSTED
    status = 429
    zh = "来自您网络地址的连接过多，请稍后再试。"
    en = "There are too many connections from your network address; please try again in a moment."


class TooManyRequestsUnderWay(HttpRefusal):
    """The account, or the source, has too many requests under way (GW-6)."""

    reason = "TOO_MANY_REQUESTS_UNDER_WAY"
    code = Code.RESOURCE_EXHAUSTED
    status = 429
    zh = "您有过多请求正在处理，请稍后再试。"
    en = "Too many of your requests are under way; please try again in a moment."


class TooManyStreams(HttpRefusal):
    """The account watches too much at once, or one thing too often (GW-6)."""

    reason = "TOO_MANY_STREAMS"
    code = Code.RESOURCE_EXHAUSTED
    status = 429
    zh = "同时打开的页面过多，请关闭一些后再试。"
    en = "Too many pages are open at once; close some and try again."


class TooManyUploads(HttpRefusal):
    """Too many large bodies are on their way, by this account or source or in all (GW-6)."""

    reason = "TOO_MANY_UPLOADS"
    code = Code.RESOURCE_EXHAUSTED
    status = 429
    zh = "正在上传的内容过多，请稍后再试。"
    en = "Too much is being uploaded at the moment; please try again in a moment."


class TooManyValues(HttpRefusal):
    """The JSON holds more values than this route takes (GW-6)."""

    reason = "TOO_MANY_VALUES"
    code = Code.OUT_OF_RANGE
    status = 400
    zh = "请求内容过多，最多 {limit_values} 个值。"
    en = "The body holds too many values; at most {limit_values} are taken here."


class MalformedForm(HttpRefusal):
    """What was sent is not the form that its headers announce; the metadata names the place (F-26)."""

    reason = "MALFORMED_FORM"
    code = Code.INVALID_ARGUMENT
    status = 400
    zh = "提交的表单无法读取（{place}），请返回重试。"
    en = "The form that was sent cannot be read ({place}); please go back and try again."


class CsrfTokenInvalid(HttpRefusal):
    """A change was asked for with a cookie and without the token that shows that our own page asks."""

    reason = "CSRF_TOKEN_INVALID"
    code = Code.PERMISSION_DENIED
    status = 403
    zh = "页面已过期，请刷新后重试。"
    en = "The page is out of date; reload it and try again."


class FormOutOfDate(HttpRefusal):
    """A form was sent that its sender was shown in an earlier login session; nothing was done, and it is given back
    to be sent again (GW-8).
    """

    reason = "FORM_OUT_OF_DATE"
    code = Code.FAILED_PRECONDITION
    status = 409
    zh = "您在填写期间重新登录过，本次提交尚未生效，请确认后再次提交。"
    en = "You have logged in anew since this form was shown. Nothing was done yet; please check and submit it again."


class PaperNotDrawn(HttpRefusal):
    """A paper could not be made a PDF now (EN-18): it took too long, or too much memory."""

    reason = "PAPER_NOT_DRAWN"
    code = Code.UNAVAILABLE
    status = 503
    zh = "暂时不能生成 PDF 文件，请稍后再试。"
    en = "The PDF cannot be made just now; please try again in a while."
