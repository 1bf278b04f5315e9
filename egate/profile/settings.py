"""The hardware profile as values: every key with its unit in its name and its bounds beside it.

A profile is read by egate.profile.load; this file says what may stand in one. Nothing here
opens a file or a line.

Source: DESIGN sections 3 and 4; research/domain.md 2.2 (limits), 1.3 (pulse lengths).
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from egate.domain.lane_part import Direction, Input, Output, Shape
from egate.domain.language import Language

Seconds = Annotated[float, Field(ge=0.1, le=900)]
Pin = Annotated[int, Field(ge=0, le=53)]
Name = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$",
        description="1 to 32 letters, digits, dots, dashes or underscores",
    ),
]
Line = Annotated[str, Field(min_length=1, max_length=200)]
FilePath = Annotated[str, Field(min_length=1, max_length=200)]


class Section(BaseModel):
    """A table of the profile: frozen, and a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Gate(Section):
    """Which gate this is: its name, the crossing it belongs to, its shape and direction."""

    name: Name
    site: Name
    shape: Annotated[Shape, Field(strict=False)]
    direction: Annotated[Direction, Field(strict=False)]


class Service(Section):
    """How the lane is opened: by itself after the self-test, and with or without an officer."""

    opens_by_itself: bool
    officer_required: bool


class Limits(Section):
    """Time limits of the lane in seconds; every key may be left out (domain.TimeLimits)."""

    self_test_s: Seconds = 60.0
    reading_s: Annotated[float, Field(ge=1, le=60)] = 15.0
    turned_away_s: Annotated[float, Field(ge=0.5, le=30)] = 3.0
    entry_released_s: Annotated[float, Field(ge=2, le=30)] = 10.0
    entering_s: Annotated[float, Field(ge=2, le=60)] = 10.0
    face_try_s: Annotated[float, Field(ge=1, le=30)] = 10.0
    finger_try_s: Annotated[float, Field(ge=2, le=30)] = 6.0
    verifying_s: Annotated[float, Field(ge=2, le=90)] = 30.0
    decided_s: Annotated[float, Field(ge=0.2, le=5)] = 1.0
    exit_warning_s: Annotated[float, Field(ge=1, le=30)] = 10.0
    exit_released_s: Annotated[float, Field(ge=2, le=60)] = 20.0
    leaving_s: Annotated[float, Field(ge=2, le=60)] = 10.0
    left_object_s: Annotated[float, Field(ge=0.5, le=30)] = 3.0
    referred_dwell_s: Annotated[float, Field(ge=5, le=600)] = 60.0
    returning_s: Annotated[float, Field(ge=2, le=120)] = 20.0
    maintenance_idle_s: Annotated[float, Field(ge=30, le=3600)] = 900.0
    hint_s: Annotated[float, Field(ge=1, le=30)] = 5.0
    door_disagreement_s: Annotated[float, Field(ge=0.2, le=10)] = 2.0
    door_follow_s: Annotated[float, Field(ge=0.5, le=15)] = 3.0
    occupancy_settle_s: Annotated[float, Field(ge=0.05, le=1)] = 0.3
    out_of_service_retry_s: Annotated[float, Field(ge=1, le=300)] = 10.0


Often = Annotated[int, Field(ge=1000, le=1_000_000_000)]


class ServiceAfter(Section):
    """After how much a part wants service: a warning, never a closed lane (domain.ServiceLimits).

    The maker of a lock, relay, lamp or reader says how much it stands; what is left out here is for
    one of which nobody said anything. `looks` are those of the camera, and of the light beside it.
    """

    door_cycles: Often = 500_000
    relay_cycles: Often = 500_000
    lamp_hours: Annotated[int, Field(ge=100, le=200_000)] = 20_000
    scans: Often = 2_000_000
    page_reads: Often = 1_000_000
    chip_reads: Often = 500_000
    looks: Often = 2_000_000
    finger_tries: Often = 500_000
    errors_per_1000: Annotated[int, Field(ge=1, le=1000)] = 20


class DoorWiring(Section):
    """How a door fails without power, and who moves its leaf.

    "secured" stays locked without power, "free" may be pushed open. A leaf that opens by
    motor and does not, once released, is a fault; one that opens by hand waits to be pushed.
    """

    fail: Literal["secured", "free"]
    opens: Literal["by_motor", "by_hand"] = "by_motor"


class Doors(Section):
    """The doors of the lane; a turnstile has only `exit`."""

    entry: DoorWiring | None = None
    exit: DoorWiring


