"""Login sessions are told apart by what they were opened with (ID-14)."""

import pytest

from gateway.web.user_agents import device_name

ANDROID = "Mozilla/5.0 (Linux; Android {}) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "says"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
            " Version/17.4 Mobile/15E148 Safari/604.1",
            "iPhone · Mobile Safari",
        ),
        (
            ANDROID.format("14; HUAWEI Mate 60 Build/HUAWEI; wv")
            + " Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36",
            "HUAWEI Mate 60 · Chrome Mobile WebView",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0"
            " Safari/537.36 Edg/124.0.0.0",
            "Windows 10 · Edge",
        ),
        (ANDROID.format("13; M2012K11AC") + " Chrome/118.0.0.0 Mobile Safari/537.36", "Android 13 · Chrome Mobile"),
        ("python-httpx/0.28.1", ""),
        ("", ""),
    ],
)
def test_a_device_is_named_as_people_name_it(user_agent: str, says: str) -> None:
    assert device_name(user_agent) == says
