"""A simulated fingerprint sensor on its line, and the table of what may be wrong with it.

FAULTS is the table of DESIGN section 4 for this device: what is wrong with the answer to which
question, whose finger lies there, what our driver says then, and within which time. The same rows
are put to pyfingerprint by `make bench-finger`.

Source: research/hardware.md 2.3.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
import threading
import time
from typing import Any, Final

from pydantic import TypeAdapter

from drivers.catalogue import fingerprint
from egate.domain.finger import FingerReason, FingerTemplate, TemplateFormat
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceLost, DeviceRefused
from egate.ports.fingerprint import FingerprintSensor
from egate.profile.settings import FingerprintSettings
from egate.wire.zfm import NO_ADDRESS, Ack, Code, Kind, Op, Packet, ack_payload, encode
from simulators.fingerprint_zfm import ReplyFaults, Sensor, Thinking, live
from simulators.fingers import captured, combined
from simulators.serial_line import Cable

TRAVELLER, IMPOSTOR, DECOY = 1, 2, 3  # fingers
SIZE: Final = 512
PASSES: Final = 60  # a threshold for the made-up fingers: theirs share 100 and more, others 10
FAST: Final = 921600  # sixteen times the line of a gate: less to wait for
NO_TIME: Final = Thinking(0.0, 0.0, 0.0)
ANSWER_S: Final = 0.6
SETTINGS: Final[TypeAdapter[FingerprintSettings]] = TypeAdapter(FingerprintSettings)


def template(finger: int, seed: int = 0) -> FingerTemplate:
    """Return what an enrolment of a made-up finger leaves."""
    draw = Random(seed)
    one, other = captured(finger, draw, SIZE), captured(finger, draw, SIZE)
    return FingerTemplate(TemplateFormat.ZFM, combined(one, other))


class FingerBench:
    """A sensor in a thread of its own, and the gate's driver on its line."""

    def __init__(
        self, path: Path, baud: int = FAST, thinking: Thinking = NO_TIME, **settings: object
    ) -> None:
        self.path, self.baud = path, baud
        self.sensor = Sensor(Random(7), thinking=thinking)
        self.cable = Cable(path)
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._living = self._loop.create_task(live(self.sensor, self.cable, baud))
        self._thread = threading.Thread(target=self._live)
        self._thread.start()
        self.driver: FingerprintSensor | None = None

    def settings(self) -> FingerprintSettings:
        """Return what the profile of this bench says."""
        told: dict[str, Any] = {
            "driver": "fingerprint_zfm",
            "line": str(self.path),
            "baud": 57600,
            "answer_timeout_ms": round(1000 * ANSWER_S),
        }
        return SETTINGS.validate_python(told | self._settings)

    def opened(self) -> FingerprintSensor:
        """Open the line anew, once it is there."""
        if self.driver is not None:
            self.driver.close()
        waited_until(self.path.exists)
        self.driver = fingerprint(self.settings(), time.monotonic)
        return self.driver

    def close(self) -> None:
        """Close the driver, and end the sensor's thread."""
        if self.driver is not None:
            self.driver.close()
        self._loop.call_soon_threadsafe(self._living.cancel)
        self._thread.join()
        self._loop.close()
        self.cable.unplug()

    def _live(self) -> None:
        try:
            self._loop.run_until_complete(self._living)
        except asyncio.CancelledError:
            return


def waited_until(holds: Callable[[], bool], within_s: float = 5.0) -> None:
    """Wait until something holds."""
    deadline_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline_s, "it did not come about"
        threading.Event().wait(0.005)


def scored(driver: FingerprintSensor, seed: int = 5) -> object:
    """Take a finger and compare it with the traveller's template: a score, a reason, an error."""
    try:
        reason = driver.capture(0.0)
        if reason is not FingerReason.OK:
            return reason
        compared = driver.compare(template(TRAVELLER), [template(DECOY)], below(seed))
    except DeviceError as error:
        return type(error)
    return compared.reason if compared.score is None else compared.score


