"""The configuration file: TOML in, frozen `Settings` out, or every fault at once with file and key."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from gateway.config.faults import Faults
from gateway.config.references import judge_references
from gateway.config.schema import TLS, DirectionFrom
from gateway.config.tables import DocumentReader, Draft, Entry, Values
from gateway.config.toml import parse_toml, read_toml
from gateway.settings import (
    AntennaRoute,
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

LLRP_TLS_PORT = 5085
MQTT_TLS_PORT = 8883

Made = TypeVar("Made")


def load_settings(path: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and judge a configuration file. `files` judges the files it names."""
    return _judged(read_toml(path, "name yours with --config FILE"), path, environ)


def parse_settings(document: bytes, path: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in a document; `path`, where it came from, stands in faults and is where files begin."""
    return _judged(parse_toml(document, path), path, environ)


def _judged(document: Mapping[str, object], path: Path, environ: Mapping[str, str]) -> Settings:
    faults = Faults(path)
    draft = DocumentReader(faults, path.absolute().parent, environ).draft(document)
    _set_tls_ports(draft)
    _place_database(draft, path.absolute().parent)
    judge_references(draft, faults)
    faults.raise_any()
    return _settings(draft)


def _set_tls_ports(draft: Draft) -> None:
    """TLS has a port of its own, where none is given."""
    for entry, port in [
        (draft.sections["mqtt"], MQTT_TLS_PORT),
        *((e, LLRP_TLS_PORT) for e in draft.readers),
    ]:
        if entry.values.get("tls") and "port" not in entry.given:
            entry.values["port"] = port


def _place_database(draft: Draft, directory: Path) -> None:
    """A relative SQLite file begins at the configuration's directory, as all files do."""
    values = draft.sections["database"].values
    scheme, separator, file = str(values.get("url", "")).partition("sqlite:///")
    if separator and not scheme and file and not file.startswith(("/", ":")):
        values["url"] = f"sqlite:///{directory / file}"


def _settings(draft: Draft) -> Settings:
    """The settings of a draft without faults."""
    sections = {name: entry.values for name, entry in draft.sections.items()}
    return Settings(
        site=str(sections["gateway"]["site"]),
        name=str(sections["gateway"]["name"]),
        database=_make(DatabaseSettings, sections["database"]),
        mqtt=_make(MqttSettings, sections["mqtt"]),
        web=_make(WebSettings, sections["web"]),
        rules=_make(RulesSettings, sections["rules"]),
        service=_make(ServiceSettings, sections["service"]),
        report=_make(ReportSettings, sections["report"]),
        limits=_make(LimitSettings, sections["limits"]),
        log=_make(LogSettings, sections["log"]),
        readers=tuple(_reader(entry) for entry in draft.readers),
        routes=tuple(route for entry in draft.readers for route in _routes(entry)),
        read_points=tuple(_read_point(entry.values) for entry in draft.read_points),
    )


def _make(make: Callable[..., Made], values: Values) -> Made:
    return make(**values)


def _reader(entry: Entry) -> ReaderSettings:
    tls = {key: entry.values[key] for key in TLS}
    own = {key: value for key, value in entry.values.items() if key not in TLS}
    own["tls"] = _make(TlsSettings, tls) if entry.values["tls"] else None
    own["antennas"] = tuple(antenna.values["port"] for antenna in entry.antennas)
    return _make(ReaderSettings, own)


def _routes(entry: Entry) -> list[AntennaRoute]:
    reader = {"reader": entry.values["id"]}
    return [
        _make(
            AntennaRoute, reader | {"antenna" if key == "port" else key: value for key, value in own.items()}
        )
        for own in (antenna.values for antenna in entry.antennas)
    ]


def _read_point(values: Values) -> ReadPoint:
    own = {key: value for key, value in values.items() if key != "direction"}
    return _make(ReadPoint, own | {"has_sides": values["direction"] is DirectionFrom.ANTENNAS})
