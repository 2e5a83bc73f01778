"""Captures survive a crash; plain streams are read past what is broken in them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.capture import MAGIC, CaptureWriter, Direction, Record, read_capture, split_stream
from readers.errors import CaptureError
from readers.llrp.describe import describe
from tests.readers.llrp import wire

KEEPALIVE = wire.message(62)
REPORT = wire.message(61, wire.full_tag(1) + wire.full_tag(2))
RECORDS = [
    Record(KEEPALIVE, 1_700_000_000_000_001, "dock-1", Direction.FROM_READER),
    Record(wire.message(72), 1_700_000_000_000_002, "dock-1", Direction.TO_READER),
    Record(REPORT, 1_700_000_000_000_003, "Tür 2", Direction.FROM_READER),
]


def write(path: Path, records: list[Record]) -> None:
    with CaptureWriter(path) as capture:
        for record in records:
            assert record.reader is not None
            assert record.direction is not None
            assert record.received_us is not None
            capture.write(
                record.message,
                reader=record.reader,
                direction=record.direction,
                received_us=record.received_us,
            )


def test_read_capture_of_written_records_gives_them_back(tmp_path: Path) -> None:
    write(tmp_path / "c", RECORDS)
    assert list(read_capture(tmp_path / "c")) == RECORDS


def test_write_to_existing_capture_appends(tmp_path: Path) -> None:
    write(tmp_path / "c", RECORDS[:1])
    write(tmp_path / "c", RECORDS[1:])
    assert list(read_capture(tmp_path / "c")) == RECORDS


def test_capture_cut_anywhere_loses_the_last_record_only_and_can_be_continued(tmp_path: Path) -> None:
    path = tmp_path / "c"
    write(path, RECORDS[:2])
    kept = path.stat().st_size
    write(path, RECORDS[2:])
    whole = path.read_bytes()
    for cut in range(kept, len(whole)):
        path.write_bytes(whole[:cut])
        assert list(read_capture(path)) == RECORDS[:2]
        write(path, RECORDS[2:])
        assert path.read_bytes() == whole


@pytest.mark.parametrize("size", range(len(MAGIC) + 1))
def test_capture_cut_in_its_first_bytes_is_empty_and_can_be_continued(tmp_path: Path, size: int) -> None:
    path = tmp_path / "c"
    path.write_bytes(MAGIC[:size])
    assert list(read_capture(path)) == []
    write(path, RECORDS)
    assert list(read_capture(path)) == RECORDS


@pytest.mark.parametrize(("position", "before"), [(len(MAGIC), 0), (-1, 2)])
def test_damaged_capture_yields_what_stands_before_and_is_not_continued(
    tmp_path: Path, position: int, before: int
) -> None:
    path = tmp_path / "c"
    write(path, RECORDS)
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)
    got = []
    with pytest.raises(CaptureError, match="damaged at byte"):
        got.extend(read_capture(path))
    assert got == RECORDS[:before]
    with pytest.raises(CaptureError, match="damaged"):
        CaptureWriter(path)
    assert path.read_bytes() == content


def test_capture_with_impossible_message_length_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_bytes(MAGIC + b"\xff" * 40)
    with pytest.raises(CaptureError, match="damaged at byte 8"):
        list(read_capture(path))


def test_writer_on_another_kind_of_file_leaves_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "stream.bin"
    path.write_bytes(KEEPALIVE)
    with pytest.raises(CaptureError, match=r"stream\.bin is no capture"):
        CaptureWriter(path)
    assert path.read_bytes() == KEEPALIVE


def test_read_capture_of_plain_stream_gives_its_messages(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(KEEPALIVE + REPORT)
    assert list(read_capture(tmp_path / "s")) == [Record(KEEPALIVE), Record(REPORT)]


def test_read_capture_of_empty_file_gives_nothing(tmp_path: Path) -> None:
    (tmp_path / "s").touch()
    assert list(read_capture(tmp_path / "s")) == []


@pytest.mark.parametrize(
    "faulty",
    [
        b"\x04\x3d\0\0\0\5\0\0\0\7",
        b"\x04\x3d\0\0\0\0\0\0\0\7",
        b"\x04\x3d\xff\xff\xff\xff\0\0\0\7" + wire.full_tag(),
        b"\x04\x3d\0\x20\0\0\0\0\0\7" + wire.full_tag(),
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        bytes(25),
    ],
)
def test_split_stream_with_faulty_header_goes_on_with_the_next_message(faulty: bytes) -> None:
    assert list(split_stream(REPORT + faulty + KEEPALIVE + REPORT)) == [REPORT, faulty, KEEPALIVE, REPORT]
    assert list(split_stream(faulty + REPORT)) == [faulty, REPORT]
    assert "error" in describe(faulty)


def test_split_stream_with_faulty_body_goes_on_by_its_length() -> None:
    faulty = wire.message(61, wire.full_tag()[:-2])
    messages = list(split_stream(faulty + KEEPALIVE))
    assert messages == [faulty, KEEPALIVE]
    assert "error" in describe(faulty)


def test_split_stream_cut_off_at_the_end_gives_the_rest_as_one_piece() -> None:
    for cut in range(1, len(REPORT)):
        assert list(split_stream(KEEPALIVE + REPORT[:cut])) == [KEEPALIVE, REPORT[:cut]]
        assert "error" in describe(REPORT[:cut])


@given(st.binary(max_size=200))
def test_split_stream_of_anything_loses_no_byte_and_describes_every_piece(data: bytes) -> None:
    pieces = list(split_stream(data))
    assert b"".join(pieces) == data
    for piece in pieces:
        assert describe(piece)


@wire.needs_reference
def test_read_capture_of_recorded_session_gives_934_messages_without_fault() -> None:
    told = [describe(record.message) for record in read_capture(wire.REFERENCE / "dx101_a.bin")]
    assert len(told) == 934
    assert not [line for line in told if "error" in line or str(line["name"]).startswith("UNKNOWN")]
    assert sum(len(line.get("tags", [])) for line in told) == 130  # type: ignore[arg-type]
