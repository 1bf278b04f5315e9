"""`egate permit` from keys to a revoked permit, in a folder of its own, with its exit codes."""

import json
from pathlib import Path
import stat

import pytest

from egate.cli import carry_out

FACES = Path(__file__).parents[2] / ".bench" / "faces"
TEMPLATE = "ab" * 16


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an issuer's keys and one permit."""
    monkeypatch.chdir(tmp_path)
    assert carry_out(["permit", "keygen", "keys", "--issuer", "Test"]) == 0
    assert issue("slip") == 0
    return tmp_path


def issue(out: str, *more: str) -> int:
    fixed = ["permit", "issue", "LS-77", "--site", "huu-nghi", "--document-number", "B1234567"]
    return carry_out([*fixed, "--template-digest", TEMPLATE, "--out", out, *more])


def findings(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Return the reason of each check in what `verify --json` printed."""
    printed = json.loads(capsys.readouterr().out)
    assert printed["schema"] == "egate.permit.verify/1"
    return {one["check"]: one["reason"] for one in printed["findings"]}


def test_keygen_makes_every_file_and_only_its_owner_reads_the_secrets(folder: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder / "keys").iterdir()}
    secrets = {"issuer.key", "issuers.key", "gate.key"}
    assert set(modes) == secrets | {"issuers.pub", "gate.pub", "issuers.json", "revoked.json"}
    assert {modes[name] for name in secrets} == {0o600}


def test_keygen_overwrites_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in (folder / "keys").iterdir()}
    assert carry_out(["permit", "keygen", "keys"]) == 3
    assert "is there already" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in (folder / "keys").iterdir()} == before


@pytest.mark.parametrize("issuer", ["", "x" * 65])
def test_an_issuers_name_that_no_gate_would_take_is_refused(folder: Path, issuer: str) -> None:
    assert carry_out(["permit", "keygen", "others", "--issuer", issuer]) == 2
    assert not (folder / "others").exists()


def test_a_folder_that_is_a_file_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["permit", "keygen", "slip.txt"]) == 3
    assert capsys.readouterr().err == "egate: slip.txt: File exists\n"
    assert folder.is_dir()


@pytest.mark.usefixtures("folder")
def test_a_permit_without_a_file_name_is_wrong_usage() -> None:
    assert issue("/") == 2


def test_no_more_keys_are_listed_than_a_gate_takes(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("egate.cli.key_folder.MAX_KEYS", 1)
    before = (folder / "keys" / "issuer.key").read_bytes()
    assert carry_out(["permit", "renew", "keys", "--new-key"]) == 3
    assert "in force" in capsys.readouterr().err
    assert (folder / "keys" / "issuer.key").read_bytes() == before


def test_a_permit_is_written_as_text_and_three_drawings(folder: Path) -> None:
    text = (folder / "slip.txt").read_text()
    assert text.startswith("BG1:")
    assert text.endswith("\n")
    assert (folder / "slip.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "slip.phone.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "slip.svg").read_text().startswith("<svg")


def test_issue_says_what_it_wrote_and_overwrites_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert issue("more", "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["characters"] == len((folder / "more.txt").read_text().strip())
    assert (printed["qr_version"], printed["side_mm"]) == (10, 27.5)
    assert issue("more") == 3


def test_show_keeps_personal_claims_to_itself_unless_asked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert carry_out(["permit", "show", str(folder / "slip.txt")]) == 0
    assert "LS-77" not in capsys.readouterr().out
    assert carry_out(["permit", "show", str(folder / "slip.txt"), "--show-personal", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["claims"]["registration"] == "LS-77"


def test_a_genuine_permit_in_force_is_verified(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert (folder / "slip.txt").exists()
    assert (
        carry_out(
            ["permit", "verify", "slip.txt", "--site", "huu-nghi", "--direction", "exit", "--json"]
        )
        == 0
    )
    assert findings(capsys) == {
        "permit_is_readable": "readable",
        "permit_is_signed": "signed",
        "permit_is_in_force": "in_force",
        "permit_is_for_this_site": "this_site",
        "permit_is_for_this_direction": "this_direction",
        "permit_is_not_revoked": "not_listed",
    }


@pytest.mark.parametrize(
    ("options", "check", "reason"),
    [
        ("--site lao-cai", "permit_is_for_this_site", "wrong_site"),
        ("--direction exit", "permit_is_for_this_direction", "wrong_direction"),
    ],
)
def test_a_permit_for_elsewhere_fails_its_check(
    folder: Path, capsys: pytest.CaptureFixture[str], options: str, check: str, reason: str
) -> None:
    assert issue("entry_only", "--direction", "entry") == 0
    assert (folder / "entry_only.txt").exists()
    capsys.readouterr()
    assert carry_out(["permit", "verify", "entry_only.txt", "--json", *options.split()]) == 1
    assert findings(capsys)[check] == reason


def test_an_expired_permit_and_one_not_yet_valid_fail(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, begin, reason in (
        ("old", "2020-01-01", "expired"),
        ("new", "2099-01-01", "not_yet_valid"),
    ):
        assert issue(name, "--valid-from", begin) == 0
        assert (folder / f"{name}.txt").exists()
        capsys.readouterr()
        assert carry_out(["permit", "verify", f"{name}.txt", "--json"]) == 1
        assert findings(capsys)["permit_is_in_force"] == reason


def test_a_permit_of_another_issuer_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["permit", "keygen", str(folder / "others")]) == 0
    capsys.readouterr()
    assert carry_out(["permit", "verify", "slip.txt", "--keys", "others", "--json"]) == 1
    assert findings(capsys) == {
        "permit_is_readable": "readable",
        "permit_is_signed": "unknown_issuer_key",
    }


def test_a_revoked_permit_fails_and_others_do_not(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert issue("other") == 0
    assert (folder / "other.txt").exists()
    assert carry_out(["permit", "revoke", "slip.txt"]) == 0
    capsys.readouterr()
    assert carry_out(["permit", "verify", "slip.txt", "--json"]) == 1
    assert findings(capsys)["permit_is_not_revoked"] == "revoked"
    assert carry_out(["permit", "verify", "other.txt"]) == 0


def test_after_a_change_of_keys_old_and_new_permits_are_taken(folder: Path) -> None:
    assert carry_out(["permit", "renew", "keys", "--new-key"]) == 0
    assert issue("new") == 0
    assert len(json.loads((folder / "keys/issuers.json").read_text())["list"]["keys"]) == 2
    assert carry_out(["permit", "verify", "slip.txt"]) == 0
    assert carry_out(["permit", "verify", "new.txt"]) == 0
    assert len(list((folder / "keys").glob("issuer-*.key"))) == 1


def test_a_changed_list_cannot_be_used(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "keys/issuers.json"
    path.write_text(path.read_text().replace('"version": 1', '"version": 2'))
    capsys.readouterr()
    assert carry_out(["permit", "verify", "slip.txt"]) == 3
    assert "bad_signature" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"BG1:\x1b[31m\n", "hostile_characters"), (b"hello\n", "not_a_permit"), (b"", "truncated")],
)
def test_what_is_no_permit_is_named_and_never_printed(
    folder: Path, capsys: pytest.CaptureFixture[str], content: bytes, reason: str
) -> None:
    (folder / "bad.txt").write_bytes(content)
    capsys.readouterr()
    assert carry_out(["permit", "show", "bad.txt"]) == 1
    printed = capsys.readouterr()
    assert reason in printed.err
    assert "\x1b" not in printed.out + printed.err
    assert carry_out(["permit", "verify", "bad.txt"]) == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("permit verify nothing.txt", 3, "No such file"),
        ("permit verify slip.txt --keys nowhere", 3, "No such file"),
        ("permit verify slip.txt --direction up", 2, "--direction"),
        ("permit verify", 2, "Missing argument"),
        ("permit issue A --site s --document-number 1 --out x", 2, "--face or --template-digest"),
        (
            "permit issue A --site s --document-number 1 --out x --template-digest 0",
            2,
            "32 hexadecimal digits",
        ),
        (
            f"permit issue A/B --site s --document-number 1 --out x --template-digest {TEMPLATE}",
            2,
            "registration is out of bounds",
        ),
        ("permit issue A --site s --document-number 1 --out x --face no.jpg", 3, "No such file"),
        ("permit renew nowhere", 3, "No such file"),
    ],
)
def test_wrong_use_and_missing_files_have_their_own_exit_codes(
    folder: Path, capsys: pytest.CaptureFixture[str], words: str, code: int, said: str
) -> None:
    capsys.readouterr()
    assert carry_out(words.split()) == code
    printed = capsys.readouterr()
    assert said in printed.err
    assert "Traceback" not in printed.err
    assert not (folder / "x.txt").exists()


def test_a_key_in_the_wrong_place_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = folder / "keys"
    (keys / "issuer.key").write_bytes((keys / "gate.key").read_bytes())
    capsys.readouterr()
    assert issue("x") == 3
    assert "an issuer's private key on P-256 is needed" in capsys.readouterr().err


def test_a_picture_becomes_a_sealed_face_that_the_gates_key_opens(folder: Path) -> None:
    from egate.domain.token import SealedFace, face_binding
    from egate.permit.keys import read_gate_key
    from egate.permit.permit import unproven
    from egate.permit.sealed_face import unseal
    from egate.vision.enrol import embedding_of_picture
    from egate.vision.faces import FaceEngine
    from egate.vision.models import load_models
    from simulators.faces import PERSONS, FacesNotObtained, enrolment_file, obtain

    try:
        obtain(FACES)
    except FacesNotObtained as error:
        pytest.skip(f"the faces of the bench could not be had: {error}")
    picture = enrolment_file(FACES, next(iter(PERSONS)))
    words = "permit issue LS-78 --site huu-nghi --document-number 1 --out face"
    assert carry_out([*words.split(), "--face", str(picture)]) == 0
    permit = unproven((folder / "face.txt").read_text().strip())
    assert isinstance(permit.reference, SealedFace)
    bound = face_binding(permit.registration, permit.nonce)
    key = read_gate_key((folder / "keys/gate.key").read_text())
    seen = unseal(permit.reference, key, bound)
    expected = embedding_of_picture(picture.read_bytes(), FaceEngine(load_models()))
    cosine = sum(one * float(other) for one, other in zip(seen, expected, strict=True))
    assert cosine > 0.999
