"""What is said about one reader in the log: one line per fact, and a repeated fact not again and again."""

import logging
from dataclasses import dataclass, field
from typing import Final

REPEAT_US: Final = 300_000_000
"""The same sentence at most once in five minutes; then with the number of times it was left out."""
_MAX_SENTENCES: Final = 64

_log = logging.getLogger("readers.reader")


@dataclass(slots=True)
class Journal:
    reader: str
    address: str
    _said: dict[str, tuple[int, int]] = field(default_factory=dict)
    """When each sentence was said last, and how often it was left out since."""

    def tell(
        self, level: int, fact: str, now_us: int, detail: str = "", *, cause: BaseException | None = None
    ) -> None:
        """`detail` changes from time to time and does not make it another fact; a `cause` is traced."""
        said_us, left_out = self._said.get(fact, (None, 0))
        if said_us is not None and now_us - said_us < REPEAT_US:
            self._said[fact] = said_us, left_out + 1
            return
        if len(self._said) >= _MAX_SENTENCES:
            self._said.clear()
        self._said[fact] = now_us, 0
        repeats = f" ({left_out} times since)" if left_out else ""
        words = self.reader, self.address, fact, detail, repeats
        _log.log(level, "reader %s at %s: %s%s%s", *words, exc_info=cause)
