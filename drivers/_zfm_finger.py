"""What every driver of a ZFM sensor asks it: who it is, whether a finger is there, and to enrol.

All of it goes on inside a turn of the talk. What is done with a finger that is there is the
driver's: `Take` does it, and says whether it was a good one.

Source: research/hardware.md 2.1 (the codes); egate/wire/zfm.py.
"""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from drivers._zfm_talk import ZfmTalk
from egate.domain.finger import EnrolProgress, EnrolStep, FingerReason, SensorIdentity
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceRefused
from egate.ports.fingerprint import Below, Told
from egate.profile.settings import FingerprintLine
from egate.wire.errors import FrameError
from egate.wire.zfm import Ack, Code, Op, SystemParameters, parameters_of

DEVICE: Final = "fingerprint"
POLL_S: Final = 0.05  # between two looks for a finger

FINGERS: Final = {
    Code.OK: FingerReason.OK,
    Code.NO_FINGER: FingerReason.NO_FINGER,
    Code.IMAGE_FAILED: FingerReason.SMEARED,
    Code.TOO_DRY: FingerReason.TOO_DRY,
    Code.TOO_WET: FingerReason.TOO_WET,
    Code.MESSY: FingerReason.SMEARED,
    Code.FEW_POINTS: FingerReason.TOO_FEW_POINTS,
}  # every other code to a question about a finger is the sensor's refusal
NOT_YET: Final = {FingerReason.NO_FINGER, FingerReason.SMEARED}  # while a finger is being laid down

Take = Callable[[], FingerReason]


class EnrolEnded(Exception):
    """An enrolment that comes to nothing."""

    def __init__(self, reason: FingerReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class ZfmFinger:
    """The questions, over one talk; `clock` is monotonic."""

    def __init__(self, talk: ZfmTalk, clock: Callable[[], float]) -> None:
        self._talk = talk
        self._clock = clock

    def greet(self, settings: FingerprintLine) -> None:
        """Give the password, and hold the sensor against the profile, in a turn of its own.

        Raises:
            DeviceError: it does not answer, wants another password, or is set up differently.
        """
        with self._talk.turn():
            self.confirmed(Op.VFY_PWD, bytes.fromhex(settings.password))
            told = self._parameters()
        if told.packet_bytes != settings.packet_bytes:
            what = f"it is set to packets of {told.packet_bytes} bytes, the profile says"
            raise DeviceRefused(DEVICE, f"{what} packet_bytes = {settings.packet_bytes}")

    def identity(self) -> SensorIdentity:
        """Return what the sensor says of itself, asked in a turn of its own."""
        with self._talk.turn():
            told = self._parameters()
        return SensorIdentity(
            f"ZFM sensor, system {told.system:04X}, {told.capacity} templates",
            told.system,
            told.address,
            told.capacity,
            told.level,
            told.packet_bytes,
            told.baud,
        )

    def confirmed(self, op: Op, parameters: bytes = b"") -> Ack:
        """Return the answer to what is either done or refused."""
        ack = self._talk.ask(op, parameters)
        if ack.code is not Code.OK:
            raise self._talk.refused(op, ack.code)
        return ack

    def looked(self, op: Op, parameters: bytes = b"") -> FingerReason:
        """Return what a finger explains of the answer."""
        code = self._talk.ask(op, parameters).code
        if code not in FINGERS:
            raise self._talk.refused(op, code)
        return FINGERS[code]

    def taken(self, take: Take, deadline_s: float) -> FingerReason:
        """Wait for a finger and take it."""
        while (reason := self.looked(Op.GEN_IMG)) in NOT_YET and self._clock() < deadline_s:
            self._talk.rest(POLL_S)
        return take() if reason is FingerReason.OK else reason

    def placed(self, capture: int, take: Take, timeout_s: float, told: Told) -> None:
        """Have a finger laid down until it is taken well.

        Raises:
            EnrolEnded: it was not in time.
        """
        deadline_s = self._clock() + timeout_s
        told(EnrolProgress(EnrolStep.PLACE, capture))
        while (reason := self.taken(take, deadline_s)) is not FingerReason.OK:
            if self._clock() >= deadline_s:
                raise EnrolEnded(reason)
            told(EnrolProgress(EnrolStep.AGAIN, capture, reason))
            self._talk.rest(POLL_S)
        told(EnrolProgress(EnrolStep.TAKEN, capture))

    def lifted(self, capture: int, timeout_s: float, told: Told) -> None:
        """Have the finger taken away.

        Raises:
            EnrolEnded: it was not in time.
        """
        told(EnrolProgress(EnrolStep.LIFT, capture))
        if not self.is_lifted(timeout_s):
            raise EnrolEnded(FingerReason.NOT_LIFTED)

    def is_lifted(self, timeout_s: float) -> bool:
        """Wait until no finger is there; say whether that came in time. No picture is sent."""
        deadline_s = self._clock() + timeout_s
        while self.looked(Op.GEN_IMG) is not FingerReason.NO_FINGER:
            if self._clock() >= deadline_s:
                return False
            self._talk.rest(POLL_S)
        return True

    def _parameters(self) -> SystemParameters:
        try:
            return parameters_of(self.confirmed(Op.READ_SYS_PARA).result)
        except FrameError as error:
            raise DeviceGarbled(DEVICE, str(error)) from error


class Greets(Protocol):
    """A sensor whose line is open and that was not spoken with yet."""

    def greet(self) -> None:
        """Give the password, and hold the sensor against the profile; raise DeviceError."""

    def close(self) -> None:
        """Give the line back."""


G = TypeVar("G", bound=Greets)


def greeted(sensor: G) -> G:
    """Return the sensor once it was greeted; its line is given back when that fails."""
    try:
        sensor.greet()
    except DeviceError:
        sensor.close()
        raise
    return sensor


def in_random_order(count: int, below: Below) -> list[int]:
    """Return 0 to count - 1 in random order, each order as likely (Fisher and Yates)."""
    order = list(range(count))
    for last in range(count - 1, 0, -1):
        other = below(last + 1)
        order[last], order[other] = order[other], order[last]
    return order