class InputWiring(Section):
    """One input line: which pin, which level is active, which pull resistor."""

    pin: Pin
    active: Literal["high", "low"]
    pull: Literal["up", "down", "none"]


class OutputWiring(Section):
    """One output line: which pin, and which level energises what hangs on it."""

    pin: Pin
    energised: Literal["high", "low"]


class Board(Section):
    """The board that holds the input and output lines.

    `line` is "tcp://HOST:PORT" for pigpio, "/dev/gpiochipN" for lgpio and gpiod.
    """

    driver: Literal["io_gpiozero", "io_gpiod"]
    factory: Literal["pigpio", "lgpio"] | None = None
    line: Line
    debounce_ms: Annotated[int, Field(ge=0, le=50)] = 2
    inputs: dict[Annotated[Input, Field(strict=False)], InputWiring]
    outputs: dict[Annotated[Output, Field(strict=False)], OutputWiring]


class QrSerialSettings(Section):
    """A QR scanner on its serial line."""

    driver: Literal["qr_serial"]
    line: Line
    baud: Literal[9600, 19200, 38400, 57600, 115200]
    terminator: Literal["cr", "lf", "crlf", "tab", "none"]
    idle_gap_ms: Annotated[int, Field(ge=20, le=500)] = 100
    code_id_prefix: Annotated[str, Field(max_length=4)] = ""


class QrCameraSettings(Section):
    """A camera that codes are held before: a V4L2 path or an MJPEG address.

    `codes` are the formats looked for: every one more costs time in every picture. "zxing+zbar"
    needs egate's extra `zbar`.
    """

    driver: Literal["qr_camera"]
    line: Line
    width: Annotated[int, Field(ge=320, le=3840)]
    height: Annotated[int, Field(ge=240, le=2160)]
    frame_timeout_ms: Annotated[int, Field(ge=100, le=5000)] = 1000
    decoder: Literal["zxing", "zxing+zbar"] = "zxing"
    codes: Literal["qr", "qr+code128", "all"] = "qr"


Scanner = Annotated[QrSerialSettings | QrCameraSettings, Field(discriminator="driver")]


class CameraSettings(Section):
    """The camera that faces the traveller: a V4L2 path or an MJPEG address."""

    driver: Literal["camera_opencv"]
    line: Line
    width: Annotated[int, Field(ge=320, le=3840)]
    height: Annotated[int, Field(ge=240, le=2160)]
    frame_timeout_ms: Annotated[int, Field(ge=100, le=5000)] = 1000


class CardReaderSettings(Section):
    """The reader of chip documents, by the names PC/SC gives its slots.

    `reader` may hold * and ?; a card in any slot that matches is read.
    """

    driver: Literal["card_pcsc"]
    reader: Annotated[str, Field(min_length=1, max_length=128)]  # pcsc-lite, MAX_READERNAME


class MrzSerialSettings(Section):
    """A reader of machine readable zones on its serial line."""

    driver: Literal["mrz_serial"]
    line: Line
    baud: Literal[9600, 19200, 38400, 57600, 115200]
    framing: Literal["cr_joined", "desko", "rte6701", "generic"]
    idle_gap_ms: Annotated[int, Field(ge=20, le=500)] = 150


class MrzCameraSettings(Section):
    """A camera over the window of a page: a V4L2 path or an MJPEG address.

    A line of a passport is 44 characters: below a thousand pixels they are too small to be sure of.
    `infrared` is a second line, with pictures of the same page and size in near infrared.
    `second_opinion` is a tesseract model for zones, of an operator's own, and its SHA-256.
    """

    driver: Literal["mrz_camera"]
    line: Line
    infrared: Line | None = None
    second_opinion: Annotated[str, Field(max_length=200, pattern=r"^(.+\.traineddata)?$")] = ""
    second_opinion_sha256: Annotated[str, Field(pattern=r"^([0-9a-fA-F]{64})?$")] = ""
    width: Annotated[int, Field(ge=1000, le=3840)]
    height: Annotated[int, Field(ge=480, le=2880)]
    frame_timeout_ms: Annotated[int, Field(ge=100, le=5000)] = 1000


MrzReaderSettings = Annotated[MrzSerialSettings | MrzCameraSettings, Field(discriminator="driver")]


class LightSettings(Section):
    """The coloured light before the traveller: so many LEDs on a serial line, all of one colour."""

    driver: Literal["light_adalight"]
    line: Line
    baud: Literal[57600, 115200, 230400, 500000]
    leds: Annotated[int, Field(ge=1, le=150)]  # 456 bytes: 40 ms at 115200 baud


