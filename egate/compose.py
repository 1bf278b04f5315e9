"""The composition root: a profile goes in, a running process comes out.

    lane      board, journal, state machine      no numpy, cv2, cbor2, pyserial
    scanner   code reader, permit signatures     no secret, no door
    vision    camera, light, networks, the key   no door
    document  MRZ and card reader, trust store   no door, no secret
    fingerprint  sensor, finger templates        no door
    pages     browsers                           no door, no key, no journal

The only importer of drivers. Each function imports what its own process needs and nothing else.
Keys that the gate itself owns (journal, day keys) are made on the first run; what an operator
must bring is refused with its cure. It is some 750 lines: the one importer of drivers is
one file, and every process can be read here from profile to `run`.

Source: DESIGN sections 2 and 7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
import fcntl
from functools import cache, partial
from importlib import import_module
import json
import os
from pathlib import Path
import pwd
import secrets
import sys
import time
from typing import TYPE_CHECKING, Final, TypeVar

import structlog

from egate import __version__
from egate.loop.files import HELD, GateFiles, Places, SetupRefused
from egate.loop.host_silence import finger_silence_s, scanner_silence_s, video_silence_s
from egate.loop.logs import configure_logs
from egate.loop.unit_users import users

if TYPE_CHECKING:
    from egate.document.trust_store import TrustStore
    from egate.domain.record import Entry
    from egate.loop.device_host import Body
    from egate.loop.lane_loop import LaneParts
    from egate.loop.light_show import LightParts
    from egate.loop.messages import HostName
    from egate.loop.picture_window import PictureWindow
    from egate.loop.upkeep import UpkeepParts
    from egate.loop.vision_body import Eyes, VisionParts
    from egate.pages.server import Where
    from egate.pages.site import Site
    from egate.ports.camera import Camera
    from egate.ports.card_reader import CardReader
    from egate.ports.fingerprint import FingerprintSensor
    from egate.ports.journal import Journal
    from egate.ports.light import Light
    from egate.profile.settings import (
        FingerprintSettings,
        HardwareProfile,
        LightSettings,
        MrzCameraSettings,
        MrzReaderSettings,
        QrCameraSettings,
        Scanner,
    )
    from egate.references import RegistryPlace
    from egate.selftest.calibration import Instruments
    from egate.selftest.closed_lane import Openers
    from egate.vision.faces import FaceEngine, Picture

S = TypeVar("S", "Scanner", "MrzReaderSettings", "LightSettings", "FingerprintSettings")
WATCHDOG_S: Final = 0.6  # three beats, as long as the lane waits for a silent host
REPORTS: Final = "reports"  # of the technician's checks, below the data directory
PAGES_WATCHDOG_S: Final = 3.0  # no door waits for a page; a busy board may
CARDS_CURE: Final = "install pyscard (egate's extra `cards`), and pcscd with libpcsclite1"
FINGERS_CURE: Final = "install nbis-py (egate's extra `fingers`; it has a wheel for x86-64 only)"
CARD_WITHIN_S: Final = 5.0  # of showing the page: the document is laid down by then, or wrongly
NO_FINGERPRINT: Final = "this profile has no fingerprint sensor"


def check_setup(profile: HardwareProfile, places: Places) -> None:
    """Find out before anything starts whether an operator's files are there and usable.

    Raises:
        SetupRefused: with the first that is not, and its cure.
    """
    places.prepare()
    gate_files = GateFiles(profile.files, places.data)
    gate_files.policy()
    gate_files.issuers_in_force(time.time())
    gate_files.revoked()
    gate_files.gate_key()
    if takes_documents(profile):
        _trust_store(profile, places)


def check_card_library() -> None:
    """Find out whether cards can be read at all.

    Raises:
        SetupRefused: what is missing is not installed.
    """
    try:
        for name in ("smartcard", "smartcard.scard"):  # the package, and what it was built against
            import_module(name)
    except ImportError as error:
        raise SetupRefused(f"no card can be read: {error}", CARDS_CURE) from error


def check_finger_library(profile: HardwareProfile) -> None:
    """Find out whether this machine can compare fingers, where the profile wants it to.

    Raises:
        SetupRefused: what is missing is not installed.
    """
    named = profile.devices.fingerprint
    if named is None or named.driver != "fingerprint_nbis":
        return
    try:
        import_module("nbis")
    except ImportError as error:
        raise SetupRefused(f"no finger can be compared: {error}", FINGERS_CURE) from error


def takes_documents(profile: HardwareProfile) -> bool:
    """Say whether this gate reads travel documents: it has both readers, or neither."""
    return profile.devices.card_reader is not None


def processes_of(profile: HardwareProfile) -> tuple[str, ...]:
    """Return the processes this gate has: a host of its own for each device that is fitted."""
    is_absent = {
        "document": not takes_documents(profile),
        "fingerprint": profile.devices.fingerprint is None,
        "pages": profile.pages is None,
    }
    return tuple(name for name in PROCESSES if not is_absent.get(name))


def gate_process(profile: HardwareProfile, profile_name: str, places: Places) -> int:
    """Run all processes of a gate under a supervisor; return the exit status.

    Raises:
        SetupRefused: another gate runs in the same place.
    """
    from egate.loop.supervisor import ChildPlan, supervise

    configure_logs("supervisor")
    where = ("--data", str(places.data), "--run-dir", str(places.run))
    command = (sys.executable, "-m", "egate", "host")
    plans = [
        ChildPlan(
            name,
            (*command, name, "--profile", profile_name, *where),
            PAGES_WATCHDOG_S if name == "pages" else WATCHDOG_S,
        )
        for name in processes_of(profile)
    ]
    with only_one("gate", places.run):
        return supervise(plans, places.run)


@contextmanager
def only_one(what: str, run: Path) -> Iterator[None]:
    """Hold the place of the one gate, or lane, that may run in this directory.

    Raises:
        SetupRefused: another one holds it, or the lock's file cannot be written.
    """
    path = run / f"{what}.lock"
    try:
        lock = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        cure = "choose another --run-dir, or mend its owner"
        raise SetupRefused(f"{path}: {error.strerror}", cure) from None
    try:
        if os.geteuid() == 0:  # a technician's run as root must not lock the lane's user out
            owner = run.stat()
            os.fchown(lock, owner.st_uid, owner.st_gid)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            cure = "stop it first, or choose another --run-dir"
            raise SetupRefused(f"{run}: another {what} runs here", cure) from None
        yield
    finally:
        os.close(lock)


def lane_process(profile: HardwareProfile, places: Places) -> int:
    """Run the lane; return the exit status.

    Raises:
        SetupRefused: a file is missing or spoilt, or another lane runs in the same place: two
            would take each other's socket and drive the same doors.
    """
    from egate.loop.lane_loop import run_lane

    configure_logs("lane")
    places.prepare()
    with only_one("lane", places.run):
        parts = lane_parts(profile, places)
        hold_lists(GateFiles(profile.files, places.data))
        return run_lane(parts)


def hold_lists(gate_files: GateFiles) -> None:
    """Remember the versions of the lists in use: an older one is not taken again.

    A disk that refuses holds up no traveller here; the journal needs the same disk.
    """
    from egate.journal.key_file import KeyFileError, write_atomically

    newest = gate_files.newest()
    if newest == gate_files.held():
        return
    try:
        write_atomically(gate_files.data / HELD, json.dumps(newest).encode(), 0o640)
    except KeyFileError as error:
        structlog.get_logger().warning("lists_not_held", what=str(error))


def lane_parts(profile: HardwareProfile, places: Places) -> LaneParts:
    """Build what a lane is made of; nothing is opened yet but the operator's files."""
    from drivers.catalogue import digital_io
    from egate.domain.lane_part import Door
    from egate.domain.limits import TimeLimits, Tries
    from egate.lane import Lane, LaneSettings
    from egate.loop.clock import Clock
    from egate.loop.inspector import SiteInspector
    from egate.loop.lane_loop import LaneParts
    from egate.loop.notify import Notifier
    from egate.profile.digest import profile_sha256
    from egate.selftest.boot import LaneSeen, checked, in_short, stands_against

    gate, gate_files = profile.gate, GateFiles(profile.files, places.data)
    policy, revoked = gate_files.policy(), gate_files.revoked()
    settings = LaneSettings(
        shape=gate.shape,
        limits=TimeLimits(**profile.limits.model_dump()),
        tries=Tries(face=policy.face_tries, finger=policy.finger_tries),
        officer_required=profile.service.officer_required,
        opens_by_itself=profile.service.opens_by_itself,
        pushed=frozenset(
            Door(name) for name, wiring in profile.doors if wiring and wiring.opens == "by_hand"
        ),
    )
    return LaneParts(
        lane=Lane(settings),
        shape=gate.shape,
        open_board=lambda: digital_io(profile.devices.board, profile.doors),
        open_journal=lambda: gate_journal(profile, places),
        inspector=SiteInspector(policy, gate.site, gate.direction, lambda: revoked),
        clock=Clock(time.monotonic, time.time),
        socket=places.socket,
        users=users(os.getuid(), {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}),
        notify=Notifier.from_environment().tell,
        about={
            "gate": gate.name,
            "software": __version__,
            "shape": gate.shape.value,
            "policy": policy.version,
            "profile_sha256": profile_sha256(profile),
            "calibration_sha256": profile.calibration,
        },
        takes_documents=takes_documents(profile),
        has_light=profile.devices.light is not None,
        has_fingerprint=profile.devices.fingerprint is not None,
        self_test=lambda levels, missing: in_short(
            stands_against(LaneSeen(gate.shape, levels, missing))
        ),
        checks=lambda levels, missing, only: checked(LaneSeen(gate.shape, levels, missing), only),
        upkeep=_upkeep_parts(profile, places.data),
    )


