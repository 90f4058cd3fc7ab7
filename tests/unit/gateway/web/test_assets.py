"""The stylesheet, put together from its parts, and scripts of several modules."""

import re
from typing import Final

import httpx
from starlette.applications import Starlette

from gateway.web.assets import STATIC, STYLE_PARTS, Assets

LONGEST_SCRIPT: Final = 150


def test_every_part_of_the_stylesheet_has_its_place_in_the_cascade():
    assert sorted(STYLE_PARTS) == sorted(part.stem for part in (STATIC / "style").glob("*.css"))


async def test_a_script_imports_others_from_the_addresses_where_they_are():
    assets = Assets()
    app = httpx.ASGITransport(Starlette(routes=assets.routes()))
    async with httpx.AsyncClient(transport=app, base_url="http://test") as browser:
        script = (await browser.get(assets.url("shortcuts.js"))).text
    imported = re.findall(r'^import .* from "([^"]+)";$', script, re.M)
    assert imported == [assets.url("judging.js"), assets.url("proofs.js")]


def test_scripts_are_of_one_concern_each():
    assert [one.name for one in STATIC.glob("*.js") if len(one.read_text().splitlines()) > LONGEST_SCRIPT] == []
