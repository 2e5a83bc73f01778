import pytest

from gateway.mqtt.topics import Topics
from gateway.settings import MqttSettings, Settings

TOPICS = Topics.of(Settings(site="dc1", name="gw-1", mqtt=MqttSettings(base_topic="returns/v1")))


def test_topics_when_made_of_settings_then_as_the_contract_says() -> None:
    assert TOPICS.state == "returns/v1/dc1/gateway/gw-1/state"
    assert TOPICS.response == "returns/v1/dc1/gateway/gw-1/response"
    assert TOPICS.acknowledgements("gw-2") == "returns/v1/dc1/gateway/gw-2/ack"
    assert TOPICS.acknowledged(TOPICS.acknowledgements("gw-2")) == "gw-2"
    assert TOPICS.commands == "returns/v1/dc1/cmd/+"
    assert TOPICS.reader_state("r1") == "returns/v1/dc1/reader/r1/state"


@pytest.mark.parametrize(
    ("topic", "verb"),
    [
        ("returns/v1/dc1/cmd/rma", "rma"),
        ("returns/v1/dc1/cmd/", ""),
        ("returns/v1/dc2/cmd/rma", None),
        ("returns/v1/dc1/cmd/rma/x", None),
        ("returns/v1/dc1/gateway/gw-1/ack", None),
    ],
)
def test_verb_when_given_a_topic_then_its_last_level_if_it_is_a_command(topic: str, verb: str | None) -> None:
    assert TOPICS.verb(topic) == verb


def test_is_ours_when_asked_then_this_site_only() -> None:
    assert TOPICS.is_ours("returns/v1/dc1/dock-1/receipt")
    assert not TOPICS.is_ours("returns/v1/dc10/dock-1/receipt")
    assert not TOPICS.is_ours("wms/reply")
