"""A computer in good health, made of files, on which a fault is done: the doctor's patient.

It is a Raspberry Pi with a mantrap that takes documents: /proc and /sys are folders, devices lead
to /dev/null, the gate's own files are real ones, made with fixed keys at a fixed time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from pathlib import Path
import shutil
import socket
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from egate.cli.doctor_gate import with_gate
from egate.domain.lateness import Ticks
from egate.domain.record import Entry, EntryKind
from egate.domain.revocation import Revoked
from egate.domain.service import PARTS, Counter, Tally
from egate.journal.database import why_unsound
from egate.journal.key_file import signing_key
from egate.journal.store import Place, open_journal
from egate.loop.counter_file import NAME, Counted, as_bytes
from egate.permit import issuers, revoked
from egate.permit.issuers import IssuerKey, Issuers, listed
from egate.permit.keys import private_pem, public_pem
from egate.registry.registry_key import make_registry_keys
from egate.registry.trust import TrustFolder
from egate.registry.trust_files import Offer, recognise
from egate.selftest.host import Host, KernelClock, Space
from egate.vision.models import DETECTOR, MRZ, RECOGNISER
from simulators import pki
from tests.permit.made import GATE_KEY, KEY, LIST_KEY

NOW_S = pki.NOW_S  # 2027-01-15
DAY_S = 86_400
GIB = 1024**3
PROFILE = """
extends = "pi_mantrap_documents"
devices.camera.line = "/dev/v4l/by-id/camera"
devices.light = { driver = "light_adalight", line = "/dev/egate/light", baud = 115200, leds = 16 }
devices.fingerprint = { driver = "fingerprint_zfm", line = "/dev/egate/finger", baud = 57600 }
"""
FILES = {
    "sys/class/rtc/rtc0/since_epoch": str(NOW_S + 1),
    "sys/devices/platform/soc/soc:firmware/get_throttled": "0",
    "sys/class/thermal/thermal_zone0/temp": "52300",
    "proc/meminfo": "MemTotal: 4000000 kB\nMemAvailable: 2000000 kB",
    "proc/vmstat": "nr_free_pages 1\noom_kill 0",
    "proc/mounts": "/dev/root / ext4 rw,relatime 0 0",
    "sys/fs/ext4/mmcblk0p2/errors_count": "0",
    "sys/block/mmcblk0/device/life_time": "0x02 0x01",
    "sys/block/mmcblk0/device/pre_eol_info": "0x01",
    "sys/block/sda/size": "1",
    "sys/class/watchdog/watchdog0/uevent": "MAJOR=247",
    "sys/class/watchdog/watchdog0/identity": "Broadcom BCM2835 Watchdog timer",
    "sys/class/watchdog/watchdog0/state": "active",
    "sys/class/watchdog/watchdog0/timeout": "15",
    "sys/class/watchdog/watchdog0/bootstatus": "0",
}
DEVICES = (
    *("gpiochip0", "egate/scanner", "egate/mrz", "egate/light", "egate/finger"),
    "v4l/by-id/camera",
)
UNITS = ("lane", "scanner", "vision", "document", "fingerprint", "pages")
COUNTRY = pki.country_signer()
NOTHING = Tally()
LOCK = """anyio==4.0 \\
    --hash=sha256:00
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:00
"""
HEALTHY_DISK = '{"smart_status": {"passed": true}}'


def exposed(exposure: float) -> str:
    return f"→ Overall exposure level for egate-lane.service: {exposure} OK 🙂\n"


@dataclass
class Patient:
    """The folders, and the host as it will be asked."""

    root: Path
    data: Path
    host: Host

    def write(self, path: str, text: str) -> None:
        """Write a file below the root."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def is_now(self, **changed: Any) -> None:  # noqa: ANN401  # fields of Host
        """Change what the host is."""
        self.host = replace(self.host, **changed)

    def gate_is_now(self, **changed: Any) -> None:  # noqa: ANN401  # fields of Gate
        """Change what the gate tells of its own files."""
        assert self.host.gate is not None
        self.host = replace(self.host, gate=replace(self.host.gate, **changed))

    def prints(self, program: str, text: str | None) -> None:
        """Have a program of the system print this."""
        before = self.host.run
        self.is_now(run=lambda words: text if words[0] == program else before(words))

    def prints_of(self, unit: str, text: str | None) -> None:
        """Have systemd-analyze print this of one unit."""
        before = self.host.run
        named = f"egate-{unit}.service"
        self.is_now(run=lambda words: text if words[-1].endswith(named) else before(words))

    def profile_says(self, more: str) -> None:
        """Take another profile: this text behind the patient's own."""
        (self.root / "profile.toml").write_text(PROFILE + more)
        self.host = with_gate(self.host, str(self.root / "profile.toml"))

    def issuers_are(self, **changed: Any) -> None:  # noqa: ANN401  # fields of Issuers
        """Bring another list of issuers."""
        text = issuers.write(replace(ISSUERS, **changed), LIST_KEY)
        (self.data / "issuers.json").write_text(text)

    def revoked_are(self, **changed: Any) -> None:  # noqa: ANN401  # fields of Revoked
        """Bring another list of revoked permits."""
        (self.data / "revoked.json").write_text(
            revoked.write(replace(REVOKED, **changed), LIST_KEY)
        )

    def counted_is(self, part: str = "", tally: Tally = NOTHING, *, ticks: float = 2.0) -> None:
        """Have the lane count this of one part; `ticks` is its p99 in ms, 0 where none is kept."""
        counters = {one: Counter(Tally(cycles=9)) for one in PARTS}
        counters |= {part: Counter(Tally(7).plus(tally), Tally(7))} if part else {}
        late = (Ticks(NOW_S - 60.0, 60.0, 300, 0.1, ticks, 2 * ticks),) if ticks else ()
        (self.data / NAME).write_bytes(as_bytes(Counted(counters, late)))

    def trusts(self, *contents: bytes) -> None:
        """Have the gate trust these, and nobody else."""
        shutil.rmtree(self.data / "trust", ignore_errors=True)
        offers = [Offer("file", recognise(one), one) for one in contents]
        TrustFolder(self.data / "trust").take(offers, NOW_S)


