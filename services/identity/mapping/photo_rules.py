"""The rules of portraits (ID-6)."""

from zikao.identity.v1 import resources_pb2

from chassis.rpc.message_mapping import message_of
from services.identity.domain.photos.photo_rules import CONTENT_TYPES, PhotoRules


def photo_rules_message(rules: PhotoRules) -> resources_pb2.PhotoRules:
    """The rules of a portrait in the contract's terms."""
    colours = [
        resources_pb2.PhotoRules.Background(
            display_name_zh=background.zh, display_name_en=background.en, colour=background.colour.upper()
        )
        for background in rules.backgrounds
    ]
    return message_of(
        resources_pb2.PhotoRules,
        rules,
        content_types=CONTENT_TYPES.values(),
        backgrounds=[background.zh for background in rules.backgrounds],
        background_colours=colours,
    )
