"""The line on which each key of a TOML document stands, which tomllib does not tell.

The document is taken statement by statement: lines are gathered until tomllib accepts them,
so strings and arrays over several lines need no rules of our own here. It is called only on
a document that tomllib has accepted as a whole.

Source: TOML 1.0.0, "Table" and "Key/Value Pair" (a statement ends with its line).
"""

from collections.abc import Iterator
import tomllib

from egate.profile.problem import KeyPath, Place, Places

MOST_LINES = 64  # of one statement; beyond it lines are no longer told, so that the work is bounded


def find_places(text: str, file: str) -> Places:
    """Return where every key of the document stands."""
    places: dict[KeyPath, Place] = {}
    table: KeyPath = ()
    for line, statement in _statements(text):
        names = tuple(_paths(statement.content))
        if statement.is_header:
            table = names[-1]
            paths = names
        else:
            paths = tuple(table + name for name in names)
        for path in paths:
            places.setdefault(path, Place(file, line))
    return Places(places, Place(file, 1))


class _Statement:
    """One statement: what it says, and whether it opens a table."""

    def __init__(self, text: str) -> None:
        self.content = tomllib.loads(text)
        self.is_header = text.lstrip().startswith("[")


def _statements(text: str) -> Iterator[tuple[int, _Statement]]:
    """Yield each statement with the number of its first line."""
    gathered: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        gathered.append(line)
        try:
            statement = _Statement("\n".join(gathered) + "\n")
        except tomllib.TOMLDecodeError:
            if len(gathered) > MOST_LINES:
                return
            continue
        if statement.content:
            yield number - len(gathered) + 1, statement
        gathered.clear()


def _paths(content: object, above: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield the path of every key, outermost first; of a list, the paths of its last table."""
    if isinstance(content, list) and content:
        yield from _paths(content[-1], above)
    if isinstance(content, dict):
        for name, value in content.items():
            yield (*above, name)
            yield from _paths(value, (*above, name))
