"""A fingerprint sensor of the ZFM-20 kind that compares by itself, believed only so far.

The finger is in the sensor's buffer 1, what it is compared with goes to buffer 2. The sensor does
not say whether an upload came, and compares with whatever it has: so what was there before is
compared first, and where that matches, a decoy which does not takes its place before the
traveller's template is sent. Then template and decoys are compared in random order. Only "no
match" clears a decoy; the score of the template is told as it is, whatever the sensor's level.

An enrolment takes two captures, which the sensor makes one template of, reads that, and compares a
third capture with it as it will be at a gate: uploaded.

Source: research/hardware.md 2.1, 2.3, 2.4; egate/wire/zfm.py.
"""

from collections.abc import Callable, Sequence
from typing import Final

from drivers._serial import open_line
from drivers._zfm_talk import Line, ZfmTalk
from egate.domain.finger import (
    EnrolProgress,
    EnrolStep,
    FingerCompared,
    FingerEnrolled,
    FingerReason,
    FingerTemplate,
    SensorIdentity,
    TemplateFormat,
)
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceRefused
from egate.ports.fingerprint import Below, FingerprintSensor, Told
from egate.profile.settings import FingerprintZfmSettings
from egate.wire.errors import FrameError
from egate.wire.zfm import Ack, Code, Op, SystemParameters, parameters_of

DEVICE: Final = "fingerprint"
LIVE, OTHER = b"\x01", b"\x02"  # buffers
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


