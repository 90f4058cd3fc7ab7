"""What somebody logged in with, as they would say it (ID-14)."""

from ua_parser import parse

_UNKNOWN_MAKERS = ("Generic", "Generic_Android")


def is_phone(user_agent: str) -> bool:
    """Whether it says that it is one: it pays by a link, and cannot scan its own screen (PA-1)."""
    return "Mobi" in user_agent


def device_name(user_agent: str) -> str:
    """The device or its system, and the browser: `iPhone · Mobile Safari`. Empty for what names none of them."""
    seen = parse(user_agent)
    model = seen.device.family if seen.device and seen.device.brand not in _UNKNOWN_MAKERS else ""
    system = f"{seen.os.family} {seen.os.major or ''}".strip() if seen.os else ""
    browser = seen.user_agent.family if seen.user_agent else ""
    return " · ".join(part for part in (model or system, browser) if part)
