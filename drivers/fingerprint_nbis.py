"""A fingerprint sensor that only gives its picture: this machine finds minutiae and compares.

Templates are ISO/IEC 19794-2:2005 records, so they serve with any sensor of 500 dpi, and neither
the sensor's own templates nor its opinion counts. The price is the picture's way over the serial
line, 7 s at 57600 baud. Finding and comparing are NIST's mindtct and bozorth3, by nbis-py.

Decoys are compared too, though no sensor could tell them apart here: a picture that is like
everybody's, whatever made it, is not believed.

Three captures make no common template: the one most like both others is kept.

Source: research/hardware.md 2.4 (measured scores: over 50 is a match by rule of thumb).
"""

from collections.abc import Callable, Sequence
from typing import Final

import nbis

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
from egate.profile.settings import FingerprintNbisSettings
from egate.wire.zfm import Op, image_bytes

PPI: Final = 500.0
FEWEST: Final = 12  # minutiae that a capture must show, or it is not worth comparing
# Of them so many that mindtct is sure of: of eight clean made-up fingers each showed 11 or more of
# this reliability, of the dry, wet and smeared ones none more than 7. Fit it on own recordings.
FEWEST_SURE, SURE = 8, 0.5
ALIKE: Final = 50  # bozorth3: from here on two are taken to be of one finger
LARGEST: Final = 24 + 4 + 6 * 255 + 2  # bytes of a record with one view of 255 minutiae


class FingerprintNbis:
    """A FingerprintSensor that compares on this machine."""

    def __init__(
        self, line: Line, settings: FingerprintNbisSettings, clock: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._talk = ZfmTalk(DEVICE, line, settings, clock)
        self._finger = ZfmFinger(self._talk, clock)
        self._extractor = extractor()
        self._live: nbis.Minutiae | None = None

    def greet(self) -> None:
        """Give the password, and hold the sensor against the profile; raises DeviceError."""
        self._finger.greet(self._settings)

    def identity(self) -> SensorIdentity:
        return self._finger.identity()

    def capture(self, timeout_s: float) -> FingerReason:
        self._live, taken = None, list[nbis.Minutiae]()
        with self._talk.turn():
            reason = self._finger.taken(self._onto(taken), self._clock() + timeout_s)
        self._live = taken[-1] if taken else None
        return reason

    def is_lifted(self, timeout_s: float) -> bool:
        self._live = None
        with self._talk.turn():
            return self._finger.is_lifted(timeout_s)

    def compare(
        self, template: FingerTemplate, decoys: Sequence[FingerTemplate], below: Below
    ) -> FingerCompared:
        if self._live is None:
            return FingerCompared(FingerReason.NO_FINGER, None, 0)
        if not decoys:
            return FingerCompared(FingerReason.DECOY_MISSING, None, 0)
        records = [self._record(one) for one in (template, *decoys)]
        scores = [0] * len(records)
        for number in in_random_order(len(records), below):
            record = records[number]
            if record is None:
                unfit = FingerReason.DECOY_UNFIT if number else FingerReason.TEMPLATE_UNFIT
                return FingerCompared(unfit, None, 0)
            scores[number] = self._live.compare(record)
        if max(scores[1:]) >= ALIKE:
            return FingerCompared(FingerReason.DECOY_MATCHED, None, len(decoys))
        return FingerCompared(FingerReason.OK, scores[0], len(decoys))

    def enrol(self, timeout_s: float, told: Told) -> FingerEnrolled:
        self._live, taken = None, list[nbis.Minutiae]()
        scores: list[int] = []
        try:
            with self._talk.turn():
                for capture in (1, 2, 3):
                    self._finger.placed(capture, self._onto(taken), timeout_s, told)
                    scores += _likeness(taken)
                    if capture < 3:
                        self._finger.lifted(capture, timeout_s, told)
        except EnrolEnded as ended:
            return FingerEnrolled(ended.reason, None, tuple(scores))
        best = max(taken, key=lambda one: sum(one.compare(other) for other in taken))
        template = FingerTemplate(TemplateFormat.ISO_19794_2, best.to_iso_19794_2_2005())
        return FingerEnrolled(FingerReason.OK, template, tuple(scores))

    def close(self) -> None:
        self._talk.close()

    def _onto(self, taken: "list[nbis.Minutiae]") -> Callable[[], FingerReason]:
        """Return what fetches the picture, and puts the finger's minutiae there if they do."""

        def take() -> FingerReason:
            width, height = self._settings.picture_width, self._settings.picture_height
            picture = self._talk.receive(Op.UP_IMAGE, b"", image_bytes(width, height))
            try:
                minutiae = self._extractor.extract_minutiae(grey_map(picture, width))
            except nbis.NbisError:
                return FingerReason.TOO_FEW_POINTS
            points = minutiae.get()
            sure = sum(point.reliability() >= SURE for point in points)
            if len(points) < FEWEST or sure < FEWEST_SURE:
                return FingerReason.TOO_FEW_POINTS
            taken.append(minutiae)
            return FingerReason.OK

        return take

    def _record(self, template: FingerTemplate) -> "nbis.Minutiae | None":
        """Return the minutiae of a template, None when it is none of ours."""
        if template.format is not TemplateFormat.ISO_19794_2 or len(template.data) > LARGEST:
            return None
        try:
            return self._extractor.load_iso_19794_2_2005(template.data)
        except nbis.NbisError:
            return None


def extractor() -> nbis.NbisExtractor:
    """Return what finds minutiae, and reads records of them."""
    return nbis.new_nbis_extractor(
        nbis.NbisExtractorSettings(
            min_quality=0.0, get_center=False, check_fingerprint=False, compute_nfiq2=False, ppi=PPI
        )
    )


def grey_map(picture: bytes, width: int) -> bytes:
    """Return a sensor's picture, two pixels to a byte, as a portable grey map."""
    pixels = bytearray(2 * len(picture))
    pixels[::2] = bytes(17 * (pair >> 4) for pair in picture)
    pixels[1::2] = bytes(17 * (pair & 15) for pair in picture)
    return b"P5 %d %d 255\n" % (width, len(pixels) // width) + pixels


def build(settings: FingerprintNbisSettings, clock: Callable[[], float]) -> FingerprintSensor:
    """Open the sensor's line and greet the sensor; `clock` is monotonic.

    Raises:
        DeviceLost: the line cannot be opened, or nothing answers on it.
        DeviceGarbled: what answers is no such sensor.
        DeviceRefused: the password is another one, or the sensor is set up differently.
    """
    line = open_line(DEVICE, settings.line, settings.baud)
    return greeted(FingerprintNbis(line, settings, clock))


def _likeness(taken: "list[nbis.Minutiae]") -> list[int]:
    """Return how like the last capture is to the most like before it; nothing of the first.

    Raises:
        EnrolEnded: it is not like any.
    """
    scores = [max(taken[-1].compare(one) for one in taken[:-1])] if taken[1:] else []
    if min(scores, default=ALIKE) < ALIKE:
        raise EnrolEnded(FingerReason.CAPTURES_DIFFER)
    return scores
