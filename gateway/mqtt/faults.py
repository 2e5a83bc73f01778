"""Why a broker could not be used, in words an operator can act on.

UnavailableError
└── BrokerError             no usable connection: the message names host and port and what to do; retry helps
GatewayError
├── PublishRefusedError     the broker answered a publish with a reason code of failure: not delivered
└── SubscribeRefusedError   the broker does not let us hear a topic
"""

import socket
import ssl

from gateway.errors import GatewayError, UnavailableError
from gateway.settings import MqttSettings

CONNACK_ADVICE = {
    0x84: "the broker does not speak MQTT 5; use one that does (mosquitto 1.6 or later)",
    0x85: "the broker does not accept this client id",
    0x86: "wrong username or password; check mqtt.username and mqtt.password_file",
    0x87: "not authorized; check mqtt.username, mqtt.password_file and the client certificate",
    0x88: "the broker is not available just now",
    0x89: "the broker is busy",
    0x8A: "this client is banned",
    0x8C: "the broker wants another way of authentication",
    0x97: "the broker's quota is exceeded",
    0x9F: "the broker limits the rate of connections",
}
"""MQTT 5.0, table 3-1: CONNECT reason codes, with what an operator can do."""


LOST_ADVICE = {
    0x80: "it hung up without a reason: was it stopped, or does another client use this client id?",
    0x8D: "no sign of life in time: is the broker frozen, or the network cut?",
    0x8E: "another client came with the same client id: does another gateway have this site and name?",
}
"""MQTT 5.0, table 3-10: DISCONNECT reason codes, with what an operator can do; 0x80 is paho's for none."""


class BrokerError(UnavailableError):
    """There is no connection to the broker, or it was lost."""


class PublishRefusedError(GatewayError):
    """The broker did not take a message; it was not delivered."""

    exit_code = 69

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__(f"the broker refused a publish to {topic}: {reason}; check its ACL for this gateway")
        self.topic = topic
        self.reason = reason


class SubscribeRefusedError(GatewayError):
    """The broker does not let us hear a topic."""

    exit_code = 69

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__(
            f"the broker refused to let us hear {topic}: {reason}; check its ACL for this gateway"
        )


def address(settings: MqttSettings) -> str:
    """Host and port as operators write them."""
    return f"{settings.host}:{settings.port}"


def connect_fault(settings: MqttSettings, error: BaseException) -> BrokerError:
    """What `error`, raised while connecting, means for the operator."""
    return BrokerError(f"MQTT broker {address(settings)}: {_words(settings, error)}")


def connack_fault(settings: MqttSettings, code: int, name: str) -> BrokerError:
    """A connection that the broker itself refused."""
    advice = CONNACK_ADVICE.get(code, name)
    return BrokerError(
        f"MQTT broker {address(settings)} refused the connection (0x{code:02X} {name}): {advice}"
    )


def closed_early(settings: MqttSettings) -> BrokerError:
    """The broker hung up instead of answering CONNECT; it does not say why."""
    hints = ["the port is another service's"]
    if settings.tls:
        hints.append(
            "the broker wants a client certificate or does not accept ours (mqtt.cert_file, mqtt.key_file)"
        )
    else:
        hints.append("the port wants TLS (mqtt.tls)")
    perhaps = " or ".join(hints)
    return BrokerError(f"MQTT broker {address(settings)} hung up instead of answering; perhaps {perhaps}")


def _words(settings: MqttSettings, error: BaseException) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return (
                f"its certificate is not trusted: {error.verify_message}; "
                "check mqtt.ca_file and that mqtt.host is a name in the certificate"
            )
        case ssl.SSLError():
            return f"TLS failed: {error.reason or error}; check that this port speaks TLS"
        case socket.gaierror():
            return "the name cannot be resolved; check mqtt.host"
        case ConnectionRefusedError():
            return "connection refused; is the broker running, and is mqtt.port right?"
        case ConnectionResetError() if settings.tls:
            return (
                "hung up during the TLS handshake; check that this port speaks TLS and the client certificate"
            )
        case TimeoutError():
            return "no answer in time; is the broker alive, and is there a firewall in between?"
        case _:
            return str(error) or type(error).__name__
