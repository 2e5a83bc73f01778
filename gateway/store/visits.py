"""Visits: what is told once per visit is told once, also across a restart of the gateway."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, delete, select, text

from gateway.store.among import among, pairs_among
from gateway.store.tables import observations, visits
from gateway.store.upserting import insert_or_update
from rules.observation import Observation
from rules.vocabulary import Direction

_ARRIVED = frozenset({Direction.IN, Direction.PRESENT})
NEAR_US = 5_000_000
"""Places so near can read the same tag at once: there only what went in through one door and then through
another is doubted."""
_STILL = {
    "sqlite": """SELECT json_extract(value, '$[0]') AS point, json_extract(value, '$[1]') AS item,
        json_extract(value, '$[2]') AS last_us FROM json_each(:still)""",
    "postgresql": """SELECT value->>0 AS point, value->>1 AS item, CAST(value->>2 AS BIGINT) AS last_us
        FROM json_array_elements(CAST(:still AS JSON))""",
}
_PROLONG = {
    dialect: text(
        f"""UPDATE visits SET last_seen_us = still.last_us FROM ({still}) AS still
        WHERE read_point = still.point AND identity = still.item
        AND direction = :direction AND last_seen_us < still.last_us"""  # noqa: S608 (nothing of it comes from outside)
    )
    for dialect, still in _STILL.items()
}
"""One parameter for all of them: row by row it took a tenth of the gateway's CPU at fleet load."""


@dataclass(slots=True)
class _Visit:
    direction: str
    first_seen_us: int
    last_seen_us: int


class Visits:
    """The latest visit of each item at each read point, for a batch of observations."""

    def __init__(self, connection: Connection, batch: Sequence[Observation]) -> None:
        self._latest: dict[tuple[str, str], _Visit] = {}
        self._places = _places(connection, batch)
        self._changed: dict[tuple[str, str], _Visit] = {}
        keys = list({_key(observation) for observation in batch})
        for row in connection.execute(_VISITS, {"keys": keys}):
            visit = _Visit(row.direction, row.first_seen_us, row.last_seen_us)
            self._latest[row.read_point, row.identity] = visit

    def new(self, connection: Connection, batch: Sequence[Observation]) -> list[Observation]:
        """The observations not recorded before, each begun when the visit began that it goes on with.

        A visit goes on while the item is seen in the same direction with no gap longer than the quiet time.
        """
        joined: list[Observation] = []
        late: list[Observation] = []
        for observation in batch:
            if self._is_late(observation):
                late.append(observation)
            else:
                began = self._join(observation)
                if began is not None:
                    joined.append(began)
        return [*_not_noted(connection, late), *joined]

    def elsewhere(self, observation: Observation) -> str | None:
        """Another read point that saw the item arrive so shortly before that it cannot be here by now."""
        if not _can_doubt(observation):
            return None
        own, identity = _key(observation)
        travel_us, first_us = _travel_us(observation), observation.evidence.first_seen_us
        for read_point, visit in sorted(self._places[identity].items(), key=lambda pair: pair[0]):
            is_before = (visit.first_seen_us, read_point) < (first_us, own)
            pause_us = first_us - visit.last_seen_us
            if read_point == own or not is_before or pause_us >= travel_us:
                continue
            if travel_us > NEAR_US or (pause_us >= 0 and visit.direction == Direction.IN):
                return read_point
        return None

    def _is_late(self, observation: Observation) -> bool:
        """Told after a later visit was."""
        visit, evidence = self._latest.get(_key(observation)), observation.evidence
        if visit is None:
            return False
        if visit.direction != evidence.direction:
            return evidence.first_seen_us <= visit.last_seen_us
        return evidence.last_seen_us < visit.first_seen_us - _quiet_us(observation)

    def _join(self, observation: Observation) -> Observation | None:
        key, evidence = _key(observation), observation.evidence
        visit = self._latest.get(key)
        if (
            visit is None
            or visit.direction != evidence.direction
            or evidence.first_seen_us > visit.last_seen_us + _quiet_us(observation)
        ):
            visit = _Visit(evidence.direction, evidence.first_seen_us, evidence.last_seen_us)
            self._latest[key] = self._changed[key] = visit
            if visit.direction in _ARRIVED:
                self._places[key[1]][key[0]] = visit
            return observation
        if visit.first_seen_us <= evidence.first_seen_us and evidence.last_seen_us <= visit.last_seen_us:
            return None
        visit.last_seen_us = max(visit.last_seen_us, evidence.last_seen_us)
        self._changed[key] = visit
        return replace(observation, evidence=replace(evidence, first_seen_us=visit.first_seen_us))

    def store(self, connection: Connection) -> None:
        """Write what changed."""
        if not self._changed:
            return
        connection.execute(
            _STORE[connection.dialect.name],
            [
                {
                    "read_point": read_point,
                    "identity": identity,
                    "direction": visit.direction,
                    "first_seen_us": visit.first_seen_us,
                    "last_seen_us": visit.last_seen_us,
                }
                for (read_point, identity), visit in sorted(self._changed.items(), key=lambda pair: pair[0])
            ],
        )


