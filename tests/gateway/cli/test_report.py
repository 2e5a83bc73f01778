"""`report`: the figures as table, CSV and page, from what was booked."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gateway.store.database import Database
from gateway.store.ledger import Ledger
from rules.epc import identify_hex
from rules.policy import DEFAULT_POLICY
from tests.gateway.cli.conftest import Cli
from tests.gateway.store.samples import SECOND_US, SHELF, START_US, line, rma, seen, sgtin

HOUR_US = 3600 * SECOND_US
START = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=START_US)
PERIOD = ("--since", START.isoformat(), "--until", (START + timedelta(days=2)).isoformat())
MORE = """
[report]
currency = "EUR"
receipt_cost = "1.50"
restock_cost = "0.50"
[report.co2_kg]
apparel = "6.5"
"""


@pytest.fixture
def booked(config: Path) -> Path:
    """Two items of 60.00 EUR come in after an hour, one is in stock two hours later; one receipt is voided."""
    line_of = line(
        "R-1",
        quantity=3,
        epcs=frozenset({sgtin(1), sgtin(2), sgtin(3)}),
        category="apparel",
        reason="<SIZE>",
        value=Decimal("60.00"),
        currency="EUR",
    )
    database = Database(f"sqlite:///{config.parent}/returns.db")
    database.open()
    ledger = Ledger("dc1", "gw-1", "returns/v1", DEFAULT_POLICY)
    came_us = START_US + HOUR_US - SECOND_US // 2
    with database.writing() as connection:
        ledger.put_rmas(connection, [rma("R-1", line_of)], START_US)
        events = ledger.record(connection, [seen(1, came_us), seen(2, came_us), seen(3, came_us)], came_us)
        ledger.record(connection, [seen(1, came_us + 2 * HOUR_US, point=SHELF)], came_us)
        ledger.void(
            connection, next(event.id for event in events if event.epc == sgtin(3)), came_us + HOUR_US
        )
    database.close()
    config.write_text(config.read_text() + MORE)
    return config


def test_report_when_csv_then_the_figures_computed_by_hand(booked: Path, cli: Cli) -> None:
    ran = cli("report", *PERIOD, "--format", "csv", "--config", booked)
    assert (ran.code, ran.err) == (0, "")
    rows = list(csv.reader(io.StringIO(ran.out)))
    assert rows[0] == ["kpi", "value", "unit"]
    found = {name: (value, unit) for name, value, unit in rows[1:]}
    assert found["items_received"] == ("2", "items")
    assert found["time_to_receipt"] == ("1.0000", "hours")
    assert found["dock_to_stock"] == ("2.0000", "hours")
    assert found["value_returned"] == ("120.00", "EUR")
    assert found["recovery_rate"] == ("0.5000", "share")
    assert found["auto_match_rate"] == ("0.6667", "share")
    assert found["cost_per_return"] == ("1.7500", "EUR")  # (2 * 1.50 + 0.50) / 2
    assert found["co2_avoided"] == ("6.5", "kg")
    assert found["value_waiting"] == ("60.00", "EUR")
    assert found["sla_breach"] == ("", "share")


def test_report_when_html_then_one_page_with_plots_that_loads_nothing(booked: Path, cli: Cli) -> None:
    page = cli("report", *PERIOD, "--format", "html", "--config", booked).out
    assert page.startswith("<!doctype html>")
    assert page.count("<svg") == 2
    for label, words in (
        ("Time to receipt", "1.0 h"),
        ("Recovery rate", "50.0 %"),
        ("Value returned", "120.00 EUR"),
        ("Cost per return", "1.75 EUR"),
        ("CO₂ avoided", "6.5 kg"),
        ("SLA breaches", "-"),
    ):
        row = page.partition(f"<td>{label}<br>")[2].partition("</tr>")[0]
        assert f'<td class="n">{words}</td>' in row
    assert "&lt;SIZE&gt;" in page
    assert "<SIZE>" not in page
    assert "http" not in page
    assert "src=" not in page
    for svg in page.split("<svg")[1:]:
        ET.fromstring("<svg" + svg.partition("</svg>")[0] + "</svg>")


def test_report_when_a_tote_came_in_then_it_is_no_goods(booked: Path, cli: Cli) -> None:
    tote = identify_hex("3114257BF400000001000000")
    database = Database(f"sqlite:///{booked.parent}/returns.db")
    database.open()
    with database.writing() as connection:
        ledger = Ledger("dc1", "gw-1", "returns/v1", DEFAULT_POLICY)
        ledger.put_rmas(connection, [rma("R-2", line("R-2", epcs=frozenset({tote.hex})))], START_US)
        (receipt, _) = ledger.record(connection, [seen(tote, START_US + HOUR_US)], START_US + HOUR_US)
    database.close()
    assert receipt.rma == "R-2"
    rows = csv.reader(io.StringIO(cli("report", *PERIOD, "--format", "csv", "--config", booked).out))
    found = {row[0]: row[1] for row in rows}
    assert (found["items_received"], found["items_waiting"]) == ("2", "1")


def test_report_when_a_reason_is_long_then_it_is_cut_in_the_plot_only(booked: Path, cli: Cli) -> None:
    reason = "it did not fit, " * 5
    database = Database(f"sqlite:///{booked.parent}/returns.db")
    database.open()
    with database.writing() as connection:
        ledger = Ledger("dc1", "gw-1", "returns/v1", DEFAULT_POLICY)
        named = line("R-3", epcs=frozenset({sgtin(9)}), reason=reason)
        ledger.put_rmas(connection, [rma("R-3", named)], START_US)
        ledger.record(connection, [seen(9, START_US + HOUR_US)], START_US + HOUR_US)
    database.close()
    page = cli("report", *PERIOD, "--format", "html", "--config", booked).out
    assert f"<title>{reason}</title>it did not fit, it did not fit, i…</text>" in page


def test_report_when_the_period_is_long_then_only_busy_days_are_drawn(booked: Path, cli: Cli) -> None:
    page = cli(
        "report", "--since", "0001-01-01", "--until", "9999-12-31", "--format", "html", "--config", booked
    )
    assert (page.code, page.out.count('<rect class="b"')) == (0, 1)
    assert "Items per day" in page.out


def test_report_when_years_are_busy_then_several_days_are_one_bar(booked: Path, cli: Cli) -> None:
    late_us = START_US + 500 * 24 * HOUR_US
    database = Database(f"sqlite:///{booked.parent}/returns.db")
    database.open()
    with database.writing() as connection:
        ledger = Ledger("dc1", "gw-1", "returns/v1", DEFAULT_POLICY)
        ledger.put_rmas(connection, [rma("R-5", line("R-5", epcs=frozenset({sgtin(5)})))], START_US)
        ledger.record(connection, [seen(5, late_us)], late_us)
    database.close()
    period = ("--since", "2020-01-01", "--until", "2040-01-01")
    page = cli("report", *period, "--format", "html", "--config", booked).out
    assert page.count('<rect class="b"') == 251
    assert "<h2>Items per 2 days</h2>" in page
    for words in ("2026-11-18: 2<", f"{START + timedelta(days=500):%Y-%m-%d}: 1<"):
        assert words in page


def test_report_when_a_table_then_each_figure_has_a_row(booked: Path, cli: Cli) -> None:
    out = cli("report", *PERIOD, "--config", booked).out
    assert "dock_to_stock      2.0000  hours" in out


def test_report_when_nothing_is_stored_then_it_still_answers(config: Path, cli: Cli) -> None:
    for form in ("table", "csv", "html"):
        assert cli("report", "--format", form, "--config", config).code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--since", "yesterday"), "--since 'yesterday' is no day or time"),
        (("--since", "2026-01-01T10:00:00"), "needs a zone"),
        (("--since", "2026-02-01", "--until", "2026-01-01"), "--since must lie before --until"),
        (("--format", "pdf"), "--format"),
    ],
)
def test_report_when_asked_wrongly_then_usage(
    config: Path, cli: Cli, arguments: tuple[str, ...], words: str
) -> None:
    ran = cli("report", *arguments, "--config", config)
    assert (ran.code, words in ran.err) == (64, True)
