"""A sensor that a finger is laid upon, whoever compares: the sensor itself, or this machine.

One finger is held at a time, the one last captured, and `compare` asks about that one. Everything
here blocks; who calls it does so in a process that may be killed. After any error nothing is held.

Source: research/hardware.md 2.3 (driver rules), 2.4 (decoys).
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from egate.domain.finger import (
    EnrolProgress,
    FingerCompared,
    FingerEnrolled,
    FingerReason,
    FingerTemplate,
    SensorIdentity,
)

Below = Callable[[int], int]  # a random number from 0, less than this
Told = Callable[[EnrolProgress], None]


class FingerprintSensor(Protocol):
    """One sensor; one thread at a time is in it, others wait.

    Every method may raise DeviceLost (the line is gone or silent), DeviceGarbled (what came is no
    answer to what was asked) and DeviceRefused (it said no in a way no finger explains).
    """

    def identity(self) -> SensorIdentity:
        """Ask the sensor what it is; also the way to see that it lives."""

    def capture(self, timeout_s: float) -> FingerReason:
        """Wait for a finger and take it; OK when it is held for `compare`.

        NO_FINGER when none came in time; TOO_DRY, TOO_WET, SMEARED or TOO_FEW_POINTS at once, of
        the first finger that came.
        """

    def is_lifted(self, timeout_s: float) -> bool:
        """Wait until no finger lies there; say whether that came in time.

        It is only felt for: no capture, which may take seconds. No finger is held afterwards.
        """

    def compare(
        self, template: FingerTemplate, decoys: Sequence[FingerTemplate], below: Below
    ) -> FingerCompared:
        """Compare the finger held with a template and, in an order that `below` draws, with decoys.

        TEMPLATE_UNFIT and DECOY_UNFIT when one is not of this sensor's format and length,
        DECOY_MISSING without any, DECOY_MATCHED when one is found in this finger, NO_FINGER when
        no finger is held. A template that does not match scores 0. The finger stays held.
        """

    def enrol(self, timeout_s: float, told: Told) -> FingerEnrolled:
        """Take a finger three times and make one template of it.

        `told` hears each step as it comes, in the caller's thread. `timeout_s` is for each step.
        Ends with NO_FINGER or NOT_LIFTED when a step is not done in time, with CAPTURES_DIFFER
        when they are not of one finger. No finger is held afterwards.
        """

    def close(self) -> None:
        """Give the line back; repeatable, never raises."""
