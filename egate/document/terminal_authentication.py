"""Terminal authentication: the terminal proves to the chip that it may read fingers and irises.

    MSE:Set DST              83 authority          for each certificate, from one the chip trusts
    PSO:Verify Certificate   7F4E body, 5F37 signature          down to the terminal's
    MSE:Set AT               83 terminal
    GET CHALLENGE                                  the chip's 8 bytes
    EXTERNAL AUTHENTICATE    signature over: chip || challenge || our key, compressed

    chip      with PACE its key of step 3, compressed; else the document number and its digit
    our key   the newest that agreed on a channel: chip authentication's, or that of PACE with
              chip authentication mapping

Whom the chip trusts it says at the end of PACE, or in EF.CVCA. What comes of it is the chip's word
and concerns what it gives out: it proves nothing about the document, and a chip that refuses us
says something about us. The terminal's key is not here: `Terminal.sign` may be a smart card's.

Source: ICAO 9303-11, 7.1 and appendix K (EF.CVCA), 4.4.3.5; BSI TR-03110-3, A.7 and B.3.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

from egate.document import card_verifiable_certificates
from egate.document.card_verifiable_certificates import CvCertificate, CvcRefused, Role
from egate.document.dialogue import ChipError, Dialogue, ask
from egate.document.file_reading import Session
from egate.document.lds import CVCA, ElementaryFile
from egate.document.secure_messaging import ChannelBroken
from egate.document.security_infos import SecurityInfos, TerminalAuthenticationInfo
from egate.domain.check import Check, Evidence, Finding, Outcome
from egate.wire import tlv
from egate.wire.apdu import SHORT_LE, Command, Response
from egate.wire.errors import FrameError

CHECK: Final = Check.CHIP_ACCEPTS_THE_TERMINAL
STEP: Final = "terminal authentication"
VERSION: Final = 1
MAX_CERTIFICATES: Final = 16
MAX_CHAIN: Final = 6  # links, a document verifier, the terminal
MAX_REFERENCES: Final = 2
CHALLENGE_BYTES: Final = 8
REFERENCE: Final = 0x83
MSE, PSO = 0x22, 0x2A
SHORT_ROOM: Final = 239  # padded 240, which with 87 81 F1 01 and 8E 08 is the most of a short Lc


class TerminalKeyLost(Exception):
    """The terminal's key cannot sign now; `Terminal.sign` may raise it."""


@dataclass(frozen=True, slots=True, repr=False)
class Terminal:
    """Who we are to a chip: the terminal's certificate by its holder, those above it, its key.

    `sign` returns what the certificate's scheme makes of a message, r and s plain; it may block
    as long as the card may wait. Certificates may be of several chains, and old links among them.
    """

    holder: str
    certificates: tuple[CvCertificate, ...]
    sign: Callable[[bytes], bytes]

    def __post_init__(self) -> None:
        if len(self.certificates) > MAX_CERTIFICATES:
            raise ValueError(f"a terminal has at most {MAX_CERTIFICATES} certificates")

    def chain(self, trusted: Collection[str]) -> tuple[CvCertificate, ...]:
        """Return the certificates from below one of the trusted down to ours; empty for none."""
        found: tuple[CvCertificate, ...] = ()
        wanted = self.holder
        while len(found) < MAX_CHAIN:
            above = [
                one
                for one in self.certificates
                if one.holder == wanted and not one.is_self_signed and one not in found
            ]
            if not above or (not found and above[0].role is not Role.TERMINAL):
                return ()
            found = (above[0], *found)
            if above[0].authority in trusted:
                return found
            wanted = above[0].authority
        return ()


@dataclass(frozen=True, slots=True, repr=False)
class Setting:
    """What was agreed before: DG14's infos, whom PACE said the chip trusts, both identities."""

    infos: SecurityInfos
    trusted: tuple[str, ...]
    chip: bytes
    our_key: bytes


def is_listed(infos: SecurityInfos) -> bool:
    """Say whether these infos (of DG14) say that the chip knows this protocol."""
    return _info(infos) is not None


