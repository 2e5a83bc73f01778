"""What a reader answers: LLRPStatus in words, versions, and the ROSpecs it holds (LLRP 1.1, chapter 17)."""

from dataclasses import dataclass
from struct import Struct
from typing import Final

from readers.errors import ProtocolError
from readers.llrp.constants import ParameterType, StatusCode
from readers.llrp.framing import walk_parameters

_STATUS: Final = Struct(">HH")
_PARAMETER_ERROR: Final = Struct(">HH")
_FIELD_ERROR: Final = Struct(">HH")
_ROSPEC: Final = Struct(">IBB")
_CUSTOM: Final = Struct(">IB")
_DEPTH: Final = 8
"""ParameterErrors nest as deep as parameters do; deeper than this is no reader's doing."""


@dataclass(frozen=True, slots=True)
class LlrpStatus:
    """LLRPStatus: 0 is success, every other code, defined or not, is a refusal."""

    code: int
    description: str = ""
    faults: tuple[str, ...] = ()
    """What was wrong with which parameter or field, outermost first."""

    @property
    def ok(self) -> bool:
        return self.code == StatusCode.M_Success

    def __str__(self) -> str:
        words = f"{code_name(self.code)} ({self.code})"
        if self.faults:
            words += " at " + ", ".join(self.faults)
        if self.description:
            words += f": {self.description}"
        return words


def code_name(code: int) -> str:
    try:
        return StatusCode(code).name
    except ValueError:
        return "undefined status"


def parameter_name(number: int) -> str:
    try:
        return ParameterType(number).name
    except ValueError:
        return f"parameter {number}"


def parse_status(body: bytes) -> LlrpStatus:
    """The LLRPStatus among the parameters of a reply; raises ProtocolError where there is none."""
    for parameter in walk_parameters(body):
        if parameter.type == ParameterType.LLRPStatus:
            return _status(parameter.value)
    raise ProtocolError("a reply without LLRPStatus")


def parse_custom_status(body: bytes) -> LlrpStatus:
    """The LLRPStatus of a CUSTOM_MESSAGE, which begins with vendor and subtype."""
    if len(body) < _CUSTOM.size:
        raise ProtocolError("a custom message without vendor and subtype")
    return parse_status(body[_CUSTOM.size :])


def parse_versions(body: bytes) -> tuple[int, int, LlrpStatus]:
    """Current and highest supported version of a GET_SUPPORTED_VERSION_RESPONSE (17.1.2)."""
    if len(body) < 2:
        raise ProtocolError("a GET_SUPPORTED_VERSION_RESPONSE without versions")
    return body[0], body[1], parse_status(body[2:])


def parse_rospecs(body: bytes) -> dict[int, int]:
    """Id and state of every ROSpec in a GET_ROSPECS_RESPONSE; states as in ROSpecState, or undefined."""
    rospecs: dict[int, int] = {}
    for parameter in walk_parameters(body):
        if parameter.type == ParameterType.ROSpec:
            if len(parameter.value) < _ROSPEC.size:
                raise ProtocolError("a ROSpec cut off before its state")
            rospec, _priority, state = _ROSPEC.unpack_from(parameter.value)
            rospecs[rospec] = state
    return rospecs


def rospec_wording(body: bytes, rospec: int) -> bytes | None:
    """What a GET_ROSPECS_RESPONSE or ADD_ROSPEC says of a ROSpec, but for its state; None where nothing."""
    for parameter in walk_parameters(body):
        value = parameter.value
        if parameter.type == ParameterType.ROSpec and _ROSPEC.unpack_from(value)[0] == rospec:
            return value[: _ROSPEC.size - 1] + value[_ROSPEC.size :]
    return None


def _status(value: bytes) -> LlrpStatus:
    if len(value) < _STATUS.size:
        raise ProtocolError("an LLRPStatus cut off before its code")
    code, count = _STATUS.unpack_from(value)
    text = value[_STATUS.size : _STATUS.size + count]
    if len(text) < count:
        raise ProtocolError("an LLRPStatus cut off in its description")
    faults = _faults(value[_STATUS.size + count :], "", _DEPTH)
    return LlrpStatus(code, text.decode("utf-8", "replace").strip("\0 "), tuple(faults))


def _faults(data: bytes, path: str, depth: int) -> list[str]:
    """ParameterError and FieldError as `C1G2RFControl field 0: P_UnknownField`."""
    faults: list[str] = []
    for kind, value in walk_parameters(data):
        if kind == ParameterType.FieldError and len(value) >= _FIELD_ERROR.size:
            field, code = _FIELD_ERROR.unpack_from(value)
            faults.append(f"{path}field {field}: {code_name(code)}")
        elif kind == ParameterType.ParameterError and len(value) >= _PARAMETER_ERROR.size and depth:
            number, code = _PARAMETER_ERROR.unpack_from(value)
            inner = _faults(value[_PARAMETER_ERROR.size :], f"{path}{parameter_name(number)} ", depth - 1)
            faults.extend(inner or [f"{path}{parameter_name(number)}: {code_name(code)}"])
    return faults
