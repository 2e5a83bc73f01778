"""Arbitrary TagReportData for property-based tests; one report keeps one clock."""

from hypothesis import strategies as st

from tests.readers.llrp import wire

_word = st.integers(0, 0xFFFF)
_time = st.integers(0, 2**64 - 1)


@st.composite
def _epc_data(draw: st.DrawFn) -> bytes:
    epc = draw(st.binary(max_size=66))
    return wire.epc_data(epc, max(0, len(epc) * 8 - draw(st.integers(0, 7))) if epc else 0)


_epc = st.one_of(st.binary(min_size=12, max_size=12).map(wire.epc96), _epc_data())
_extra = st.one_of(
    st.builds(wire.rospec_id, st.integers(0, 2**32 - 1)),
    st.builds(wire.channel, _word),
    st.builds(wire.impinj, st.sampled_from([56, 57, 68]), st.integers(-(2**15), 2**15 - 1)),
    st.binary(max_size=20).map(lambda value: wire.tlv(1023, value)),
    st.binary(max_size=20).map(lambda value: wire.tlv(349, value)),
    st.binary(max_size=20).map(lambda value: wire.tlv(800, value)),
    st.builds(wire.tv, st.just(11), st.just("H"), _word),
    st.builds(wire.tv, st.just(16), st.just("I"), st.integers(0, 2**32 - 1)),
)


@st.composite
def _tags(draw: st.DrawFn, utc: bool) -> bytes:
    times = (wire.first_utc, wire.last_utc) if utc else (wire.first_uptime, wire.last_uptime)
    fields = [
        st.builds(wire.antenna, _word),
        st.builds(wire.rssi, st.integers(-128, 127)),
        st.builds(times[0], _time),
        st.builds(times[1], _time),
        st.builds(wire.seen_count, _word),
        st.builds(wire.pc, _word),
    ]
    kept = [draw(field) for field in fields if draw(st.booleans())]
    parameters = [draw(_epc), *kept, *draw(st.lists(_extra, max_size=3))]
    return wire.tag(*(draw(st.permutations(parameters)) if draw(st.booleans()) else parameters))


tags = st.booleans().flatmap(_tags)
_beside = st.sampled_from([wire.tlv(242, b"survey"), wire.tlv(1023, b"12345678"), wire.tlv(700)])


@st.composite
def _bodies(draw: st.DrawFn) -> bytes:
    """A few different tags, repeated and mixed, sometimes with other parameters between them."""
    kinds = draw(st.lists(_tags(draw(st.booleans())), min_size=1, max_size=4))
    parts = draw(st.lists(st.sampled_from(kinds), max_size=12))
    if draw(st.integers(0, 4)) == 0:
        parts.insert(draw(st.integers(0, len(parts))), draw(_beside))
    return b"".join(parts)


bodies = _bodies()