Word = Annotated[
    str,
    Field(pattern=r"^[0-9A-Fa-f]{8}$", description='8 hexadecimal digits, as "FFFFFFFF"'),
]


class FingerprintLine(Section):
    """A fingerprint sensor of the ZFM-20, R30x, AS608 or R503 kind on its serial line.

    The password is sent in clear and keeps nobody out: it tells sensors apart.
    """

    line: Line
    baud: Literal[9600, 19200, 38400, 57600, 115200]
    packet_bytes: Literal[32, 64, 128, 256] = 128
    address: Word = "FFFFFFFF"
    password: Word = "00000000"  # noqa: S105  # what sensors are sold with
    answer_timeout_ms: Annotated[int, Field(ge=200, le=5000)] = 1500  # an image takes 300 to 500


class FingerprintZfmSettings(FingerprintLine):
    """A sensor that compares by itself.

    How long a template is depends on the model: 512 bytes for most, 1536 for some of R503's kin.
    """

    driver: Literal["fingerprint_zfm"]
    template_bytes: Annotated[int, Field(ge=128, le=2048)] = 512  # a kernel takes 4096 at once


class FingerprintNbisSettings(FingerprintLine):
    """A sensor that only gives its picture; this machine compares. Needs egate's extra `fingers`.

    A picture of 256 x 288 pixels is 7 s on a line of 57600 baud, 3.5 s on one of 115200. R503 and
    kin have 192 x 192.
    """

    driver: Literal["fingerprint_nbis"]
    picture_width: Annotated[int, Field(ge=64, le=512, multiple_of=2)] = 256
    picture_height: Annotated[int, Field(ge=64, le=512)] = 288


FingerprintSettings = Annotated[
    FingerprintZfmSettings | FingerprintNbisSettings, Field(discriminator="driver")
]


class Devices(Section):
    """Every device of the lane."""

    board: Board
    scanner: Scanner
    camera: CameraSettings
    card_reader: CardReaderSettings | None = None
    mrz_reader: MrzReaderSettings | None = None
    light: LightSettings | None = None
    fingerprint: FingerprintSettings | None = None


class Files(Section):
    """Where the gate keeps and finds its data; relative paths start at the data directory."""

    journal: FilePath = "journal.sqlite"
    journal_key: FilePath = "journal.key"
    day_keys: FilePath = "day_keys.json"
    issuers: FilePath = "issuers.json"
    issuers_key: FilePath = "issuers.pub"
    gate_key: FilePath = "gate.key"
    revoked: FilePath = "revoked.json"
    templates: FilePath = "templates"  # of faces
    fingers: FilePath = "fingers"
    registry_key: FilePath = "registry.key"
    trust: FilePath = "trust"
    policy: Annotated[str, Field(max_length=200)] = ""  # empty: the policy that ships with the gate
    texture_network: Annotated[str, Field(max_length=200)] = ""  # ONNX, an operator's own; or none
    texture_network_sha256: Annotated[
        str,
        Field(pattern=r"^([0-9a-f]{64})?$", description="64 hexadecimal digits, or nothing"),
    ] = ""


class Pages(Section):
    """Where the pages of travellers, officers and technicians are served; without it they are not.

    An address that others reach wants `certificate`, `key` and `client_ca`: who comes shows a
    certificate that this authority signed.
    """

    host: Annotated[str, Field(min_length=1, max_length=64)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)]
    name: Annotated[str, Field(max_length=128)] = ""  # what people call this host, if anything
    people: FilePath = "people.json"  # made by `egate pages admit`
    language: Annotated[Language, Field(strict=False)] = Language.VIETNAMESE  # the screen's own
    voices: Annotated[str, Field(min_length=1, max_length=200)] = "voices"  # lines, spoken
    certificate: Annotated[str, Field(max_length=200)] = ""
    key: Annotated[str, Field(max_length=200)] = ""
    client_ca: Annotated[str, Field(max_length=200)] = ""


class HardwareProfile(Section):
    """One gate, complete."""

    gate: Gate
    service: Service
    limits: Limits = Limits()
    service_after: ServiceAfter = ServiceAfter()
    doors: Doors
    devices: Devices
    files: Files = Files()
    pages: Pages | None = None
    _calibration: str = PrivateAttr("")

    @property
    def calibration(self) -> str:
        """The SHA-256 that the calibration in force names itself by; empty without one."""
        return self._calibration

    def calibrated_by(self, sha256: str) -> Self:
        """Return this profile as one that a calibration is in force for."""
        profile = self.model_copy()
        profile._calibration = sha256  # noqa: SLF001  # its own
        return profile
