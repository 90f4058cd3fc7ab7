"""A ZIP archive that is sent while it is made, so that none is ever held whole."""

import io
import zipfile
from collections.abc import AsyncIterator
from typing import IO


class _Pipe(io.RawIOBase):
    """What was written and not taken yet; it cannot go back, which `zipfile` respects."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        self._written += memoryview(content)  # type: ignore[arg-type]
        return len(memoryview(content))  # type: ignore[arg-type]

    def take(self) -> bytes:
        """Everything since the last time."""
        taken = bytes(self._written)
        self._written.clear()
        return taken


async def zipped(pieces: AsyncIterator[tuple[str, bytes]]) -> AsyncIterator[bytes]:
    """An archive of files that come in pieces by name; the pieces of one file follow one another."""
    pipe, open_name = _Pipe(), ""
    entry: IO[bytes] | None = None
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        async for name, content in pieces:
            if name != open_name or entry is None:
                if entry is not None:
                    entry.close()
                entry, open_name = archive.open(name, "w"), name
            entry.write(content)
            if taken := pipe.take():
                yield taken
        if entry is not None:
            entry.close()
    yield pipe.take()
