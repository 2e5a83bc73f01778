from llrpkit.protocol import impinj
from llrpkit.protocol.codec import decode_message

from readers.llrp.constants import MessageType
from readers.llrp.framing import encode_message
from readers.llrp.vendors import GENERIC, IMPINJ, THINGMAGIC, ZEBRA


def test_only_impinj_needs_extensions_and_vendor_parameters() -> None:
    assert [one.name for one in (GENERIC, IMPINJ, ZEBRA, THINGMAGIC) if one.enable_extensions] == ["Impinj"]
    assert [one.name for one in (GENERIC, IMPINJ, ZEBRA, THINGMAGIC) if one.config] == ["Impinj"]


def test_impinj_parameters_decode_as_link_monitor_and_low_latency() -> None:
    body = b"\0" + b"".join(IMPINJ.config)
    message = decode_message(encode_message(MessageType.SET_READER_CONFIG, 1, body))
    assert message.custom == [  # type: ignore[attr-defined]
        impinj.ImpinjLinkMonitorConfiguration(link_monitor_mode=1, link_down_threshold=3),
        impinj.ImpinjReportBufferConfiguration(report_buffer_mode=1),
    ]
