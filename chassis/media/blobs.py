"""Images outside the database: a local folder, or S3 in production, encrypted before they leave the process (RE-3)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import ObjectStore, from_url

from chassis.errors import NotFound
from chassis.external_systems.passive_health import Monitor
from chassis.security.encryption import FieldCipher, Undecipherable


def open_store(url: str, options: Mapping[str, str] | None = None) -> ObjectStore:
    """The store at `file:///folder` (made when it is missing) or `s3://bucket/prefix`."""
    if url.startswith("file:"):
        return from_url(url, mkdir=True)
    config = dict(options or {})
    # An endpoint without TLS is one that somebody named on purpose: a store on this machine.
    plainly = {"allow_http": config.get("endpoint", "").startswith("http://")}
    store: ObjectStore = from_url(url, config=config, client_options=plainly)  # type: ignore[call-overload]
    return store


class SealedBlobs:
    """A store in which each image is bound to its key, so that two cannot be exchanged."""

    def __init__(self, store: ObjectStore, cipher: FieldCipher, monitor: Monitor | None = None) -> None:
        """`monitor`: where to report how the store fares."""
        self._store = store
        self._cipher = cipher
        self._watched = monitor.watched if monitor else nullcontext

    async def put(self, key: str, content: bytes) -> None:
        """Keeps `content` under `key`, in place of what was there."""
        sealed = self._cipher.seal(content, context=key)
        with self._watched():
            await obstore.put_async(self._store, key, sealed)

    async def get(self, key: str) -> bytes:
        """What is kept under `key`. Raises NotFound."""
        with self._watched():
            try:
                found = await obstore.get_async(self._store, key)
            except (NotFoundError, FileNotFoundError) as gone:
                raise NotFound() from gone
            sealed = bytes(await found.bytes_async())
        return self._cipher.unseal(sealed, context=key)

    async def keys(self) -> AsyncIterator[str]:
        """Of everything that is kept."""
        async for some in obstore.list(self._store):
            for one in some:
                yield one["path"]

    async def older_than(self, before: datetime, at_once: int) -> AsyncIterator[Sequence[str]]:
        """The keys of what was last written before an instant, some at a time."""
        async for some in obstore.list(self._store, chunk_size=at_once):
            if keys := [one["path"] for one in some if one["last_modified"] < before]:
                yield keys

    async def is_ours(self, key: str) -> bool:
        """Whether what is kept under `key` was sealed for it by this cipher; False when it is gone."""
        try:
            await self.get(key)
        except (NotFound, Undecipherable):
            return False
        return True

    async def reseal(self, key: str) -> bool:
        """Seals what is kept under `key` with the key in use; False when it is already, or is gone."""
        mark = self._cipher.mark
        try:
            begins = await obstore.get_range_async(self._store, key, start=0, length=len(mark))
            if bytes(begins) == mark:
                return False
            await self.put(key, await self.get(key))
        except (NotFound, NotFoundError, FileNotFoundError):
            return False
        return True

    async def delete(self, key: str) -> None:
        """Forgets what is kept under `key`, if anything."""
        try:
            await obstore.delete_async(self._store, key)
        except (NotFoundError, FileNotFoundError):
            return
