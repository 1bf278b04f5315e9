"""`egate run` and `egate host`: what is refused before anything starts, and with which cure."""

import fcntl
from pathlib import Path
import shutil
import socket
import subprocess
import sys

import pytest

from egate.cli import carry_out
from egate.cli.key_folder import KeyFolder
from egate.cli.output import ExitCode
from egate.compose.gate import processes_of
from egate.compose.hosts import document_process, fingerprint_process
from egate.compose.lane import hold_lists, lane_parts
from egate.loop.files import SOCKETS, GateFiles, Places, SetupRefused
from egate.loop.host_silence import finger_silence_s
from egate.profile.load import find, load
from egate.profile.settings import Files, FingerprintNbisSettings

NOW_S = 1_790_000_000
BENCH = "bench_mantrap"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory as an operator brings it."""
    KeyFolder(tmp_path / "issuer").create("issuer", NOW_S, days=36_500)
    folder = tmp_path / "data"
    folder.mkdir(mode=0o750)
    for name in ("issuers.json", "issuers.pub", "revoked.json", "gate.key"):
        shutil.copy(tmp_path / "issuer" / name, folder / name)
    return folder


def refused(folder: Path, ask: str) -> str:
    files = GateFiles(Files(), folder)
    with pytest.raises(SetupRefused) as refusal:
        getattr(files, ask)()
    return str(refusal.value)


def test_an_operators_files_are_read(data: Path) -> None:
    files = GateFiles(Files(), data)
    assert len(files.issuers_in_force(NOW_S).keys) == 1
    assert files.revoked() is not None
    assert files.policy().face_tries == 3
    assert len(files.gate_key().private_bytes_raw()) == 32


@pytest.mark.parametrize(
    ("name", "ask"),
    [("issuers.json", "issuers"), ("issuers.pub", "issuers"), ("gate.key", "gate_key")],
)
def test_a_missing_file_is_refused_with_its_name_and_cure(data: Path, name: str, ask: str) -> None:
    (data / name).unlink()
    told = refused(data, ask)
    assert name in told
    assert "egate permit keygen" in told


@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("issuers.json", "issuers"),
        ("issuers.pub", "issuers"),
        ("gate.key", "gate_key"),
        ("revoked.json", "revoked"),
    ],
)
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"-----BEGIN", b"x" * 5000])
def test_a_spoilt_file_is_refused_and_nothing_of_it_is_shown(
    data: Path, name: str, ask: str, content: bytes
) -> None:
    (data / name).write_bytes(content)
    told = refused(data, ask)
    assert name in told
    assert "xxxx" not in told


def test_a_gate_key_that_others_may_read_is_refused_with_the_command_that_mends_it(
    data: Path,
) -> None:
    (data / "gate.key").chmod(0o644)
    assert "chmod 600" in refused(data, "gate_key")


def test_without_a_list_of_revoked_permits_there_is_none(data: Path) -> None:
    (data / "revoked.json").unlink()
    assert GateFiles(Files(), data).revoked() is None


def test_a_policy_is_the_profiles_file_or_a_shipped_one(data: Path) -> None:
    assert GateFiles(Files(policy="policy_bench.toml"), data).policy().version.endswith("bench")
    (data / "mine.toml").write_text("version = 1")
    with pytest.raises(SetupRefused, match=r"mine\.toml"):
        GateFiles(Files(policy="mine.toml"), data).policy()
    with pytest.raises(SetupRefused, match=r"absent\.toml"):
        GateFiles(Files(policy="absent.toml"), data).policy()


def test_a_socket_path_the_kernel_would_cut_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupRefused, match="--run-dir"):
        Places(tmp_path, tmp_path / ("x" * 100)).prepare()


def test_the_longest_run_directory_that_is_taken_holds_every_socket(tmp_path: Path) -> None:
    for length in range(90, 110):
        folder = tmp_path / ("x" * (length - len(str(tmp_path)) - 1))
        try:
            Places(tmp_path, folder).prepare()
        except SetupRefused:
            break
        for name in SOCKETS:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
                one.bind(str(folder / name))
    assert length > 90


def test_a_data_directory_that_is_a_file_is_named_as_one(data: Path, tmp_path: Path) -> None:
    with pytest.raises(SetupRefused, match="no directory"):
        Places(data / "gate.key", tmp_path).prepare()


def test_a_gate_for_documents_that_trusts_nobody_is_refused_with_the_command_that_mends_it(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("egate.compose.hosts.configure_logs", lambda _process: None)
    monkeypatch.setattr("egate.compose.hosts.check_card_library", lambda: None)
    documents = load(find("bench_mantrap_documents"))
    with pytest.raises(SetupRefused, match="no country signer is held; egate trust import"):
        document_process(documents, Places(data, data / "run"))
    (data / "trust").mkdir()
    (data / "trust" / "manifest.json").write_text("{}")
    with pytest.raises(SetupRefused, match="egate trust import"):
        document_process(documents, Places(data, data / "run"))


def test_a_document_host_without_readers_or_their_library_is_refused(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("egate.compose.hosts.configure_logs", lambda _process: None)
    with pytest.raises(SetupRefused, match="no document reader"):
        document_process(load(find(BENCH)), Places(data, data / "run"))
    monkeypatch.setitem(sys.modules, "smartcard.scard", None)
    with pytest.raises(SetupRefused, match="install pyscard"):
        document_process(load(find("bench_mantrap_documents")), Places(data, data / "run"))


def test_a_fingerprint_host_that_is_to_compare_itself_and_cannot_is_refused(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("egate.compose.hosts.configure_logs", lambda _process: None)
    monkeypatch.setitem(sys.modules, "nbis", None)
    profile = load(find(BENCH))
    itself = FingerprintNbisSettings(driver="fingerprint_nbis", line="run/finger", baud=57600)
    devices = profile.devices.model_copy(update={"fingerprint": itself})
    with pytest.raises(SetupRefused, match="install nbis-py"):
        fingerprint_process(
            profile.model_copy(update={"devices": devices}), Places(data, data / "run")
        )


def test_an_older_list_is_not_taken_again(data: Path, tmp_path: Path) -> None:
    files, issuer = GateFiles(Files(), data), tmp_path / "issuer"
    KeyFolder(issuer).renew(NOW_S, 365, new_key=False)
    older = {name: (data / name).read_text() for name in ("issuers.json", "revoked.json")}
    hold_lists(files)
    for name in older:
        shutil.copy(issuer / name, data / name)
    hold_lists(files)
    assert files.held() == {"issuers": 2, "revoked": 2}
    for name, text in older.items():
        (data / name).write_text(text)
    assert "older_version" in refused(data, "issuers")
    assert "older_version" in refused(data, "revoked")
    hold_lists(files)
    assert files.held() == {"issuers": 2, "revoked": 2}


@pytest.mark.parametrize("content", ["", "[]", '{"issuers": "2"}', "[" * 4000, "x" * 5000])
def test_spoilt_versions_are_refused_with_their_cure(data: Path, content: str) -> None:
    (data / "held.json").write_text(content)
    assert "held.json" in refused(data, "revoked")


def test_a_list_that_expired_is_refused_at_the_start_and_read_by_a_host_that_comes_back(
    data: Path,
) -> None:
    files, later_s = GateFiles(Files(), data), NOW_S + 40_000 * 86_400
    with pytest.raises(SetupRefused, match="egate permit renew"):
        files.issuers_in_force(later_s)
    assert files.issuers().standing(later_s) == "issuers_list_expired"


def test_run_ends_with_usage_and_one_line_when_a_file_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", "--profile", BENCH, "--data", str(tmp_path), "--run-dir", str(tmp_path)]
    assert carry_out(words) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert "issuers" in told
    assert told.count("\n") == 1


def test_a_second_gate_in_the_same_place_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", "--profile", BENCH, "--data", str(data), "--run-dir", str(tmp_path)]
    with (tmp_path / "gate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert carry_out(words) == ExitCode.USAGE
    assert "another gate" in capsys.readouterr().err


def test_a_second_lane_in_the_same_place_is_refused_before_it_takes_the_socket(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lane.sock").touch()
    words = ["host", "lane", "--profile", BENCH, "--data", str(data), "--run-dir", str(tmp_path)]
    with (tmp_path / "lane.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert carry_out(words) == ExitCode.USAGE
    assert "another lane" in capsys.readouterr().err
    assert (tmp_path / "lane.sock").exists()


def test_host_ends_with_usage_when_a_file_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--data", str(tmp_path), "--run-dir", str(tmp_path)]
    assert carry_out(["host", "vision", "--profile", BENCH, *where]) == ExitCode.USAGE
    assert "gate.key" in capsys.readouterr().err


def test_a_lane_is_built_as_its_profile_says(data: Path, tmp_path: Path) -> None:
    profile = load(find(BENCH))
    parts = lane_parts(profile, Places(data, tmp_path))
    assert parts.shape is profile.gate.shape
    assert parts.inspector.direction is profile.gate.direction
    assert parts.about["gate"] == "bench-mantrap"


def test_the_journals_keys_are_made_on_the_first_run(data: Path, tmp_path: Path) -> None:
    parts = lane_parts(load(find(BENCH)), Places(data, tmp_path))
    for expected in (1, 1):
        journal = parts.open_journal()
        assert journal.next_passage() == expected
        journal.close()
    assert (data / "journal.key").stat().st_mode & 0o077 == 0


def test_the_lane_process_brings_no_library_that_parses_what_a_traveller_shows(
    data: Path,
) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from egate.compose.lane import lane_parts\n"
        "from egate.loop import lane_loop\n"
        "from egate.loop.files import Places\n"
        "from egate.profile.load import find, load\n"
        f"parts = lane_parts(load(find({BENCH!r})), Places(Path({str(data)!r}), Path('.')))\n"
        "parts.open_journal().close()\n"
        "import drivers.io_gpiozero\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for library in ("cv2", "numpy", "cbor2", "zxingcpp", "serial"):
        assert f"'{library}'" not in told.stdout


def test_a_camera_that_is_away_fills_no_log() -> None:
    code = (
        "from egate.compose.setup import quiet_opencv\n"
        "quiet_opencv()\n"
        "import cv2\n"
        "print(cv2.VideoCapture('http://127.0.0.1:1/stream', cv2.CAP_FFMPEG).isOpened())\n"
        "print(cv2.VideoCapture('/dev/no-video', cv2.CAP_V4L2).isOpened())\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (told.stdout.split(), told.stderr) == (["False", "False"], "")


def test_a_gate_has_a_host_for_each_device_that_is_fitted() -> None:
    always = ("lane", "scanner", "vision")
    assert processes_of(load(find("bench_turnstile"))) == always
    assert processes_of(load(find("bench_mantrap"))) == (*always, "fingerprint")
    assert processes_of(load(find("bench_mantrap_documents"))) == (
        *always,
        "document",
        "fingerprint",
    )


def test_a_fingerprint_host_without_a_sensor_is_refused_with_its_cure(data: Path) -> None:
    places = Places(data, data / "run")
    with pytest.raises(SetupRefused, match=r"no fingerprint sensor; name devices\.fingerprint"):
        fingerprint_process(load(find("bench_turnstile")), places)


def test_a_host_whose_sensor_sends_pictures_may_be_away_as_long_as_one_takes() -> None:
    zfm = load(find(BENCH)).devices.fingerprint
    assert zfm is not None
    told = zfm.model_dump(exclude={"template_bytes"}) | {"driver": "fingerprint_nbis"}
    nbis = FingerprintNbisSettings.model_validate(told)
    assert finger_silence_s(zfm) == 5.0
    assert finger_silence_s(nbis) == pytest.approx(5.0 + 7.0, abs=0.6)


def test_the_lane_is_told_of_the_sensor_and_of_the_tries_at_it(data: Path) -> None:
    places = Places(data, data / "run")
    assert lane_parts(load(find(BENCH)), places).has_fingerprint
    assert not lane_parts(load(find("bench_turnstile")), places).has_fingerprint
