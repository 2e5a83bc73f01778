"""An item's story on the screen: for `item explain` and `replay --explain`."""

from dataclasses import asdict

from gateway.cli.output import moment
from gateway.store.evidence import Grounds
from gateway.store.stories import Chapter, Story, Told


def story_document(story: Story) -> dict[str, object]:
    """For programs: times as text."""
    document = asdict(story)
    for chapter in document["chapters"]:
        chapter["time"] = moment(chapter.pop("time_us"))
        for told in chapter["told"]:
            told["sent"] = moment(told.pop("sent_us"))
    return document


def story_lines(story: Story) -> list[str]:
    """For people: one line per visit, action and event, what expects the item, and why it is not received."""
    lines = [f"{story.epc}: {story.uri}" + (f" ({story.error})" if story.error else "")]
    for chapter in story.chapters:
        lines.append(f"{story.epc}: {_chapter(chapter)}".rstrip())
        lines += [f"{story.epc}:   {line}" for line in _grounds(chapter.grounds)]
        lines += [f"{story.epc}:   told {_told(told)}" for told in chapter.told]
    lines += [
        f"{story.epc}: {one.rma} line {one.line}: {one.status}, "
        f"{one.received} of {one.expected} in, {one.state}"
        for one in story.expectations
    ]
    if story.why_not is not None:
        lines.append(f"{story.epc}: not received: {story.why_not}")
    return lines


def _chapter(chapter: Chapter) -> str:
    if chapter.read_point is None:
        return f"{moment(chapter.time_us)} {chapter.what}"
    reasons = "; ".join(chapter.reasons)
    return (
        f"{moment(chapter.time_us)} at {chapter.read_point}: {chapter.what} "
        f"(confidence {chapter.confidence:.2f}, {chapter.reads} reads in {chapter.seconds:.1f} s) {reasons}"
    )


def _grounds(grounds: Grounds) -> list[str]:
    """What the verdict was made from."""
    said = []
    if grounds.antennas:
        peak = "" if grounds.peak_rssi_dbm is None else f", strongest {grounds.peak_rssi_dbm} dBm"
        late = ", late" if grounds.late else ""
        said.append(f"read by antenna {', '.join(map(str, grounds.antennas))}{peak}{late}")
    if grounds.features:
        named = ", ".join(f"{name} {value:g}" for name, value in grounds.features.items())
        said.append(f"load of {grounds.load_size}: {named}")
    return said


def _told(told: Told) -> str:
    """Match, rule, what is published and whether it was acknowledged."""
    words = [told.kind]
    if told.code:
        words.append(told.code)
    if told.rma:
        words.append(told.rma if told.line is None else f"{told.rma}/{told.line}")
    if told.match:
        words.append(f"by {told.match}")
    if told.rule:
        words.append(f"rule {told.rule}")
    if told.detail:
        words.append(f"({told.detail})")
    if told.sequence is not None:
        at = f" {moment(told.sent_us)}" if told.sent_us else ""
        words.append(f"[{told.sequence} {told.state}{at}]")
    return " ".join(words)
