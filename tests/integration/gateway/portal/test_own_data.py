"""A candidate downloads everything that is held about them as one archive (ID-20)."""

import io
import json
import zipfile
from collections.abc import AsyncIterator

from zikao.common.v1 import personal_data_pb2
from zikao.identity.v1 import personal_data_service_pb2 as api

from services.identity.errors import RecentProofRequired
from tests.integration.gateway.logged_in_browser import Browser

Piece = personal_data_pb2.ExportOwnDataResponse


async def exported() -> AsyncIterator[Piece]:
    yield Piece(file_name="rows.json", content=b'[{"name": ')
    yield Piece(file_name="rows.json", content='"王小明"}]'.encode())
    yield Piece(file_name="images/1.jpg", content=b"jpeg")


async def refused() -> AsyncIterator[RecentProofRequired]:
    yield RecentProofRequired()


async def test_the_archive_has_a_folder_for_each_service_and_a_page_to_begin_with(candidate: Browser) -> None:  # ID-20
    candidate.services.answers["PersonalDataService.ExportOwnData"] = exported
    answer = await candidate.send("/account/data")
    assert answer.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    folders = {name.partition("/")[0] for name in archive.namelist()}
    assert folders == {"identity", "enrollment", "payment", "review", "index.html"}
    assert json.loads(archive.read("review/rows.json")) == [{"name": "王小明"}]
    assert 'href="identity/images/1.jpg"' in archive.read("index.html").decode()


async def test_the_password_is_asked_for_first(candidate: Browser) -> None:  # ID-17, ID-20
    candidate.services.answers["PersonalDataService.ExportOwnData"] = refused
    answer = await candidate.send("/account/data")
    assert 'type="password"' in answer.text


async def test_an_account_is_erased_only_once_its_owner_says_that_they_know_it(candidate: Browser) -> None:  # ID-20
    candidate.services.answers["PersonalDataService.EraseAccount"] = api.AccountErasure()
    asked_first = await candidate.send("/account/erasure")
    assert (asked_first.status_code, "请确认您知道注销后不能恢复" in asked_first.text) == (400, True)
    assert not candidate.services.asked
    assert (await candidate.send("/account/erasure", known="on")).status_code == 200
    candidate.asked("PersonalDataService/EraseAccount", api.EraseAccountRequest)
