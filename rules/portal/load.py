"""Things that move together: profiles of the same time and the same course belong to one load."""

from collections.abc import Sequence

from rules.portal.profile import Profile

NEAR_US = 1_500_000


def loads(profiles: Sequence[Profile]) -> list[list[Profile]]:
    """Groups of profiles, in order of their first reads."""
    found: list[list[Profile]] = []
    for profile in sorted(profiles, key=lambda p: (p.first_us, p.trace.epc)):
        for load in found:
            if _moves_with(profile, load):
                load.append(profile)
                break
        else:
            found.append([profile])
    return found


def _moves_with(profile: Profile, load: Sequence[Profile]) -> bool:
    if profile.first_us > max(other.last_us for other in load):
        return False
    for side in (0, 1):
        own = profile.centre_us[side]
        others = [other.centre_us[side] for other in load]
        known = [centre for centre in others if centre is not None]
        if own is not None and known and abs(own - sum(known) / len(known)) > NEAR_US:
            return False
    return True
