"""A real browser on a running suite."""

import random
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from cli.demo.invented_people import Person, invent
from sandbox.portraits import portrait
from tests.browser.outside_systems import OutsideSystems
from tests.e2e.suite_process import SuiteProcess, temporary_suite
from tests.support.wait_until import PATIENCE_SECONDS
from tools.install_browser import find

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
PATIENCE_MS = 1000 * PATIENCE_SECONDS
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SuiteProcess]:
    """The suite behind the pages; decisions can be undone for long enough on a busy machine (RE-12)."""
    environment = {"ZIKAO_UNDO_TIME": "PT1M"}
    with temporary_suite(tmp_path_factory.mktemp("browsed") / "home", environment) as one:
        yield one


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; `make browser` installs it.

    Closed with its module: while it is open, no other test may run an event loop.
    """
    program = find()
    assert program, "no Chromium: run `make browser`"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(params=["phone"])
def context(request: pytest.FixtureRequest, browser: Browser, suite: SuiteProcess) -> Iterator[BrowserContext]:
    """A browser of its own for a test; parametrise it with `phone`, `desktop`, `english` or `no-script`."""
    kind = request.param
    opened = browser.new_context(
        base_url=suite.gateway_url,
        viewport=DESKTOP if kind in ("desktop", "english") else PHONE,
        locale="en-GB" if kind == "english" else "zh-CN",
        java_script_enabled=kind != "no-script",
    )
    opened.set_default_timeout(PATIENCE_MS)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page of that browser."""
    return context.new_page()


@pytest.fixture
def outside(suite: SuiteProcess) -> Iterator[OutsideSystems]:
    """The outside world, as the person at the browser meets it."""
    with httpx.Client(base_url=suite.sandbox_url, trust_env=False) as http:
        yield OutsideSystems(http)


@pytest.fixture
def person(outside: OutsideSystems) -> Person:
    """Somebody whom the police register knows."""
    one = invent(random.SystemRandom())
    outside.know(one, portrait(one.portrait_seed))
    return one
