"""Finds LLRP readers in a network, asks one what it is and holds, and gives a stuck one back."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Final

from readers.errors import DeadlineError, ProtocolError, ReaderBusyError, ReaderError, RefusedError
from readers.inquiry import Inquiry, inquire
from readers.llrp import requests
from readers.llrp.capabilities import Capabilities, decode_capabilities, decode_config
from readers.llrp.replies import parse_rospecs
from readers.llrp.requests import ROSPEC_ID
from readers.llrp.vendors import vendor_of
from readers.settings import ReaderSettings

MAX_HOSTS: Final = 65_536
_AT_ONCE: Final = 128
_PATIENCE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class FoundReader:
    host: str
    port: int
    busy: bool
    """Another client has it."""
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class ReaderProfile:
    """What a reader says of itself."""

    address: str
    capabilities: Capabilities
    vendor: str
    rospecs: Mapping[int, int]
    """Id and ROSpecState."""
    our_rospec: int = ROSPEC_ID
    config: Mapping[str, object] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    """Questions it refused, did not answer, or answered wrongly."""

    @property
    def unplugged(self) -> tuple[int, ...]:
        """Ports at which it finds no antenna."""
        found = self.config.get("AntennaProperties")
        rows = found if isinstance(found, list) else [found] if isinstance(found, dict) else []
        return tuple(int(row["AntennaID"]) for row in rows if not row["AntennaConnected"])


def hosts_of(cidr: str) -> list[str]:
    """Every host address of a network; raises ValueError where it is none, or has more than 65,536."""
    network = ip_network(cidr, strict=False)
    if network.num_addresses > MAX_HOSTS:
        raise ValueError(f"{cidr} has {network.num_addresses} addresses, more than {MAX_HOSTS}")
    return [str(host) for host in network.hosts()]


async def discover(hosts: Iterable[str], port: int = 5084) -> list[FoundReader]:
    """Whoever greets as a reader on this port, free or not; in the order of `hosts`."""
    limit = asyncio.Semaphore(_AT_ONCE)

    async def visit(host: str) -> FoundReader | None:
        settings = ReaderSettings(
            host, host, port, connect_seconds=_PATIENCE_SECONDS, reply_seconds=_PATIENCE_SECONDS
        )
        async with limit:
            try:
                async with inquire(settings):
                    return FoundReader(host, port, busy=False)
            except ReaderBusyError as error:
                return FoundReader(host, port, busy=True, detail=str(error))
            except RefusedError as error:
                return FoundReader(host, port, busy=False, detail=str(error))
            except ReaderError:
                return None

    found = await asyncio.gather(*(visit(host) for host in hosts))
    return [reader for reader in found if reader is not None]


async def probe(settings: ReaderSettings) -> ReaderProfile:
    """Capabilities, configuration and ROSpecs. Raises ReaderError where the reader does not serve us."""
    faults: list[str] = []
    capabilities = Capabilities()
    rospecs: dict[int, int] = {}
    config: Mapping[str, object] = {}
    async with inquire(settings) as inquiry:
        body = await _answer(inquiry, requests.get_reader_capabilities(), faults)
        try:
            capabilities = decode_capabilities(body) if body is not None else capabilities
        except ProtocolError as error:
            faults.append(str(error))
        body = await _answer(inquiry, requests.get_reader_config(everything=True), faults)
        try:
            config = decode_config(body) if body is not None else config
        except ProtocolError as error:
            faults.append(str(error))
        body = await _answer(inquiry, requests.GET_ROSPECS, faults)
        rospecs = parse_rospecs(body) if body is not None else rospecs
    vendor = vendor_of(capabilities.manufacturer).name
    address = f"{settings.host}:{settings.port}"
    return ReaderProfile(address, capabilities, vendor, rospecs, config=config, faults=tuple(faults))


async def reset(settings: ReaderSettings) -> None:
    """Deletes every ROSpec, strangers' too, and sets the configuration to factory defaults."""
    async with inquire(settings) as inquiry:
        faults: list[str] = []
        await _answer(inquiry, requests.delete_rospec(0), faults)  # an error where there is none
        await inquiry.ask(requests.set_reset_config())


async def _answer(inquiry: Inquiry, request: requests.Request, faults: list[str]) -> bytes | None:
    try:
        return await inquiry.ask(request)
    except (RefusedError, DeadlineError) as error:
        faults.append(str(error))
        return None
