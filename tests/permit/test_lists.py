"""The signed lists of issuers and of revoked permits: taken whole or refused with a reason."""

from collections.abc import Callable
from dataclasses import replace
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.domain.revocation import Revoked, revocation_digest
from egate.permit import issuers, revoked, signed_list
from egate.permit.keys import KeyRefused, private_pem, public_pem, read_gate_key, read_list_key
from egate.permit.signed_list import ListRefused
from tests.permit.made import DAY_S, GATE_KEY, ISSUERS, KEY, LIST_KEY, NONCE, NOW_S

TEXT = issuers.write(ISSUERS, LIST_KEY)
PUBLIC = LIST_KEY.public_key()
REVOKED = Revoked(5, NOW_S, DAY_S, frozenset({revocation_digest(NONCE)}))
Body = dict[str, object]


def refusal(text: str, now_s: float = NOW_S, held_version: int = 0) -> str:
    with pytest.raises(ListRefused) as caught:
        issuers.load(text, PUBLIC, now_s, held_version)
    return caught.value.reason


def signed_again(change: Callable[[Body], object]) -> str:
    """Return the list changed and signed by the right key."""
    body = json.loads(TEXT)["list"]
    change(body)
    return signed_list.write(body, LIST_KEY)


def test_a_signed_list_comes_back_as_it_was_written() -> None:
    loaded = issuers.load(TEXT, PUBLIC, NOW_S, held_version=3)
    assert (loaded.version, list(loaded.keys)) == (3, list(ISSUERS.keys))
    assert revoked.load(revoked.write(REVOKED, LIST_KEY), PUBLIC) == REVOKED


def test_a_list_is_written_the_same_way_whatever_its_blanks() -> None:
    assert issuers.load(json.dumps(json.loads(TEXT)), PUBLIC, NOW_S).version == 3


def test_a_list_signed_by_another_key_is_refused() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    assert refusal(issuers.write(ISSUERS, other)) == "bad_signature"


@pytest.mark.parametrize(
    ("old", "new"), [("test issuer", "best issuer"), ('"version": 3', '"version": 4')]
)
def test_a_changed_list_is_refused(old: str, new: str) -> None:
    assert old in TEXT
    assert refusal(TEXT.replace(old, new)) == "bad_signature"


def test_an_older_list_than_the_one_held_is_refused() -> None:
    assert refusal(TEXT, held_version=4) == "older_version"


@pytest.mark.parametrize(
    ("now_s", "reason"),
    [(NOW_S + 30 * DAY_S, "expired"), (NOW_S - 2 * DAY_S, "not_yet_valid")],
)
def test_a_list_out_of_its_time_is_refused(now_s: float, reason: str) -> None:
    assert refusal(TEXT, now_s) == reason


def test_one_kind_of_list_is_never_taken_for_the_other() -> None:
    assert refusal(revoked.write(REVOKED, LIST_KEY)) == "another_kind"
    with pytest.raises(ListRefused, match="another_kind"):
        revoked.load(TEXT, PUBLIC)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.update(version=True),
        lambda body: body.update(version=-1),
        lambda body: body.update(version="3"),
        lambda body: body.update(more=1),
        lambda body: body.pop("expires_at_utc_s"),
        lambda body: body.update(keys=[]),
        lambda body: body.update(keys={}),
        lambda body: body["keys"].append(body["keys"][0]),
        lambda body: body["keys"].append("a key"),
        lambda body: body["keys"][0].update(key_id="0" * 16),
        lambda body: body["keys"][0].update(name=""),
        lambda body: body["keys"][0].update(public_key=public_pem(PUBLIC)),
    ],
)
def test_a_list_of_another_shape_is_refused_though_signed(
    change: Callable[[Body], object],
) -> None:
    assert refusal(signed_again(change)) == "bad_structure"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"list": {}, "signature": "zz"}',
        '{"list": {}, "signature": "00", "signature": "01"}',
        '{"list": {"version": 1.0}, "signature": "00"}',
        '{"list": {"version": NaN}, "signature": "00"}',
        '{"list": {"version": ' + "9" * 5000 + '}, "signature": "00"}',
        "[" * 100_000,
        " " * (signed_list.MAX_CHARACTERS + 1),
    ],
)
def test_what_is_no_list_is_refused(text: str) -> None:
    assert refusal(text) == "bad_structure"


@given(st.text(max_size=60))
def test_any_text_is_refused_with_a_reason(text: str) -> None:
    assert refusal(text) == "bad_structure"


def test_an_expired_list_can_be_read_to_renew_it() -> None:
    old = issuers.write(replace(ISSUERS, expires_at_utc_s=1), LIST_KEY)
    assert issuers.read(old, PUBLIC).expires_at_utc_s == 1


@pytest.mark.parametrize("entry", ["00", "0" * 15 + "G", "0" * 17, 5])
def test_a_revoked_entry_of_another_shape_is_refused(entry: object) -> None:
    body = json.loads(revoked.write(REVOKED, LIST_KEY))["list"]
    body["permits"].append(entry)
    with pytest.raises(ListRefused, match="bad_structure"):
        revoked.load(signed_list.write(body, LIST_KEY), PUBLIC)


def test_a_revoked_list_knows_its_permits_and_its_age() -> None:
    assert NONCE in REVOKED
    assert bytes(8) not in REVOKED
    assert [REVOKED.is_fresh(NOW_S + age_s) for age_s in (-1, 0, DAY_S, DAY_S + 1)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_key_of_another_kind_is_refused_by_name() -> None:
    assert read_gate_key(private_pem(GATE_KEY)).public_key() == GATE_KEY.public_key()
    with pytest.raises(KeyRefused, match="X25519"):
        read_gate_key(private_pem(KEY))
    with pytest.raises(KeyRefused, match="Ed25519"):
        read_list_key("no key")
