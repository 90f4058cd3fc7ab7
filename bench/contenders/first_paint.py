"""Pages on a slow phone (GW-1): how long until the first content is painted, with the network and the processor slowed
down as a cheap phone on a slow mobile network has them.
"""

import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import httpx
from playwright.async_api import Browser, BrowserContext, async_playwright

from bench.measurement.interleaving import Go, Plan
from bench.measurement.load_generator import NoAnswer
from bench.measurement.medians_and_ratios import Outcome
from bench.suites.measured_suite import MeasuredSuite
from cli.demo.invented_people import invent
from cli.journey.clients.http_client import Caller
from cli.journey.clients.latency_meter import Meter
from cli.journey.steps import candidate_steps
from gateway.http.cookies import ACCESS
from tools.install_browser import find

PATHS: Final = ("/login", "/register", "/api", "/", "/orders", "/account")
VISITS: Final = 5
SLOWER: Final = 4
"""How much slower than this machine the phone's processor is."""
NETWORK: Final = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}
"""A round trip in milliseconds, and bytes per second: 1.6 and 0.7 Mbit/s."""
PHONE: Final = {"width": 360, "height": 740}
PAINTED: Final = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


@dataclass(slots=True)
class Pages:
    """A candidate who looks at page after page, each with an empty cache; a page's latency is its first content."""

    title: str
    suite: MeasuredSuite
    unit: str = "pages"
    token: str = ""

    def processes(self) -> Mapping[str, int]:
        """The suite's."""
        return self.suite.processes()

    async def prepare(self, plan: Plan) -> None:
        """A new candidate with a registration."""
        async with httpx.AsyncClient(trust_env=False) as http:
            visitor = Caller(http, Meter(), self.suite.gateway_url)
            candidate = await candidate_steps.create_account(visitor, invent(random.SystemRandom()))
            await candidate_steps.register(candidate)
        self.token = str(candidate.caller.token)

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises NoAnswer where there is no browser or a page paints nothing."""
        program = find()
        if program is None:
            raise NoAnswer("there is no Chromium to measure pages with: run `make browser`")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])

            async def go() -> Outcome:
                started = time.perf_counter()
                painted = [await self._first_content(browser, path) for path in PATHS for _ in range(VISITS)]
                return Outcome(len(painted), time.perf_counter() - started, painted)

            yield go
            await browser.close()

    async def _first_content(self, browser: Browser, path: str) -> float:
        """Seconds until a page's first content."""
        # The pages forbid what the measuring needs: to evaluate.
        url = self.suite.gateway_url
        context = await browser.new_context(viewport=PHONE, locale="zh-CN", base_url=url, bypass_csp=True)
        try:
            cookie = {"name": ACCESS, "value": self.token, "url": url}
            await context.add_cookies([cookie])
            return await _painted(context, path)
        finally:
            await context.close()


async def _painted(context: BrowserContext, path: str) -> float:
    page = await context.new_page()
    phone = await context.new_cdp_session(page)
    await phone.send("Network.enable")
    await phone.send("Network.emulateNetworkConditions", NETWORK)
    await phone.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    answer = await page.goto(path)
    if answer is None or not answer.ok:
        raise NoAnswer(f"{path} answered {answer.status if answer else 'nothing'}")
    await page.wait_for_function(PAINTED)
    return float(await page.evaluate(PAINTED)) / 1000
