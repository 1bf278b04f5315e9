"""The trust store on disk: what is proven is taken, nothing older replaces it, damage is found."""

from collections.abc import Sequence
import json
from pathlib import Path
import threading

from asn1crypto import pem
from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document import passive_authentication
from egate.domain.check import Outcome
from egate.registry import trust_files, trust_manifest
from egate.registry.trust import (
    Answer,
    Taken,
    TrustFolder,
    TrustStoreDamaged,
    TrustStoreFailed,
)
from egate.registry.trust_files import Kind, Offer, recognise
from simulators import pki
from simulators.pki import DATA_GROUPS, DAY_S, NOW_S, Wish, Wrapping
from tests.document.shared_data import shared

COUNTRY = pki.country_signer()
SIGNER = pki.list_signer(COUNTRY)
OTHER = pki.country_signer(Wish("Atlantis Signer", "AA", key_name="Atlantis"))
THIRD = pki.country_signer(Wish("Lemuria Signer", "LE", key_name="Lemuria"))
DEVIATION_SIGNER = pki.list_signer(COUNTRY, pki.DEVIATION_LIST_SIGNING)


def signed_at(days_ago: int) -> Wrapping:
    return Wrapping(signing_time_s=NOW_S - days_ago * DAY_S)


OLD_LIST = pki.master_list(SIGNER, [COUNTRY.raw, OTHER.raw, THIRD.raw], signed_at(60))
NEW_LIST = pki.master_list(SIGNER, [COUNTRY.raw, OTHER.raw], signed_at(30))


@pytest.fixture
def folder(tmp_path: Path) -> TrustFolder:
    return TrustFolder(tmp_path / "trust")


def offers(*contents: bytes) -> list[Offer]:
    return [Offer(f"file {n}", recognise(one), one) for n, one in enumerate(contents)]


def take(folder: TrustFolder, *contents: bytes) -> tuple[Answer, ...]:
    return folder.take(offers(*contents), NOW_S)


def outcomes(answers: Sequence[Answer]) -> list[tuple[Taken, str]]:
    return [(one.outcome, one.reason) for one in answers]


def countries(folder: TrustFolder) -> list[str]:
    return sorted(folder.load(NOW_S).store.by_country)


def test_a_store_that_is_not_there_is_empty(folder: TrustFolder) -> None:
    loaded = folder.load(NOW_S)
    assert (loaded.version, loaded.held, loaded.store.country_signers) == (0, (), ())


def test_a_list_is_taken_with_the_country_signer_it_hangs_on_in_whatever_order(
    folder: TrustFolder,
) -> None:
    answers = take(folder, NEW_LIST, COUNTRY.raw)
    assert outcomes(answers) == [(Taken.TAKEN, "")] * 2
    assert (answers[0].kind, answers[0].country, answers[0].holds) == (Kind.MASTER_LIST, "UT", 2)
    loaded = folder.load(NOW_S)
    assert sorted(loaded.store.by_country) == ["AA", "UT"]
    assert loaded.vouched[COUNTRY.certificate.fingerprint] == ("hand", "UT")
    assert loaded.vouched[OTHER.certificate.fingerprint] == ("UT",)


def test_a_list_without_its_country_signer_is_refused_and_nothing_is_written(
    folder: TrustFolder,
) -> None:
    (answer,) = take(folder, NEW_LIST)
    assert (answer.outcome, answer.reason, answer.country) == (
        Taken.REFUSED,
        "signer_not_pinned",
        "UT",
    )
    assert folder.load(NOW_S).version == 0


def test_a_country_signer_that_came_in_a_list_vouches_for_no_list(folder: TrustFolder) -> None:
    of_atlantis = pki.master_list(pki.list_signer(OTHER, country="AA"), [THIRD.raw])
    answers = take(folder, COUNTRY.raw, NEW_LIST, of_atlantis)
    assert outcomes(answers)[2] == (Taken.REFUSED, "signer_not_pinned")
    assert countries(folder) == ["AA", "UT"]


def test_an_older_list_never_replaces_a_newer_one(folder: TrustFolder) -> None:
    take(folder, COUNTRY.raw, NEW_LIST)
    assert outcomes(take(folder, OLD_LIST)) == [(Taken.REFUSED, "not_newer_than_the_one_held")]
    same_day = pki.master_list(SIGNER, [THIRD.raw], signed_at(30))
    assert outcomes(take(folder, same_day)) == [(Taken.REFUSED, "not_newer_than_the_one_held")]
    assert countries(folder) == ["AA", "UT"]


def test_a_newer_list_replaces_the_older_one_and_who_left_it_is_no_longer_trusted(
    folder: TrustFolder, tmp_path: Path
) -> None:
    take(folder, COUNTRY.raw, OLD_LIST)
    assert countries(folder) == ["AA", "LE", "UT"]
    assert outcomes(take(folder, NEW_LIST)) == [(Taken.TAKEN, "")]
    assert countries(folder) == ["AA", "UT"]
    assert len(list((tmp_path / "trust").glob("*.der"))) == 2


