"""One tag's passage through a door while it is open: what is known of it as of now."""

from rules.portal.door import Verdict
from rules.portal.evidence import Trace
from rules.portal.kinship import Mover
from rules.portal.profile import Motion, Profile, motion_of

SECOND_US = 1_000_000
MORE_READS = 1.1
"""What a load was judged to be stands until it was read so many times as often, and one read more."""


class Passage:
    """One trace that is not parked."""

    __slots__ = (
        "_motion",
        "_mover",
        "_profile",
        "_seen_reads",
        "alone_reads",
        "checked_us",
        "is_resting",
        "judged_reads",
        "judged_us",
        "load",
        "rests_since_us",
        "told",
        "told_reads",
        "trace",
    )

    def __init__(self, trace: Trace, now_us: int) -> None:
        self.trace = trace
        self.checked_us = now_us
        self.is_resting = False
        self.rests_since_us = now_us
        self.told: Verdict | None = None
        """Told already; kept until it is quiet, in case it comes back."""
        self.told_reads = 0
        self.load: tuple[bytes, ...] = ()
        """With whom it was told."""
        self.alone_reads = 0
        """With so many reads it was with none of the loads."""
        self.judged_reads = 0
        """With so many reads its load was judged; 0 before that."""
        self.judged_us = now_us
        self._motion = Motion([], has_moved=False)
        self._profile: Profile | None = None
        self._mover: Mover | None = None
        self._seen_reads = 0

    def motion(self) -> Motion:
        """Its reads as of now, and whether they show motion."""
        if self._seen_reads != self.trace.reads:
            self._motion, self._profile, self._mover = motion_of(self.trace), None, None
            self._seen_reads = self.trace.reads
        return self._motion

    def profile(self) -> Profile:
        """When it was near which antenna, as of now."""
        motion = self.motion()
        if self._profile is None:
            self._profile = Profile(self.trace, motion)
        return self._profile

    def mover(self) -> Mover:
        """Its course as of now."""
        profile = self.profile()
        if self._mover is None:
            self._mover = Mover(profile)
        return self._mover

    def is_alone(self) -> bool:
        """It was found to be with none of the loads, and not read since."""
        return self.alone_reads == self.trace.reads

    def is_judged(self) -> bool:
        """Its load was, and it was hardly read since."""
        return self.judged_reads > 0 and self.trace.reads <= MORE_READS * self.judged_reads + 1

    def is_quiet(self, now_us: int, for_us: int) -> bool:
        """Not read for so long, or at rest in the field."""
        return self.is_resting or now_us - self.trace.last_us >= for_us