class _Ended(Exception):
    """An enrolment that comes to nothing."""

    def __init__(self, reason: FingerReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class FingerprintZfm:
    """A FingerprintSensor that compares in the sensor."""

    def __init__(
        self, line: Line, settings: FingerprintZfmSettings, clock: Callable[[], float]
    ) -> None:
        address, answer_s = int(settings.address, 16), settings.answer_timeout_ms / 1000
        self._settings = settings
        self._clock = clock
        self._talk = ZfmTalk(DEVICE, line, (address, settings.baud, answer_s), clock)
        self._is_held = False

    def identity(self) -> SensorIdentity:
        with self._talk.turn():
            told = self._parameters()
        what = f"ZFM sensor, system {told.system:04X}, {told.capacity} templates"
        return SensorIdentity(
            what,
            told.system,
            told.address,
            told.capacity,
            told.level,
            told.packet_bytes,
            told.baud,
        )

    def capture(self, timeout_s: float) -> FingerReason:
        self._is_held = False
        with self._talk.turn():
            reason = self._take(LIVE, self._clock() + timeout_s)
        self._is_held = reason is FingerReason.OK
        return reason

    def compare(
        self, template: FingerTemplate, decoys: Sequence[FingerTemplate], below: Below
    ) -> FingerCompared:
        reason = self._unfit(template, decoys)
        if reason is not FingerReason.OK:
            return FingerCompared(reason, None, 0)
        tries = [(template, False), *((decoy, True) for decoy in decoys)]
        score, self._is_held = 0, False
        with self._talk.turn():
            decoys_matched = self._leftover_matches() and self._score(decoys[0]) is not None
            for number in _order(len(tries), below):
                tried, is_decoy = tries[number]
                found = self._score(tried)
                if is_decoy:
                    decoys_matched |= found is not None
                else:
                    score = found or 0
        self._is_held = True
        if decoys_matched:
            return FingerCompared(FingerReason.DECOY_MATCHED, None, len(decoys))
        return FingerCompared(FingerReason.OK, score, len(decoys))

    def enrol(self, timeout_s: float, told: Told) -> FingerEnrolled:
        self._is_held = False
        scores: list[int] = []
        try:
            with self._talk.turn():
                self._placed(1, LIVE, timeout_s, told)
                self._lifted(1, timeout_s, told)
                self._placed(2, OTHER, timeout_s, told)
                scores.append(self._alike())
                template = self._combined()
                self._lifted(2, timeout_s, told)
                self._placed(3, LIVE, timeout_s, told)
                self._upload(template)
                scores.append(self._alike())
        except _Ended as ended:
            return FingerEnrolled(ended.reason, None, tuple(scores))
        return FingerEnrolled(FingerReason.OK, template, tuple(scores))

    def close(self) -> None:
        self._talk.close()

    def greet(self) -> None:
        """Give the password, and hold the sensor against the profile.

        Raises:
            DeviceError: it does not answer, wants another password, or is set up differently.
        """
        with self._talk.turn():
            self._confirmed(Op.VFY_PWD, bytes.fromhex(self._settings.password))
            told = self._parameters()
        if told.packet_bytes != self._settings.packet_bytes:
            what = f"it is set to packets of {told.packet_bytes} bytes, the profile says"
            raise DeviceRefused(DEVICE, f"{what} packet_bytes = {self._settings.packet_bytes}")

    def _parameters(self) -> SystemParameters:
        try:
            return parameters_of(self._confirmed(Op.READ_SYS_PARA).result)
        except FrameError as error:
            raise DeviceGarbled(DEVICE, str(error)) from error

    def _confirmed(self, op: Op, parameters: bytes = b"") -> Ack:
        ack = self._talk.ask(op, parameters)
        if ack.code is not Code.OK:
            raise self._talk.refused(op, ack.code)
        return ack

    def _looked(self, op: Op, parameters: bytes = b"") -> FingerReason:
        """Ask something whose answer a finger explains."""
        code = self._talk.ask(op, parameters).code
        if code not in FINGERS:
            raise self._talk.refused(op, code)
        return FINGERS[code]

    def _take(self, buffer: bytes, deadline_s: float) -> FingerReason:
        """Wait for a finger and take it into a buffer."""
        while (reason := self._looked(Op.GEN_IMG)) in NOT_YET and self._clock() < deadline_s:
            self._talk.rest(POLL_S)
        return reason if reason is not FingerReason.OK else self._looked(Op.IMG_2_TZ, buffer)

    def _unfit(self, template: FingerTemplate, decoys: Sequence[FingerTemplate]) -> FingerReason:
        """Return why these cannot be compared, OK when they can."""
        if not self._is_held:
            return FingerReason.NO_FINGER
        if not decoys:
            return FingerReason.DECOY_MISSING
        if not self._fits(template):
            return FingerReason.TEMPLATE_UNFIT
        fit = all(self._fits(decoy) for decoy in decoys)
        return FingerReason.OK if fit else FingerReason.DECOY_UNFIT

    def _fits(self, template: FingerTemplate) -> bool:
        is_ours = template.format is TemplateFormat.ZFM
        return is_ours and len(template.data) == self._settings.template_bytes

    def _upload(self, template: FingerTemplate) -> None:
        self._confirmed(Op.DOWN_CHAR, OTHER)
        self._talk.send(template.data, self._settings.packet_bytes)

    def _leftover_matches(self) -> bool:
        """Compare with what is in the other buffer; nothing there is no match either."""
        return self._talk.ask(Op.MATCH).code is Code.OK

    def _score(self, template: FingerTemplate) -> int | None:
        """Upload and compare; None when the sensor says that it does not match."""
        self._upload(template)
        return self._matched()

    def _matched(self) -> int | None:
        ack = self._talk.ask(Op.MATCH)
        if ack.code is Code.NO_MATCH:
            return None
        if ack.code is not Code.OK:
            raise self._talk.refused(Op.MATCH, ack.code)
        return int.from_bytes(ack.result)

    def _alike(self) -> int:
        score = self._matched()
        if score is None:
            raise _Ended(FingerReason.CAPTURES_DIFFER)
        return score

    def _combined(self) -> FingerTemplate:
        """Make one template of both buffers and read it."""
        if (code := self._talk.ask(Op.REG_MODEL).code) is Code.CANNOT_COMBINE:
            raise _Ended(FingerReason.CAPTURES_DIFFER)
        if code is not Code.OK:
            raise self._talk.refused(Op.REG_MODEL, code)
        data = self._talk.receive(Op.UP_CHAR, LIVE, self._settings.template_bytes)
        return FingerTemplate(TemplateFormat.ZFM, data)

    def _placed(self, capture: int, buffer: bytes, timeout_s: float, told: Told) -> None:
        """Have a finger laid down until it is taken well."""
        deadline_s = self._clock() + timeout_s
        told(EnrolProgress(EnrolStep.PLACE, capture))
        while (reason := self._take(buffer, deadline_s)) is not FingerReason.OK:
            if self._clock() >= deadline_s:
                raise _Ended(reason)
            told(EnrolProgress(EnrolStep.AGAIN, capture, reason))
            self._talk.rest(POLL_S)
        told(EnrolProgress(EnrolStep.TAKEN, capture))

    def _lifted(self, capture: int, timeout_s: float, told: Told) -> None:
        """Have the finger taken away."""
        deadline_s = self._clock() + timeout_s
        told(EnrolProgress(EnrolStep.LIFT, capture))
        while self._looked(Op.GEN_IMG) is not FingerReason.NO_FINGER:
            if self._clock() >= deadline_s:
                raise _Ended(FingerReason.NOT_LIFTED)
            self._talk.rest(POLL_S)


def build(settings: FingerprintZfmSettings, clock: Callable[[], float]) -> FingerprintSensor:
    """Open the sensor's line and greet the sensor; `clock` is monotonic.

    Raises:
        DeviceLost: the line cannot be opened, or nothing answers on it.
        DeviceGarbled: what answers is no such sensor.
        DeviceRefused: the password is another one, or the sensor is set up differently.
    """
    sensor = FingerprintZfm(open_line(DEVICE, settings.line, settings.baud), settings, clock)
    try:
        sensor.greet()
    except DeviceError:
        sensor.close()
        raise
    return sensor


def _order(count: int, below: Below) -> list[int]:
    """Return 0 to count - 1 in random order, each order as likely (Fisher and Yates)."""
    order = list(range(count))
    for last in range(count - 1, 0, -1):
        other = below(last + 1)
        order[last], order[other] = order[other], order[last]
    return order