def _upkeep_parts(profile: HardwareProfile, data: Path) -> UpkeepParts:
    from egate.journal.key_file import write_atomically
    from egate.loop import counter_file
    from egate.loop.upkeep import UpkeepParts
    from egate.profile.counted import counted_parts, service_limits

    path = data / counter_file.NAME

    def put_by() -> None:
        with suppress(OSError):
            path.replace(path.with_name(f"{path.name}.spoilt"))

    return UpkeepParts(
        parts=counted_parts(profile),
        limits=service_limits(profile),
        read=lambda: counter_file.read_counters(path),
        write=lambda content: write_atomically(path, content, 0o640),
        put_by=put_by,
    )


def scanner_process(profile: HardwareProfile, places: Places) -> int:
    """Run the scanner host; return the exit status."""
    from drivers.catalogue import code_reader
    from egate.inspection.presented_code import read_permit
    from egate.loop.scanner_body import ScannerBody

    configure_logs("scanner")
    quiet_opencv()
    issuers = GateFiles(profile.files, places.data).issuers()
    scanner = profile.devices.scanner
    settings = scanner.model_copy(update={"line": _below(places.data, scanner.line)})
    body = ScannerBody(
        open_reader=lambda: code_reader(settings, time.monotonic),
        read_permit=lambda text: read_permit(text, issuers, time.time()),
        clock=time.monotonic,
    )
    return _host_process("scanner", body, places, scanner_silence_s(scanner))


