"""An archive that is sent while it is made is one that any program opens (ID-20)."""

import io
import zipfile
from collections.abc import AsyncIterator

from gateway.http.zip_stream import zipped


async def pieces(*given: tuple[str, bytes]) -> AsyncIterator[tuple[str, bytes]]:
    for piece in given:
        yield piece


async def archive_of(*given: tuple[str, bytes]) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join([sent async for sent in zipped(pieces(*given))])))


async def test_files_come_out_as_they_went_in() -> None:  # ID-20
    image = bytes(range(256)) * 4096
    given = [("a/资料.json", b"[1,"), ("a/资料.json", b"2]"), ("b/image.jpg", image), ("index.html", b"<p>")]
    archive = await archive_of(*given)
    assert archive.testzip() is None
    assert archive.namelist() == ["a/资料.json", "b/image.jpg", "index.html"]
    assert [archive.read(name) for name in archive.namelist()] == [b"[1,2]", image, b"<p>"]


async def test_no_files_make_an_empty_archive() -> None:
    assert (await archive_of()).namelist() == []


async def test_what_was_given_is_sent_before_the_rest_is_there() -> None:  # ID-20
    sent = zipped(pieces(("a.bin", b"first"), ("b.bin", b"second")))
    assert b"a.bin" in await anext(sent)
