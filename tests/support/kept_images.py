"""Which images a service keeps."""

from chassis.media.blobs import SealedBlobs


async def kept_images(blobs: SealedBlobs) -> set[str]:
    """Their keys."""
    return {key async for key in blobs.keys()}  # noqa: SIM118  # no mapping
