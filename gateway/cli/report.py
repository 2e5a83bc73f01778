"""`report`: the figures of a period as a table, CSV or one HTML page."""

import csv
import sys
from datetime import UTC, datetime, timedelta

import click

from gateway.cli.options import Invocation, common_options
from gateway.cli.output import print_table
from gateway.cli.store import EPOCH, now_us, opened, to_us
from gateway.documents.report_page import report_page
from gateway.errors import UsageError
from gateway.store.kpi import figures, items_of, resolved_in
from rules.kpi import ItemFacts, Kpi, Period, by_day, by_reason, measure

FORMATS = ("table", "csv", "html")
DEFAULT_DAYS = 30
MAX_REASONS = 20
MAX_BARS = 366


@click.command()
@click.option("--since", metavar="TIME", help="Begin of the period: a day or a time; else 30 days ago.")
@click.option("--until", metavar="TIME", help="End of the period, itself not in it; else now.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@common_options
@click.pass_obj
def report(invocation: Invocation, *, since: str | None, until: str | None, form: str) -> None:
    """Tell the figures of a period: how fast, how much recovered, at what cost.

    What rests on figures of your own (costs, CO2) needs them in [report] of the configuration.
    """
    settings = invocation.settings()
    end_us = now_us() if until is None else _parse("--until", until)
    start_us = end_us - DEFAULT_DAYS * 86_400_000_000 if since is None else _parse("--since", since)
    if start_us >= end_us:
        raise UsageError("--since must lie before --until")
    period, own = Period(start_us, end_us), figures(settings.report)
    with opened(settings) as database, database.reading() as connection:
        items = items_of(connection, period, own.currency)
        kpis = measure(items, *resolved_in(connection, period), period, own)
    if form == "csv":
        _print_csv(kpis)
    elif form == "html":
        sys.stdout.write(_page(settings.site, kpis, items, period))
    else:
        rows = [(kpi.name, _number(kpi), kpi.unit) for kpi in kpis]
        print_table(("KPI", "VALUE", "UNIT"), rows, empty="")


def _parse(option: str, text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text[:64]!r} is no day or time, such as 2026-11-20T22:00:00Z") from None
    if moment.tzinfo is None and "T" not in text and " " not in text:
        moment = moment.replace(tzinfo=UTC)
    if moment.tzinfo is None:
        raise UsageError(f"{option} {text[:64]!r} needs a zone, such as Z")
    return to_us(moment)


def _print_csv(kpis: tuple[Kpi, ...]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("kpi", "value", "unit"))
    writer.writerows((kpi.name, _number(kpi) or "", kpi.unit) for kpi in kpis)


def _number(kpi: Kpi) -> str | None:
    """Decimal digits, never an exponent."""
    return None if kpi.value is None else f"{kpi.value:f}"


def _page(site: str, kpis: tuple[Kpi, ...], items: list[ItemFacts], period: Period) -> str:
    begin, end = (f"{_moment(us):%Y-%m-%d %H:%M}" for us in (period.since_us, period.until_us))
    span, counts = _spans(by_day(items, period))
    days = [
        (f"{EPOCH + timedelta(days=day):%Y-%m-%d}", received, restocked)
        for day, received, restocked in counts
    ]
    reasons = [(reason or "not given", count) for reason, count in by_reason(items, period)[:MAX_REASONS]]
    return report_page(f"Returns at {site}, {begin} to {end} UTC", kpis, (span, days), reasons)


def _spans(days: list[tuple[int, int, int]]) -> tuple[int, list[tuple[int, int, int]]]:
    """Counts as they fit into a plot: of a long period only where something happened, several days in one."""
    if len(days) > MAX_BARS:
        busy = [index for index, (_, *counts) in enumerate(days) if any(counts)] or [0]
        days = days[busy[0] : busy[-1] + 1]
    span = -(-len(days) // MAX_BARS)
    some = [days[start : start + span] for start in range(0, len(days), span)]
    return span, [(part[0][0], sum(day[1] for day in part), sum(day[2] for day in part)) for part in some]


def _moment(time_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=time_us)
