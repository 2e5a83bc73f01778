"""What shows only when tables are seen together: duplicates, dangling names, doors without sides."""

import pytest

from readers.settings import Level
from tests.gateway.config.documents_toml import DOOR, SITE, faults, parse


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'side = "outside"',
            "",
            'reader[0].antenna[0].side: is required: portal "dock-1" needs "outside" or "inside" (or direction = "none")',
        ),
        (
            'side = "outside"',
            'side = "inside"',
            'read_point[0]: portal "dock-1" has no antenna with side = "outside", so it cannot tell a direction; direction = "none" counts every moving passage as in',
        ),
        (
            'kind = "portal"',
            'kind = "presence"',
            "reader[0].antenna[0].side: only portals have sides, this read point is a presence",
        ),
        ("port = 2", "port = 1", "reader[0].antenna[1].port: 1 stands already at reader[0].antenna[0].port"),
        (
            'host = "10.0.0.11"',
            'host = "10.0.0.11"\nkey_file = "k"',
            "reader[0].key_file: has no effect without tls = true",
        ),
        (
            'host = "10.0.0.11"',
            'host = "10.0.0.11"\ntls = true\nkey_file = "k"',
            "reader[0].cert_file: is required together with key_file",
        ),
        (
            'biz_step = "receiving"',
            'biz_step = "receiving"\nsgln = "urn:epc:id:sgln:0614141.0001.1"',
            'read_point[0].sgln: "urn:epc:id:sgln:0614141.0001.1" is no SGLN such as urn:epc:id:sgln:0614141.00001.1 (company prefix and location have 12 digits together)',
        ),
        (
            "[[read_point]]",
            "[read_point]",
            "read_point: there may be several: write [[read_point]], with double brackets",
        ),
    ],
)
def test_parse_when_a_door_contradicts_itself_then_the_antenna_or_door_is_named(
    old: str, new: str, expected: str
) -> None:
    assert expected in faults(SITE + DOOR.replace(old, new))


def barrier_at(door: str) -> str:
    return door.replace('host = "10.0.0.11"', 'host = "10.0.0.11"\ngpi_barrier = 1')


def test_parse_when_a_light_barrier_is_at_a_door_then_its_input_and_level_are_known() -> None:
    found = parse(
        SITE + barrier_at(DOOR).replace("gpi_barrier = 1", 'gpi_barrier = 2\ngpi_barrier_broken = "low"')
    )
    assert (found.readers[0].gpi_barrier, found.readers[0].gpi_barrier_broken) == (2, Level.LOW)
    assert parse(SITE + DOOR).readers[0].gpi_barrier is None


def test_parse_when_a_light_barrier_is_at_no_door_or_at_two_then_that_is_told() -> None:
    words = "reader[0].gpi_barrier: belongs to one portal, and this reader's antennas serve"
    bench = barrier_at(DOOR).replace('kind = "portal"', 'kind = "presence"')
    assert f"{words} none" in faults(SITE + bench)
    second = DOOR.partition("[[read_point]]")[2].replace("dock-1", "dock-2")
    antennas = "".join(
        f'[[reader.antenna]]\nport = {port}\nread_point = "dock-2"\nside = "{side}"\n'
        for port, side in ((3, "outside"), (4, "inside"))
    )
    first, header, point = barrier_at(DOOR).partition("[[read_point]]")
    assert faults(SITE + first + antennas + header + point + header + second) == [f"{words} 2"]


def test_parse_when_readers_share_id_or_address_then_both_places_are_named() -> None:
    found = faults(SITE + DOOR + DOOR.partition("[[read_point]]")[0])
    assert found == [
        "reader[1].id: dock-1-reader stands already at reader[0].id",
        "reader[1].host: 10.0.0.11:5084 stands already at reader[0].host",
    ]


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ('[mqtt]\npassword_file = "p"\n', "mqtt.username: is required together with password_file"),
        ('[mqtt]\nca_file = "ca"\n', "mqtt.ca_file: has no effect without tls = true"),
        ('[database]\npassword_file = "p"\n', "database.password_file: SQLite has no password"),
        (
            '[database]\nurl = "postgresql+psycopg://h/d"\npassword_file = "p"\n',
            "database.url: needs a user name for the password: postgresql+psycopg://USER@HOST/DATABASE",
        ),
    ],
)
def test_parse_when_keys_need_each_other_then_the_missing_one_is_named(section: str, expected: str) -> None:
    assert faults(SITE + section + DOOR) == [expected]


def test_parse_when_ids_of_read_points_are_missing_then_references_to_others_are_still_judged() -> None:
    found = faults(SITE + DOOR.replace('id = "dock-1"\nkind', "kind"))
    assert found == [
        "read_point[0].id: is required",
        'reader[0].antenna[0].read_point: there is no [[read_point]] with id = "dock-1"; add a [[read_point]] with this id',
        'reader[0].antenna[1].read_point: there is no [[read_point]] with id = "dock-1"; add a [[read_point]] with this id',
    ]
