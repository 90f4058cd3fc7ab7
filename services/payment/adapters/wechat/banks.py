"""The banks whose debit cards WeChat Pay can give a closed refund to, by the platform's names for them (bank_type)."""

import re
from typing import Final

_NAMES: Final = {
    "ICBC_DEBIT": "工商银行|工行",
    "ABC_DEBIT": "农业银行|农行",
    "CCB_DEBIT": "建设银行|建行",
    "COMM_DEBIT": "交通银行|交行",
    "CMB_DEBIT": "招商银行|招行",
    "PAB_DEBIT": "平安银行",
    "SPDB_DEBIT": "浦东发展银行|浦发银行|浦发",
    "CITIC_DEBIT": "中信银行",
    "CEB_DEBIT": "光大银行",
    "CMBC_DEBIT": "民生银行",
    "CIB_DEBIT": "兴业银行",
    "GDB_DEBIT": "广发银行|广东发展银行",
    "PSBC_DEBIT": "邮政储蓄银行|邮储银行|邮储",
    "NBCB_DEBIT": "宁波银行",
}
_BANKS: Final = {
    "BOC_DEBIT": re.compile("中国银行|中行"),
    **{bank_type: re.compile(f"(中国|上海)?({names})") for bank_type, names in _NAMES.items()},
}


def bank_type(bank_name: str) -> str | None:
    """The platform's name for the bank with which a bank and branch begin; None for one that it does not serve."""
    said = bank_name.strip()
    return next((known for known, names in _BANKS.items() if names.match(said)), None)
