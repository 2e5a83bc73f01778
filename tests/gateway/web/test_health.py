"""Health in words: what is wrong is named, and only what keeps the gateway from its work makes it unready."""

from gateway.stats import Stats
from gateway.web.health import liveness, readiness
from readers.status import ReaderState, ReaderStatus

CONNECTED = ReaderStatus("dock-1", "10.0.0.11:5084", ReaderState.CONNECTED, 0)


def stats(*, fault: str | None = None, connected: bool = True, reason: str | None = None) -> Stats:
    made = Stats()
    made.storage_fault, made.mqtt_connected, made.mqtt_reason = fault, connected, reason
    return made


def test_readiness_when_all_is_well_then_ready() -> None:
    health = readiness(stats(), [CONNECTED])
    assert health.is_well
    assert health.parts == {"database": None, "mqtt": None, "reader dock-1": None}


def test_readiness_when_the_broker_refuses_what_we_publish_then_not_ready_and_it_says_why() -> None:
    health = readiness(stats(reason="the broker refused a publish"), [CONNECTED])
    assert not health.is_well
    assert health.parts["mqtt"] == "the broker refused a publish"


def test_readiness_when_the_broker_is_away_then_not_ready_whatever_is_known() -> None:
    assert readiness(stats(connected=False), [CONNECTED]).parts["mqtt"] == "not connected"
    assert not readiness(stats(connected=False, reason="refused"), [CONNECTED]).is_well


def test_liveness_when_the_broker_is_away_then_well_and_when_the_disk_is_full_then_not() -> None:
    assert liveness(stats(connected=False)).is_well
    full = liveness(stats(fault="the disk is full"))
    assert not full.is_well
    assert full.parts == {"database": "the disk is full", "progress": None}


def test_liveness_when_a_part_stands_still_then_not_well_and_it_says_which() -> None:
    still = stats()
    still.standstill = "the pipeline has ended"
    assert liveness(still).parts == {"database": None, "progress": "the pipeline has ended"}
    assert not liveness(still).is_well