def vision_process(profile: HardwareProfile, places: Places) -> int:
    """Run the vision host; return the exit status. Native libraries load in its body's thread."""
    from egate.loop.vision_body import VisionBody

    configure_logs("vision")
    quiet_opencv()
    silence_s = video_silence_s(profile.devices.camera.frame_timeout_ms)
    body = VisionBody(_vision_parts(profile, places))
    return _host_process("vision", body, places, silence_s)


def document_process(profile: HardwareProfile, places: Places) -> int:
    """Run the document host; return the exit status.

    Raises:
        SetupRefused: the profile has no readers for it, or nobody is trusted.
    """
    from drivers.catalogue import card_reader, mrz_reader
    from egate.document.reading_result import Plan
    from egate.loop.card_session import SessionParts
    from egate.loop.document_body import APDU_WITHIN_S, DocumentBody, DocumentParts

    configure_logs("document")
    quiet_opencv()
    zones, cards = profile.devices.mrz_reader, profile.devices.card_reader
    if zones is None or cards is None:
        cure = "name devices.mrz_reader and devices.card_reader, or do not start it"
        raise SetupRefused("this profile has no document reader", cure)
    settings = _zones_below(places.data, zones)
    check_card_library()
    session = SessionParts(
        store=_trust_store(profile, places),
        clock=time.monotonic,
        utc_s=time.time,
        draw=os.urandom,
        plan=Plan(data_groups=frozenset({1, 2})),  # and what proves the chip (decision 23)
        card_within_s=CARD_WITHIN_S,
    )
    body = DocumentBody(
        DocumentParts(
            open_zones=lambda: mrz_reader(settings, time.monotonic),
            open_cards=lambda: card_reader(cards, time.monotonic),
            session=session,
        )
    )
    timeout_ms = getattr(zones, "frame_timeout_ms", 0)
    opens_s = video_silence_s(timeout_ms) if timeout_ms else 0.0
    return _host_process("document", body, places, max(APDU_WITHIN_S, opens_s))


