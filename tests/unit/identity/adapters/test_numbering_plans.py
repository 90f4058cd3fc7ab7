"""Which numbers receive codes (F-28)."""

import pytest

from services.identity.adapters.numbering_plans import PhoneNumberLibrary


@pytest.mark.parametrize(
    "phone", ["+8613812345678", "+8619912345678", "+85291234567", "+85366123456", "+886912345678", "+14155552671"]
)
def test_mobiles_are_known(phone: str) -> None:  # F-28
    assert PhoneNumberLibrary().is_mobile(phone)


@pytest.mark.parametrize(
    "phone",
    [
        "+85290012345",
        "+85221234567",
        "+85328123456",
        "+88620412345",
        "+886223456789",
        "+19005550123",
        "+449012345678",
        "+99912345678",
    ],
    ids=[
        "HK premium",
        "HK landline",
        "Macao landline",
        "TW premium",
        "TW landline",
        "US premium",
        "GB premium",
        "nowhere",
    ],
)
def test_landlines_services_and_premium_rates_are_not(phone: str) -> None:  # F-28
    assert not PhoneNumberLibrary().is_mobile(phone)
