"""The rules of portraits (ID-6)."""

from zikao.identity.v1 import resources_pb2

from services.identity.domain.photo_rules import CONTENT_TYPES, PhotoRules


def photo_rules_message(rules: PhotoRules) -> resources_pb2.PhotoRules:
    """The rules of a portrait in the contract's terms."""
    return resources_pb2.PhotoRules(
        content_types=CONTENT_TYPES.values(),
        min_width=rules.min_width,
        min_height=rules.min_height,
        max_upload_bytes=rules.max_upload_bytes,
        max_upload_pixels=rules.max_upload_pixels,
        min_bytes=rules.min_bytes,
        max_bytes=rules.max_bytes,
        backgrounds=[background.zh for background in rules.backgrounds],
        background_colours=[
            resources_pb2.PhotoRules.Background(
                display_name_zh=background.zh, display_name_en=background.en, colour=background.colour.upper()
            )
            for background in rules.backgrounds
        ],
        max_background_distance=rules.max_background_distance,
        min_plain_permille=rules.min_plain_permille,
        min_face_permille=rules.min_face_permille,
        max_face_permille=rules.max_face_permille,
        max_face_offset_permille=rules.max_face_offset_permille,
        min_face_centre_permille=rules.min_face_centre_permille,
        max_face_centre_permille=rules.max_face_centre_permille,
        min_sharpness=rules.min_sharpness,
        sample_uri=rules.sample_uri,
    )