ISSUER = IssuerKey("test", KEY.public_key(), NOW_S - DAY_S, NOW_S + 365 * DAY_S)
ISSUERS = Issuers(3, NOW_S - DAY_S, NOW_S + 60 * DAY_S, listed([ISSUER]))
REVOKED = Revoked(5, NOW_S - DAY_S, 7 * DAY_S, frozenset())


def made_in(folder: Path) -> None:
    """Make the folders of a patient in good health, for `patient_in`."""
    root, data = folder / "root", folder / "data"
    data.mkdir(mode=0o750)
    _lay_out(root)
    _write_data(data)
    patient = Patient(root, data, _host(root, data, root / "absent"))
    patient.issuers_are()
    patient.revoked_are()
    patient.counted_is()
    patient.trusts(COUNTRY.raw, pki.revocation_list(COUNTRY))


def patient_in(folder: Path, made: Path) -> Patient:
    """Copy the folders that `made_in` made, and return a patient in good health."""
    shutil.copytree(made, folder, symlinks=True, dirs_exist_ok=True)
    root, data = folder / "root", folder / "data"
    patient = Patient(root, data, _host(root, data, _card_socket(root / "pcscd.comm")))
    patient.profile_says("")
    return patient


def _lay_out(root: Path) -> None:
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    for name in DEVICES:
        (root / "dev" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "dev" / name).symlink_to("/dev/null")
    (root / "etc/systemd/system").mkdir(parents=True)
    for unit in UNITS:
        (root / f"etc/systemd/system/egate-{unit}.service").touch()


def _write_data(data: Path) -> None:
    (data / "issuers.pub").write_text(public_pem(LIST_KEY.public_key()))
    secret = data / "gate.key"
    secret.touch(0o600)
    secret.write_text(private_pem(GATE_KEY))
    make_registry_keys(data / "registry.key", {}, bytes, NOW_S - 86_400)
    key = signing_key(data / "journal.key", bytes)
    place = Place("lane-1", data / "journal.sqlite", data / "day_keys.json")
    write_journal(place, key, NOW_S - 60.0)


def write_journal(place: Place, key: Ed25519PrivateKey, at_utc_s: float) -> None:
    """Write a journal of two records, the last of this time."""
    numbers = count(1)
    journal = open_journal(
        place, key, lambda size: next(numbers).to_bytes(size, "big"), lambda: at_utc_s
    )
    secret = {"registration": "SPECIMEN"}
    journal.append([Entry(EntryKind.NOTE, 1.0, at_utc_s, 1, personal=secret)])
    journal.append([Entry(EntryKind.PASSAGE_ENDED, 2.0, at_utc_s, 1, {"ending": "completed"})])
    journal.close()


def _host(root: Path, data: Path, card_socket: Path) -> Host:
    ticks = count()
    numbers = count()
    return Host(
        root=root,
        data=data,
        utc_s=lambda: float(NOW_S),
        monotonic_s=lambda: next(ticks) / 1000,
        random=lambda size: next(numbers).to_bytes(size, "big"),
        kernel_clock=lambda: KernelClock(is_synchronised=True, largest_error_ms=12.0),
        space=lambda _: Space(8 * GIB, 500_000),
        run=_printed,
        installed=lambda _: "4.0",
        python=(3, 11, 2),
        sqlite="3.54.1",
        unsound=why_unsound,
        lock=LOCK,
        models=_models,
        may_use=lambda _: True,
        card_socket=card_socket,
    )


def _printed(words: Sequence[str]) -> str | None:
    told = {"smartctl": HEALTHY_DISK, "systemd-analyze": exposed(1.6), "systemctl": "15s"}
    return told.get(words[0])


def _card_socket(path: Path) -> Path:
    """Leave a socket there, as a service does."""
    with socket.socket(socket.AF_UNIX) as service:
        service.bind(str(path))
    return path


@cache
def _models(kind: str) -> Path:
    from egate.cli.doctor_host import models

    return models(kind)


def copied_models(folder: Path) -> Callable[[str], Path]:
    """Return the models in a folder where they may be spoilt."""
    folder.mkdir()
    for kind, name in (("faces", DETECTOR), ("faces", RECOGNISER), ("pages", MRZ)):
        shutil.copyfile(_models(kind) / name, folder / name)
    return lambda _: folder