def below(seed: int) -> Callable[[int], int]:
    """Return a draw that repeats itself."""
    return Random(seed).randrange


@dataclass(frozen=True, slots=True)
class Fault:
    """One row: `faults` go to ReplyFaults, those of `line` to its Faults."""

    name: str
    moment: Op
    said: object  # PASSED, or the type of an error
    within_s: float
    faults: Mapping[str, Any] = field(default_factory=dict)
    line: Mapping[str, Any] = field(default_factory=dict)
    finger: int = TRAVELLER

    def __str__(self) -> str:
        """Name it as a test's id."""
        return f"{self.name}, {self.moment.name}"

    def put(self, sensor: Sensor) -> None:
        """Have it happen."""
        faults = ReplyFaults(only=self.moment, **self.faults)
        for name, setting in self.line.items():
            setattr(faults.line, name, setting)
        sensor.faults = faults


PASSED: Final = "passed"
RECORDED: Final = encode(Packet(NO_ADDRESS, Kind.ACK, ack_payload(Ack(Code.OK, (200).to_bytes(2)))))
MOMENTS: Final = (Op.GEN_IMG, Op.IMG_2_TZ, Op.DOWN_CHAR, Op.MATCH)
SOON_S, LATE_S = 0.4, ANSWER_S + 0.4

_ROWS: Final[tuple[tuple[str, object, float, dict[str, Any], dict[str, Any]], ...]] = (
    ("nothing", PASSED, SOON_S, {}, {}),
    ("mute", DeviceLost, LATE_S, {}, {"mute": True}),
    ("dies after 8 bytes", DeviceLost, LATE_S, {"cut_to": 8}, {}),
    ("garbled", DeviceGarbled, SOON_S, {}, {"garbled": True}),
    ("slow to begin", PASSED, 1.0, {}, {"slow_s": 0.05}),
    ("too slow", DeviceLost, LATE_S, {}, {"slow_s": ANSWER_S + 0.1}),
    ("slow from byte to byte", PASSED, 1.5, {}, {"slow_byte_s": 0.002}),
    ("a byte of noise first", PASSED, SOON_S, {}, {"noise": b"\x00"}),
    ("half a start first", PASSED, SOON_S, {}, {"noise": b"\xef"}),
    ("3000 bytes of noise first", PASSED, SOON_S, {}, {"hostile_length": 3000}),
    ("noise without end", DeviceGarbled, LATE_S, {}, {"hostile_length": 60000}),
    ("length FFFF", DeviceGarbled, SOON_S, {"length": 0xFFFF}, {}),
    ("length 0", DeviceGarbled, SOON_S, {"length": 0}, {}),
    ("another's address", DeviceGarbled, SOON_S, {"foreign": 0x00000001}, {}),
    ("a bit flipped", DeviceGarbled, SOON_S, {}, {"flipped_bit": 73}),
    ("a bit flipped in the checksum", DeviceGarbled, SOON_S, {}, {"flipped_bit": -1}),
    ("answers twice", DeviceGarbled, SOON_S, {}, {"duplicate": True}),
    ("says no", DeviceRefused, SOON_S, {"code": Code.FLASH_ERROR}, {}),
    ("loses power", DeviceGarbled, LATE_S, {"restarts": True}, {}),
    ("is unplugged", DeviceLost, SOON_S, {}, {"drops_line_s": 0.05}),
)
FAULTS: Final = (
    *(
        Fault(name, moment, said, within_s, faults, line)
        for name, said, within_s, faults, line in _ROWS
        for moment in MOMENTS
    ),
    *(
        Fault("a recorded score", moment, DeviceGarbled, SOON_S, {"replay": RECORDED}, {}, IMPOSTOR)
        for moment in MOMENTS
    ),
    Fault("a score left out", Op.MATCH, DeviceGarbled, SOON_S, {"code": Code.OK}),
    Fault(
        "wrong password wanted", Op.GEN_IMG, DeviceRefused, SOON_S, {"code": Code.PASSWORD_NEEDED}
    ),
)
