"""Second factors of staff in a real browser: an authenticator app with and without scripts, and a passkey of a virtual
authenticator (ID-17, ID-18).
"""

import re
import time
from urllib.parse import urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import DESKTOP, PATIENCE_MS
from tests.browser.page_checks import violations
from tests.browser.staff_browser import log_in, second_reviewer
from tests.e2e.suite_process import SuiteProcess

pytestmark = pytest.mark.browser

STEP_SECONDS = 30


class App:
    """An authenticator app: shows each code once, so that the next one is of a later moment."""

    def __init__(self, secret: str) -> None:
        self._totp = pyotp.TOTP(secret)
        self._step = int(time.time()) // STEP_SECONDS - 2

    def code(self) -> str:
        """The oldest code that is still accepted and was not shown."""
        self._step = max(self._step + 1, int(time.time()) // STEP_SECONDS - 1)
        return self._totp.generate_otp(self._step)


def enrol_app(page: Page, *, scripts: bool) -> tuple[App, list[str]]:
    page.goto("/security")
    page.click("form[action='/security/totp'] button")
    expect(page.locator("img.qr")).to_be_visible()
    check(page, scripts=scripts)
    app = App(page.locator("code.secret").inner_text())
    page.fill("#totp_code", "000000")
    page.click("form[action='/security/totp/confirm'] button")
    expect(page.locator("#summary")).to_be_visible()
    page.fill("#totp_code", app.code())
    page.click("form[action='/security/totp/confirm'] button")
    codes = page.locator(".backup-codes li").all_inner_texts()
    check(page, scripts=scripts)
    return app, codes


def check(page: Page, *, scripts: bool) -> None:
    """The rules of accessibility are checked by a script."""
    assert not scripts or violations(page) == []


@pytest.mark.parametrize(("context", "scripts"), [("phone", True), ("no-script", False)], indirect=["context"])
def test_an_authenticator_app_is_enrolled_and_proven(  # ID-18
    context: BrowserContext, page: Page, suite: SuiteProcess, scripts: bool
) -> None:
    login_name, password = second_reviewer(suite)
    log_in(page, login_name, password)
    app, codes = enrol_app(page, scripts=scripts)
    assert len(codes) == 10
    context.clear_cookies()
    log_in(page, login_name, password)
    assert urlsplit(page.url).path == "/proof"
    page.goto("/console")
    assert urlsplit(page.url).path == "/proof"
    check(page, scripts=scripts)
    page.fill("#totp_code", "000000")
    page.click("main form:has(#totp_code) button")
    expect(page.locator("#summary")).to_be_visible()
    page.fill("#totp_code", app.code())
    page.click("main form:has(#totp_code) button")
    page.wait_for_url("**/console")
    context.clear_cookies()
    log_in(page, login_name, password)
    page.fill("#backup_code", codes[0].lower())
    page.click("main form:has(#backup_code) button")
    page.wait_for_url("**/console")
    page.goto("/security")
    expect(page.locator("section[aria-labelledby=backup-title]")).to_contain_text("9")
    page.click("form[action='/security/totp/remove'] button")
    expect(page.locator("form[action='/security/totp'] button")).to_be_visible()
    context.clear_cookies()
    log_in(page, login_name, password)
    assert urlsplit(page.url).path == "/console"


@pytest.fixture
def named(browser: Browser, suite: SuiteProcess) -> Page:
    """A browser at the public origin, with an authenticator that says yes."""
    origin = suite.gateway_url.replace("127.0.0.1", "localhost")
    context = browser.new_context(base_url=origin, viewport=DESKTOP, locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasResidentKey": False,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def test_a_passkey_is_enrolled_and_proven(named: Page, suite: SuiteProcess) -> None:  # ID-18
    login_name, password = second_reviewer(suite)
    log_in(named, login_name, password)
    named.goto("/security")
    named.fill("#passkey_name", "蓝色钥匙")
    named.click("[data-passkey=create] button")
    expect(named.locator(".backup-codes li")).to_have_count(10)
    named.goto("/security")
    expect(named.locator(".cards")).to_contain_text("蓝色钥匙")
    assert violations(named) == []
    named.context.clear_cookies()
    log_in(named, login_name, password)
    assert urlsplit(named.url).path == "/proof"
    assert violations(named) == []
    named.click("[data-passkey=get] button")
    named.wait_for_url("**/console")
    named.goto("/security")
    named.click("text=移除")
    expect(named.locator(".cards")).to_have_count(0)


@pytest.mark.parametrize("context", ["desktop"], indirect=True)
def test_an_address_without_a_name_leads_to_where_passkeys_work(  # ID-18
    context: BrowserContext, page: Page, suite: SuiteProcess
) -> None:
    login_name, password = second_reviewer(suite)
    log_in(page, login_name, password)
    page.goto("/security")
    expect(page.locator("[data-elsewhere] a")).to_have_attribute("href", re.compile("^http://localhost:"))
    expect(page.locator("[data-passkey=create]")).to_be_hidden()
