"""Whose ROSpecs a reader holds, and what to do about them.

Strangers' ROSpecs are left alone. Two things a reader may lack force our hand: room for one more ROSpec, then
one of theirs is deleted; and the ability to run two at once, then the one that runs is disabled but kept.
Both are told.
"""

from dataclasses import dataclass, field
from typing import Final

from readers.llrp.constants import ROSpecState
from readers.llrp.requests import ROSPEC_ID, Request, delete_rospec, disable_rospec

MAX_STARTS: Final = 3
"""Starts without a single read or a word that it runs: then the reader does not obey."""


@dataclass(slots=True)
class ROSpecs:
    states: dict[int, int] = field(default_factory=dict)
    """Id and ROSpecState, as the reader listed them."""
    listed: bool = False
    """Whether the reader can list them at all."""
    starts: int = 0
    wording: bytes | None = None
    """What ours says, as the reader listed it."""
    _displaced: set[int] = field(default_factory=set)

    def learn(self, states: dict[int, int], wording: bytes | None) -> None:
        self.states = states
        self.wording = wording
        self.listed = True

    @property
    def ours(self) -> int | None:
        """The state of our ROSpec; None where there is none."""
        return self.states.get(ROSPEC_ID)

    @property
    def may_hold_ours(self) -> bool:
        return not self.listed or self.ours is not None

    def strangers(self) -> list[int]:
        return [rospec for rospec in self.states if rospec != ROSPEC_ID and rospec not in self._displaced]

    def make_room(self) -> Request | None:
        """Deletes one stranger's ROSpec, rather one that does not run; None where there is none."""
        strangers = sorted(self.strangers(), key=lambda rospec: self.states[rospec] == ROSpecState.Active)
        return self._displace(delete_rospec(strangers[0]), strangers[0]) if strangers else None

    def stop_rival(self) -> Request | None:
        """Disables a stranger's ROSpec that runs while ours does not."""
        active = [rospec for rospec in self.strangers() if self.states[rospec] == ROSpecState.Active]
        return self._displace(disable_rospec(active[0]), active[0]) if active else None

    def _displace(self, request: Request, rospec: int) -> Request:
        self._displaced.add(rospec)
        return request
