"""The error tree of the gateway: the class says whose fault it is, and `exit_code` is its sysexits number.

GatewayError (70)
├── UsageError (64)         the command line asks for what does not exist
├── InputError (65)         a file or message is faulty; carries every fault found
├── UnavailableError (69)   broker, database or reader not reachable; retry helps
│   ├── OpeningError        the database has not been opened yet; who opens it tells why
│   └── StorageError (74)   disk full, read-only or failing; retry helps once there is room
├── SchemaError (69)        the database has another schema; says the command that upgrades it
└── ConfigError (78)        the configuration is faulty; carries every fault found
"""


class GatewayError(Exception):
    """Something the operator must know; the message says what, which one and what to do."""

    exit_code = 70


class UsageError(GatewayError):
    exit_code = 64


class InputError(GatewayError):
    """Faults of a file or message, each with its place: `rmas.csv:17: quantity: …`."""

    exit_code = 65

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class UnavailableError(GatewayError):
    exit_code = 69


class OpeningError(UnavailableError):
    """No news for whoever merely waits for the database at the start."""


class StorageError(UnavailableError):
    exit_code = 74


class SchemaError(GatewayError):
    exit_code = 69


class ConfigError(GatewayError):
    """Faults of the configuration, each with file and key."""

    exit_code = 78

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
