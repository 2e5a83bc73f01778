"""Regulars: approved once, listed with who and when, withdrawn again."""

from gateway.store.database import Database
from gateway.store.regulars import Regular, approve, approved, withdraw

FIRST, SECOND = "3034257BF7194E4000001A85", "E28011700000020A7B3C4D5E"


def test_approve_when_new_then_listed_with_who_and_when(database: Database) -> None:
    with database.writing() as connection:
        assert approve(connection, "dock-1", [SECOND, FIRST.lower()], by="anna", now_us=7) == [FIRST, SECOND]
        assert approved(connection) == [Regular("dock-1", epc, 7, "anna") for epc in (FIRST, SECOND)]


def test_approve_when_it_was_already_then_the_first_approval_stands(database: Database) -> None:
    with database.writing() as connection:
        approve(connection, "dock-1", [FIRST], by="anna", now_us=7)
        assert approve(connection, "dock-1", [FIRST, SECOND], by="ben", now_us=8) == [SECOND]
        assert [(one.epc, one.approved_by) for one in approved(connection)] == [
            (FIRST, "anna"),
            (SECOND, "ben"),
        ]


def test_approved_when_asked_for_a_read_point_then_only_its_own(database: Database) -> None:
    with database.writing() as connection:
        approve(connection, "dock-1", [FIRST], by="anna", now_us=7)
        approve(connection, "dock-2", [FIRST], by="anna", now_us=8)
        assert [one.read_point for one in approved(connection, "dock-2")] == ["dock-2"]
        assert [one.read_point for one in approved(connection)] == ["dock-1", "dock-2"]


def test_withdraw_when_approved_then_gone_here_and_kept_elsewhere(database: Database) -> None:
    with database.writing() as connection:
        approve(connection, "dock-1", [FIRST], by="anna", now_us=7)
        approve(connection, "dock-2", [FIRST], by="anna", now_us=7)
        assert withdraw(connection, "dock-1", [FIRST.lower(), SECOND]) == [FIRST]
        assert withdraw(connection, "dock-1", [FIRST]) == []
        assert [one.read_point for one in approved(connection)] == ["dock-2"]


def test_approve_when_there_is_nothing_then_nothing(database: Database) -> None:
    with database.writing() as connection:
        assert approve(connection, "dock-1", [], by="anna", now_us=7) == []
        assert withdraw(connection, "dock-1", []) == []
        assert approved(connection) == []
