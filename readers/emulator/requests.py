"""What each request does to the reader, as a table: the handler returns the body of the response."""

from collections.abc import Callable
from struct import pack
from typing import Final, TypeAlias

from readers.emulator.capabilities import encode_capabilities, encode_impinj_version
from readers.emulator.messages import SUCCESS, Node, RequestError
from readers.emulator.model import ReaderModel
from readers.emulator.rospecs import ALL_ROSPECS, Command
from readers.emulator.specs import parse_rospec
from readers.llrp.constants import VENDOR_IMPINJ, MessageType, ParameterType, StatusCode

Handler: TypeAlias = Callable[[ReaderModel, Node, int], bytes]
"""Model, request, time in microseconds; raises RequestError and has changed nothing then."""

_RESET_TO_FACTORY_DEFAULT: Final = 0x80
_ALL_ACCESS_SPECS: Final = 0
_ENABLE_EXTENSIONS, _SAVE_SETTINGS = 21, 23
"""Impinj messages; the subtype of the answer is one more."""
_LINK_MONITOR: Final = 38
_VERSION_WISHES: Final = (pack(">I", 1_000), pack(">I", 1_001))
"""ImpinjRequestedData: everything, or the detailed version."""


def answer(model: ReaderModel, node: Node, now_us: int) -> bytes:
    """The response's body. Raises RequestError."""
    _refuse_foreign(model, node)
    return _HANDLERS[node.type](model, node, now_us)


def _refuse_foreign(model: ReaderModel, node: Node) -> None:
    """Custom parameters of another vendor, or of Impinj before its extensions were enabled."""
    for child in node.children:
        if child.type == ParameterType.Custom:
            vendor = child.fields[0]
            enabled = vendor != VENDOR_IMPINJ or model.impinj_extensions
            if vendor != model.profile.vendor or not enabled:
                raise RequestError(
                    f"Custom parameter {vendor}/{child.fields[1]} is not supported",
                    code=StatusCode.P_UnsupportedParameter,
                    path=child.path,
                )
        _refuse_foreign(model, child)


def _get_capabilities(model: ReaderModel, node: Node, _now_us: int) -> bytes:
    body = encode_capabilities(model.profile, node.fields[0], has_utc=model.clock.has_utc)
    if any(custom.rest in _VERSION_WISHES for custom in node.all(ParameterType.Custom)):
        body += encode_impinj_version(model.profile)
    return SUCCESS + body


def _get_config(model: ReaderModel, node: Node, _now_us: int) -> bytes:
    antenna, requested, gpi, gpo = node.fields
    profile = model.profile
    limits = ((0, antenna, profile.antennas), (2, gpi, profile.gpis), (3, gpo, profile.gpos))
    for number, value, most in limits:
        if value > most:
            raise node.refuse(number, f"there is no port {value}", StatusCode.A_OutOfRange)
    return SUCCESS + model.config.encode(requested, antenna, gpi, gpo)


def _set_config(model: ReaderModel, node: Node, now_us: int) -> bytes:
    model.config.apply(node)
    if node.fields[0] & _RESET_TO_FACTORY_DEFAULT:
        model.rospecs.delete(ALL_ROSPECS, now_us)
        model.access_specs.delete(_ALL_ACCESS_SPECS)
        model.link_down_threshold = None
    for custom in node.all(ParameterType.Custom):
        if custom.fields == (VENDOR_IMPINJ, _LINK_MONITOR):
            enabled, threshold = custom.rest[:2] == b"\x00\x01", int.from_bytes(custom.rest[2:4], "big")
            model.link_down_threshold = threshold if enabled else None
    return SUCCESS


def _add_rospec(model: ReaderModel, node: Node, _now_us: int) -> bytes:
    model.rospecs.add(parse_rospec(node.one(ParameterType.ROSpec), model.profile))
    return SUCCESS


def _delete_rospec(model: ReaderModel, node: Node, now_us: int) -> bytes:
    model.rospecs.delete(node.fields[0], now_us)
    return SUCCESS


def _rospec_command(command: Command) -> Handler:
    def handle(model: ReaderModel, node: Node, now_us: int) -> bytes:
        model.rospecs.command(command, node.fields[0], now_us)
        return SUCCESS

    return handle


def _get_rospecs(model: ReaderModel, _node: Node, _now_us: int) -> bytes:
    return SUCCESS + model.rospecs.encode()


def _add_access_spec(model: ReaderModel, node: Node, _now_us: int) -> bytes:
    model.access_specs.add(node.one(ParameterType.AccessSpec))
    return SUCCESS


def _delete_access_spec(model: ReaderModel, node: Node, _now_us: int) -> bytes:
    model.access_specs.delete(node.fields[0])
    return SUCCESS


def _enable_access_spec(model: ReaderModel, node: Node, _now_us: int) -> bytes:
    model.access_specs.enable(node.fields[0])
    return SUCCESS


def _disable_access_spec(model: ReaderModel, node: Node, _now_us: int) -> bytes:
    model.access_specs.disable(node.fields[0])
    return SUCCESS


def _get_access_specs(model: ReaderModel, _node: Node, _now_us: int) -> bytes:
    return SUCCESS + model.access_specs.encode()


def _custom(model: ReaderModel, node: Node, _now_us: int) -> bytes:
    vendor, subtype = node.fields
    known = model.profile.has_impinj_extensions and subtype in {_ENABLE_EXTENSIONS, _SAVE_SETTINGS}
    if vendor != VENDOR_IMPINJ or not known:
        raise RequestError(
            f"Custom message {vendor}/{subtype} is not supported", code=StatusCode.M_UnsupportedMessage
        )
    model.impinj_extensions = model.impinj_extensions or subtype == _ENABLE_EXTENSIONS
    return pack(">IB", vendor, subtype + 1) + SUCCESS


_HANDLERS: Final[dict[int, Handler]] = {
    MessageType.GET_READER_CAPABILITIES: _get_capabilities,
    MessageType.GET_READER_CONFIG: _get_config,
    MessageType.SET_READER_CONFIG: _set_config,
    MessageType.ADD_ROSPEC: _add_rospec,
    MessageType.DELETE_ROSPEC: _delete_rospec,
    MessageType.START_ROSPEC: _rospec_command(Command.START),
    MessageType.STOP_ROSPEC: _rospec_command(Command.STOP),
    MessageType.ENABLE_ROSPEC: _rospec_command(Command.ENABLE),
    MessageType.DISABLE_ROSPEC: _rospec_command(Command.DISABLE),
    MessageType.GET_ROSPECS: _get_rospecs,
    MessageType.ADD_ACCESSSPEC: _add_access_spec,
    MessageType.DELETE_ACCESSSPEC: _delete_access_spec,
    MessageType.ENABLE_ACCESSSPEC: _enable_access_spec,
    MessageType.DISABLE_ACCESSSPEC: _disable_access_spec,
    MessageType.GET_ACCESSSPECS: _get_access_specs,
    MessageType.CUSTOM_MESSAGE: _custom,
}
"""Requests about the connection itself are the device's."""
