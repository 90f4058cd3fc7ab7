"""Compiles the tests' own contracts, as `make gen` compiles the real ones."""

import subprocess
import sys
from pathlib import Path

from tools.generate import GOOGLE_APIS, PROTOS, WELL_KNOWN

HERE = Path(__file__).parent / "protos"


def image_of(name: str, into: Path) -> bytes:
    """The descriptor image of `protos/<name>.proto`, with comments."""
    image = into / f"{name}.binpb"
    paths = [f"-I{folder}" for folder in (HERE, PROTOS, GOOGLE_APIS, WELL_KNOWN)]
    options = ["--include_imports", "--include_source_info", f"--descriptor_set_out={image}"]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", *paths, *options, f"{name}.proto"], check=True)
    return image.read_bytes()
