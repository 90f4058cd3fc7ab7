"""Names, numbers and codes in every spelling that people type and paste (ID-21, F-24)."""

import unicodedata

import pytest

from chassis.errors import InvalidRequest
from services.identity.domain.spellings import (
    comparable_name,
    is_name,
    one_time_code,
    plain_dialling,
    plain_email,
    plain_number,
    plain_text,
    register_name,
)

YOUNG = ("\U00031350", "\U0002ebf0", "\U000323b0", "\U0003106c")
"""Han characters of the blocks H, I, J and G: younger than the Unicode of some Pythons that we run on."""

UYGHUR = "阿卜杜热合曼·买买提"


@pytest.mark.parametrize("dot", ["·", "•", "・", "･", "‧", "⋅", "∙", "●", " · ", "•\u200b", ".", "．", "。"])
def test_the_dot_of_a_name_is_the_registers(dot: str) -> None:  # ID-21, F-24
    assert register_name(UYGHUR.replace("·", dot)) == UYGHUR


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("张\u200b三", "张三"),
        ("\u202a张三\u202c", "张三"),
        ("张\ufe00三\U000e0100", "张三"),
        ("\ufeff张\u00ad三\u2060", "张三"),
        ("张 三", "张三"),
        ("张\u3000三", "张三"),
        ("⻢云", "马云"),
        ("⻓孙⻰", "长孙龙"),
        ("\uf90a", "金"),
        ("⾦⼤⽂", "金大文"),
        ("ＡＮＮＡ　Ｍａｒｉａ  O'NEILL", "ANNA Maria O'NEILL"),
        ("J. R. SMITH", "J. R. SMITH"),
        ("e\u0301milie", "émilie"),
        ("·张三·", "张三"),
    ],
)
def test_a_name_has_one_spelling(typed: str, name: str) -> None:  # ID-21, F-24
    assert (register_name(typed), register_name(name), is_name(name)) == (name, name, True)


@pytest.mark.parametrize("character", YOUNG)
def test_a_han_character_is_a_letter_however_young_it_is(character: str) -> None:  # ID-21
    name = f"王{character}"
    assert (register_name(name), is_name(name)) == (name, True)
    assert comparable_name(name) != comparable_name("王")


def test_every_han_character_that_this_python_knows_is_a_letter() -> None:  # ID-21
    known = [chr(point) for point in range(0x3400, 0x33480) if unicodedata.name(chr(point), "").startswith("CJK UNI")]
    assert len(known) > 90_000
    assert [character for character in known if not is_name(character)] == []


@pytest.mark.parametrize("text", ["", "·", "12", "张\u0000三", "张😀", "张\ue000", "\U0003347a", "张\U000323af\ufffe"])
def test_what_no_name_has_is_seen(text: str) -> None:  # ID-21
    assert not is_name(text)


def test_names_are_compared_by_their_letters() -> None:  # ID-21
    assert comparable_name("Anna-Maria SMITH") == comparable_name("ａｎｎａ maria smith")
    assert comparable_name(UYGHUR) == comparable_name("阿卜杜热合曼 买买提")


@pytest.mark.parametrize(
    "typed", ["279754", "279 754", "279-754", "２７９７５４", "\u202d279\u2009754\u202c", "279\u2013754\n", "٢٧٩٧٥٤"]
)
def test_a_code_is_understood_as_it_is_pasted(typed: str) -> None:  # ID-21, F-24
    assert one_time_code(typed) == "279754"


@pytest.mark.parametrize("typed", ["", "27975", "2797541", "27975x", "code 279754"])
def test_what_is_no_code_is_told_as_that(typed: str) -> None:  # ID-21
    with pytest.raises(InvalidRequest) as refusal:
        one_time_code(typed, field="totp_code")
    assert [(one.field, one.reason) for one in refusal.value.fields] == [("totp_code", "CODE_FORM")]


@pytest.mark.parametrize(
    "typed",
    ["11010519491231002x", "110105 1949 1231 002X", "110105-19491231-002Ｘ", "\u200e110105\u202a19491231002X\u00a0"],
)
def test_a_number_has_one_spelling(typed: str) -> None:  # ID-2, ID-21
    assert plain_number(typed) == "11010519491231002X"


def test_what_is_stated_besides_is_plain_too() -> None:  # ID-21
    assert plain_text(" 上海市\u200b  杨浦区\u3000某路1号 ") == "上海市 杨浦区 某路1号"
    assert plain_email(" ｚｈａｎｇ＠qq。com\u200b ") == "zhang@qq.com"
    assert plain_dialling("（０２１）6564\u20112222") == "(021)6564-2222"
