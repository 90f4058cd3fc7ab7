"""Uploaded portraits and proofs are looked at and written anew before anything else sees them (ID-6, RE-3)."""

from typing import Protocol

from services.identity.domain.photos.photo_rules import PhotoInspection


class PhotoChecker(Protocol):
    """Looks at uploaded photos and normalises them. Raises Overloaded when too many wait."""

    async def inspect(self, upload: bytes) -> PhotoInspection:
        """What the upload is, and the normalised photo where it can be had."""
        ...


class ProofChecker(Protocol):
    """Checks and re-encodes proof images. Raises Overloaded when too many wait."""

    async def checked(self, upload: bytes) -> bytes:
        """The image as JPEG without metadata. Raises ImageRefused."""
        ...
