"""The sections and keys of the configuration file, derived from the settings' dataclasses."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias, get_type_hints

from gateway.config import values
from gateway.config.field_types import Between, Check
from gateway.settings import (
    DatabaseSettings,
    LimitSettings,
    LogSettings,
    MqttSettings,
    ReportSettings,
    RulesSettings,
    ServiceSettings,
    Settings,
    WebSettings,
)
from readers.settings import ReaderSettings, TlsSettings
from rules.observation import ReadPoint

REQUIRED: Final = dataclasses.MISSING


class Side(StrEnum):
    """Which side of a portal an antenna looks at."""

    OUTSIDE = "outside"
    INSIDE = "inside"


class DirectionFrom(StrEnum):
    """What tells a portal in which direction things move."""

    ANTENNAS = "antennas"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table; `default` is REQUIRED where there is none."""

    hint: object
    default: object
    check: Check

    @property
    def is_file(self) -> bool:
        return self.check is values.file_path


Table: TypeAlias = Mapping[str, Key]


def table(source: type, without: frozenset[str] = frozenset(), **checks: Check) -> dict[str, Key]:
    """The fields of a dataclass as keys, each with its check where one is given."""
    hints = get_type_hints(source)
    fields = {field.name: field for field in dataclasses.fields(source) if field.name not in without}
    if strangers := checks.keys() - fields.keys():
        raise AssertionError(f"{source.__name__} has no field {strangers}")
    return {
        name: Key(hints[name], _default(field.default, field.default_factory), checks.get(name))
        for name, field in fields.items()
    }


def _field_names(source: type) -> frozenset[str]:
    return frozenset(field.name for field in dataclasses.fields(source))


def _default(default: object, factory: Callable[[], object] | object) -> object:
    return factory() if callable(factory) else default


SECONDS = Between(0.1, 3600)
COUNT = Between(1, 10_000_000)
PORT = Between(1, 65535)

SECTIONS: Mapping[str, Table] = {
    "gateway": table(
        Settings,
        without=_field_names(Settings) - {"site", "name"},
        site=values.identifier,
        name=values.identifier,
    ),
    "database": table(
        DatabaseSettings,
        url=values.database_url,
        password_file=values.file_path,
        retention_days=Between(1, 3650),
        rma_retention_days=Between(30, 3650),
    ),
    "mqtt": table(
        MqttSettings,
        host=values.host,
        port=PORT,
        ca_file=values.file_path,
        cert_file=values.file_path,
        key_file=values.file_path,
        username=values.not_empty,
        password_file=values.file_path,
        base_topic=values.base_topic,
        in_flight=Between(1, 1000),
        resend_seconds=SECONDS,
    ),
    "web": table(WebSettings, listen=values.listen, token_file=values.file_path),
    "rules": table(RulesSettings, file=values.file_path),
    "service": table(
        ServiceSettings,
        business_days=Between(1, 365),
        holidays=values.day,
        time_zone=values.time_zone,
    ),
    "report": table(
        ReportSettings,
        currency=values.not_empty,
        receipt_cost=values.amount,
        inspection_cost=values.amount,
        restock_cost=values.amount,
        disposal_cost=values.amount,
        co2_kg=values.amount,
        value_decay_per_month=values.amount,
    ),
    "limits": table(
        LimitSettings,
        tracked_tags=COUNT,
        held_observations=COUNT,
        epcs=values.hex_prefix,
        ignore_epcs=values.hex_prefix,
    ),
    "log": table(LogSettings),
}
"""Tables that stand at most once: `[mqtt]`."""

TLS: Table = table(
    TlsSettings,
    ca_file=values.file_path,
    fingerprint=values.fingerprint,
    cert_file=values.file_path,
    key_file=values.file_path,
)

READER: Table = {
    **table(
        ReaderSettings,
        without=frozenset({"antennas", "rf_content", "tls"}),
        id=values.identifier,
        host=values.host,
        port=PORT,
        keepalive_seconds=Between(0.5, 60),
        tx_power_dbm=Between(-20, 40),
        report_every_ms=Between(10, 10_000),
        connect_seconds=SECONDS,
        reply_seconds=SECONDS,
        silent_seconds=Between(1, 86_400),
        backoff_max_seconds=SECONDS,
        gpi_barrier=PORT,
        gpo_matched=PORT,
        gpo_exception=PORT,
        gpo_fault=PORT,
        gpo_seconds=SECONDS,
    ),
    "tls": Key(bool, default=False, check=None),
    **TLS,
}

ANTENNA: Table = {
    "port": Key(int, REQUIRED, PORT),
    "read_point": Key(str, REQUIRED, values.identifier),
    "side": Key(Side | None, None, None),
}

READ_POINT: Table = {
    **table(
        ReadPoint,
        without=frozenset({"has_sides"}),
        id=values.identifier,
        sgln=values.sgln,
        min_reads=Between(1, 1000),
        quiet_seconds=Between(0.5, 86_400),
        min_confidence=Between(0, 1),
        travel_seconds=Between(0, 86_400),
    ),
    "direction": Key(DirectionFrom, DirectionFrom.ANTENNAS, None),
}

LISTS: Mapping[str, Table] = {"reader": READER, "read_point": READ_POINT}
"""Tables that stand as often as there are such things: `[[reader]]`, each with its `[[reader.antenna]]`."""
