"""The outbox: order, states, replay and forgetting."""

from gateway.store import outbox
from gateway.store.database import Database
from gateway.store.outbox import Backlog, Draft

NOW_US = 1_000_000


def fill(database: Database, count: int, gateway: str = "gw-1", now_us: int = NOW_US) -> None:
    with database.writing() as connection:
        first = outbox.reserve(connection, gateway, count)
        drafts = [
            Draft(f"{gateway}-{n}", "receipt", "t/x", "application/json", now_us + n)
            for n in range(first, first + count)
        ]
        messages = [(draft, f"payload {draft.id}".encode()) for draft in drafts]
        outbox.append(connection, gateway, messages, first=first, now_us=now_us)


def pending(database: Database, gateway: str = "gw-1", after: int = 0, limit: int = 500) -> list[int]:
    with database.reading() as connection:
        return [message.sequence for message in outbox.pending(connection, gateway, after, limit)]


def test_reserve_when_repeated_then_contiguous_per_gateway(database: Database) -> None:
    with database.writing() as connection:
        assert [outbox.reserve(connection, "a", 3), outbox.reserve(connection, "a", 2)] == [1, 4]
        assert outbox.reserve(connection, "b", 1) == 1
        assert (outbox.last_sequence(connection, "a"), outbox.last_sequence(connection, "new")) == (5, 0)


def test_pending_when_paged_then_in_order_and_bytes_unchanged(database: Database) -> None:
    fill(database, 5)
    fill(database, 2, "gw-2")
    assert pending(database) == [1, 2, 3, 4, 5]
    assert pending(database, after=2, limit=2) == [3, 4]
    assert pending(database, "gw-2") == [1, 2]
    with database.reading() as connection:
        assert outbox.pending(connection, "gw-1")[0].payload == b"payload gw-1-1"


def test_mark_sent_when_out_of_order_then_only_those_leave(database: Database) -> None:
    fill(database, 1200)
    with database.writing() as connection:
        outbox.mark_sent(connection, "gw-1", [1, *range(3, 1200)], NOW_US)
    assert pending(database) == [2, 1200]


def test_unconfirmed_when_sent_long_ago_then_given_again(database: Database) -> None:
    fill(database, 3)
    with database.writing() as connection:
        outbox.mark_sent(connection, "gw-1", [1], NOW_US)
        outbox.mark_sent(connection, "gw-1", [2], NOW_US + 10)
        found = outbox.unconfirmed(connection, "gw-1", NOW_US + 5)
    assert [message.sequence for message in found] == [1]


def test_confirm_when_before_the_broker_answers_then_it_stands(database: Database) -> None:
    fill(database, 2)
    with database.writing() as connection:
        assert outbox.confirm_id(connection, "gw-1-1") == 1
        assert outbox.confirm_id(connection, "gw-1-1") == 0
        assert outbox.confirm_id(connection, "unheard-of") == 0
        outbox.mark_sent(connection, "gw-1", [1, 2], NOW_US)
        states = [message.state for message in outbox.list_events(connection)]
    assert states == [outbox.CONFIRMED, outbox.SENT]


def test_confirm_up_to_when_some_were_never_sent_then_those_stay_pending(database: Database) -> None:
    fill(database, 4)
    with database.writing() as connection:
        outbox.mark_sent(connection, "gw-1", [1, 2, 4], NOW_US)
        assert outbox.confirm_up_to(connection, "gw-1", 3) == 2
        states = [message.state for message in outbox.list_events(connection)]
    assert states == [outbox.CONFIRMED, outbox.CONFIRMED, outbox.PENDING, outbox.SENT]


def test_replay_when_by_sequence_time_or_id_then_pending_with_the_same_bytes(database: Database) -> None:
    fill(database, 6)
    with database.writing() as connection:
        before = outbox.list_events(connection)
        outbox.mark_sent(connection, "gw-1", range(1, 7), NOW_US)
        outbox.confirm_up_to(connection, "gw-1", 6)
        assert outbox.replay_from_sequence(connection, "gw-1", 5) == 2
        assert [message.sequence for message in outbox.pending(connection, "gw-1")] == [5, 6]
        assert outbox.replay_from_time(connection, "gw-1", NOW_US + 4) == 3
        assert outbox.replay_from_id(connection, "gw-1-2") == 5
        assert outbox.replay_from_id(connection, "unheard-of") == 0
        again = outbox.pending(connection, "gw-1")
    assert [(message.id, message.payload) for message in again] == [
        (message.id, message.payload) for message in before[1:]
    ]


def test_backlog_when_messages_leave_then_count_and_age_follow(database: Database) -> None:
    fill(database, 2)
    fill(database, 3, now_us=NOW_US + 50)
    with database.writing() as connection:
        assert outbox.backlog(connection, "gw-1") == Backlog(5, NOW_US)
        outbox.mark_sent(connection, "gw-1", [1, 2], NOW_US)
        assert outbox.backlog(connection, "gw-1") == Backlog(3, NOW_US + 50)
        outbox.mark_sent(connection, "gw-1", [3, 4, 5], NOW_US)
        assert outbox.backlog(connection, "gw-1") == Backlog(0, None)
        assert outbox.backlog(connection, "gw-9") == Backlog(0, None)


def test_prune_when_old_then_pending_messages_stay(database: Database) -> None:
    fill(database, 3)
    fill(database, 2, now_us=NOW_US + 50)
    with database.writing() as connection:
        outbox.mark_sent(connection, "gw-1", [1, 3, 4], NOW_US)
        assert outbox.prune(connection, NOW_US + 50) == 2
        left = [message.sequence for message in outbox.list_events(connection)]
        assert outbox.reserve(connection, "gw-1", 1) == 6
    assert left == [2, 4, 5]


def test_list_when_filtered_then_those_only(database: Database) -> None:
    fill(database, 5)
    fill(database, 2, "gw-2", NOW_US + 50)
    with database.reading() as connection:
        newest = outbox.list_events(connection, "gw-1", newest=True, limit=2)
        since = outbox.list_events(connection, since_us=NOW_US + 50)
        none = outbox.list_events(connection, kind="exception")
        one = outbox.find_event(connection, "gw-2-1")
    assert [message.sequence for message in newest] == [4, 5]
    assert {message.gateway for message in since} == {"gw-2"}
    assert none == []
    assert one is not None
    assert (one.gateway, one.sequence) == ("gw-2", 1)


def test_list_when_the_clock_was_set_back_then_a_gateways_messages_come_by_sequence(
    database: Database,
) -> None:
    fill(database, 2)
    fill(database, 2, now_us=NOW_US - 500)
    with database.reading() as connection:
        first = outbox.list_events(connection, "gw-1", limit=2)
        after = outbox.list_events(connection, "gw-1", after_sequence=2, limit=1)
        last = outbox.list_events(connection, "gw-1", newest=True, limit=1)
    assert [message.sequence for message in (*first, *after, *last)] == [1, 2, 3, 4]


def test_known_ids_when_asked_for_many_then_those_stored(database: Database) -> None:
    fill(database, 3)
    asked = [f"gw-1-{n}" for n in range(2, 2000)]
    with database.reading() as connection:
        assert outbox.known_ids(connection, asked) == {"gw-1-2", "gw-1-3"}