def fingerprint_process(profile: HardwareProfile, places: Places) -> int:
    """Run the fingerprint host; return the exit status.

    Raises:
        SetupRefused: the profile has no sensor for it.
    """
    from egate.loop.fingerprint_body import FingerprintBody, FingerprintParts
    from egate.references import finger_reader

    configure_logs("fingerprint")
    if profile.devices.fingerprint is None:
        raise SetupRefused(NO_FINGERPRINT, "name devices.fingerprint, or do not start it")
    check_finger_library(profile)
    place = registry_place(profile, places.data)
    body = FingerprintBody(
        FingerprintParts(
            open_sensor=lambda: open_fingerprint(profile, places.data),
            reference_of=finger_reader(place, secrets.randbelow),
            below=secrets.randbelow,
            clock=time.monotonic,
        )
    )
    return _host_process("fingerprint", body, places, finger_silence_s(profile.devices.fingerprint))


def pages_process(profile: HardwareProfile, places: Places) -> int:
    """Run the pages; return the exit status.

    Raises:
        SetupRefused: the profile has none, or their files or address cannot be used.
    """
    from egate.loop.notify import Notifier
    from egate.pages.process import run_pages
    from egate.pages.server import MayNotListen, listen

    configure_logs("pages")
    where = _pages_where(profile, places)
    site = _pages_site(profile, places)
    try:
        listening = listen(where)
    except (MayNotListen, OSError) as error:
        cure = "change pages.host or pages.port in the profile"
        raise SetupRefused(f"{where.host}:{where.port}: {error}", cure) from None
    return run_pages(site, where, listening, Notifier.from_environment().tell)


def _pages_where(profile: HardwareProfile, places: Places) -> Where:
    from egate.pages.server import Tls, Where

    pages = profile.pages
    if pages is None:
        raise SetupRefused("this profile has no pages", "add a table [pages], or do not start them")
    files = [places.data / name for name in (pages.certificate, pages.key, pages.client_ca) if name]
    for path in files:
        if not os.access(path, os.R_OK):
            raise SetupRefused(f"{path}: it cannot be read", "bring it, or name another")
    return Where(pages.host, pages.port, pages.name, Tls(*files) if files else None)


