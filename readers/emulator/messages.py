"""The codec's frame: a client's message as a tree of parameters, and the statuses a reader answers with.

What was wrong is located as the standard asks: LLRPStatus names the message's fault, nested ParameterErrors
lead to the parameter, a FieldError to the field (LLRP 1.1, 15.2.8).
"""

from collections.abc import Iterator
from struct import Struct, pack
from typing import Final, NamedTuple

from readers.emulator.grammar import MESSAGES, PARAMETERS, Field, Shape
from readers.errors import ProtocolError
from readers.llrp.constants import MessageType, ParameterType, StatusCode
from readers.llrp.framing import Frame, encode_tlv, walk_parameters

_NUMBERS: Final = {code: Struct(f">{code}") for code in "BHIQ"}


class FieldFault(NamedTuple):
    number: int
    """Position among the fields of its message or parameter, from 0."""
    code: StatusCode


class RequestError(Exception):
    """A request the reader refuses; `status()` is the LLRPStatus to answer with."""

    def __init__(
        self,
        description: str,
        *,
        code: StatusCode = StatusCode.A_Invalid,
        path: tuple[int, ...] = (),
        field: int | None = None,
    ) -> None:
        """`path` leads from the message to the parameter; without `field` the code judges the parameter."""
        super().__init__(description)
        self.code = code
        self.path = path
        self.field = field

    def status(self) -> bytes:
        if not self.path and self.field is None:
            return encode_status(self.code, str(self))
        detail = b"" if self.field is None else _field_error(self.field, self.code)
        codes = [StatusCode.P_ParameterError] * len(self.path)
        if codes:
            codes[-1] = self.code if self.field is None else StatusCode.P_FieldError
        for kind, code in zip(reversed(self.path), reversed(codes), strict=True):
            detail = encode_tlv(ParameterType.ParameterError, pack(">HH", kind, code) + detail)
        outer = StatusCode.M_ParameterError if self.path else StatusCode.M_FieldError
        return encode_status(outer, str(self), detail)


class Node(NamedTuple):
    """A message or parameter in its parts; `fields` numbers, `items` a list, `rest` what is left raw."""

    type: int
    path: tuple[int, ...]
    fields: tuple[int, ...]
    items: tuple[int, ...]
    rest: bytes
    children: tuple["Node", ...]
    value: bytes
    """All of it as it was on the wire, without its header."""

    def all(self, kind: ParameterType) -> Iterator["Node"]:
        return (child for child in self.children if child.type == kind)

    def find(self, kind: ParameterType) -> "Node | None":
        return next(self.all(kind), None)

    def one(self, kind: ParameterType) -> "Node":
        """A sub-parameter the grammar makes mandatory, or one its trigger type needs."""
        found = self.find(kind)
        if found is None:
            raise RequestError(
                f"{kind.name} is missing", code=StatusCode.P_MissingParameter, path=(*self.path, kind)
            )
        return found

    def refuse(self, field: int, why: str, code: StatusCode = StatusCode.A_Invalid) -> RequestError:
        """The fault to raise for the value of one of its fields."""
        return RequestError(why, code=code, path=self.path, field=field)


def parse_request(frame: Frame) -> Node:
    """Raises RequestError where the message breaks the grammar."""
    shape = MESSAGES.get(frame.type)
    if shape is None:
        raise RequestError(
            f"message type {frame.type} is not supported", code=StatusCode.M_UnsupportedMessage
        )
    return _parse(frame.type, shape, frame.body, ())


def encode_status(code: int, description: str = "", detail: bytes = b"") -> bytes:
    """LLRPStatus."""
    text = description.encode()
    return encode_tlv(ParameterType.LLRPStatus, pack(">HH", code, len(text)) + text + detail)


SUCCESS: Final = encode_status(StatusCode.M_Success)

RESPONSES: Final[dict[int, int]] = {
    request: MessageType[f"{MessageType(request).name}_RESPONSE"]
    for request in MESSAGES
    if f"{MessageType(request).name}_RESPONSE" in MessageType.__members__
}
"""Request type → type of its response; what is not here is answered otherwise or not at all."""


def _field_error(number: int, code: StatusCode) -> bytes:
    return encode_tlv(ParameterType.FieldError, pack(">HH", number, code))


def _parse(kind: int, shape: Shape, value: bytes, path: tuple[int, ...]) -> Node:
    reader = _Fields(value, path)
    for number, field in enumerate(shape.fields):
        reader.take(number, field)
    children = tuple(_children(shape, value[reader.position :], path))
    _check_cardinality(shape, children, path)
    return Node(kind, path, tuple(reader.numbers), tuple(reader.items), reader.rest, children, value)


def _children(shape: Shape, data: bytes, path: tuple[int, ...]) -> Iterator[Node]:
    try:
        parameters = list(walk_parameters(data))
    except ProtocolError as error:
        raise RequestError(str(error), code=_parameter_code(path), path=path) from error
    for kind, value in parameters:
        below = (*path, kind)
        known = PARAMETERS.get(kind)
        if known is None:
            raise RequestError(
                f"parameter {kind} is not known", code=StatusCode.P_UnknownParameter, path=below
            )
        if kind not in shape.children:
            raise RequestError(
                f"{ParameterType(kind).name} does not belong here",
                code=StatusCode.P_UnexpectedParameter,
                path=below,
            )
        yield _parse(kind, known, value, below)


def _check_cardinality(shape: Shape, children: tuple[Node, ...], path: tuple[int, ...]) -> None:
    for kind, (least, most) in shape.children.items():
        count = sum(child.type == kind for child in children)
        if count < least:
            code, word = StatusCode.P_MissingParameter, "missing"
        elif most is not None and count > most:
            code, word = StatusCode.P_DuplicateParameter, "there twice"
        else:
            continue
        raise RequestError(f"{ParameterType(kind).name} is {word}", code=code, path=(*path, kind))


def _parameter_code(path: tuple[int, ...]) -> StatusCode:
    return StatusCode.P_ParameterError if path else StatusCode.M_ParameterError


class _Fields:
    """Takes the fields of one message or parameter from its bytes."""

    def __init__(self, value: bytes, path: tuple[int, ...]) -> None:
        self._value = value
        self._path = path
        self.position = 0
        self.numbers: list[int] = []
        self.items: list[int] = []
        self.rest = b""

    def take(self, number: int, field: Field) -> None:
        if field.code == "X":
            self.rest = self._bytes(number, len(self._value) - self.position)
        elif field.code == "H*":
            count = self._number(number, "H")
            self.items += [self._number(number, "H") for _ in range(count)]
        elif field.code == "b*":
            self.rest = self._bytes(number, (self._number(number, "H") + 7) // 8)
        else:
            value = self._number(number, field.code)
            if field.greatest is not None and value > field.greatest:
                raise RequestError(
                    f"field {number} is {value}, the greatest legal value is {field.greatest}",
                    path=self._path,
                    field=number,
                )
            self.numbers.append(value)

    def _number(self, number: int, code: str) -> int:
        layout = _NUMBERS[code]
        return int(layout.unpack(self._bytes(number, layout.size))[0])

    def _bytes(self, number: int, count: int) -> bytes:
        taken = self._value[self.position : self.position + count]
        if len(taken) < count:
            raise RequestError(
                f"field {number} is cut off", code=StatusCode.A_OutOfRange, path=self._path, field=number
            )
        self.position += count
        return taken
