"""The bench: plant, people, board, scanner, camera and light of a lane, one process, real time.

It opens the far end of every wire and writes the profile that names them; the gate is started
by whoever wants one, in the bench's `environment`. A mantrap has a fingerprint sensor in its
chamber, which compares, or gives its picture for the gate's machine to compare. A bench whose
travellers carry documents has a document reader too; no other has one. Faults are switched by
name. It watches one thing by itself, on the real leaves: two doors must never stand unsecured
outside an emergency.

Source: DESIGN section 4; research/hardware.md section 4 (what simulators must be).
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random
import tomllib
from typing import Any

from egate.domain.lane_part import Door, Input, Output, Shape
from egate.wire.code_frames import Framing, Terminator
from egate.wire.zfm import NO_ADDRESS, Ack, Code, Kind, Op, Packet, ack_payload, encode
from simulators import camera as camera_simulator
from simulators import (
    code_camera,
    document_reader,
    fingerprint_zfm,
    light_serial,
    mrz_page,
    page_camera,
)
from simulators.board import Board, Wired, serve
from simulators.camera import Camera
from simulators.code_camera import CodeCamera
from simulators.document_reader import Carried, DocumentReader
from simulators.faces import Picture
from simulators.fingerprint_zfm import ReplyFaults, Sensor
from simulators.hand import LaysFinger, LiftsFinger
from simulators.light_serial import Strip
from simulators.page_camera import PageCamera
from simulators.people import Faces, LaysDown, Left, Presents, TakesUp, Walkway
from simulators.plant import Change, Plant
from simulators.private_pcscd import SOCKET_VARIABLE
from simulators.qr_serial import Scanner
from simulators.serial_line import Cable, PtyLine
from simulators.stage import Rgb

PROFILES = Path(__file__).parent.parent / "hardware_profiles"
EVERY_POLICY = Path(__file__).parent.parent / "egate" / "inspection"
HOST = "127.0.0.1"
# What a sensor says of two fingers that are one, as somebody on its wire may have recorded it.
RECORDED_MATCH = encode(Packet(NO_ADDRESS, Kind.ACK, ack_payload(Ack(Code.OK, b"\0\xc8"))))


class Compares(StrEnum):
    """Who compares fingers on a bench."""

    SENSOR = "sensor"
    HOST = "host"  # needs egate's extra `fingers`


# For the host a picture that takes 2.8 s on its line: a try fits in the shipped 6 s. On one of
# 192 x 192 captures of one made-up finger were as little alike as 39, on this one 87.
SENSORS: dict[Compares, dict[str, Any]] = {
    Compares.SENSOR: {"packet_bytes": 128},
    Compares.HOST: {"picture_size": (240, 256), "packet_bytes": 256, "baud": 115200},
}


@dataclass(slots=True)
class Bench:
    """One simulated lane with open lines; `on_left` hears of everybody who is gone.

    `carried` is every document that people may lay down, by its name; None is a bench for codes
    only.
    """

    shape: Shape
    folder: Path
    faces: Mapping[str, Picture]
    on_left: Callable[[Left], None] = lambda _left: None
    seed: int = 1
    carried: Mapping[str, Carried] | None = None
    page_camera: PageCamera | None = None  # over the document window, in place of a serial reader
    code_camera: CodeCamera | None = (
        None  # that codes are held before, in place of a serial scanner
    )
    finger: Compares = Compares.SENSOR
    plant: Plant = field(init=False)
    walkway: Walkway = field(init=False)
    board: Board = field(init=False)
    camera: Camera = field(init=False)
    scanner: PtyLine | None = None
    light: PtyLine = field(init=False)
    sensor: Sensor | None = field(init=False)
    sensor_line: Cable | None = None
    documents: DocumentReader | None = None
    two_doors_s: float = 0.0
    board_port: int = 0
    camera_port: int = 0
    page_camera_port: int = 0
    code_camera_port: int = 0
    pages: str = ""  # what the profile says below [pages]; without it the gate serves none
    _freed: bool = False
    _servers: list[asyncio.Server] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        shipped = tomllib.loads((PROFILES / f"bench_{self.shape}.toml").read_text())
        fail = {Door(name): wiring["fail"] for name, wiring in shipped["doors"].items()}
        wiring = shipped["devices"]["board"]
        self.plant = Plant(self.shape, fail)
        self.walkway = Walkway(self.plant)
        self.board = Board(
            self.plant,
            {
                Input(name): Wired(line["pin"], line["active"] == "high")
                for name, line in wiring["inputs"].items()
            },
            {
                Output(name): Wired(line["pin"], line["energised"] == "high")
                for name, line in wiring["outputs"].items()
            },
            self._live,
        )
        self.camera = Camera(self.faces, self.seed)
        is_enclosed = self.shape is Shape.MANTRAP
        noise = Random(self.seed)  # noqa: S311  # of its captures
        self.sensor = Sensor(noise, **SENSORS[self.finger]) if is_enclosed else None

    @property
    def run_folder(self) -> Path:
        """Where the lane's socket will be."""
        return self.folder / "run"

    @property
    def profile(self) -> Path:
        """The profile that names the bench's lines."""
        return self.folder / f"bench_{self.shape}.toml"

    @property
    def environment(self) -> dict[str, str]:
        """What a gate's processes have to be started with beside their own environment."""
        return {SOCKET_VARIABLE: str(self.documents.socket)} if self.documents else {}

    async def open(self, limits: Mapping[str, float]) -> None:
        """Open every line and write the profile; `limits` replace those of the shipped one.

        Raises:
            PcscdNotPossible: documents are carried, and no pcscd of ours can be run here.
        """
        self.run_folder.mkdir(parents=True, exist_ok=True)
        if self.carried is not None:
            self.documents = await asyncio.to_thread(
                DocumentReader, self.run_folder, self.page_camera
            )
        strip = Strip()
        self.light = PtyLine(strip, self.run_folder / "light")
        self.start(light_serial.live(strip, self.light, self._shines))
        if self.sensor is not None:
            self.sensor_line = Cable(self.run_folder / "fingerprint")
            self.start(fingerprint_zfm.live(self.sensor, self.sensor_line, self.sensor.baud))
        board = await serve(self.board, HOST, 0)
        camera = await camera_simulator.serve(self.camera, HOST, 0)
        self._servers = [board, camera]
        if self.page_camera is not None:
            pages = await camera_simulator.serve(self.page_camera, HOST, 0, page_camera.RATE_HZ)
            self._servers.append(pages)
            self.page_camera_port = pages.sockets[0].getsockname()[1]
        await self._open_scanner()
        self.board_port = board.sockets[0].getsockname()[1]
        self.camera_port = camera.sockets[0].getsockname()[1]
        self.profile.write_text(self._profile(limits))

    async def close(self) -> None:
        """Close every line."""
        for task in tuple(self._tasks):
            task.cancel()
        for server in self._servers:
            server.close()
        if self.scanner is not None:
            self.scanner.unplug()
        self.light.unplug()
        if self.sensor_line is not None:
            self.sensor_line.unplug()
        if self.documents is not None:
            await self.documents.close()
        await asyncio.sleep(0)

    def set_fault(self, fault: str, *, on: bool) -> None:
        """Break something by name, or mend it (simulators.scenario.FAULTS)."""
        match fault:
            case "scanner_unplugged":
                self._unplug_scanner(on=on)
            case "light_unplugged":
                (self.light.unplug if on else self.light.replug)()
            case "finger_sensor_mute" | "finger_answer_replayed":
                self._break_sensor(fault, on=on)
            case "camera_frozen":
                self.camera.frozen = on
            case "emergency_open":
                self.plant.emergency_open = on
            case "entry_jammed" | "exit_jammed":
                door = Door(fault.removesuffix("_jammed"))
                (self.plant.faults.jammed.add if on else self.plant.faults.jammed.discard)(door)
            case _ if self.documents is not None and fault in document_reader.FAULTS:
                self.start(self.documents.set_fault(fault, on=on))
            case _:
                raise ValueError(f"there is no fault {fault!r}")

    def _live(self, dt_s: float) -> list[Change]:
        changes = self.walkway.step(dt_s)
        for event in self.walkway.events():
            match event:
                case Presents(who=who, text=text):
                    self.start(self._expect(who))
                    self._present(text)
                case LaysDown(who=who, document=document):
                    self.start(self._expect(who))
                    self.start(self._lay_down(document))
                case TakesUp():
                    self.start(self._take_up())
                case LaysFinger() | LiftsFinger():
                    self._touch(event)
                case Faces(pictures=pictures, distance_m=distance_m):
                    self.camera.show(*pictures, distance_m=distance_m)
                case Left():
                    self.on_left(event)
        self._watch_doors(dt_s)
        return changes

    def _touch(self, event: LaysFinger | LiftsFinger) -> None:
        if self.sensor is None:
            return
        self.sensor.finger = None
        if isinstance(event, LaysFinger):
            self.sensor.finger, self.sensor.touch = event.finger, event.touch

    def _break_sensor(self, fault: str, *, on: bool) -> None:
        if self.sensor is None:
            return
        faults = ReplyFaults()
        if on and fault == "finger_sensor_mute":
            faults.line.mute = True
        elif on:
            faults.only, faults.replay = Op.MATCH, RECORDED_MATCH
        self.sensor.faults = faults

    async def _open_scanner(self) -> None:
        if self.code_camera is None:
            self.scanner = PtyLine(Scanner(Framing(Terminator.CR)), self.run_folder / "scanner")
            return
        server = await camera_simulator.serve(self.code_camera, HOST, 0, code_camera.RATE_HZ)
        self._servers.append(server)
        self.code_camera_port = server.sockets[0].getsockname()[1]

    def _unplug_scanner(self, *, on: bool) -> None:
        if self.code_camera is not None:
            self.code_camera.drops_line = on
        elif self.scanner is not None:
            (self.scanner.unplug if on else self.scanner.replug)()

    def _present(self, text: str) -> None:
        if self.code_camera is not None:
            self.code_camera.show(text)
        elif self.scanner is not None:
            self.start(self.scanner.show(text))

    def _shines(self, rgb: Rgb) -> None:
        self.camera.lamp = rgb

    async def _expect(self, who: str) -> None:
        """Have the pictures of somebody made before they stand at the mark."""
        distance_m = self.plant.length_m - self.walkway.mark_m
        for person in self.walkway.people:
            if person.name == who and person.faces:
                await self.camera.prepare(*person.faces, distance_m=distance_m)

    async def _lay_down(self, document: str) -> None:
        assert self.documents is not None
        assert self.carried is not None
        await self.documents.lay_down(self.carried[document])

    async def _take_up(self) -> None:
        assert self.documents is not None
        await self.documents.take_up()

    def _watch_doors(self, dt_s: float) -> None:
        """Count how long two doors were unsecured; an emergency ends when all are secured again."""
        unsecured = sum(
            leaf.angle_deg > 0 or not leaf.bolted for leaf in self.plant.leaves.values()
        )
        if self.plant.emergency_open:
            self._freed = True
        elif unsecured == 0:
            self._freed = False
        if unsecured > 1 and not self._freed:
            self.two_doors_s += dt_s

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Have something done beside all else, until the bench is closed."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _scanner_lines(self) -> list[str]:
        """Return the whole table where the shipped profile has another driver in it."""
        if self.code_camera is None:
            return ["[devices.scanner]", f'line = "{self.run_folder / "scanner"}"']
        return [
            "[devices.scanner]",
            'driver = "qr_camera"',
            f'line = "http://{HOST}:{self.code_camera_port}/stream"',
            f"width = {camera_simulator.WIDTH}",
            f"height = {camera_simulator.HEIGHT}",
        ]

    def _profile(self, limits: Mapping[str, float]) -> str:
        policy = EVERY_POLICY / "policy_bench.toml"
        lines = [
            "# Written by the bench: the shipped profile with the lines of this run.",
            f'extends = "bench_{self.shape}{"" if self.carried is None else "_documents"}"',
            "[limits]",
            *(f"{name} = {value}" for name, value in limits.items()),
            "[devices.board]",
            f'line = "tcp://{HOST}:{self.board_port}"',
            *self._scanner_lines(),
            "[devices.camera]",
            f'line = "http://{HOST}:{self.camera_port}/stream"',
            "[devices.light]",
            f'line = "{self.run_folder / "light"}"',
            "[files]",
            f'policy = "{policy}"',
        ]
        if self.sensor is not None:
            lines += [
                "[devices.fingerprint]",
                f'line = "{self.run_folder / "fingerprint"}"',
                f"baud = {self.sensor.baud}",
                f"packet_bytes = {self.sensor.packet_bytes}",
                *self._finger_driver(*self.sensor.picture_size),
            ]
        if self.carried is not None:
            lines += ["[devices.mrz_reader]", *self._page_reader()]
        if self.pages:
            lines += ["[pages]", self.pages]
        return "\n".join(lines) + "\n"

    def _finger_driver(self, width: int, height: int) -> tuple[str, ...]:
        if self.finger is Compares.SENSOR:
            return ('driver = "fingerprint_zfm"',)
        size = (f"picture_width = {width}", f"picture_height = {height}")
        return ('driver = "fingerprint_nbis"', *size)

    def _page_reader(self) -> tuple[str, ...]:
        if self.page_camera is None:
            return (f'line = "{self.run_folder / "mrz"}"',)
        return (
            'driver = "mrz_camera"',
            f'line = "http://{HOST}:{self.page_camera_port}/stream"',
            f"width = {mrz_page.WIDTH}",
            f"height = {mrz_page.HEIGHT}",
        )
