"""When nothing of a CSV file's first line is a column of ours: the one reason, in words."""

from collections.abc import Collection, Sequence

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def odd_header(row: Sequence[str], columns: Collection[str]) -> str | None:
    """None where at least one column is known: then each fault can be named."""
    if {name.strip().lower() for name in row} & set(columns):
        return None
    line = ",".join(row)
    if any(not (character.isprintable() or character in SEPARATORS) for character in line):
        return "is no text in UTF-8: save it as CSV in UTF-8"
    for separator, words in SEPARATORS.items():
        if separator in line:
            return f"its columns are separated by {words}: save it with commas"
    return f"has no header: the first line names the columns, such as {','.join(columns)}"