def test_of_two_lists_in_one_import_the_newer_stays(folder: TrustFolder) -> None:
    take(folder, COUNTRY.raw, NEW_LIST, OLD_LIST)
    assert countries(folder) == ["AA", "UT"]


def test_what_is_held_already_is_told_and_changes_nothing(folder: TrustFolder) -> None:
    take(folder, COUNTRY.raw, NEW_LIST)
    assert outcomes(take(folder, COUNTRY.raw, NEW_LIST)) == [(Taken.HELD_ALREADY, "")] * 2
    assert folder.load(NOW_S).version == 1


def test_a_list_dated_in_the_future_cannot_lock_out_those_that_follow(folder: TrustFolder) -> None:
    future = pki.master_list(SIGNER, [], signed_at(-30))
    answers = take(folder, COUNTRY.raw, future)
    assert outcomes(answers)[1] == (Taken.REFUSED, "signed_in_the_future")
    assert outcomes(take(folder, NEW_LIST)) == [(Taken.TAKEN, "")]


def test_a_revocation_list_needs_the_country_signer_it_is_of(folder: TrustFolder) -> None:
    revoked = pki.revocation_list(OTHER, [7])
    assert outcomes(take(folder, revoked)) == [(Taken.REFUSED, "country_signer_not_held")]
    assert outcomes(take(folder, revoked, COUNTRY.raw, NEW_LIST)) == [(Taken.TAKEN, "")] * 3
    assert [one.serials for one in folder.load(NOW_S).store.revocation_lists] == [{7}]


def test_an_older_revocation_list_never_brings_a_revoked_signer_back(folder: TrustFolder) -> None:
    new = pki.revocation_list(COUNTRY, [7], issued_s=NOW_S - DAY_S, number=6)
    old = pki.revocation_list(COUNTRY, issued_s=NOW_S - 2 * DAY_S, number=5)
    take(folder, COUNTRY.raw, new)
    assert outcomes(take(folder, old)) == [(Taken.REFUSED, "not_newer_than_the_one_held")]
    document = pki.document_signer(COUNTRY)
    findings = passive_authentication.examine(
        pki.security_object(document), DATA_GROUPS, folder.load(NOW_S).store, NOW_S
    )
    answers = {one.reason for one in findings if one.outcome is not Outcome.PASSED}
    assert answers == {"document_signer_revoked"}


def test_deviations_are_taken_from_the_state_that_tells_them(folder: TrustFolder) -> None:
    document = pki.document_signer(COUNTRY)
    told = pki.deviation_list(
        DEVIATION_SIGNER, [(pki.by_digest(document.raw), "2.23.136.1.1.7.2.3", b"")]
    )
    assert outcomes(take(folder, told, COUNTRY.raw)) == [(Taken.TAKEN, "")] * 2
    assert len(folder.load(NOW_S).store.deviations) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "nothing_that_can_be_used"),
        (b"\x30\x00", "nothing_that_can_be_used"),
        (pki.document_signer(COUNTRY).raw, "not_a_country_signer"),
        (pki.security_object(pki.document_signer(COUNTRY)), "nothing_that_can_be_used"),
        (pki.signed_data(SIGNER, pki.SECURITY_OBJECT, b""), "nothing_that_can_be_used"),
        (pki.master_list(SIGNER, [], Wrapping(spoilt_signature=True)), "signature_does_not_verify"),
        (
            pki.revocation_list(COUNTRY, more=(("2.5.29.27", True, b"\x02\x01\x01"),)),
            "unknown_critical_extension",
        ),
    ],
)
def test_what_is_not_good_is_refused_by_name(
    folder: TrustFolder, content: bytes, reason: str
) -> None:
    assert outcomes(take(folder, COUNTRY.raw, content)) == [
        (Taken.TAKEN, ""),
        (Taken.REFUSED, reason),
    ]


def test_a_country_signer_whose_self_signature_does_not_verify_is_refused(
    folder: TrustFolder,
) -> None:
    spoilt = OTHER.raw[:-1] + bytes([OTHER.raw[-1] ^ 1])
    assert outcomes(take(folder, spoilt)) == [(Taken.REFUSED, "self_signature_does_not_verify")]


def test_a_spoilt_file_is_told_left_out_and_can_be_brought_again(
    folder: TrustFolder, tmp_path: Path
) -> None:
    take(folder, COUNTRY.raw, NEW_LIST)
    (spoilt,) = (one for one in folder.load(NOW_S).held if one.kind is Kind.MASTER_LIST)
    path = tmp_path / "trust" / f"{spoilt.fingerprint}.der"
    path.write_bytes(path.read_bytes()[:-1])
    loaded = folder.load(NOW_S)
    assert [(one.kind, one.reason) for one in loaded.unused] == [
        (Kind.MASTER_LIST, "spoilt_or_missing")
    ]
    assert sorted(loaded.store.by_country) == ["UT"]
    assert outcomes(take(folder, NEW_LIST)) == [(Taken.TAKEN, "")]
    assert folder.load(NOW_S).unused == ()


