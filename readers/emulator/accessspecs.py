"""The reader's AccessSpecs: kept, listed, enabled and deleted; their operations are not carried out."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from readers.emulator.messages import Node, RequestError
from readers.llrp.constants import ParameterType, StatusCode
from readers.llrp.framing import encode_tlv

_STATE_BYTE = 7
_ACTIVE = 0x80


@dataclass(slots=True)
class AccessSpecs:
    most: int
    _values: dict[int, bytes] = field(default_factory=dict)
    _active: set[int] = field(default_factory=set)

    def add(self, node: Node) -> None:
        access_spec_id = node.fields[0]
        if access_spec_id == 0:
            raise node.refuse(0, "AccessSpecID 0 is disallowed")
        if access_spec_id in self._values:
            raise node.refuse(0, f"there is an AccessSpec {access_spec_id} already")
        if node.fields[3] & _ACTIVE:
            raise node.refuse(3, "an AccessSpec is added in the state Disabled")
        if len(self._values) >= self.most:
            raise RequestError(
                f"this reader holds {self.most} AccessSpecs",
                code=StatusCode.P_OverflowParameter,
                path=node.path,
            )
        self._values[access_spec_id] = node.value

    def delete(self, access_spec_id: int) -> None:
        for named in self._named(access_spec_id):
            del self._values[named]
            self._active.discard(named)

    def enable(self, access_spec_id: int) -> None:
        self._active.update(self._named(access_spec_id))

    def disable(self, access_spec_id: int) -> None:
        self._active.difference_update(self._named(access_spec_id))

    def encode(self) -> bytes:
        return b"".join(
            encode_tlv(
                ParameterType.AccessSpec,
                value[:_STATE_BYTE] + bytes((_ACTIVE * (named in self._active),)) + value[_STATE_BYTE + 1 :],
            )
            for named, value in self._values.items()
        )

    def _named(self, access_spec_id: int) -> Iterator[int]:
        if access_spec_id and access_spec_id not in self._values:
            raise RequestError(f"there is no AccessSpec {access_spec_id}", field=0)
        return iter([named for named in self._values if access_spec_id in {0, named}])
