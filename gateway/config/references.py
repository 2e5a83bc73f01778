"""What shows only when tables are seen together: duplicates, dangling names, doors without sides."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from gateway.config.faults import Faults
from gateway.config.schema import DirectionFrom, Side
from gateway.config.tables import Draft, Entry
from rules.vocabulary import ReadPointKind


def judge_references(draft: Draft, faults: Faults) -> None:
    _judge_unique(draft.readers, ("id",), faults)
    _judge_unique(draft.readers, ("host", "port"), faults)
    _judge_unique(draft.read_points, ("id",), faults)
    for reader in draft.readers:
        _judge_unique(reader.antennas, ("port",), faults)
    antennas = [antenna for reader in draft.readers for antenna in reader.antennas]
    _judge_named(antennas, draft.read_points, faults)
    for point in draft.read_points:
        own = [antenna for antenna in antennas if antenna.values.get("read_point") == point.values.get("id")]
        _judge_read_point(point, own, faults)
    for reader in draft.readers:
        _judge_barrier(reader, draft.read_points, faults)
    for entry in (draft.sections["mqtt"], *draft.readers):
        _judge_tls(entry, faults)
    _judge_passwords(draft, faults)


def _judge_unique(entries: Iterable[Entry], keys: tuple[str, ...], faults: Faults) -> None:
    first: dict[tuple[object, ...], str] = {}
    for entry in entries:
        if not entry.values.keys() >= set(keys):
            continue
        value = tuple(entry.values[key] for key in keys)
        if value in first:
            shown = ":".join(str(part) for part in value)
            faults.add(f"{entry.where}.{keys[0]}", f"{shown} stands already at {first[value]}.{keys[0]}")
        else:
            first[value] = entry.where


def _judge_named(antennas: Iterable[Entry], points: Iterable[Entry], faults: Faults) -> None:
    ids = {str(point.values["id"]) for point in points if "id" in point.values}
    for antenna in antennas:
        named = antenna.values.get("read_point")
        if named is not None and named not in ids:
            faults.add_unknown_name(f"{antenna.where}.read_point", str(named), ids, "[[read_point]]")


def _judge_read_point(point: Entry, antennas: list[Entry], faults: Faults) -> None:
    if "id" not in point.values:
        return
    if not antennas:
        name = point.values["id"]
        faults.add(point.where, f'no antenna has read_point = "{name}": nothing would ever be read there')
    elif point.values.get("kind") is ReadPointKind.PRESENCE:
        for antenna in antennas:
            if "side" in antenna.given:
                faults.add(f"{antenna.where}.side", "only portals have sides, this read point is a presence")
    elif point.values.get("direction") is DirectionFrom.ANTENNAS:
        _judge_sides(point, antennas, faults)


def _judge_sides(point: Entry, antennas: list[Entry], faults: Faults) -> None:
    """A portal tells in from out by its two sides."""
    name = point.values["id"]
    without = [antenna for antenna in antennas if "side" not in antenna.given]
    for antenna in without:
        faults.add(
            f"{antenna.where}.side",
            f'is required: portal "{name}" needs "outside" or "inside" (or direction = "none")',
        )
    found = {antenna.values.get("side") for antenna in antennas}
    for side in Side:
        if not without and None not in found and side not in found:
            faults.add(
                point.where,
                f'portal "{name}" has no antenna with side = "{side}", so it cannot tell a direction; '
                'direction = "none" counts every moving passage as in',
            )


def _judge_barrier(reader: Entry, points: Iterable[Entry], faults: Faults) -> None:
    """A light barrier belongs to the door its reader looks at."""
    if reader.values.get("gpi_barrier") is None:
        return
    portals = {point.values.get("id") for point in points if point.values.get("kind") is ReadPointKind.PORTAL}
    doors = {antenna.values.get("read_point") for antenna in reader.antennas} & portals
    if len(doors) != 1:
        count = len(doors) or "none"
        words = f"belongs to one portal, and this reader's antennas serve {count}"
        faults.add(f"{reader.where}.gpi_barrier", words)


def _judge_tls(entry: Entry, faults: Faults) -> None:
    """Half a TLS configuration must not become a plain connection."""
    if entry.values.get("tls") is False:
        for key in sorted(entry.given & {"ca_file", "cert_file", "key_file", "fingerprint"}):
            faults.add(f"{entry.where}.{key}", "has no effect without tls = true")
    elif "key_file" in entry.given and "cert_file" not in entry.given:
        faults.add(f"{entry.where}.cert_file", "is required together with key_file")


def _judge_passwords(draft: Draft, faults: Faults) -> None:
    mqtt, database = draft.sections["mqtt"], draft.sections["database"]
    if "password_file" in mqtt.given and "username" not in mqtt.given:
        faults.add("mqtt.username", "is required together with password_file")
    if "password_file" in database.given and "url" in database.values:
        url = urlsplit(str(database.values["url"]))
        if url.scheme == "sqlite":
            faults.add("database.password_file", "SQLite has no password")
        elif not url.username:
            faults.add(
                "database.url", "needs a user name for the password: postgresql+psycopg://USER@HOST/DATABASE"
            )
