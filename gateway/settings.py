"""The whole configuration: frozen, with defaults that work at a dock door; `config/` reads it from TOML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.logs import LogFormat, LogLevel
from readers.settings import ReaderSettings
from rules.calendar import ServiceLevel
from rules.observation import ReadPoint

DEFAULT_CONFIG = Path("/etc/returns-gateway/gateway.toml")
DEFAULT_DATABASE = "sqlite:////var/lib/returns-gateway/returns.db"


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    url: str = DEFAULT_DATABASE
    """`sqlite:///…` or `postgresql+psycopg://…`."""
    password_file: str | None = None
    """PostgreSQL: the password, so that the URL need not hold it (`config.database_url` joins them)."""
    retention_days: int = 30
    """Published events are kept this long for replay."""
    rma_retention_days: int = 400
    """RMAs that are closed, resolved or expired are kept this long."""


@dataclass(frozen=True, slots=True)
class MqttSettings:
    host: str = "127.0.0.1"
    port: int = 1883
    tls: bool = False
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    username: str | None = None
    password_file: str | None = None
    base_topic: str = "returns/v1"
    epcis: bool = False
    require_ack: bool = False
    in_flight: int = 16
    """QoS 1 publishes awaiting their PUBACK; 10 to 20 is fastest."""
    resend_seconds: float = 30.0
    """With `require_ack`: an event is sent again when nobody has acknowledged it for this long."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    listen: str = "127.0.0.1:9464"
    """Host and port of the page, /metrics, /healthz and /readyz; IPv6 hosts in brackets."""
    token_file: str | None = None


@dataclass(frozen=True, slots=True)
class RulesSettings:
    file: str | None = None
    """Disposition rules; None means every item waits for inspection and every refund is held."""


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    business_days: int = 5
    """From the first item of an RMA that came in until the last has its end; longer is overdue."""
    holidays: tuple[str, ...] = ()
    """Days off besides Saturdays and Sundays, as 2026-12-25."""
    time_zone: str = "UTC"
    """Where days begin and end: Europe/Berlin."""

    @property
    def level(self) -> ServiceLevel:
        days = frozenset(date.fromisoformat(day) for day in self.holidays)
        return ServiceLevel(self.business_days, days, ZoneInfo(self.time_zone))


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """Figures a site supplies for its report; without them the report leaves out what rests on them."""

    currency: str | None = None
    """Values in other currencies are not added up; None means all are of one currency."""
    receipt_cost: str | None = None
    """Of one item, decimal text: taking it in, inspecting it, putting it back in stock, disposing of it."""
    inspection_cost: str | None = None
    restock_cost: str | None = None
    disposal_cost: str | None = None
    co2_kg: Mapping[str, str] = field(default_factory=dict)
    """By category: what is avoided when an item is sold again instead of made anew."""
    value_decay_per_month: str = "0"
    """Share of its value an item loses in 30 days of waiting."""


@dataclass(frozen=True, slots=True)
class LogSettings:
    level: LogLevel = LogLevel.INFO
    format: LogFormat = LogFormat.TEXT
    modules: Mapping[str, LogLevel] = field(default_factory=dict)
    """Loggers with a level of their own: `readers = "debug"`."""


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """Bounds on what untrusted sources can make the daemon keep."""

    tracked_tags: int = 100_000
    """Distinct EPCs remembered per read point."""
    held_observations: int = 100_000
    """Decisions kept in memory while the database cannot take them."""
    epcs: tuple[str, ...] = ()
    """Only EPCs that start with one of these hex prefixes are items; empty means all."""
    ignore_epcs: tuple[str, ...] = ()
    """EPCs that start with one of these hex prefixes are never items."""


@dataclass(frozen=True, slots=True)
class AntennaRoute:
    """Which read point an antenna of a reader belongs to."""

    reader: str
    antenna: int
    read_point: str
    side: str | None = None
    """`outside` or `inside` at portals."""


@dataclass(frozen=True, slots=True)
class Settings:
    site: str
    name: str = "gw-1"
    """This gateway; unique per site."""
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    mqtt: MqttSettings = field(default_factory=MqttSettings)
    web: WebSettings = field(default_factory=WebSettings)
    rules: RulesSettings = field(default_factory=RulesSettings)
    service: ServiceSettings = field(default_factory=ServiceSettings)
    report: ReportSettings = field(default_factory=ReportSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    log: LogSettings = field(default_factory=LogSettings)
    readers: tuple[ReaderSettings, ...] = ()
    routes: tuple[AntennaRoute, ...] = ()
    read_points: tuple[ReadPoint, ...] = ()
