"""The pages process: started from a profile, with TLS where others reach it, and stopped."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from ipaddress import ip_address
from pathlib import Path
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
import pytest

from egate.cli import carry_out
from egate.cli.output import ExitCode
from egate.pages.people import Role, read_people

DAY = timedelta(days=1)
STARTS_WITHIN_S = 20.0
PROFILE = 'extends = "bench_mantrap"\n[pages]\nport = {port}\n'
TLS = 'certificate = "tls.pem"\nkey = "tls.key"\nclient_ca = "ca.pem"\n'
Signer = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def certificate(name: str, by: Signer | None = None) -> Signer:
    """Make a certificate for this name, signed by another or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signing = (by[0].subject, by[1]) if by else (subject, key)
    now = datetime.fromtimestamp(time.time(), UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()),
            critical=False,
        )
        .sign(signing, hashes.SHA256())
    )
    return made, key


def write(folder: Path, name: str, signer: Signer) -> None:
    made, key = signer
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


class Started:
    """`egate pages` as a process of its own."""

    def __init__(self, folder: Path, extra: str = "", port: int = 0) -> None:
        self.port = port or free_port()
        (folder / "gate.toml").write_text(PROFILE.format(port=self.port) + extra)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "egate", "pages", "--profile", str(folder / "gate.toml"),
             "--data", str(folder), "--run-dir", str(folder / "run")],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def until(self, condition: Callable[[], bool]) -> None:
        deadline_s, pause = time.monotonic() + STARTS_WITHIN_S, threading.Event()
        while not condition():
            assert time.monotonic() < deadline_s, "not in time"
            assert self.process.poll() is None, "the pages have ended"
            pause.wait(0.05)

    def listens(self) -> bool:
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        _, self.said = self.process.communicate(timeout=STARTS_WITHIN_S)
        return self.process.returncode


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path


def made_at(path: Path) -> int:
    try:
        return path.stat().st_ctime_ns
    except FileNotFoundError:
        return 0


def admit(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    people = str(folder / "people.json")
    assert carry_out(["pages", "admit", *words, "--people", people]) == ExitCode.DONE
    return capsys.readouterr().out.strip()


def test_people_are_admitted_replaced_and_dismissed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = admit(folder, capsys, "A. Officer", "--role", "officer")
    second = admit(folder, capsys, "A. Officer", "--role", "officer", "--role", "auditor")
    text = (folder / "people.json").read_text()
    people = read_people(text)
    assert first not in text
    assert second not in text
    assert people.by_key(first) is None
    found = people.by_key(second)
    assert found is not None
    assert found.roles == {Role.TRAVELLER, Role.OFFICER, Role.AUDITOR}
    words = ["pages", "dismiss", "A. Officer", "--people", str(folder / "people.json")]
    assert carry_out(words) == ExitCode.DONE
    assert carry_out(words) == ExitCode.CHECK_FAILED


def test_with_tls_a_certificate_is_asked_for_and_says_who_comes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority = certificate("Authority")
    stranger = certificate("Stranger")
    for name, signer in {
        "ca": authority,
        "tls": certificate("gate", authority),
        "officer": certificate("officer-4", authority),
        "nobody": certificate("nobody", authority),
        "stranger": stranger,
    }.items():
        write(folder, name, signer)
    admit(folder, capsys, "A. Officer", "--role", "officer", "--certificate", "officer-4")
    started = Started(folder, TLS)
    started.until(started.listens)

    def sign_in(name: str) -> int:
        context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        if name:
            context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
        line = HTTPSConnection("127.0.0.1", started.port, context=context, timeout=10)
        try:
            line.request("POST", "/sign-in", "", {"origin": f"https://127.0.0.1:{started.port}"})
            answer = line.getresponse()
            if answer.status == 303:
                assert "Secure" in str(answer.headers["set-cookie"])
            return answer.status
        finally:
            line.close()

    try:
        assert sign_in("officer") == 303
        assert sign_in("nobody") == 403
        for name in ("", "stranger"):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                sign_in(name)
    finally:
        assert started.stop() == 0
    assert "Traceback" not in started.said


def test_an_address_that_is_taken_is_refused_with_its_cure(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (folder / "gate.toml").write_text(PROFILE.format(port=port))
        words = ["pages", "--profile", str(folder / "gate.toml"), "--data", str(folder)]
        assert carry_out([*words, "--run-dir", str(folder / "run")]) == ExitCode.USAGE


def test_a_profile_without_pages_and_a_spoilt_file_of_people_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--data", str(folder), "--run-dir", str(folder / "run")]
    assert carry_out(["pages", "--profile", "bench_mantrap", *where]) == ExitCode.USAGE
    assert "add a table [pages]" in capsys.readouterr().err
    (folder / "gate.toml").write_text(PROFILE.format(port=free_port()))
    (folder / "people.json").write_text(
        '{"people": [{"name": "X", "roles": ["king"], "certificate": "x"}]}'
    )
    words = ["pages", "--profile", str(folder / "gate.toml"), *where]
    assert carry_out(words) == ExitCode.USAGE
    assert "a role is traveller, officer" in capsys.readouterr().err


def test_pages_that_were_killed_come_back_in_the_same_place(folder: Path) -> None:
    started = Started(folder)
    pictures = folder / "run" / "pages" / "eyes"
    started.until(pictures.exists)
    first = made_at(pictures)
    started.process.kill()
    started.process.communicate(timeout=STARTS_WITHIN_S)
    again = Started(folder, port=started.port)
    again.until(lambda: made_at(pictures) > first)
    again.until(again.listens)
    assert again.stop() == 0


def test_the_pages_stop_when_they_are_told_and_leave_no_socket(folder: Path) -> None:
    started = Started(folder)
    started.until(started.listens)
    pictures = folder / "run" / "pages" / "eyes"
    started.until(pictures.exists)
    assert started.stop() == 0
    assert not pictures.exists()
