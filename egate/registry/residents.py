"""The enrolled residents of a gate: who has a face and who a finger here, since when.

Faces and fingers lie in two folders, so that each host can be given its own kind and no other.
A person counts as enrolled with what can be read; what cannot be is counted, never skipped in
silence.

Source: DESIGN section 7 (registry); issue 5, item 4.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from egate.registry.templates import Kind, TemplateMissing, TemplateStore

TemplatesOf = Mapping[Kind, bytes]


@dataclass(frozen=True, slots=True)
class Record:
    """All templates of one person, as they move from one gate to another."""

    registration: str = field(repr=False)
    templates: TemplatesOf = field(repr=False)
    since_utc_s: Mapping[Kind, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listed:
    """Who is enrolled with what since when; `unreadable` counts the entries that do not open."""

    since_utc_s: Mapping[str, Mapping[Kind, int]] = field(repr=False)
    unreadable: int


class Residents:
    """Both stores of one gate. Every method may raise TemplateStoreFailed or TemplateSpoilt."""

    def __init__(
        self,
        folders: Mapping[Kind, Path],
        registry_keys: Sequence[bytes],
        random: Callable[[int], bytes],
    ) -> None:
        self._stores = {
            kind: TemplateStore(folders[kind], kind, registry_keys, random) for kind in Kind
        }

    def put(self, record: Record) -> None:
        """Keep what is in the record in place of older templates; other kinds stay as they are."""
        for kind, template in record.templates.items():
            self._stores[kind].put(record.registration, template, record.since_utc_s[kind])

    def get(self, registration: str) -> Record:
        """Return everything of one person.

        Raises:
            TemplateMissing: nobody with this registration is enrolled.
        """
        templates: dict[Kind, bytes] = {}
        since: dict[Kind, int] = {}
        for kind, store in self._stores.items():
            try:
                templates[kind] = store.get(registration)
                since[kind] = store.since_utc_s(registration)
            except TemplateMissing:
                continue
        if not templates:
            raise TemplateMissing("no template is enrolled")
        return Record(registration, templates, since)

    def has(self, registration: str, kind: Kind) -> bool:
        """Say whether something of this kind stands here, readable or not."""
        return self._stores[kind].has(registration)

    def remove(self, registration: str) -> bool:
        """Forget one person; say whether anything stood here."""
        there = [store.has(registration) for store in self._stores.values()]
        for store in self._stores.values():
            store.remove(registration)
        return any(there)

    def move_under_the_first_key(self) -> int:
        """Seal everything anew under the first of the keys; return how many templates there are."""
        return sum(store.move_under_the_first() for store in self._stores.values())

    def listed(self) -> Listed:
        """Return everybody."""
        people: dict[str, dict[Kind, int]] = {}
        unreadable = 0
        for kind, store in self._stores.items():
            unreadable += store.unreadable()
            for one in store.enrolled():
                people.setdefault(one.registration, {})[kind] = one.since_utc_s
        return Listed(dict(sorted(people.items())), unreadable)
