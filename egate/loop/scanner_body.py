"""The scanner host's body: codes in, tokens out. It proves a permit's signature, and no more.

What the scanner heard never leaves this process but as findings and, when the signature holds,
as the permit's claims.

Source: DESIGN section 2 (hostile bytes are parsed where there is no right to a door).
"""

from collections.abc import Callable
from typing import Final

from egate.domain.check import Check, Finding, Outcome
from egate.loop.device_host import MOST_GARBLED, BodyLink
from egate.loop.messages import TokenRead
from egate.permit.permit import Reading
from egate.ports.code_reader import CodeReader
from egate.ports.errors import DeviceError, DeviceGarbled

LISTENS_S = 0.2
REOPENS_AFTER_S = (0.1, 0.2, 0.5, 1.0)
SCANNER: Final = "scanner"


class ScannerBody:
    """Opens the reader, reads until it is lost, opens it again."""

    def __init__(
        self,
        open_reader: Callable[[], CodeReader],
        read_permit: Callable[[str], Reading],
        clock: Callable[[], float],
    ) -> None:
        self._open_reader = open_reader
        self._read_permit = read_permit
        self._clock = clock

    def run(self, link: BodyLink) -> None:
        failures = 0
        while not link.is_stopping:
            link.alive()
            try:
                reader = self._open_reader()
            except DeviceError as error:
                failures += 1
                self._is_lost(link, error, failures)
                continue
            failures = 0
            link.device_is(SCANNER, present=True)
            try:
                self._serve(link, reader)
            except DeviceError as error:
                self._is_lost(link, error, 1)
            finally:
                reader.close()

    def _is_lost(self, link: BodyLink, error: DeviceError, failures: int) -> None:
        link.device_is(SCANNER, present=False, what=error.what[:256])
        link.pause(REOPENS_AFTER_S[min(failures, len(REOPENS_AFTER_S)) - 1])

    def _serve(self, link: BodyLink, reader: CodeReader) -> None:
        """Read codes; raises DeviceError when the reader is to be opened anew."""
        garbled = 0
        while not link.is_stopping:
            link.alive()
            began_s = self._clock()
            try:
                code = reader.read(LISTENS_S)
            except DeviceGarbled:
                garbled += 1
                if garbled >= MOST_GARBLED:
                    raise
                link.say(_unread(began_s, self._clock()))
                continue
            if code is not None:
                garbled = 0
                reading = self._read_permit(code.text)
                link.say(
                    TokenRead(
                        began_at_s=code.began_at_s,
                        ended_at_s=code.ended_at_s,
                        findings=reading.findings,
                        permit=reading.permit,
                    )
                )


def _unread(began_s: float, ended_s: float) -> TokenRead:
    """Return the token of a code that was too broken to be one."""
    broken = Finding(Check.PERMIT_IS_READABLE, Outcome.FAILED, "garbled")
    return TokenRead(began_at_s=began_s, ended_at_s=ended_s, findings=(broken,))
