"""What the sandbox says when it does not do as asked: one shape, `{"error": {"reason", "message"}}`, with a status."""


class Refused(Exception):
    """A refusal: a stable reason for programs, a text in Chinese and English for people, an HTTP status."""

    def __init__(self, status: int, reason: str, zh: str, en: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.zh = zh
        self.en = en

    def as_json(self) -> dict[str, dict[str, str]]:
        """The body of the answer."""
        return {"error": {"reason": self.reason, "message": f"{self.zh} / {self.en}"}}


def unauthorised(reason: str, zh: str, en: str) -> Refused:
    """The request does not prove who sends it: 401."""
    return Refused(401, reason, zh, en)


def unknown(reason: str, zh: str, en: str) -> Refused:
    """There is no such thing: 404."""
    return Refused(404, reason, zh, en)


def conflict(reason: str, zh: str, en: str) -> Refused:
    """It does not go with what has happened before: 409."""
    return Refused(409, reason, zh, en)


def invalid(reason: str, zh: str, en: str) -> Refused:
    """The request makes no sense: 422."""
    return Refused(422, reason, zh, en)


def unreadable(what: str) -> Refused:
    """A body or a parameter is not what docs/sandbox.md says; `what` names where, never the value."""
    return invalid("INVALID", f"请求内容有误：{what}", f"not as documented: {what}")
