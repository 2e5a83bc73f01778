"""Observations that cannot be recorded, kept in a file for an operator: one JSON document per line."""

import json
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gateway.errors import GatewayError
from gateway.keeping.undecided import observation_facts
from rules.observation import Observation

MAX_BYTES = 16 * 1024 * 1024
"""Beyond it only the log names them."""
PRIVATE = 0o600

log = logging.getLogger(__name__)


class SetAsideFile:
    """Appended to; nobody reads it but people, who may delete it."""

    def __init__(self, path: Path, now_us: Callable[[], int]) -> None:
        self._path = path
        self._now_us = now_us

    def add(self, observation: Observation, fault: GatewayError) -> None:
        place = f"{observation.epc.hex} at {observation.read_point.id}"
        log.error(
            "%s cannot be recorded: %s; it is set aside in %s",
            place,
            fault,
            self._path,
            exc_info=fault.__cause__,
        )
        moment = datetime.fromtimestamp(self._now_us() / 1e6, UTC).isoformat()
        document = {"time": moment, "fault": str(fault), **observation_facts(observation)}
        try:
            descriptor = os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, PRIVATE)
            with open(descriptor, "a", encoding="utf-8") as file:  # noqa: PTH123 - by descriptor
                if file.tell() < MAX_BYTES:
                    file.write(json.dumps(document, ensure_ascii=False) + "\n")
        except OSError as error:
            log.error("%s: %s; set aside in the log only: %s", self._path, error.strerror, document)
