"""What people decide about items that came in: the grade of an inspection, the voiding of a receipt."""

from collections.abc import Sequence

from rules.booking import applied
from rules.epc import identify_hex
from rules.events import Event
from rules.facts import inspection_facts
from rules.lifecycle import ItemStep, can
from rules.outcomes import Phase
from rules.policy import Policy
from rules.rma import Finding, LineState, ReceivedItem
from rules.telling import disposition, resolution, restock, reversal, status
from rules.vocabulary import Disposition, Restock


def inspect(
    state: LineState,
    item: ReceivedItem,
    found: Finding,
    policy: Policy,
    *,
    time_us: int,
) -> tuple[Event, ...]:
    """Somebody looked at an item of this line; the rules of the phase `inspection` say what follows.

    Nothing follows when all that was known of it already, or its return is over.
    """
    known = item.looked_at(found)
    if known == item.found or not can(item.state, ItemStep.INSPECT):
        return ()
    epc = identify_hex(item.epc)
    outcome = policy.decide(Phase.INSPECTION, inspection_facts(state, epc, known))
    event = disposition(state, item, epc, time_us, outcome=outcome, found=known)
    decision = outcome.decision
    if decision.disposition is not Disposition.RESTOCK or decision.restock is Restock.AT_STOCKING:
        return (event,)
    after = applied(state, event)
    end = restock(after, after.items[item.identity], epc, time_us)
    change = resolution(applied(after, end), end)
    return (event, end) if change is None else (event, end, change)


def void(lines: Sequence[LineState], event_id: str, *, time_us: int) -> tuple[Event, ...]:
    """Take a receipt back by its event id. Nothing follows when it is unknown, or the return is over."""
    for state in lines:
        for item in state.items.values():
            if item.receipt_id == event_id and can(item.state, ItemStep.REVERSE):
                epc = identify_hex(item.epc)
                event = reversal(state, item, epc, time_us, detail="voided")
                change = status(state, event)
                return (event,) if change is None else (event, change)
    return ()