def test_when_the_pinned_signer_is_gone_its_lists_are_worth_nothing(
    folder: TrustFolder, tmp_path: Path
) -> None:
    revoked = pki.revocation_list(OTHER, [7])
    take(folder, COUNTRY.raw, NEW_LIST, revoked)
    (tmp_path / "trust" / f"{COUNTRY.certificate.fingerprint}.der").unlink()
    loaded = folder.load(NOW_S)
    assert loaded.store.country_signers == ()
    assert {one.reason for one in loaded.unused} == {
        "spoilt_or_missing",
        "signer_not_pinned",
        "country_signer_not_held",
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [('"version": 1', '"version": 9'), ('"UT"', '"AA"'), ("{", "["), ('"sha256"', '"sha"')],
)
def test_a_changed_manifest_is_refused_whole(
    folder: TrustFolder, tmp_path: Path, old: str, new: str
) -> None:
    take(folder, COUNTRY.raw, NEW_LIST)
    path = tmp_path / "trust" / "manifest.json"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(TrustStoreDamaged):
        folder.load(NOW_S)
    with pytest.raises(TrustStoreDamaged):
        take(folder, OTHER.raw)


def test_a_missing_manifest_is_no_empty_store(folder: TrustFolder, tmp_path: Path) -> None:
    take(folder, COUNTRY.raw)
    (tmp_path / "trust" / "manifest.json").unlink()
    with pytest.raises(TrustStoreDamaged, match="missing"):
        folder.load(NOW_S)


def test_a_manifest_names_no_file_outside_its_folder() -> None:
    body = {
        "format": trust_manifest.FORMAT,
        "version": 1,
        "newest": {},
        "held": [
            {
                "kind": "country_signer",
                "fingerprint": "../../etc/passwd",
                "source": "",
                "country": "",
                "owner": "",
                "dated_utc_s": 0,
                "taken_utc_s": 0,
            }
        ],
    }
    whole = {"manifest": body, "sha256": trust_manifest._digest(body)}
    with pytest.raises(ValueError, match="no fingerprint"):
        trust_manifest.decode(json.dumps(whole).encode())


@given(st.binary(max_size=200))
def test_whatever_the_bytes_a_manifest_is_read_or_refused(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # no random bytes have their own digest
        trust_manifest.decode(text)


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = TrustFolder(tmp_path / "file" / "trust")
    with pytest.raises(TrustStoreFailed):
        take(folder, COUNTRY.raw)


def test_two_imports_at_once_both_stand(folder: TrustFolder) -> None:
    signers = [COUNTRY, OTHER, THIRD]
    threads = [threading.Thread(target=take, args=(folder, one.raw)) for one in signers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert countries(folder) == ["AA", "LE", "UT"]
    assert folder.load(NOW_S).version == 3


def test_a_pem_file_may_hold_several_certificates(tmp_path: Path) -> None:
    path = tmp_path / "several.txt"
    path.write_bytes(b"".join(pem.armor("CERTIFICATE", one.raw) for one in (COUNTRY, OTHER)))
    brought = trust_files.read(path)
    assert [(one.source, one.kind) for one in brought.offers] == [
        ("several.txt #1", Kind.COUNTRY_SIGNER),
        ("several.txt #2", Kind.COUNTRY_SIGNER),
    ]


def test_of_a_directory_the_lists_are_offered_and_no_certificate_is_pinned(
    folder: TrustFolder, tmp_path: Path
) -> None:
    from base64 import b64encode

    path = tmp_path / "icaopkd.ldif"
    attributes = {
        b"userCertificate;binary": pki.document_signer(COUNTRY).raw,
        b"cACertificate;binary": OTHER.raw,
        b"pkdMasterListContent": NEW_LIST,
        b"certificateRevocationList;binary": pki.revocation_list(COUNTRY),
        b"jpegPhoto": b"picture",
        b"another;binary": OTHER.raw,
    }
    text = b"".join(b"dn: c=UT\n%s:: %s\n\n" % (k, b64encode(v)) for k, v in attributes.items())
    path.write_bytes(text)
    brought = trust_files.read(path)
    assert [one.kind for one in brought.offers] == [Kind.MASTER_LIST, Kind.REVOCATION_LIST]
    assert brought.passed_over == 3
    take(folder, COUNTRY.raw)
    assert outcomes(folder.take(brought.offers, NOW_S)) == [(Taken.TAKEN, "")] * 2


def test_a_file_that_is_too_long_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "long.ml"
    path.write_bytes(bytes(16_777_217))
    assert [one.kind for one in trust_files.read(path).offers] == [None]


def test_the_real_lists_are_taken_and_every_certificate_of_them_serves(folder: TrustFolder) -> None:
    files = [one for one in sorted((shared("emrtd") / "master_lists").rglob("*")) if one.is_file()]
    brought = [offer for one in files for offer in trust_files.read(one).offers]
    answers = folder.take(brought, 1_780_000_000)
    assert {one.outcome for one in answers} == {Taken.TAKEN}
    loaded = folder.load(1_780_000_000)
    assert len(loaded.store.country_signers) >= 588
    assert len(loaded.store.by_country) >= 110
    assert (loaded.unused, loaded.unreadable) == ((), ())
