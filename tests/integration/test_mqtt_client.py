import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from gateway.errors import ConfigError
from gateway.mqtt.client import MqttClient
from gateway.mqtt.faults import BrokerError, PublishRefusedError
from gateway.mqtt.messages import Will
from gateway.settings import MqttSettings
from tests.integration.broker import Broker
from tests.integration.listener import Listener, until
from tests.ports import free_port

JSON = "application/json"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as broker:
        yield broker


def settings_for(broker: Broker, **more: object) -> MqttSettings:
    return MqttSettings(host=broker.host, port=broker.port, **more)  # type: ignore[arg-type]


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_publish_when_broker_takes_it_then_subscriber_gets_topic_bytes_and_content_type(
    broker: Broker,
) -> None:
    async with Listener(broker) as wms, MqttClient(settings_for(broker)) as client:
        await client.publish("a/b", b'{"x":1}', content_type=JSON)
        await until(lambda: wms.heard)
    (heard,) = wms.heard
    assert (heard.topic, heard.payload, heard.retain) == ("a/b", b'{"x":1}', False)
    assert heard.properties is not None
    assert heard.properties.ContentType == JSON


async def test_publish_when_acl_denies_then_refused_naming_topic_and_reason(tmp_path: Path) -> None:
    acl = "topic write allowed\n"
    with Broker(tmp_path, acl=acl) as broker:
        async with MqttClient(settings_for(broker)) as client:
            await client.publish("allowed", b"1", content_type=JSON)
            with pytest.raises(PublishRefusedError, match=r"publish to denied: Not authorized \(0x87\)"):
                await client.publish("denied", b"2", content_type=JSON)
            await client.publish("allowed", b"3", content_type=JSON)


async def test_publish_when_broker_is_killed_then_fails_at_once(broker: Broker) -> None:
    async with MqttClient(settings_for(broker)) as client:
        broker.freeze()
        accepted = client.send("a", b"1", content_type=JSON)
        broker.kill()
        async with asyncio.timeout(2):
            with pytest.raises(BrokerError, match="connection lost"):
                await accepted
            with pytest.raises(BrokerError):
                await client.publish("a", b"2", content_type=JSON)
            with pytest.raises(BrokerError):
                await client.until_lost()
            with pytest.raises(BrokerError):
                await client.receive(1)


async def test_client_when_another_comes_with_its_id_then_that_is_said(broker: Broker) -> None:
    async with (
        MqttClient(settings_for(broker), client_id="dc1-gw-1") as first,
        MqttClient(settings_for(broker), client_id="dc1-gw-1"),
        asyncio.timeout(30),
    ):
        with pytest.raises(BrokerError, match=r"connection lost: .*client id"):
            await first.until_lost()


async def test_frozen_broker_when_idle_then_noticed_within_ten_seconds(broker: Broker) -> None:
    async with MqttClient(settings_for(broker)) as client:
        broker.freeze()
        try:
            async with asyncio.timeout(10):
                with pytest.raises(BrokerError):
                    await client.until_lost()
        finally:
            broker.thaw()


async def test_send_when_more_than_receive_maximum_then_waits_and_keeps_order(tmp_path: Path) -> None:
    with Broker(tmp_path, options="max_inflight_messages 3") as broker:
        async with Listener(broker) as wms, MqttClient(settings_for(broker)) as client:
            sent = [client.send("a", str(n).encode(), content_type=JSON) for n in range(50)]
            await asyncio.gather(*sent)
            await until(lambda: len(wms.heard) == 50)
        assert [int(heard.payload) for heard in wms.heard] == list(range(50))


async def test_publish_when_larger_than_broker_takes_then_refused_and_connection_stays(
    tmp_path: Path,
) -> None:
    with Broker(tmp_path, options="max_packet_size 2000") as broker:
        async with MqttClient(settings_for(broker)) as client:
            with pytest.raises(PublishRefusedError, match="more than the broker takes"):
                await client.publish("a", bytes(3000), content_type=JSON)
            await client.publish("a", b"small", content_type=JSON)


