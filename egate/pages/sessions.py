"""Who is signed in: one random cookie each, in memory only, so that a restart signs everybody out.

A session ends when nothing was heard of it for IDLE_S, or when its person signs out. Its `proof`
goes back with every request that changes something: another site's page cannot know it.
"""

from collections.abc import Callable
from dataclasses import dataclass
import hmac

from egate.pages.people import Person

IDLE_S = 900.0  # a console that lives beats; who left a page open is signed out
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


class Sessions:
    """All who are signed in; `on_ended` is told of each that leaves or is forgotten."""

    def __init__(
        self,
        clock: Callable[[], float],
        draw: Callable[[int], bytes],
        on_ended: Callable[[Session], None] = lambda _session: None,
    ) -> None:
        self._clock = clock
        self._draw = draw
        self.on_ended = on_ended
        self._sessions: dict[str, Session] = {}

    def begin(self, person: Person) -> Session | None:
        """Sign a person in; None when too many are."""
        self.expire()
        if len(self._sessions) >= MOST_SESSIONS:
            return None
        session = Session(self._draw(32).hex(), self._draw(32).hex(), person, self._clock())
        self._sessions[session.key] = session
        return session

    def of(self, key: str) -> Session | None:
        """Return the session of this cookie, and keep it alive."""
        session = self._sessions.get(key)
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

    def expire(self) -> None:
        """Forget who was not heard of for too long."""
        now_s = self._clock()
        for session in tuple(self._sessions.values()):
            if now_s - session.heard_at_s > IDLE_S:
                self.end(session)


def is_proof(session: Session, shown: str) -> bool:
    """Say whether this is the session's proof; takes the same time either way."""
    return hmac.compare_digest(session.proof.encode(), shown.encode())