def prolong(connection: Connection, last_seen_us: Mapping[str, Mapping[str, int]]) -> None:
    """Items, by read point and identity, still lie where they were put: their visits go on until then."""
    still = [
        (point, item, last_us)
        for point, items in sorted(last_seen_us.items())
        for item, last_us in sorted(items.items())
    ]
    if still:
        told = {"still": json.dumps(still), "direction": Direction.PRESENT}
        connection.execute(_PROLONG[connection.dialect.name], told)


def prune(connection: Connection, before_us: int) -> int:
    """Forget visits that ended before then; how many."""
    return connection.execute(delete(visits).where(visits.c.last_seen_us < before_us)).rowcount


def _places(connection: Connection, batch: Sequence[Observation]) -> dict[str, dict[str, _Visit]]:
    """By identity and read point: the latest arrivals of items for which they can raise a doubt."""
    places: dict[str, dict[str, _Visit]] = defaultdict(dict)
    doubtful = {item.epc.identity for item in batch if _can_doubt(item)}
    if doubtful:
        for row in connection.execute(_ARRIVALS, {"identities": sorted(doubtful)}):
            visit = _Visit(row.verdict, row.first_seen_us, row.last_seen_us)
            places[row.identity][row.read_point] = visit
    return places


def _not_noted(connection: Connection, late: Sequence[Observation]) -> list[Observation]:
    """Those that are not among the observations kept: most are told late only once."""
    if not late:
        return []
    identities = list({observation.epc.identity for observation in late})
    noted = {tuple(row) for row in connection.execute(_NOTED, {"identities": identities})}
    return [
        observation
        for observation in late
        if (*_key(observation), observation.evidence.direction, observation.evidence.last_seen_us)
        not in noted
    ]


def _can_doubt(observation: Observation) -> bool:
    travel_us = _travel_us(observation)
    return travel_us > NEAR_US or (travel_us > 0 and observation.evidence.direction is Direction.IN)


def _travel_us(observation: Observation) -> int:
    return int(observation.read_point.travel_seconds * 1_000_000)


def _quiet_us(observation: Observation) -> int:
    return int(observation.read_point.quiet_seconds * 1_000_000)


def _key(observation: Observation) -> tuple[str, str]:
    return observation.read_point.id, observation.epc.identity


_notes = observations.c
_VISITS = select(visits).where(pairs_among(visits.c.read_point, visits.c.identity, "keys"))
_ARRIVALS = (
    select(_notes.identity, _notes.read_point, _notes.verdict, _notes.first_seen_us, _notes.last_seen_us)
    .where(among(_notes.identity, "identities"), _notes.verdict.in_(sorted(_ARRIVED)))
    .order_by(_notes.last_seen_us)
)
_NOTED = select(_notes.read_point, _notes.identity, _notes.verdict, _notes.last_seen_us).where(
    among(_notes.identity, "identities")
)
_STORE = insert_or_update(visits)
