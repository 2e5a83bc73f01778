"""What changes when one set of rules takes the place of another, by the ids of the rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rules.outcomes import Phase
from rules.policy import Policy, Rule


@dataclass(frozen=True, slots=True)
class Revision:
    """Rule ids, in the order of the rules that name them."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """With what changed of each: `scrap (then)`; a list's contents belong to the `when` that names it."""
    moved: tuple[str, ...] = ()
    """Asked earlier or later among the rules of their phase that were there before."""

    def __bool__(self) -> bool:
        return any((self.added, self.removed, self.changed, self.moved))

    def __str__(self) -> str:
        """For the log and the terminal, on one line."""
        kinds = (
            ("added", self.added),
            ("removed", self.removed),
            ("changed", self.changed),
            ("moved", self.moved),
        )
        return "; ".join(f"{kind}: {', '.join(ids)}" for kind, ids in kinds if ids) or "no rule changes"


def revision(before: Policy, after: Policy) -> Revision:
    """The difference between rules in force and those that follow them."""
    old = {rule.id: rule for rule in before.rules}
    new = {rule.id: rule for rule in after.rules}
    changes = ((id_, _changes(old[id_], rule)) for id_, rule in new.items() if id_ in old)
    return Revision(
        added=tuple(id_ for id_ in new if id_ not in old),
        removed=tuple(id_ for id_ in old if id_ not in new),
        changed=tuple(f"{id_} ({', '.join(parts)})" for id_, parts in changes if parts),
        moved=tuple(id_ for phase in Phase for id_ in _moved(_asked(before, phase), _asked(after, phase))),
    )


def _changes(old: Rule, new: Rule) -> list[str]:
    parts = {
        "phase": old.phase is not new.phase,
        "when": old.when != new.when,
        "then": old.then != new.then,
    }
    return [part for part, is_other in parts.items() if is_other]


def _asked(policy: Policy, phase: Phase) -> list[str]:
    return [rule.id for rule in policy.rules if rule.phase is phase]


def _moved(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Of the rules in both, those that do not keep their place among the others."""
    old, new = ([id_ for id_ in ids if id_ in before and id_ in after] for ids in (before, after))
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    kept = {id_ for block in blocks for id_ in new[block.b : block.b + block.size]}
    return [id_ for id_ in new if id_ not in kept]
