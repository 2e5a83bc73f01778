"""The daemon, to die at one exact point: `python crashing.py POINT --config FILE` is `returns-gateway run` with a trap.

The trap is SIGKILL to itself, before or after the step the point names.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from gateway.cli import main as cli
from gateway.daemon import Daemon
from gateway.mqtt.commands import Commands
from gateway.mqtt.delivery import Delivery
from gateway.mqtt.marking import Marker
from gateway.mqtt.takeover import Takeover
from gateway.store import outbox
from gateway.store.ledger import Ledger

POINTS: dict[str, tuple[Any, str, bool]] = {
    "before the decision is booked": (Ledger, "record", False),
    "before the decision commits": (Ledger, "record", True),
    "after the decision committed": (Daemon, "_record", True),
    "before the publish": (Delivery, "_publish", False),
    "after the publish": (Delivery, "_publish", True),
    "after the broker took it": (Marker, "add", False),
    "before the mark is set": (outbox, "mark_sent", False),
    "before the mark commits": (outbox, "mark_sent", True),
    "after the mark committed": (Marker, "_mark", True),
    "before the acknowledgement is read": (Commands, "_confirm", False),
    "before the acknowledgement commits": (outbox, "confirm_id", True),
    "after the acknowledgement committed": (Delivery, "confirmed", False),
}
"""Where the step is, what it is called, and whether it is done before the daemon dies."""


TAKEOVER_POINTS: dict[str, tuple[Any, str, bool]] = {
    "before another's events are published": (Takeover, "_publish", False),
    "after another's event was published": (Delivery, "_publish", True),
    "before another's event is marked": (outbox, "mark_sent", True),
    "after another's events were published": (Takeover, "_publish", True),
}
"""The same for a gateway that publishes for a dead one and has no events of its own."""


def set_trap(point: str) -> None:
    owner, name, is_done_first = (POINTS | TAKEOVER_POINTS)[point]
    setattr(owner, name, _trapped(getattr(owner, name), is_done_first=is_done_first))


def _trapped(step: Callable[..., Any], *, is_done_first: bool) -> Callable[..., Any]:
    def die(*arguments: Any, **named: Any) -> None:
        if is_done_first:
            step(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    async def die_asynchronously(*arguments: Any, **named: Any) -> None:
        if is_done_first:
            await step(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return die_asynchronously if asyncio.iscoroutinefunction(step) else die


if __name__ == "__main__":
    set_trap(sys.argv[1])
    sys.argv[1:2] = ["run"]
    cli.main()
