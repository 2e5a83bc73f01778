"""The documents as their readers meet them: pages, the commands in them, and what stands beside a command.

A block of commands is fenced as `sh`. A comment on the line before it, which no reader sees, says how it is tried:
`<!-- keeps running -->` in the background, to the end; `<!-- until: TEXT -->` again and again until it prints the
text; `<!-- elsewhere: FILE -->` not here, but by that test or by the Makefile; `<!-- file: NAME -->` any block is
written to that file. `<!-- first … -->` holds commands that make what a reader of the page has already, and
`<!-- continues: PAGE -->` says that he has followed that page before; TAKES_MINUTES keeps a page out of `make test`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MADE_BY_PROGRAM = "reference"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if MADE_BY_PROGRAM not in path.parts),
]
BLOCK = re.compile(
    r"^<!-- first\n(?P<first>.*?)^-->$|(?:^<!-- (?P<mark>[^\n]*) -->\n+)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
WHOLE_PAGE = re.compile(r"^<!-- commands elsewhere: (\S+) -->$", re.MULTILINE)
TAKES_MINUTES = "<!-- takes minutes: make test-docs tries it -->"
CONTINUES = re.compile(r"^<!-- continues: (\S+) -->$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """Commands that are typed together, or a file that is written; `place` is page and line."""

    place: str
    mark: str
    text: str

    @property
    def elsewhere(self) -> str | None:
        """The file that tries them in our place."""
        return self.mark.removeprefix("elsewhere: ") if self.mark.startswith("elsewhere: ") else None


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    """What is to be tried, in order."""
    text = page.read_text(encoding="utf-8")
    whole = WHOLE_PAGE.search(text)
    found_blocks = []
    for found in BLOCK.finditer(text):
        place = f"{name(page)}:{text.count(chr(10), 0, found.start()) + 1}"
        mark = found["mark"] or (f"elsewhere: {whole[1]}" if whole else "")
        if found["first"] is not None:
            found_blocks.append(Block(place, "", found["first"]))
        elif found["kind"] == "sh" or mark.startswith("file: "):
            found_blocks.append(Block(place, mark, found["text"]))
    return found_blocks


def sessions() -> list[list[Path]]:
    """Pages that are followed one after the other in one shell; each alone unless it continues another."""
    following: dict[str, list[Path]] = {}
    for page in PAGES:
        if all(block.elsewhere for block in blocks(page)):
            continue
        before = CONTINUES.search(page.read_text(encoding="utf-8"))
        if before is None:
            following[name(page)] = [page]
        else:
            following[before[1]].append(page)
    return list(following.values())


def script(pages: list[Path]) -> str:
    """One shell session that does what the pages say, and names the line where it fails."""
    parts = [PROLOGUE]
    for block in (block for page in pages for block in blocks(page) if block.elsewhere is None):
        assert not HOST.search(block.text), f"{block.place} changes the machine it runs on: say elsewhere"
        parts.append(f"at={block.place}\n{_tried(block)}")
    return "\n".join([*parts, "at=the_end", ""])


HOST = re.compile(r"\b(apt|apt-get|systemctl|dpkg|userdel|systemd-run)\b|[> ]/(etc|opt|root|var)/")


def _tried(block: Block) -> str:
    if block.mark == "keeps running":
        log = block.place.replace("/", "_") + ".log"
        return f'( set -e\n{block.text}) >"{log}" 2>&1 &\nrunning+=($!)\nsettle "$!" "{log}"'
    if block.mark.startswith("until: "):
        wanted = block.mark.removeprefix("until: ")
        return f"tried() {{\n{block.text}}}\nuntil_printed '{wanted}'"
    if block.mark.startswith("file: "):
        return f"cat >{block.mark.removeprefix('file: ')} <<'END OF FILE'\n{block.text}END OF FILE"
    assert not block.mark, f"{block.place}: what is <!-- {block.mark} -->?"
    return block.text


PROLOGUE = """
set -eu
at=prologue
running=()
finish() {
    code=$?
    if [ $code != 0 ]; then echo "$at: exit $code" >&2; tail -n 20 -- *.log >&2 2>/dev/null || true; fi
    for process in "${running[@]}"; do
        pkill -TERM -P "$process" 2>/dev/null || true
        kill "$process" 2>/dev/null || true
    done
    wait
    exit $code
}
trap finish EXIT
settle() {  # a program that ends at once has not started
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        kill -0 "$1" 2>/dev/null || { echo "$at: ended by itself" >&2; cat "$2" >&2; return 1; }
        sleep 0.2
    done
}
until_printed() {
    for _ in $(seq 60); do
        printed=$(tried 2>&1) && case $printed in *"$1"*) echo "$printed"; return 0 ;; esac
        sleep 0.5
    done
    echo "never printed: $1; but: $printed" >&2
    return 1
}
"""
