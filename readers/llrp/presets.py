"""Gen2 settings for kinds of places, as data.

None of them ever silences a tag that stays: direction and presence need every read, so there is no TagFocus,
no unique-tag report and no single target in S2 or S3.
"""

from dataclasses import dataclass
from typing import Final

from readers.settings import Preset

FM0, MILLER_2, MILLER_4, MILLER_8 = range(4)


@dataclass(frozen=True, slots=True)
class Gen2Settings:
    """C1G2SingulationControl and C1G2RFControl; the mode itself comes from the reader's capabilities."""

    session: int
    population: int
    """How many tags are expected in the field: the reader's first guess of its slot count."""
    miller: int


PRESETS: Final[dict[Preset, Gen2Settings]] = {
    # A pallet passes in two seconds between doors that hear each other: S0 reads every tag again and again,
    # which direction lives on, and Miller 4 holds against the neighbours.
    Preset.PORTAL: Gen2Settings(session=0, population=64, miller=MILLER_4),
    # Single items pass fast and close: few tags, so the quicker Miller 2 gives more reads of each.
    Preset.CONVEYOR: Gen2Settings(session=0, population=8, miller=MILLER_2),
    # One item lies close to one antenna: nothing to resolve, the plain fast mode answers at once.
    Preset.BENCH: Gen2Settings(session=0, population=4, miller=FM0),
    # Hundreds of tags stand still, some heard badly: S1 lets the loud ones rest so that the faint ones come
    # up, and Miller 8 hears the faintest.
    Preset.SHELF: Gen2Settings(session=1, population=256, miller=MILLER_8),
}
