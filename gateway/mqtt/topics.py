"""The topics of one gateway apart from its events'; every level comes from the configuration."""

from dataclasses import dataclass

from gateway.settings import Settings


@dataclass(frozen=True, slots=True)
class Topics:
    base: str
    site: str
    gateway: str

    @classmethod
    def of(cls, settings: Settings) -> "Topics":
        return cls(settings.mqtt.base_topic, settings.site, settings.name)

    @property
    def site_prefix(self) -> str:
        """Everything we publish or hear lies under it."""
        return f"{self.base}/{self.site}/"

    def is_ours(self, topic: str) -> bool:
        """Events, states and commands of this site."""
        return topic.startswith(self.site_prefix)

    @property
    def state(self) -> str:
        return f"{self.base}/{self.site}/gateway/{self.gateway}/state"

    def reader_state(self, reader: str) -> str:
        return f"{self.base}/{self.site}/reader/{reader}/state"

    def acknowledgements(self, gateway: str) -> str:
        return f"{self.base}/{self.site}/gateway/{gateway}/ack"

    def acknowledged(self, topic: str) -> str:
        """The gateway whose events a topic of acknowledgements is about."""
        return topic.split("/")[-2]

    @property
    def response(self) -> str:
        """Where a command without a response topic is answered."""
        return f"{self.base}/{self.site}/gateway/{self.gateway}/response"

    @property
    def commands(self) -> str:
        """Filter of all commands."""
        return f"{self.base}/{self.site}/cmd/+"

    def verb(self, topic: str) -> str | None:
        """The verb of a command's topic; None for any other topic."""
        prefix, _, verb = topic.rpartition("/")
        return verb if prefix == f"{self.base}/{self.site}/cmd" else None