def cvca_file(infos: SecurityInfos) -> ElementaryFile:
    """Return where EF.CVCA is: where these infos say, or the usual place."""
    info = _info(infos)
    try:
        told = tlv.decode_all(tlv.decode_one(info.ef_cvca, 0x30)) if info and info.ef_cvca else ()
    except FrameError:
        return CVCA
    sizes = tuple((item.tag, len(item.value)) for item in told)
    if sizes not in {((0x04, 2),), ((0x04, 2), (0x04, 1))}:
        return CVCA
    file_id = int.from_bytes(told[0].value)
    short_id = told[1].value[0] & 0x1F if len(told) == 2 else 0
    return ElementaryFile(CVCA.name, file_id, short_id, CVCA.tag, CVCA.limit)


def read_trusted(raw: bytes) -> tuple[str, ...]:
    """Return whom EF.CVCA says the chip trusts, the newest first; nothing of what is no EF.CVCA."""
    found: list[str] = []
    rest = raw.rstrip(b"\0")
    try:
        while rest and len(found) < MAX_REFERENCES:
            item, rest = tlv.decode(rest, CVCA.limit)
            if item is None or item.tag != CVCA.tag:
                return ()
            found.append(card_verifiable_certificates.reference(item.value))
    except (FrameError, CvcRefused):
        return ()
    return tuple(found)


def introduce(session: Session, terminal: Terminal, setting: Setting) -> Dialogue[Finding]:
    """Find a chain this chip can follow, and carry it out; return what came of it.

    Raises:
        ChannelBroken: the session cannot go on.
    """
    chain = terminal.chain(setting.trusted)
    try:
        if not chain:
            raw = yield from session.read_start(cvca_file(setting.infos))
            chain = terminal.chain(read_trusted(raw))
        if not chain:
            return Finding(CHECK, Outcome.INCONCLUSIVE, "no_certificate_for_this_chip")
        if session.answer_bytes <= SHORT_LE and _longest(chain) > SHORT_ROOM:
            return Finding(CHECK, Outcome.INCONCLUSIVE, "needs_extended_length")
        yield from session.speak(authenticate_terminal(terminal, chain, setting))
    except ChannelBroken:
        raise
    except ChipError as error:
        evidence: Evidence = {"sw": f"{error.sw:04x}"} if error.sw is not None else {}
        outcome = Outcome.FAILED if error.reason == "malformed" else Outcome.INCONCLUSIVE
        return Finding(CHECK, outcome, error.reason, evidence)
    evidence = {"certificates": len(chain), "scheme": str(chain[-1].scheme)}
    return Finding(CHECK, Outcome.PASSED, "chip_took_our_signature", evidence)


def authenticate_terminal(
    terminal: Terminal, chain: Iterable[CvCertificate], setting: Setting
) -> Dialogue[None]:
    """Have the chip follow the chain, and sign its challenge.

    Raises:
        ChipError: `authority_unknown`, `certificate_refused`, `terminal_unknown`, `no_challenge`,
            `malformed`, `not_signed`, or `signature_refused`.
    """
    for certificate in chain:
        named = tlv.encode(REFERENCE, certificate.authority.encode("latin-1"))
        yield from _ask("authority_unknown", Command(0x00, MSE, 0x81, 0xB6, named))
        verify = Command(0x00, PSO, 0x00, 0xBE, certificate.signed)
        yield from _ask("certificate_refused", verify)
    named = tlv.encode(REFERENCE, terminal.holder.encode("latin-1"))
    yield from _ask("terminal_unknown", Command(0x00, MSE, 0x81, 0xA4, named))
    asked = Command(0x00, 0x84, 0x00, 0x00, le=CHALLENGE_BYTES)
    challenge = yield from _ask("no_challenge", asked)
    if len(challenge.data) != CHALLENGE_BYTES:
        raise ChipError(STEP, reason="malformed")
    try:
        signature = terminal.sign(setting.chip + challenge.data + setting.our_key)
    except TerminalKeyLost as error:
        raise ChipError(STEP, reason="not_signed") from error
    yield from _ask("signature_refused", Command(0x00, 0x82, 0x00, 0x00, signature))


def _ask(reason: str, command: Command) -> Dialogue[Response]:
    """Send one command; a refusal has this reason."""
    try:
        return (yield from ask(STEP, command))
    except ChipError as error:
        raise ChipError(STEP, error.sw, reason) from error


def _longest(chain: Iterable[CvCertificate]) -> int:
    """Return how long the longest command will be; signatures are as long as those above."""
    return max(len(one.signed) for one in chain)


def _info(infos: SecurityInfos) -> TerminalAuthenticationInfo | None:
    for info in infos:
        if isinstance(info, TerminalAuthenticationInfo) and info.version == VERSION:
            return info
    return None