def _pages_site(profile: HardwareProfile, places: Places) -> Callable[[], Site]:
    """Read who may come, and return what builds the site inside the running loop."""
    from egate.loop.lane_client import LaneClient
    from egate.loop.picture_client import PictureClient
    from egate.pages.people import LARGEST, People, PeopleRefused, read_people
    from egate.pages.reports import Reports
    from egate.pages.site import Gate, Links, Sources, open_site
    from egate.pages.traveller.sheet import Screen
    from egate.profile.digest import profile_sha256
    from egate.selftest.report import About
    from egate.selftest.told import LaneChecks

    assert profile.pages is not None
    path, people = places.data / profile.pages.people, People()
    if path.exists():  # without it there is the traveller's screen only
        try:
            with path.open(encoding="utf-8") as file:
                people = read_people(file.read(LARGEST + 1))
        except (OSError, UnicodeDecodeError, PeopleRefused) as error:
            cure = "make it with `egate pages admit`, for the pages to read"
            raise SetupRefused(f"{path}: {error}", cure) from None
    link = LaneClient(profile.gate.name, places.socket)
    about = {
        "gate": profile.gate.name,
        "site": profile.gate.site,
        "direction": profile.gate.direction.value,
        "software": __version__,
    }
    eyes = users(os.getuid(), {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()})["vision"]
    pages = profile.pages
    screen = Screen(pages.language, takes_documents(profile), places.data / pages.voices)
    told = About(
        kind="lane_checks",
        began_at_utc_s=0.0,
        gate=profile.gate.name,
        site=profile.gate.site,
        profile_sha256=profile_sha256(profile),
        software=(("egate", __version__),),
    )
    gate = Gate(
        profile.gate.shape,
        about,
        Reports(places.data / REPORTS),
        screen,
        LaneChecks(profile.gate.shape, told),
        sessions=places.pictures.parent / "sessions.json",
    )
    links = Links((link,), PictureClient(places.pictures, eyes))
    return lambda: open_site(gate, links, people, Sources(time.monotonic, time.time, os.urandom))


def quiet_opencv() -> None:
    """Keep OpenCV's and FFmpeg's own lines out of the log; call it before they are loaded.

    A camera that is away would write two of them a second. That it is away, and why, is told once.
    """
    for name, level in (("OPENCV_LOG_LEVEL", "ERROR"), ("OPENCV_FFMPEG_LOGLEVEL", "-8")):
        os.environ.setdefault(name, level)


def card_reader(pattern: str) -> CardReader:
    """Open the card reader whose name is like this, for a command on the spot.

    Raises:
        SetupRefused: what a card reader needs is not installed.
        DeviceLost: pcscd does not run, or has no such reader.
    """
    from drivers.catalogue import card_reader as build
    from egate.profile.settings import CardReaderSettings

    check_card_library()
    return build(CardReaderSettings(driver="card_pcsc", reader=pattern), time.monotonic)


def open_camera(profile: HardwareProfile) -> Camera:
    """Open the profile's camera, for a command on the spot; raises DeviceLost."""
    from drivers.catalogue import camera

    quiet_opencv()
    return camera(profile.devices.camera, time.monotonic)


def open_fingerprint(profile: HardwareProfile, data: Path) -> FingerprintSensor:
    """Open the profile's sensor.

    Raises:
        SetupRefused: the profile has none.
        DeviceError: it is not there, not free, or not the one that the profile names.
    """
    from drivers.catalogue import fingerprint

    named = profile.devices.fingerprint
    if named is None:
        raise SetupRefused(NO_FINGERPRINT, "name devices.fingerprint")
    check_finger_library(profile)
    settings = named.model_copy(update={"line": _below(data, named.line)})
    return fingerprint(settings, time.monotonic)


def selftest_openers(profile: HardwareProfile, places: Places) -> Openers:
    """Build the ways to every device of a profile, for one program that has them all."""
    from drivers import catalogue
    from egate.profile.settings import CameraSettings, MrzCameraSettings, QrCameraSettings
    from egate.selftest.closed_lane import Openers

    quiet_opencv()
    devices, data, clock = profile.devices, places.data, time.monotonic

    def below(settings: S) -> S:
        return settings.model_copy(update={"line": _below(data, settings.line)})

    def pictures(seen: QrCameraSettings | MrzCameraSettings) -> Callable[[], Camera]:
        told = seen.model_dump(include={"line", "width", "height", "frame_timeout_ms"})
        settings = CameraSettings(driver="camera_opencv", **told)
        return lambda: catalogue.camera(settings, clock)

    cameras = {
        name: pictures(seen)
        for name, seen in (("scanner", devices.scanner), ("mrz_reader", devices.mrz_reader))
        if isinstance(seen, QrCameraSettings | MrzCameraSettings)
    }
    pages, cards, light = devices.mrz_reader, devices.card_reader, devices.light
    finger = devices.fingerprint
    zones = None if pages is None else _zones_below(data, pages)
    return Openers(
        board=lambda: catalogue.digital_io(devices.board, profile.doors),
        scanner=lambda: catalogue.code_reader(below(devices.scanner), clock),
        camera=lambda: catalogue.camera(devices.camera, clock),
        mrz_reader=None if zones is None else lambda: catalogue.mrz_reader(zones, clock),
        card_reader=None if cards is None else lambda: catalogue.card_reader(cards, clock),
        light=None if light is None else lambda: catalogue.light(below(light), clock),
        fingerprint=None if finger is None else lambda: catalogue.fingerprint(below(finger), clock),
        pictures=cameras,
    )


