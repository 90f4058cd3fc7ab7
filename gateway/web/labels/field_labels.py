"""Words for the inputs of forms, so that a list of what is to be mended says where each thing is (GW-3)."""

from collections.abc import Mapping
from typing import Final

from gateway.web.labels.label import Label

NAMELESS: Final = Label("", "")
BY_INPUT: Final[Mapping[str, Label]] = {
    "again": Label("再次输入密码", "Password again"),
    "audience": Label("给谁看", "For whom"),
    "birth_date": Label("出生日期", "Birth date"),
    "body_zh": Label("中文正文", "Text in Chinese"),
    "code": Label("验证码", "Code"),
    "display_name": Label("姓名", "Name"),
    "document_number": Label("证件号码", "Document number"),
    "document_type": Label("证件类型", "Document type"),
    "education": Label("文化程度", "Education"),
    "email": Label("电子邮箱", "E-mail"),
    "ethnicity": Label("民族", "Ethnicity"),
    "home_phone": Label("固定电话", "Landline"),
    "household_region": Label("户籍所在地", "Household region"),
    "kind": Label("种类", "Kind"),
    "login_name": Label("证件号码或准考证号", "Document or ticket number"),
    "major_code": Label("专业", "Major"),
    "new_password": Label("新密码", "New password"),
    "new_phone": Label("新手机号码", "New phone"),
    "occupation": Label("职业", "Occupation"),
    "old_password": Label("原密码", "Old password"),
    "password": Label("密码", "Password"),
    "phone": Label("手机号码", "Phone"),
    "political_status": Label("政治面貌", "Political status"),
    "portrait": Label("照片", "Photo"),
    "postal_address": Label("通讯地址", "Postal address"),
    "postal_code": Label("邮政编码", "Postal code"),
    "school_code": Label("主考学校", "Host school"),
    "sex": Label("性别", "Sex"),
    "title_zh": Label("中文标题", "Title in Chinese"),
    "workplace": Label("工作单位", "Workplace"),
}


def field_label(name: str) -> Label:
    """The words above an input; empty ones for an input whose errors say themselves what they are about."""
    return BY_INPUT.get(name, NAMELESS)
