"""What differs between two configurations is told key by key, and what only a restart brings about is known."""

from dataclasses import replace

import pytest

from gateway.config.changes import changes
from gateway.settings import (
    AntennaRoute,
    DatabaseSettings,
    LimitSettings,
    LogSettings,
    MqttSettings,
    ServiceSettings,
    Settings,
    WebSettings,
)
from readers.settings import ReaderSettings, TlsSettings
from rules.observation import ReadPoint
from rules.vocabulary import BizStep, ReadPointKind

DOCK = ReadPoint("dock-1", ReadPointKind.PORTAL, BizStep.RECEIVING)
READER = ReaderSettings("r1", "10.0.0.11", antennas=(1,))
BEFORE = Settings(
    "dc1", readers=(READER,), routes=(AntennaRoute("r1", 1, "dock-1", "outside"),), read_points=(DOCK,)
)


def told(after: Settings) -> list[str]:
    return [str(change) for change in changes(BEFORE, after)]


def test_changes_when_nothing_differs_then_none() -> None:
    assert told(replace(BEFORE)) == []


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (replace(BEFORE, limits=LimitSettings(epcs=("30",))), "limits.epcs: () → ('30',)"),
        (replace(BEFORE, service=ServiceSettings(business_days=3)), "service.business_days: 5 → 3"),
        (
            replace(BEFORE, read_points=(replace(DOCK, min_confidence=0.5),)),
            f"read_point dock-1.min_confidence: {DOCK.min_confidence} → 0.5",
        ),
        (
            replace(BEFORE, read_points=(replace(DOCK, has_sides=False),)),
            "read_point dock-1.direction: antennas → none",
        ),
        (replace(BEFORE, readers=(replace(READER, host="h"),)), "reader r1.host: 10.0.0.11 → h"),
        (
            replace(BEFORE, routes=(AntennaRoute("r1", 1, "dock-1", "inside"),)),
            "reader r1 antenna 1.side: outside → inside",
        ),
    ],
)
def test_changes_when_a_key_differs_then_it_is_named_with_both_values(after: Settings, words: str) -> None:
    (change,) = changes(BEFORE, after)
    assert str(change) == words
    assert not change.needs_restart


def test_changes_when_something_comes_or_goes_then_it_is_one_change() -> None:
    other = ReaderSettings("r2", "10.0.0.12", antennas=(1,))
    after = replace(BEFORE, readers=(other,), routes=(AntennaRoute("r2", 1, "dock-1", "outside"),))
    assert told(after) == [
        "reader r1: removed",
        "reader r1 antenna 1: removed",
        "reader r2: added",
        "reader r2 antenna 1: added",
    ]


def test_changes_when_tls_comes_then_its_keys_are_told() -> None:
    after = replace(BEFORE, readers=(replace(READER, tls=TlsSettings(ca_file="/ca")),))
    assert "reader r1.tls: False → True" in told(after)
    assert "reader r1.ca_file: none → /ca" in told(after)


@pytest.mark.parametrize(
    ("after", "key"),
    [
        (replace(BEFORE, site="dc2"), "gateway.site"),
        (replace(BEFORE, name="gw-2"), "gateway.name"),
        (replace(BEFORE, database=DatabaseSettings("sqlite:////x")), "database.url"),
        (replace(BEFORE, mqtt=MqttSettings(host="h")), "mqtt.host"),
        (replace(BEFORE, web=WebSettings("127.0.0.1:1")), "web.listen"),
    ],
)
def test_changes_when_what_is_held_open_differs_then_a_restart_is_needed(after: Settings, key: str) -> None:
    (change,) = changes(BEFORE, after)
    assert (change.key, change.needs_restart) == (key, True)


def test_changes_when_retention_or_log_differs_then_no_restart_is_needed() -> None:
    after = replace(
        BEFORE, database=DatabaseSettings(retention_days=7), log=LogSettings(modules={"a": "debug"})
    )
    assert [(change.key, change.needs_restart) for change in changes(BEFORE, after)] == [
        ("database.retention_days", False),
        ("log.modules", False),
    ]


def test_change_when_the_url_has_a_password_then_it_is_not_told() -> None:
    after = replace(BEFORE, database=DatabaseSettings("postgresql+psycopg://gw:geheim@db/returns"))
    assert "geheim" not in told(after)[0]
