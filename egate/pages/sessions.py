"""Who is signed in: one random cookie each, whose digest alone is kept over a restart of the pages.

A session ends when nothing was heard of it for IDLE_S, or when its person signs out or is no longer
in the file of people. Its `proof` goes back with every request that changes something: another
site's page cannot know it.
"""

from collections.abc import Callable
from dataclasses import dataclass
import hashlib
import hmac
from pathlib import Path

from egate.pages.kept_sessions import Kept, read_kept, write_kept
from egate.pages.people import People, Person

IDLE_S = 900.0  # a console that lives beats; who left a page open is signed out
KEEPS_EVERY_S = 10.0  # when each was last heard of; who comes and goes is kept at once
MOST_SESSIONS = 64
COOKIE = "egate"


@dataclass(slots=True)
class Session:
    """One person's stay. `key` is the cookie's value, known to that browser only."""

    key: str
    proof: str
    person: Person
    heard_at_s: float

    def __repr__(self) -> str:
        """Give no key."""
        return f"Session({self.person.name})"


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where sessions are kept over a restart, and who of them may still come."""

    path: Path
    people: People


class Sessions:
    """All who are signed in; `on_ended` is told of each that leaves or is forgotten."""

    def __init__(
        self,
        clock: Callable[[], float],
        draw: Callable[[int], bytes],
        on_ended: Callable[[Session], None] = lambda _session: None,
        keeping: Keeping | None = None,
    ) -> None:
        self._clock = clock
        self._draw = draw
        self.on_ended = on_ended
        self._keeping = keeping
        self._sessions: dict[str, Session] = {}
        self._kept_at_s = clock()
        self._before = self._kept() if keeping else {}

    def begin(self, person: Person) -> Session | None:
        """Sign a person in; None when too many are."""
        self.expire()
        if len(self._sessions) + len(self._before) >= MOST_SESSIONS:
            return None
        key = self._draw(32).hex()
        session = Session(key, proof_of(key), person, self._clock())
        self._sessions[session.key] = session
        self._keep()
        return session

    def of(self, key: str) -> Session | None:
        """Return the session of this cookie, and keep it alive."""
        session = self._sessions.get(key) or self._back(key)
        if session is None or self._clock() - session.heard_at_s > IDLE_S:
            return None
        session.heard_at_s = self._clock()
        return session

    def has(self, session: Session) -> bool:
        """Say whether this session has not ended; does not keep it alive."""
        return self._sessions.get(session.key) is session

    def end(self, session: Session) -> None:
        """Sign out; repeatable."""
        if self._sessions.pop(session.key, None) is not None:
            self.on_ended(session)
            self._keep()

    def expire(self) -> None:
        """Forget who was not heard of for too long; keep when the others were."""
        now_s = self._clock()
        for session in tuple(self._sessions.values()):
            if now_s - session.heard_at_s > IDLE_S:
                self.end(session)
        for digest, kept in tuple(self._before.items()):
            if now_s - kept.heard_at_s > IDLE_S:
                del self._before[digest]
        if now_s - self._kept_at_s >= KEEPS_EVERY_S:
            self._keep()

    def _kept(self) -> dict[str, Kept]:
        """Return the sessions of the process before this one, by their digests."""
        assert self._keeping is not None
        now_s, known = self._clock(), {one.name for one in self._keeping.people.known}
        return {
            one.key_sha256: one
            for one in read_kept(self._keeping.path)[:MOST_SESSIONS]
            if one.name in known and 0.0 <= now_s - one.heard_at_s <= IDLE_S
        }

    def _back(self, key: str) -> Session | None:
        """Return the session that this cookie had before a restart."""
        kept = self._before.pop(digest_of(key), None)
        if kept is None or self._keeping is None:
            return None
        person = next(one for one in self._keeping.people.known if one.name == kept.name)
        session = self._sessions[key] = Session(key, proof_of(key), person, kept.heard_at_s)
        return session

    def _keep(self) -> None:
        if self._keeping is None:
            return
        self._kept_at_s = self._clock()
        now = [
            Kept(digest_of(one.key), one.person.name, one.heard_at_s)
            for one in self._sessions.values()
        ]
        write_kept(self._keeping.path, [*now, *self._before.values()])


def digest_of(key: str) -> str:
    """Return what is kept of a cookie.

    >>> digest_of("x") == digest_of("y")
    False
    """
    return hashlib.sha256(key.encode()).hexdigest()


def proof_of(key: str) -> str:
    """Return the proof of a session: known to whoever has its cookie, and told by no digest.

    >>> proof_of("x") == digest_of("x")
    False
    """
    return hmac.digest(key.encode(), b"proof of the page", "sha256").hex()


def is_proof(session: Session, shown: str) -> bool:
    """Say whether this is the session's proof; takes the same time either way."""
    return hmac.compare_digest(session.proof.encode(), shown.encode())
