"""Templates: where they lie, and the few filters they need."""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from chassis.call_context import Language
from chassis.clock import SHANGHAI
from gateway.config import Contact
from gateway.web.assets import Assets
from gateway.web.labels.field_labels import field_label
from gateway.web.labels.lookup import label_of
from gateway.web.translations import translations
from gateway.web.user_agents import device_name

GATEWAY: Final = Path(__file__).parents[1]
INDENTATION: Final = re.compile(r"\n\s+")
PARTS: Final = ("web", "portal", "console", "operation", "reference", "guides")


def environments(assets: Assets, contact: Contact) -> Mapping[Language, Environment]:
    """The templates in each language, with whom people ask."""
    made = {}
    for language, words in translations().items():
        environment = Environment(
            loader=PrefixLoader({part: FileSystemLoader(GATEWAY / part / "templates") for part in PARTS}),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
        environment.globals["asset"] = assets.url
        environment.globals["label_of"] = label_of
        environment.globals["field_label"] = field_label
        environment.globals["contact"] = contact
        environment.filters |= {
            "yuan": yuan,
            "moment": moment,
            "day": day,
            "clock": clock,
            "weekday": weekday,
            "device": device_name,
            "unindented": unindented,
        }
        made[language] = environment
    return made


def yuan(fen: int) -> str:
    """An amount as people write it: `195.00` for 19500 fen."""
    return f"{fen // 100}.{fen % 100:02d}"


def unindented(written: str) -> Markup:
    """What a long page writes, without the indentation of its template: a third of the reference's bytes."""
    return Markup(INDENTATION.sub("\n", str(written)))  # noqa: S704  # it was escaped when it was written


def moment(instant: Timestamp | datetime) -> Markup:
    """An instant by the clock of Shanghai, to the minute, and to the second for programs."""
    local = _local(instant)
    return Markup('<time datetime="{}">{}</time>').format(
        local.isoformat(timespec="seconds"), local.strftime("%Y-%m-%d %H:%M")
    )


def day(instant: Timestamp | datetime) -> str:
    """The day of an instant in Shanghai."""
    return _local(instant).strftime("%Y-%m-%d")


def clock(instant: Timestamp | datetime) -> str:
    """The hour and minute of an instant in Shanghai."""
    return _local(instant).strftime("%H:%M")


def weekday(instant: Timestamp | datetime) -> int:
    """The day of the week of an instant in Shanghai, from 0 for Monday, as its label is called."""
    return _local(instant).weekday()


def _local(instant: Timestamp | datetime) -> datetime:
    aware = instant.ToDatetime(tzinfo=SHANGHAI) if isinstance(instant, Timestamp) else instant
    return aware.astimezone(SHANGHAI)