async def test_connect_when_nobody_listens_then_says_where_and_what_to_do() -> None:
    port = free_port()
    with pytest.raises(BrokerError, match=rf"127\.0\.0\.1:{port}: connection refused; is the broker running"):
        async with MqttClient(MqttSettings(port=port)):
            pass


async def test_connect_when_name_is_unknown_then_says_so() -> None:
    with pytest.raises(BrokerError, match=r"no-such-host\.invalid:1883: the name cannot be resolved"):
        async with MqttClient(MqttSettings(host="no-such-host.invalid")):
            pass


async def test_connect_when_broker_is_frozen_then_gives_up_with_words(broker: Broker) -> None:
    broker.freeze()
    try:
        with pytest.raises(BrokerError, match="no answer in time"):
            async with MqttClient(settings_for(broker)):
                pass
    finally:
        broker.thaw()


async def test_connect_when_cancelled_then_leaves_no_connection(broker: Broker) -> None:
    async with MqttClient(settings_for(broker)):
        pass
    before = open_descriptors()
    broker.freeze()
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), MqttClient(settings_for(broker)):
                pass
    finally:
        broker.thaw()
    await until(lambda: open_descriptors() <= before)


async def test_connect_when_another_service_answers_then_says_the_port_is_wrong() -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(shout, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(BrokerError, match="hung up instead of answering"):
            async with MqttClient(MqttSettings(port=port)):
                pass


async def test_connect_when_password_is_wrong_then_says_which_keys_to_check(tmp_path: Path) -> None:
    accounts = tmp_path / "accounts"
    accounts.write_text("gw:$7$101$")
    secret = tmp_path / "secret"
    secret.write_text("guess\n")
    options = f"password_file {accounts}"
    with Broker(tmp_path, options=options.replace("allow_anonymous true", "")) as broker:
        settings = settings_for(broker, username="gw", password_file=str(secret))
        with pytest.raises(BrokerError, match=r"mqtt\.username.*mqtt\.password_file"):
            async with MqttClient(settings):
                pass


async def test_password_file_when_missing_then_config_error_names_the_key(broker: Broker) -> None:
    with pytest.raises(ConfigError, match=r"mqtt\.password_file: cannot read /nowhere"):
        async with MqttClient(settings_for(broker, username="gw", password_file="/nowhere")):
            pass


async def test_will_when_client_dies_then_broker_publishes_it_and_not_after_a_clean_end(
    broker: Broker,
) -> None:
    will = Will("state", b"offline")
    async with Listener(broker, "state") as wms:
        async with MqttClient(settings_for(broker), will=will) as client:
            await client.publish("other", b"x", content_type=JSON)
        with pytest.raises(RuntimeError):
            async with MqttClient(settings_for(broker), will=will):
                raise RuntimeError
        await until(lambda: wms.heard)
        await asyncio.sleep(0.1)
    assert [heard.payload for heard in wms.heard] == [b"offline"]


async def test_receive_when_messages_are_not_done_then_broker_holds_back(broker: Broker) -> None:
    async with MqttClient(settings_for(broker)) as client, Listener(broker, "none") as wms:
        await client.subscribe("cmd/+")
        for n in range(200):
            await wms.say("cmd/x", str(n).encode())
        first = await client.receive(1000)
        assert len(first) <= 64
        got = []
        while len(got) < 200:
            messages = first or await client.receive(1000)
            first = []
            for message in messages:
                got.append(int(message.payload))
                client.done(message)
        assert got == list(range(200))
        assert client.take_dropped() == 0


async def test_receive_when_flooded_without_qos_then_drops_are_counted_and_memory_bounded(
    broker: Broker,
) -> None:
    async with MqttClient(settings_for(broker)) as client, Listener(broker, "none") as wms:
        await client.subscribe("cmd/+")
        for n in range(1000):
            await wms.say("cmd/x", str(n).encode(), qos=0)
        await wms.say("cmd/x", b"last")
        await asyncio.sleep(0.3)
        kept = await client.receive(10_000)
        assert [message.qos for message in kept] == [0] * 256 + [1]
        assert client.take_dropped() == 1000 - 256


class Authority:
    """A certificate authority with a broker's and a client's certificate as files."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self.authority = trustme.CA()
        self.ca = directory / "ca.pem"
        self.authority.cert_pem.write_to_path(self.ca)
        self.server = directory / "server.pem"
        self.authority.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(
            self.server
        )
        self.client = directory / "client.pem"
        self.authority.issue_cert("gw@site").private_key_and_cert_chain_pem.write_to_path(self.client)

    @property
    def listener(self) -> dict[str, str]:
        return {"cafile": str(self.ca), "certfile": str(self.server), "keyfile": str(self.server)}


async def test_tls_when_both_sides_have_certificates_then_publishes(tmp_path: Path) -> None:
    ours = Authority(tmp_path / "ours")
    with Broker(tmp_path, tls={**ours.listener, "require_certificate": "true"}) as broker:
        settings = settings_for(broker, tls=True, ca_file=str(ours.ca), cert_file=str(ours.client))
        async with MqttClient(settings) as client:
            for n in range(100):
                await client.publish("a", str(n).encode(), content_type=JSON)


async def test_tls_when_the_authority_is_another_then_not_trusted_naming_the_key(tmp_path: Path) -> None:
    ours, other = Authority(tmp_path / "ours"), Authority(tmp_path / "other")
    with Broker(tmp_path, tls=ours.listener) as broker:
        settings = settings_for(broker, tls=True, ca_file=str(other.ca))
        with pytest.raises(BrokerError, match=r"certificate is not trusted.*mqtt\.ca_file"):
            async with MqttClient(settings):
                pass


@pytest.mark.parametrize("has_wrong_certificate", [False, True])
async def test_tls_when_client_certificate_is_missing_or_wrong_then_says_so_fast(
    tmp_path: Path, has_wrong_certificate: bool
) -> None:
    ours, other = Authority(tmp_path / "ours"), Authority(tmp_path / "other")
    with Broker(tmp_path, tls={**ours.listener, "require_certificate": "true"}) as broker:
        cert = str(other.client) if has_wrong_certificate else None
        settings = settings_for(broker, tls=True, ca_file=str(ours.ca), cert_file=cert)
        async with asyncio.timeout(3):
            with pytest.raises(BrokerError, match=r"mqtt\.cert_file"):
                async with MqttClient(settings):
                    pass


async def test_tls_when_port_is_plain_then_says_so(broker: Broker) -> None:
    with pytest.raises(BrokerError, match="TLS"):
        async with MqttClient(settings_for(broker, tls=True)):
            pass


async def test_tls_when_port_wants_it_and_we_do_not_then_says_so(tmp_path: Path) -> None:
    ours = Authority(tmp_path / "ours")
    with (
        Broker(tmp_path, tls=ours.listener) as broker,
        pytest.raises(BrokerError, match=r"the port wants TLS"),
    ):
        async with MqttClient(settings_for(broker)):
            pass


async def test_tls_files_when_unusable_then_config_error_names_the_key(
    broker: Broker, tmp_path: Path
) -> None:
    junk = tmp_path / "junk.pem"
    junk.write_text("no certificate")
    with pytest.raises(ConfigError, match=r"mqtt\.ca_file"):
        async with MqttClient(settings_for(broker, tls=True, ca_file=str(junk))):
            pass
    with pytest.raises(ConfigError, match=r"mqtt\.cert_file"):
        async with MqttClient(settings_for(broker, tls=True, cert_file=str(junk))):
            pass


async def test_connections_when_they_come_and_go_then_no_descriptor_is_left(broker: Broker) -> None:
    async with MqttClient(settings_for(broker)):
        pass
    before = open_descriptors()
    for _ in range(20):
        async with MqttClient(settings_for(broker)) as client:
            await client.publish("a", b"1", content_type=JSON)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        for _ in range(5):
            with pytest.raises(BrokerError):
                async with MqttClient(MqttSettings(port=nobody.getsockname()[1])):
                    pass
    assert open_descriptors() <= before
