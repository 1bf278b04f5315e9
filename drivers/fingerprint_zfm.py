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
from functools import partial

from drivers._serial import open_line
from drivers._zfm_finger import DEVICE, EnrolEnded, ZfmFinger, greeted, in_random_order
from drivers._zfm_talk import Line, ZfmTalk
from egate.domain.finger import (
    FingerCompared,
    FingerEnrolled,
    FingerReason,
    FingerTemplate,
    SensorIdentity,
    TemplateFormat,
)
from egate.ports.fingerprint import Below, FingerprintSensor, Told
from egate.profile.settings import FingerprintZfmSettings
from egate.wire.zfm import Code, Op

LIVE, OTHER = b"\x01", b"\x02"  # buffers


class FingerprintZfm:
    """A FingerprintSensor that compares in the sensor."""

    def __init__(
        self, line: Line, settings: FingerprintZfmSettings, clock: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._talk = ZfmTalk(DEVICE, line, settings, clock)
        self._finger = ZfmFinger(self._talk, clock)
        self._is_held = False

    def greet(self) -> None:
        """Give the password, and hold the sensor against the profile; raises DeviceError."""
        self._finger.greet(self._settings)

    def identity(self) -> SensorIdentity:
        return self._finger.identity()

    def capture(self, timeout_s: float) -> FingerReason:
        self._is_held = False
        with self._talk.turn():
            reason = self._finger.taken(self._into(LIVE), self._clock() + timeout_s)
        self._is_held = reason is FingerReason.OK
        return reason

    def is_lifted(self, timeout_s: float) -> bool:
        self._is_held = False
        with self._talk.turn():
            return self._finger.is_lifted(timeout_s)

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
            for number in in_random_order(len(tries), below):
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
        finger, scores = self._finger, list[int]()
        try:
            with self._talk.turn():
                finger.placed(1, self._into(LIVE), timeout_s, told)
                finger.lifted(1, timeout_s, told)
                finger.placed(2, self._into(OTHER), timeout_s, told)
                scores.append(self._alike())
                template = self._combined()
                finger.lifted(2, timeout_s, told)
                finger.placed(3, self._into(LIVE), timeout_s, told)
                self._upload(template)
                scores.append(self._alike())
        except EnrolEnded as ended:
            return FingerEnrolled(ended.reason, None, tuple(scores))
        return FingerEnrolled(FingerReason.OK, template, tuple(scores))

    def close(self) -> None:
        self._talk.close()

    def _into(self, buffer: bytes) -> Callable[[], FingerReason]:
        return partial(self._finger.looked, Op.IMG_2_TZ, buffer)

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
        self._finger.confirmed(Op.DOWN_CHAR, OTHER)
        self._talk.send(template.data, self._settings.packet_bytes)

    def _leftover_matches(self) -> bool:
        """Compare with what is in the other buffer; a no of any kind is no match."""
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
            raise EnrolEnded(FingerReason.CAPTURES_DIFFER)
        return score

    def _combined(self) -> FingerTemplate:
        """Make one template of both buffers and read it."""
        if (code := self._talk.ask(Op.REG_MODEL).code) is Code.CANNOT_COMBINE:
            raise EnrolEnded(FingerReason.CAPTURES_DIFFER)
        if code is not Code.OK:
            raise self._talk.refused(Op.REG_MODEL, code)
        data = self._talk.receive(Op.UP_CHAR, LIVE, self._settings.template_bytes)
        return FingerTemplate(TemplateFormat.ZFM, data)


def build(settings: FingerprintZfmSettings, clock: Callable[[], float]) -> FingerprintSensor:
    """Open the sensor's line and greet the sensor; `clock` is monotonic.

    Raises:
        DeviceLost: the line cannot be opened, or nothing answers on it.
        DeviceGarbled: what answers is no such sensor.
        DeviceRefused: the password is another one, or the sensor is set up differently.
    """
    line = open_line(DEVICE, settings.line, settings.baud)
    return greeted(FingerprintZfm(line, settings, clock))
