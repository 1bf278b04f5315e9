"""Who may see which page: the people of a gate, their roles and how each is known.

    {"people": [{"name": "A. Officer", "roles": ["officer"], "key_sha256": "..."}]}

A person is known by a long random key (its digest stands in the file), or by the common name of a
client certificate where the profile demands one (`certificate` in the file). A traveller is not
in it: the screen is what anybody may see who can reach the pages.

Source: DESIGN section 8.
"""

from dataclasses import dataclass
from enum import StrEnum
import hashlib
import hmac
import json
import re

KEY_BYTES = 20  # 160 bits: no dictionary reaches it, so a plain digest keeps it
LARGEST = 65_536
MOST_PEOPLE = 200
DIGEST = re.compile(r"[0-9a-f]{64}")


class Role(StrEnum):
    """What a person may see and do; a person may have several, everybody is a TRAVELLER."""

    TRAVELLER = "traveller"
    OFFICER = "officer"
    TECHNICIAN = "technician"
    AUDITOR = "auditor"


class PeopleRefused(ValueError):
    """The file of people is none."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person, or nobody in particular: then only a traveller."""

    name: str = ""
    roles: frozenset[Role] = frozenset({Role.TRAVELLER})
    key_sha256: str = ""
    certificate: str = ""

    def may(self, roles: frozenset[Role]) -> bool:
        """Say whether one of these roles is this person's."""
        return bool(self.roles & roles)


@dataclass(frozen=True, slots=True)
class People:
    """All of them."""

    known: tuple[Person, ...] = ()

    def by_key(self, key: str) -> Person | None:
        """Return whose key this is; takes the same time whoever it is."""
        shown = key_digest(key)
        found = None
        for person in self.known:
            if person.key_sha256 and hmac.compare_digest(person.key_sha256, shown):
                found = person
        return found

    def by_certificate(self, common_name: str) -> Person | None:
        """Return whose certificate has this common name."""
        named = (one for one in self.known if one.certificate and one.certificate == common_name)
        return next(named, None)


def key_digest(key: str) -> str:
    """Return what the file keeps of a key.

    >>> key_digest("x")[:8]
    '2d711642'
    """
    return hashlib.sha256(key.strip().encode()).hexdigest()


def read_people(text: str) -> People:
    """Return the people of a file.

    Raises:
        PeopleRefused: it is none; the text says why, and nothing of a key.
    """
    if len(text) > LARGEST:
        raise PeopleRefused(f"longer than {LARGEST} characters")
    try:
        listed = json.loads(text)["people"]
        people = tuple(_person(one) for one in listed)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        what = str(error) if isinstance(error, PeopleRefused) else "not of the form that is asked"
        raise PeopleRefused(what) from None
    names = [one.name for one in people]
    if len(people) > MOST_PEOPLE or len(set(names)) != len(names):
        raise PeopleRefused(f"more than {MOST_PEOPLE} people, or two of one name")
    return People(people)


def written(people: People) -> str:
    """Return the file of these people.

    >>> read_people(written(People((Person("A", frozenset(Role), "0" * 64),)))).known[0].name
    'A'
    """
    return json.dumps({"people": [_fields(one) for one in people.known]}, indent=2) + "\n"


def _fields(person: Person) -> dict[str, object]:
    fields: dict[str, object] = {
        "name": person.name,
        "roles": sorted(role.value for role in person.roles if role is not Role.TRAVELLER),
    }
    known_by = {"key_sha256": person.key_sha256, "certificate": person.certificate}
    return fields | {name: value for name, value in known_by.items() if value}


def _person(fields: dict[str, object]) -> Person:
    name, roles = fields["name"], fields["roles"]
    digest, certificate = fields.get("key_sha256", ""), fields.get("certificate", "")
    texts = isinstance(name, str) and isinstance(digest, str) and isinstance(certificate, str)
    if not texts or not isinstance(roles, list) or fields.keys() - Person.__slots__:
        raise PeopleRefused("a person has a name, roles, and key_sha256 or certificate")
    assert isinstance(name, str)
    assert isinstance(digest, str)
    assert isinstance(certificate, str)
    if not 1 <= len(name) <= 64 or not name.isprintable() or len(certificate) > 64:
        raise PeopleRefused("a name has 1 to 64 printable characters")
    if not (DIGEST.fullmatch(digest) or (certificate and not digest)):
        raise PeopleRefused("key_sha256 has 64 hexadecimal digits; without it, a certificate")
    try:
        held = frozenset({Role.TRAVELLER, *(Role(role) for role in roles)})
    except ValueError:
        raise PeopleRefused(f"a role is {', '.join(Role)}") from None
    return Person(name, held, digest, certificate)
