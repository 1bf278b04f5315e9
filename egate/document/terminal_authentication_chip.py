"""The chip's part of terminal authentication, as a simulated chip computes it.

It keeps whom it trusts and what day it thinks it is, also without power: links and the dates of
what it accepted move both on. All else it forgets. One terminal is let in a session; its rights
are the caller's to end with the channel they came over.

Source: ICAO 9303-11, 7.1.3 (session) and 7.1.4.3 (validation).
"""

from dataclasses import dataclass
from datetime import date

from egate.document.card_verifiable_certificates import (
    CvcRefused,
    Holder,
    Role,
    accept,
    decode_signed,
)
from egate.document.domain_parameters import Draw
from egate.document.lds import CVCA
from egate.document.terminal_authentication import CHALLENGE_BYTES, MAX_REFERENCES, REFERENCE
from egate.wire import tlv
from egate.wire.apdu import Command, Response, Sw
from egate.wire.errors import FrameError

OK = Response(b"", Sw.OK)
UNKNOWN = Response(b"", Sw.REFERENCED_DATA_NOT_FOUND)
REFUSED = Response(b"", Sw.CONDITIONS_OF_USE_NOT_SATISFIED)


@dataclass(slots=True, repr=False)
class TerminalAuthenticationChip:
    """A chip that lets terminals in whose certificates lead to a key it trusts, newest first."""

    trusted: tuple[Holder, ...]
    today: date
    draw: Draw
    rights: int | None = None  # of the terminal that was let in
    _issuer: Holder | None = None
    _imported: Holder | None = None
    _terminal: Holder | None = None
    _challenge: bytes = b""

    @property
    def cvca_file(self) -> bytes:
        """EF.CVCA as it stands."""
        raw = b"".join(
            tlv.encode(CVCA.tag, one.reference.encode("latin-1")) for one in self.trusted
        )
        return raw.ljust(CVCA.limit, b"\0")

    @property
    def is_begun(self) -> bool:
        """Whether a terminal was named, so that a challenge is for it."""
        return self._terminal is not None

    def forget(self) -> None:
        """Begin a session."""
        self.rights = self._issuer = self._imported = self._terminal = None
        self._challenge = b""

    def name_issuer(self, command: Command) -> Response:
        """Answer MSE:Set DST."""
        self._issuer = self._named(command)
        return OK if self._issuer else UNKNOWN

    def verify(self, command: Command) -> Response:
        """Answer PSO:Verify Certificate."""
        issuer, self._issuer = self._issuer, None
        if issuer is None:
            return REFUSED
        try:
            holder = accept(decode_signed(command.data), issuer, self.today)
        except CvcRefused:
            return Response(b"", Sw.INCORRECT_DATA)
        if holder.role is Role.CVCA:
            self.trusted = (holder, *self.trusted)[:MAX_REFERENCES]
        else:
            self._imported = holder
        if holder.role is Role.CVCA or issuer.role is not Role.FOREIGN_VERIFIER:
            self.today = max(self.today, holder.effective)
        return OK

    def name_terminal(self, command: Command) -> Response:
        """Answer MSE:Set AT."""
        named = self._named(command)
        self._terminal = named if named and named.role is Role.TERMINAL else None
        return OK if self._terminal else UNKNOWN

    def challenge(self) -> Response:
        """Answer GET CHALLENGE."""
        self._challenge = self.draw(CHALLENGE_BYTES)
        return Response(self._challenge, Sw.OK)

    def authenticate(self, command: Command, chip: bytes, terminal_key: bytes) -> Response:
        """Answer EXTERNAL AUTHENTICATE; `terminal_key` is empty when the chip proved none."""
        terminal, challenge = self._terminal, self._challenge
        self._terminal, self._challenge = None, b""
        if terminal is None or not challenge:
            return REFUSED
        if self.rights is not None or not terminal_key:
            return Response(b"", Sw.SECURITY_STATUS_NOT_SATISFIED)
        if not terminal.has_signed(command.data, chip + challenge + terminal_key):
            return Response(b"", Sw.AUTHENTICATION_FAILED)
        self.rights = terminal.rights
        return OK

    def _named(self, command: Command) -> Holder | None:
        """Return the key a command names, of those trusted in or the one imported last."""
        try:
            reference = tlv.decode_one(command.data, REFERENCE).decode("latin-1")
        except FrameError:
            return None
        in_force = (one for one in self.trusted if one.expires >= self.today)
        imported = (self._imported,) if self._imported else ()
        return next((one for one in (*in_force, *imported) if one.reference == reference), None)
