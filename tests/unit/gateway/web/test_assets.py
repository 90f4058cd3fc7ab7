"""The stylesheet, put together from its parts."""

from gateway.web.assets import STATIC, STYLE_PARTS


def test_every_part_of_the_stylesheet_has_its_place_in_the_cascade():
    assert sorted(STYLE_PARTS) == sorted(part.stem for part in (STATIC / "style").glob("*.css"))
