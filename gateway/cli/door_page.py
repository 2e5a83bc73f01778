"""What a recording tells about doors as one HTML page: figures, plots, confusion, thresholds tried."""

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from statistics import median

from gateway.cli.output import moment
from gateway.documents.page import bars, heading, key, lines, page, table
from gateway.recorded.attendance import Standing
from gateway.recorded.commissioning import ENOUGH_READS, DoorFigures, Survey, Trial
from rules.vocabulary import Direction

READ_BINS = ((1, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, None))
MAX_ROWS = 50
MAX_STANDING = 20
VERDICTS = tuple(direction for direction in Direction if direction is not Direction.PRESENT)
SETTINGS = {
    "min_confidence": "min_confidence of the read point: receipts below it are candidates",
    "min_reads": "min_reads of the read point: fewer reads are a ghost",
    "share_of_reads": "if the reader gave only this share of the reads: how much reserve there is",
}


def door_page(title: str, survey: Survey) -> str:
    """A self-contained document."""
    return page(title, tuple(_parts(survey)))


def figures_rows(survey: Survey) -> list[tuple[object, ...]]:
    """One row per door, in the order of `FIGURES`."""
    return [
        (
            door.id,
            door.tags,
            door.reads,
            *(door.verdicts[direction] for direction in VERDICTS),
            int(median(door.reads_per_tag)) if door.reads_per_tag else None,
            f"{door.few_share:.0%}",
        )
        for door in survey.doors
    ]


FIGURES = ("door", "tags", "reads", *(str(verdict) for verdict in VERDICTS), "reads/tag", "few")


def trial_rows(trials: Sequence[Trial]) -> list[tuple[object, ...]]:
    return [
        (f"{trial.value:g}", score.right, score.wrong, score.missed, score.precision, score.recall)
        for trial, score in ((trial, trial.score) for trial in trials)
    ]


def trial_columns(survey: Survey) -> tuple[str, ...]:
    """Without a truth, what is told as configured stands for it."""
    if survey.confusion:
        return ("value", "right", "wrong", "missed", "precision", "recall")
    return ("value", "as now", "more", "less", "of them as now", "of now")


def settings_tried(survey: Survey) -> dict[str, list[Trial]]:
    found: dict[str, list[Trial]] = {}
    for trial in survey.trials:
        found.setdefault(trial.setting, []).append(trial)
    return found


def confusion_rows(survey: Survey) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Columns and rows: truth by verdict, in items."""
    said = list(dict.fromkeys(word for _, word in sorted(survey.confusion, key=_place)))
    truths = ("came in", "did not")
    rows: list[tuple[object, ...]] = [
        (truth, *(survey.confusion[truth, word] for word in said)) for truth in truths
    ]
    return ("truth", *said), rows


def advice(survey: Survey) -> list[str]:
    """What to do, in words; nothing where all is well."""
    found = []
    for door in survey.doors:
        if not door.reads:
            found.append(f"{door.id}: nothing was read: check its reader, antennas and [[reader.antenna]]")
        elif door.few_share > 0.1:
            found.append(
                f"{door.id}: {door.few_share:.0%} of the passages had fewer than {ENOUGH_READS} reads per "
                "tag: go slower, take stock out of the field, or let the reader read faster"
            )
    proposed = Counter(one.read_point for one in survey.standing if one.is_proposed)
    found += [
        f"{door}: stood there all the time: {count}; approve as regulars those that belong there"
        for door, count in proposed.items()
    ]
    return found


def _parts(survey: Survey) -> Iterator[str]:
    yield f"<p>{moment(survey.first_us)} to {moment(survey.last_us)}, {survey.reads} reads.</p>"
    if said := advice(survey):
        yield heading("What to do")
        yield "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in said) + "</ul>"
    yield heading("Doors", f"Passages by verdict; reads per tag: median, and the share below {ENOUGH_READS}.")
    yield table(FIGURES, figures_rows(survey))
    for door in survey.doors:
        if door.reads_per_tag:
            yield heading(f"{door.id}: reads per tag of what moved", "Tags by reads in one passage.")
            yield bars(_read_bins(door), f"Reads per tag at {door.id}")
            yield heading(f"{door.id}: how sure", "Passages told as in or out, by confidence.")
            yield bars(_confidence_bins(door), f"Confidence at {door.id}")
    yield from _standing(survey)
    yield from _truth(survey)
    yield from _trials(survey)


def _standing(survey: Survey) -> Iterator[str]:
    by_door: dict[str, list[Standing]] = {}
    for one in survey.standing:
        by_door.setdefault(one.read_point, []).append(one)
    for door, standing in by_door.items():
        yield heading(f"{door}: tags that stood there", "Hours without moving; * is proposed as a regular.")
        hours = [
            (f"{one.epc}{' *' if one.is_proposed else ''}", one.hours) for one in standing[:MAX_STANDING]
        ]
        yield bars(hours, f"Tags that stood at {door}", " h")
        if len(standing) > MAX_STANDING:
            yield f"<p>And {len(standing) - MAX_STANDING} more.</p>"


def _truth(survey: Survey) -> Iterator[str]:
    if not survey.confusion:
        return
    yield heading("Confusion", "Items by what is true and what was said of them.")
    yield table(*confusion_rows(survey))
    yield heading("Told, but not true")
    yield table(
        ("epc", "door", "confidence", "reasons"),
        [
            (one.epc.hex, one.read_point.id, round(one.confidence, 3), "; ".join(one.reasons))
            for one in survey.wrong[:MAX_ROWS]
        ],
    )
    yield heading("True, but not told", "replay --explain EPC says why.")
    yield table(("epc", "door"), [(epc, point or "any") for epc, point in survey.missed[:MAX_ROWS]])


def _trials(survey: Survey) -> Iterator[str]:
    columns = trial_columns(survey)
    for setting, trials in settings_tried(survey).items():
        yield heading(setting, SETTINGS[setting])
        yield key(columns[4], columns[5])
        yield lines(
            [f"{trial.value:g}" for trial in trials],
            [trial.score.precision for trial in trials],
            [trial.score.recall for trial in trials],
            setting,
        )
        current = [number for number, trial in enumerate(trials) if trial.is_current]
        yield table(columns, trial_rows(trials), current)


def _read_bins(door: DoorFigures) -> list[tuple[str, float]]:
    return [
        (
            f"{low} and more" if high is None else f"{low} … {high}",
            sum(low <= reads and (high is None or reads <= high) for reads in door.reads_per_tag),
        )
        for low, high in READ_BINS
    ]


def _confidence_bins(door: DoorFigures) -> list[tuple[str, float]]:
    edges = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 1.01)
    return [
        (f"{low:g} … {min(high, 1.0):g}", sum(low <= value < high for value in door.confidences))
        for low, high in pairwise(edges)
    ]


def _place(pair: tuple[str, str]) -> int:
    order = ["in", "in, unsure", *VERDICTS[1:], "not seen"]
    return order.index(pair[1])