def calibration_instruments(profile: HardwareProfile, places: Places) -> Instruments:
    """Build what a profile's devices are measured with; a face is held to the gate's policy.

    Raises:
        SetupRefused: the policy cannot be read.
    """
    from drivers import catalogue
    from egate.profile.settings import MrzCameraSettings, QrCameraSettings
    from egate.selftest.calibrating_cameras import Optics
    from egate.selftest.calibration import Instruments, undebounced

    quiet_opencv()

    def eye() -> FaceEngine:
        from egate.vision.faces import FaceEngine
        from egate.vision.models import load_models

        return FaceEngine(load_models())

    named = (("scanner", profile.devices.scanner), ("mrz_reader", profile.devices.mrz_reader))
    others = {
        name: partial(catalogue.video, name, settings, time.monotonic)
        for name, settings in named
        if isinstance(settings, (QrCameraSettings, MrzCameraSettings))
    }
    limits = GateFiles(profile.files, places.data).policy().face_quality
    board = selftest_openers(undebounced(profile), places).board
    return Instruments(board, Optics(cache(eye), limits, others))


PROCESSES: Final[dict[str, Callable[[HardwareProfile, Places], int]]] = {
    "lane": lane_process,
    "scanner": scanner_process,
    "vision": vision_process,
    "document": document_process,
    "fingerprint": fingerprint_process,
    "pages": pages_process,
}


def _vision_parts(profile: HardwareProfile, places: Places) -> VisionParts:
    from egate.loop.reference import open_reference
    from egate.loop.vision_body import VisionParts
    from egate.references import face_template_reader, portrait_reader

    gate_files, settings = GateFiles(profile.files, places.data), profile.devices.camera
    key, policy = gate_files.gate_key(), gate_files.policy()
    template_of = face_template_reader(registry_place(profile, places.data))

    window = _picture_window(profile, places)

    def open_camera() -> Camera:
        from drivers.catalogue import camera

        return camera(settings, time.monotonic)

    def open_eyes() -> Eyes:
        from egate.domain.head_turn import draw_turns
        from egate.inspection.liveness_checks import asks_for_a_turn
        from egate.loop.decoder import Decoder
        from egate.loop.vision_body import Eyes
        from egate.vision.capture import LONGER, FaceCapture, LookTimes
        from egate.vision.faces import FaceEngine
        from egate.vision.models import load_models
        from egate.vision.pad_network import load_network
        from egate.vision.presentation_attack import Challenge, Fitted, LivenessLook

        engine, decoder = FaceEngine(load_models()), Decoder(time.monotonic)
        fitted, named = Fitted(light=profile.devices.light is not None), profile.files
        network = (
            load_network(places.data / named.texture_network, named.texture_network_sha256)
            if named.texture_network
            else None
        )

        def new_liveness() -> LivenessLook:
            challenge = Challenge(
                draw_turns(os.urandom), lambda layers: asks_for_a_turn(layers, policy.liveness)
            )
            return LivenessLook(fitted, network, picks_own=False, challenge=challenge)

        return Eyes(
            new_look=lambda: FaceCapture(
                engine,
                time.monotonic,
                policy.face_quality,
                new_liveness=new_liveness,
                times=LONGER if fitted.light else LookTimes(),
            ),
            face_of=portrait_reader(engine, decoder, window.reference if window else None),
            rest=decoder.prepare if takes_documents(profile) else lambda: None,
        )

    return VisionParts(
        open_camera=open_camera,
        open_eyes=open_eyes,
        open_reference=lambda ask, face_of: open_reference(ask, key, template_of, face_of),
        clock=time.monotonic,
        frame_timeout_s=settings.frame_timeout_ms / 1000,
        light=_light_parts(profile, places),
        window=window,
    )


