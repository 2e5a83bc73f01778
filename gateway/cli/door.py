"""`door`: commission a dock door from a recording, and say which tags belong to it."""

import sys
from pathlib import Path

import click

from gateway.cli import door_page
from gateway.cli.errors import tell
from gateway.cli.options import Invocation, common_options, json_option
from gateway.cli.output import moment, print_json, print_table
from gateway.cli.regulars import regulars
from gateway.documents.regulars_csv import write_regulars
from gateway.recorded.attendance import HOUR_US
from gateway.recorded.commissioning import DoorFigures, Survey, Trial, survey
from gateway.recorded.recording import read_recording
from gateway.recorded.replay import dropped_in_words
from gateway.recorded.score import read_truth

FILE = click.Path(path_type=Path, readable=False)


@click.group()
def door() -> None:
    """Dock doors: what a recording says about them, and the tags that belong to them."""


door.add_command(regulars)


@door.command()
@click.argument("reads", type=FILE)
@click.option("--truth", type=FILE, help="What should have come out (CSV epc,kind[,read_point]).")
@click.option("--html", type=FILE, help="Write a page with plots to this file.")
@click.option("--regulars", "proposals", type=FILE, help="Write the tags proposed as regulars to this file.")
@click.option(
    "--parked-hours",
    type=click.FloatRange(min=0.0),
    default=8.0,
    show_default=True,
    help="Tags that stood in the field for so long are proposed as regulars.",
)
@json_option
@common_options
@click.pass_obj
def report(
    invocation: Invocation,
    *,
    reads: Path,
    truth: Path | None,
    html: Path | None,
    proposals: Path | None,
    parked_hours: float,
    as_json: bool,
) -> None:
    """Say from recorded READS how sure each door is, what stands there and what thresholds would change.

    READS is what `capture record` wrote, or CSV as for `replay`. It is played once as configured and once for
    each threshold tried.
    """
    settings = invocation.settings()
    rows = None if truth is None else read_truth(truth)
    found = survey(settings, lambda: read_recording(reads), rows, parked_us=int(parked_hours * HOUR_US))
    for line in dropped_in_words(found.dropped):
        tell(line)
    if html is not None:
        title = f"Doors at {settings.site}: {reads.name}"
        html.write_text(door_page.door_page(title, found), encoding="utf-8")
    if proposals is not None:
        pairs = [(one.read_point, one.epc) for one in found.standing if one.is_proposed]
        write_regulars(proposals, pairs)
    if as_json:
        print_json(_document(found))
    else:
        _print_survey(found)


def _print_survey(found: Survey) -> None:
    columns = tuple(name.upper() for name in door_page.FIGURES)
    print_table(columns, door_page.figures_rows(found), empty="no door is configured")
    print()
    some = found.standing[: door_page.MAX_STANDING]
    standing = [
        (one.read_point, one.epc, one.hours, one.reads, "proposed" if one.is_proposed else None)
        for one in some
    ]
    empty = "no tag stood in a field"
    print_table(("DOOR", "STOOD THERE", "HOURS", "READS", "AS A REGULAR"), standing, empty)
    if len(found.standing) > len(some):
        print(f"and {len(found.standing) - len(some)} more")
    if found.confusion:
        print()
        print_table(*door_page.confusion_rows(found), empty="")
    columns = ("SETTING", *(name.upper() for name in door_page.trial_columns(found)), "")
    trials = [
        (setting, *row[:4], *map(_share, row[4:]), "now" if trial.is_current else None)
        for setting, some_trials in door_page.settings_tried(found).items()
        for trial, row in zip(some_trials, door_page.trial_rows(some_trials), strict=True)
    ]
    print()
    print_table(columns, trials, empty="")
    for line in door_page.advice(found):
        print(line)
    sys.stdout.flush()


def _document(found: Survey) -> dict[str, object]:
    """For programs: everything there is, with times as text."""
    return {
        "first": moment(found.first_us),
        "last": moment(found.last_us),
        "reads": found.reads,
        "doors": [_door(one) for one in found.doors],
        "standing": [
            {
                "read_point": one.read_point,
                "epc": one.epc,
                "hours": one.hours,
                "reads": one.reads,
                "is_proposed": one.is_proposed,
            }
            for one in found.standing
        ],
        "confusion": [
            {"truth": truth, "verdict": verdict, "items": count}
            for (truth, verdict), count in sorted(found.confusion.items())
        ],
        "wrong": [
            {"epc": one.epc.hex, "read_point": one.read_point.id, "reasons": one.reasons}
            for one in found.wrong
        ],
        "missed": [{"epc": epc, "read_point": point or None} for epc, point in found.missed],
        "trials": [_trial(one) for one in found.trials],
        "dropped": found.dropped,
        "advice": door_page.advice(found),
    }


def _door(one: DoorFigures) -> dict[str, object]:
    return {
        "id": one.id,
        "tags": one.tags,
        "reads": one.reads,
        "verdicts": dict(one.verdicts),
        "reads_per_tag": one.reads_per_tag,
        "confidences": one.confidences,
        "few_share": one.few_share,
    }


def _trial(one: Trial) -> dict[str, object]:
    return {
        "setting": one.setting,
        "value": one.value,
        "is_current": one.is_current,
        "right": one.score.right,
        "wrong": one.score.wrong,
        "missed": one.score.missed,
        "precision": one.score.precision,
        "recall": one.score.recall,
    }


def _share(value: object) -> str | None:
    return f"{value:.3f}" if isinstance(value, float) else None
