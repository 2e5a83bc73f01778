"""Recorded reads: order, formats of time, and every fault told with its place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import InputError
from gateway.recorded import recording, recording_csv
from gateway.recorded.recording import RecordedRead, parse_time_us, read_recording
from gateway.recorded.recording_csv import MAX_TIME_US

HEADER = "time,reader,antenna,epc,rssi\n"
EPC = "3074257BF7194E4000001A85"
SPECIAL = ',"\r\n'


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def faults(path: Path) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        list(read_recording(path))
    return caught.value.faults


def test_read_recording_when_times_are_epoch_or_iso_then_both_are_microseconds(tmp_path: Path) -> None:
    path = write(
        tmp_path / "reads.csv",
        HEADER + f"1700000000.25,r1,1,{EPC},-50\n2023-11-14T22:13:21+00:00,r1,2,{EPC.lower()},-51.6\n",
    )
    assert list(read_recording(path)) == [
        RecordedRead(1_700_000_000_250_000, "r1", 1, bytes.fromhex(EPC), -50, 1),
        RecordedRead(1_700_000_001_000_000, "r1", 2, bytes.fromhex(EPC), -52, 1),
    ]


def test_read_recording_when_optional_columns_are_given_then_seen_count_counts(tmp_path: Path) -> None:
    path = write(
        tmp_path / "reads.csv",
        f"seen_count,epc,reader,antenna,rssi,time,phase,channel\n7,{EPC},r1,1,,5,1.2,3\n,{EPC},r1,1,-1,6,,\n",
    )
    assert [(read.seen_count, read.rssi_dbm) for read in read_recording(path)] == [(7, None), (1, -1)]


def test_read_recording_when_rows_are_out_of_order_then_they_come_by_time(tmp_path: Path) -> None:
    path = write(tmp_path / "reads.csv", HEADER + "".join(f"{t},r1,1,{EPC},-50\n" for t in (3, 1, 2)))
    assert [read.time_us for read in read_recording(path)] == [1_000_000, 2_000_000, 3_000_000]


def test_read_recording_when_a_row_is_far_from_its_place_then_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "WINDOW_ROWS", 4)
    path = write(
        tmp_path / "reads.csv", HEADER + "".join(f"{t},r1,1,{EPC},-50\n" for t in [*range(10, 20), 1])
    )
    assert "sort the file by time" in faults(path)[0]


def test_read_recording_when_file_is_longer_than_the_window_then_near_disorder_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "WINDOW_ROWS", 4)
    times = [2, 1, 4, 3, 6, 5, 8, 7, 10, 9]
    path = write(tmp_path / "reads.csv", HEADER + "".join(f"{t},r1,1,{EPC},-50\n" for t in times))
    assert [read.time_us // 1_000_000 for read in read_recording(path)] == sorted(times)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (f"yesterday,r1,1,{EPC},-50", "reads.csv:2: time: 'yesterday' is not ISO 8601"),
        (f"2023-11-14T22:13:21,r1,1,{EPC},-50", "time: '2023-11-14T22:13:21' is not ISO 8601 with a zone"),
        (f"nan,r1,1,{EPC},-50", "time: 'nan'"),
        (f"inf,r1,1,{EPC},-50", "time: 'inf'"),
        (f"-1,r1,1,{EPC},-50", "time: '-1'"),
        (f"1,,1,{EPC},-50", "reader: ''"),
        (f"1,r1,x,{EPC},-50", "antenna: 'x'"),
        (f"1,r1,70000,{EPC},-50", "antenna: '70000'"),
        ("1,r1,1,30XY,-50", "epc: '30XY'"),
        ("1,r1,1,,-50", "epc: ''"),
        (f"1,r1,1,{EPC},loud", "rssi: 'loud'"),
        (f"1,r1,1,{EPC},-500", "rssi: '-500'"),
        (f"1,r1,1,{EPC}", "has 4 fields, the header has 5"),
    ],
)
def test_read_recording_when_a_field_is_faulty_then_line_and_field_are_named(
    tmp_path: Path, row: str, words: str
) -> None:
    assert words in faults(write(tmp_path / "reads.csv", HEADER + row + "\n"))[0]


def test_read_recording_when_several_rows_are_faulty_then_all_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "reads.csv", HEADER + f"x,r1,1,{EPC},-50\n1,r1,1,{EPC},-50\n2,r1,y,{EPC},-50\n")
    assert [fault.split(": ")[0] for fault in faults(path)] == ["reads.csv:2", "reads.csv:4"]


def test_read_recording_when_header_is_wrong_then_every_column_is_named(tmp_path: Path) -> None:
    told = "\n".join(faults(write(tmp_path / "reads.csv", "time,time,reader,epc,rssi,colour\n")))
    assert "antenna: column is missing" in told
    assert "colour: unknown column" in told
    assert "time: column is given twice" in told


def test_read_recording_when_file_is_empty_then_it_is_refused(tmp_path: Path) -> None:
    assert "has no header: the first line names" in faults(write(tmp_path / "reads.csv", ""))[0]
    path = write(tmp_path / "reads.csv", "time;reader;antenna;epc;rssi\n")
    assert faults(path) == ("reads.csv:1: its columns are separated by semicolons: save it with commas",)


def test_read_recording_when_file_is_not_text_then_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reads.csv"
    path.write_bytes(HEADER.encode() + b"\xff\xfe\x00")
    assert "is not UTF-8 text" in faults(path)[0]


@given(
    st.lists(st.tuples(st.text(st.characters(codec="utf-8"), min_size=1, max_size=4), st.booleans())),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_read_recording_when_some_fields_are_quoted_then_all_are_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, readers: list[tuple[str, bool]], line_end: str
) -> None:
    path = tmp_path_factory.mktemp("reads") / "reads.csv"
    rows = [
        f"{number},{quoted(reader) if is_quoted or set(reader) & set(SPECIAL) else reader},1,{EPC},-50"
        for number, (reader, is_quoted) in enumerate(readers)
    ]
    path.write_bytes(line_end.join([HEADER.strip(), *rows]).encode())
    assert [read.reader for read in read_recording(path)] == [reader for reader, _ in readers]


def test_read_recording_when_a_quoted_field_goes_over_chunks_of_lines_then_it_stays_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_csv, "CHUNK_ROWS", 2)
    rows = [f"{number},r{number},1,{EPC},-50\n" for number in range(5)]
    rows.insert(3, f'2.5,"r\n\n\n,""x""",1,{EPC},-50\n')
    path = write(tmp_path / "reads.csv", HEADER + "\n" + "".join(rows) + "\n")
    found = [read.reader for read in read_recording(path)]
    assert found == ["r0", "r1", "r2", 'r\n\n\n,"x"', "r3", "r4"]


@given(st.binary(max_size=200))
def test_read_recording_when_bytes_are_arbitrary_then_only_input_errors_come(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("reads") / "reads.csv"
    path.write_bytes(HEADER.encode() + data)
    try:
        reads = list(read_recording(path))
    except InputError as error:
        assert error.faults
    else:
        assert reads == sorted(reads, key=lambda read: read.time_us)


@given(st.integers(min_value=0, max_value=MAX_TIME_US))
def test_parse_time_us_when_given_exact_microseconds_then_none_is_lost(time_us: int) -> None:
    assert abs(parse_time_us(f"{time_us // 1_000_000}.{time_us % 1_000_000:06d}") - time_us) <= 1