def _picture_window(profile: HardwareProfile, places: Places) -> PictureWindow | None:
    """Build the way of small pictures to the pages; none where no pages are served."""
    from egate.loop.picture_window import PictureWindow

    if profile.pages is None:
        return None

    def to_jpeg(picture: Picture, longer_side: int) -> bytes:
        from egate.vision.preview import to_jpeg

        return to_jpeg(picture, longer_side)

    return PictureWindow(places.pictures, to_jpeg, time.monotonic)


def _light_parts(profile: HardwareProfile, places: Places) -> LightParts | None:
    from egate.loop.light_show import LightParts

    named = profile.devices.light
    if named is None:
        return None
    settings = named.model_copy(update={"line": _below(places.data, named.line)})

    def open_light() -> Light:
        from drivers.catalogue import light

        return light(settings, time.monotonic)

    return LightParts(open_light, os.urandom)


def _trust_store(profile: HardwareProfile, places: Places) -> TrustStore:
    """Load whom this gate trusts about documents.

    Raises:
        SetupRefused: the store cannot be used, or holds nobody.
    """
    from egate.registry.trust import TrustError, TrustFolder

    folder = places.data / profile.files.trust
    cure = f"egate trust import --store {folder} FILE..."
    try:
        loaded = TrustFolder(folder).load(time.time())
    except TrustError as error:
        raise SetupRefused(str(error), cure) from None
    if not loaded.store.country_signers:
        raise SetupRefused(f"{folder}: no country signer is held", cure)
    return loaded.store


def _host_process(host: HostName, body: Body, places: Places, silence_s: float) -> int:
    from egate.loop.device_host import HostParts, run_host
    from egate.loop.notify import Notifier

    return run_host(
        HostParts(
            host=host,
            software=__version__,
            body=body,
            socket=places.socket,
            clock=time.monotonic,
            notifier=Notifier.from_environment(),
            body_silence_s=silence_s,
        )
    )


def gate_journal(profile: HardwareProfile, places: Places, *, puts_by: bool = True) -> Journal:
    """Open the journal, its keys made on the first run; any refusal is a JournalFailed.

    It has one writer: who is not the lane holds the lane's place (`only_one`) meanwhile, and puts
    no file by: under a profile of another gate that would be a good one.
    """
    from egate.journal.key_file import KeyFileError, signing_key
    from egate.journal.store import Place, open_journal
    from egate.ports.journal import JournalFailed

    names, data = profile.files, places.data
    place = Place(profile.gate.name, data / names.journal, data / names.day_keys, puts_by=puts_by)
    try:
        key = signing_key(data / names.journal_key, os.urandom)
    except KeyFileError as error:
        raise JournalFailed(str(error)) from error
    return open_journal(place, key, os.urandom, time.time)


def append_to_journal(profile: HardwareProfile, places: Places, entries: Sequence[Entry]) -> None:
    """Append to the journal of a gate that stands still.

    Raises:
        JournalFailed: this gate has no journal yet, another process writes it, or it refuses.
    """
    from egate.ports.journal import JournalFailed

    path, key = places.data / profile.files.journal, places.data / profile.files.journal_key
    if not path.exists() or not key.exists():
        raise JournalFailed("this gate has none yet")
    with closing(gate_journal(profile, places, puts_by=False)) as journal:
        journal.append(entries)


def registry_place(profile: HardwareProfile, data: Path) -> RegistryPlace:
    """Return where this gate keeps whom it has enrolled."""
    from egate.references import RegistryPlace

    names = profile.files
    return RegistryPlace(data / names.templates, data / names.fingers, data / names.registry_key)


def _zones_below(data: Path, zones: MrzReaderSettings) -> MrzReaderSettings:
    """Return the settings with the paths of line and model below the data directory."""
    named = getattr(zones, "second_opinion", "")
    model = {"second_opinion": str(data / named)} if named else {}
    return zones.model_copy(update={"line": _below(data, zones.line), **model})


def _below(data: Path, line: str) -> str:
    """Return a line's path, a relative one below the data directory; an address as it is."""
    return line if "://" in line else str(data / line)
