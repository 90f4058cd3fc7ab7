"""What a process writes to its log."""

import io

import pytest
from PIL import Image

from chassis.media.image_decoding import jpeg_within
from chassis.telemetry.logs import get_logger
from tests.support.configured_logs import configured_logs


def test_an_image_leaves_no_line_of_how_it_was_decoded(capfd: pytest.CaptureFixture[str]) -> None:  # F-29
    file = io.BytesIO()
    Image.new("RGB", (800, 600)).save(file, "JPEG")
    with configured_logs():
        jpeg_within(file.getvalue(), 200, 80)
        get_logger("tests").info("decoded")
    lines = capfd.readouterr().out.splitlines()
    assert ['"event": "decoded"' in line for line in lines] == [True]
