"""`egate trust` from an empty folder to a proof, with its exit codes."""

import json
from pathlib import Path
import time
from typing import Any

import pytest

from egate.cli import carry_out
from simulators import pki
from simulators.pki import DAY_S, YEAR_S, Wish, Wrapping

NOW_S = int(time.time())
LONG: dict[str, Any] = {"from_s": NOW_S - 2 * YEAR_S, "to_s": NOW_S + YEAR_S}
COUNTRY = pki.country_signer(Wish(**LONG))
OTHER = pki.country_signer(Wish("Atlantis", "AA", key_name="Atlantis", is_ca=False))
SIGNER = pki.list_signer(COUNTRY, **LONG)


def listed(days_ago: int) -> bytes:
    wrapping = Wrapping(signing_time_s=NOW_S - days_ago * DAY_S)
    return pki.master_list(SIGNER, [COUNTRY.raw, OTHER.raw], wrapping)


FILES = {
    "country.cer": COUNTRY.raw,
    "new.ml": listed(10),
    "old.ml": listed(100),
    "fresh.crl": pki.revocation_list(COUNTRY, issued_s=NOW_S - DAY_S, next_s=NOW_S + DAY_S),
    "stale.crl": pki.revocation_list(COUNTRY, issued_s=NOW_S - 9 * DAY_S, next_s=NOW_S - DAY_S),
    "nothing.bin": b"nothing",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with files to import and no store yet."""
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def trust(*words: str) -> int:
    return carry_out(["trust", *words])


def printed(capsys: pytest.CaptureFixture[str], schema: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["schema"] == f"egate.trust.{schema}/1"
    return told


def test_import_takes_what_is_good_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert trust("import", "new.ml", "country.cer", "fresh.crl", "--json") == 0
    told = printed(capsys, "import")
    assert [one["outcome"] for one in told["answers"]] == ["taken"] * 3
    store = told["store"]
    assert (store["countries"], store["country_signers"], store["pinned"]) == (2, 2, 1)
    assert told["answers"][1]["fingerprint"] == COUNTRY.certificate.fingerprint


def test_import_says_which_country_signer_is_wanting(capsys: pytest.CaptureFixture[str]) -> None:
    assert trust("import", "new.ml") == 1
    told = capsys.readouterr().out
    assert "signer not pinned" in told
    assert "pin UT's country signer first" in told


def test_import_refuses_an_older_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert trust("import", "country.cer", "new.ml") == 0
    capsys.readouterr()
    assert trust("import", "old.ml", "--json") == 1
    assert printed(capsys, "import")["answers"][0]["reason"] == "not_newer_than_the_one_held"


def test_import_takes_the_good_and_names_the_bad(capsys: pytest.CaptureFixture[str]) -> None:
    assert trust("import", "country.cer", "nothing.bin", "--json") == 1
    reasons = {one["source"]: one["reason"] for one in printed(capsys, "import")["answers"]}
    assert reasons == {"country.cer": "", "nothing.bin": "nothing_that_can_be_used"}


def test_import_of_a_file_that_is_not_there_is_wrong_usage() -> None:
    assert trust("import", "absent.ml") == 2
    assert trust("import") == 2


def test_list_tells_the_countries(capsys: pytest.CaptureFixture[str]) -> None:
    trust("import", "country.cer", "new.ml", "fresh.crl")
    capsys.readouterr()
    assert trust("list", "--json") == 0
    countries = {one["country"]: one for one in printed(capsys, "list")["countries"]}
    assert list(countries) == ["AA", "UT"]
    assert (countries["UT"]["signers"], countries["UT"]["pinned"]) == (1, 1)
    assert countries["AA"]["revocation_list_until"] is None
    assert trust("list") == 0
    assert "2 country signers of 2 countries, 1 of them pinned by hand" in capsys.readouterr().out


def test_show_tells_a_country_and_one_certificate(capsys: pytest.CaptureFixture[str]) -> None:
    trust("import", "country.cer", "new.ml")
    capsys.readouterr()
    assert trust("show", "aa", "--json") == 0
    (one,) = printed(capsys, "show")["certificates"]
    assert (one["subject"], one["key"], one["vouched_by"]) == ("Atlantis", "secp256r1", ["UT"])
    assert "not_marked_as_ca" in one["remarks"]
    assert trust("show", one["id"]) == 0
    assert one["fingerprint"] in capsys.readouterr().out


@pytest.mark.parametrize("what", ["ZZ", "0123456789ab", ""])
def test_show_of_what_is_not_held_fails(what: str) -> None:
    trust("import", "country.cer")
    assert trust("show", what) == 1


def test_check_passes_a_store_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    trust("import", "country.cer", "new.ml", "fresh.crl")
    capsys.readouterr()
    assert trust("check", "--json") == 0
    told = printed(capsys, "check")
    assert (told["passed"], told["faults"]) == (True, [])
    assert told["remarks"]["not_marked_as_ca"] == 1
    assert trust("check") == 0
    assert "all of it can be used" in capsys.readouterr().out


def test_check_names_what_is_out_of_date(capsys: pytest.CaptureFixture[str]) -> None:
    trust("import", "country.cer", "new.ml", "stale.crl")
    capsys.readouterr()
    assert trust("check", "--max-age-days", "5", "--json") == 1
    faults = [one["reason"] for one in printed(capsys, "check")["faults"]]
    assert faults == ["master_list_is_old", "revocation_list_is_old"]


def test_check_names_a_spoilt_file_and_an_empty_store(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trust("check") == 1
    assert "no country signer held" in capsys.readouterr().out
    trust("import", "country.cer")
    (folder / "trust" / f"{COUNTRY.certificate.fingerprint}.der").write_bytes(b"")
    capsys.readouterr()
    assert trust("check", "--json") == 1
    faults = [one["reason"] for one in printed(capsys, "check")["faults"]]
    assert faults == ["spoilt_or_missing", "no_country_signer_held"]


def test_a_spoilt_manifest_ends_every_command_with_3(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trust("import", "country.cer")
    (folder / "trust" / "manifest.json").write_text("{}")
    for words in (["list"], ["show", "UT"], ["check"], ["import", "country.cer"]):
        assert trust(*words) == 3
    assert "manifest.json is spoilt" in capsys.readouterr().err


def test_nothing_a_certificate_says_is_read_as_control_or_markup(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = pki.country_signer(Wish("[red]\x1b[31m\u202eodd", key_name="odd"))
    (folder / "odd.cer").write_bytes(odd.raw)
    trust("import", "odd.cer")
    assert trust("show", "UT") == 0
    told = capsys.readouterr().out
    assert "[red]" in told
    assert "\x1b" not in told
    assert "\u202e" not in told
