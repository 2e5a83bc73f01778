"""`replay`: recorded reads through the daemon's own code, on the data's own time; nothing is published."""

import gc
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from gateway.cli.errors import tell
from gateway.cli.options import Invocation, common_options
from gateway.cli.output import print_json, print_table, progress
from gateway.cli.story import story_document, story_lines
from gateway.config.rulebook import load_policy
from gateway.documents.regulars_csv import read_regulars
from gateway.documents.typed import read_epc
from gateway.recorded.recording import read_recording
from gateway.recorded.replay import IN_MEMORY, Replay, Replayed, dropped_in_words
from gateway.recorded.score import Score, read_truth, score

FILE = click.Path(path_type=Path, readable=False)
COLLECT_AFTER = 500_000
"""Objects between two looks for cycles: a recording's reads stay, and hold none."""


@click.command()
@click.argument("reads", type=FILE)
@click.option("--rma", "rma_file", type=FILE, help="RMAs to match against: CSV or JSON lines.")
@click.option("--truth", type=FILE, help="What should have come out (CSV epc,kind[,read_point]).")
@click.option("--regulars", type=FILE, help="Tags that belong to a door (CSV read_point,epc): never booked.")
@click.option("--json", "as_json", is_flag=True, help="The score, and the story of --explain, as JSON.")
@click.option("--database", "database_url", default=IN_MEMORY, help="A database to use; else one in memory.")
@click.option("--explain", metavar="EPC", help="Tell on stderr what was seen of this EPC, and why so.")
@common_options
@click.pass_obj
def replay(  # noqa: PLR0913 - a command has the options it has
    invocation: Invocation,
    *,
    reads: Path,
    rma_file: Path | None,
    regulars: Path | None,
    truth: Path | None,
    as_json: bool,
    database_url: str,
    explain: str | None,
) -> None:
    """Run recorded READS through the gateway's own code; nothing is published.

    READS is what `capture record` wrote, or CSV with time,reader,antenna,epc,rssi and optionally
    channel,phase,seen_count. Every event goes to standard output as one CloudEvents JSON line; the score
    against --truth goes to standard error.
    """
    settings = invocation.settings()
    rows = None if truth is None else read_truth(truth)
    rules = settings.rules.file
    run = Replay(
        settings,
        load_policy(Path(rules) if rules else None),
        sys.stdout.buffer.write,
        database_url=database_url,
    )
    with seldom_collected(), progress(f"replaying {reads.name}") as advance:
        result = run.run(
            read_recording(reads),
            rma_file=rma_file,
            regulars=() if regulars is None else read_regulars(regulars),
            progress=advance,
            explain=None if explain is None else read_epc(explain),
        )
    sys.stdout.buffer.flush()
    _tell_reads(reads.name, result)
    _tell_story(result, as_json=as_json)
    if rows is not None:
        _tell_score(score(result.events, rows), as_json=as_json)


def _tell_reads(name: str, result: Replayed) -> None:
    if not result.reads:
        tell(f"{name} holds no reads")
    for line in dropped_in_words(result.dropped):
        tell(line)


def _tell_story(result: Replayed, *, as_json: bool) -> None:
    """Every read of it counts here, also those that went no further."""
    if result.story is None:
        return
    read_by = [
        {"reader": reader, "antenna": antenna, "reads": count}
        for (reader, antenna), count in sorted(result.read_by.items(), key=str)
    ]
    if as_json:
        print_json(story_document(result.story) | {"read_by": read_by}, err=True)
        return
    said = [f"{one['reads']} by {one['reader']} antenna {one['antenna']}" for one in read_by]
    for line in story_lines(result.story):
        tell(line)
    tell(f"{result.story.epc}: reads: {', '.join(said) or 'none'}")


@contextmanager
def seldom_collected() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _tell_score(scores: Mapping[str, Score], *, as_json: bool) -> None:
    if as_json:
        print_json({kind: _document(one) for kind, one in scores.items()}, err=True)
        return
    columns = ("KIND", "EXPECTED", "RIGHT", "WRONG", "DUPLICATES", "PRECISION", "RECALL")
    rows = [
        (kind, one.expected, one.right, one.wrong, one.duplicates, _share(one.precision), _share(one.recall))
        for kind, one in scores.items()
    ]
    print_table(columns, rows, empty="", err=True)


def _document(one: Score) -> dict[str, object]:
    return {
        "expected": one.expected,
        "right": one.right,
        "wrong": one.wrong,
        "duplicates": one.duplicates,
        "precision": one.precision,
        "recall": one.recall,
    }


def _share(share: float | None) -> str | None:
    return None if share is None else f"{share:.3f}"
