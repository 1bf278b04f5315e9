"""Card verifiable certificates: read, followed down a chain, and refused for each thing wrong.

The four certificates written out were made for this file by cvc-create of OpenPACE 1.1.2; where
cvc-print is installed, it reads ours.

Source: ICAO 9303-12, 7.2.2; 9303-11, 7.1.4.3.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
import shutil
import subprocess

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document.card_verifiable_certificates import (
    FINGERS,
    IRISES,
    MAX_CERTIFICATE,
    CvcRefused,
    Holder,
    Role,
    accept,
    begin,
    decode,
    decode_signed,
)
from egate.wire import tlv
from simulators.pki import DAY_S, NOW_S, How
from simulators.terminal_pki import EC, RSA, WAYS, Keeper, Verifiers, Wish, day_of

CVCA = bytes.fromhex(
    """7f218201b07f4e8201685f290100420d555443564341454730303030317f4982011d060a04007f0007020202
       02038120a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e537782207d5a0975fc2c
       3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9832026dc5c6ce94a4b44f330b5d9bbd77cbf
       958416295cf7e1ce6bccdc18ff8c07b68441048bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a
       4453bd9ace3262547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f0469978520a9fb57
       dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a78641043faff1ad1c3d8f2a0168a3f2
       5ecc382d3f77dca65bd31b0b5f01adabf85588f274ea9b6f242ab1912e790a5ff44171f8dac05ab8a2eb3dfc
       518b881fbeb94d9f8701015f200d555443564341454730303030317f4c0e060904007f0007030102015301c3
       5f25060206000100015f24060209000100015f374090509e401ba0c13928eb29c19871827cba47680dc7a2f7
       8a846c23e36cfa1ea773ba1e3dd19157b3952c755b7075a2988d1a92b937e97793578585794d20914d"""
)
VERIFIER = bytes.fromhex(
    """7f2181dd7f4e81965f290100420d555443564341454730303030317f494f060a04007f000702020202038641
       042f4c96762dfb9196bda7b25da288aceee2aaa614cf804fd30ef46e146916fb10a269cc4cb81ff9f7479793
       52ecbc08f08847011d9b85750a5d696185166d25ef5f200b55544456454730303030317f4c0e060904007f00
       07030102015301815f25060206000200015f24060207000200015f3740984d4ccc93186db3b201a51e45795d
       08a09c0d5c570dec80b94dfb654f428950134199273f13651d5f106c618f2a21b76e0a8ef8a29da33ecb989b
       c36153f5a3"""
)
TERMINAL = bytes.fromhex(
    """7f2181dd7f4e81965f290100420b55544456454730303030317f494f060a04007f00070202020203864104a7
       711d1eb708e6c47e0e27aefc2da0503fbdff84c45af1bd48915785b37db8438f22a1daba60ee5094f255c24b
       ed817dfd771314743dac9b71a12993951769765f200d555447415445454730303030317f4c0e060904007f00
       07030102015301015f25060206000300015f24060206000400015f374074ac66d81e123b3673d8195cf68630
       5058e3857b284e1e4021b632f03ac9e04178c228c31283ad73254b25e5d21ccf6faca8a17c1b74b2e53e62ba
       d0946a785a"""
)
RSA_CVCA = bytes.fromhex(
    """7f2182026a7f4e8201605f290100420d555443564341454730303030337f49820115060a04007f0007020202
       010281820100c593cb8f0dc52fae864c11bb41422706b757fbd825e8b1e0756b8667926e9d9b54d7bb73fb5f
       d96ddfef1b7ef80e0b15f145ed748ae380edc5c3b4dde356665e0c9ea39fbdfbe12d04bab57e404cbcf46048
       c95c5a151e64e5bb815218fe0b49b68d2dde20ca9ffd82124be00eed9d8120be5fca0a2e7b0ecb2c7dc104d4
       20642de426e45355ceef0636bc25ae5853b2c233ae44799838391e8021c1b45837ba347672e9debeec6ddacd
       946d2db7edb141fe933915780193f41769a47861869090edb345a982ea70a924461d10bb4ed135a4d6e4f45c
       1cf83d7618fed9e18335b19fd7f0fcf8c80d640d6daf4163e614f2e01d140cc753625c63542bab21682d8203
       0100015f200d555443564341454730303030337f4c0e060904007f0007030102015301c15f25060206000100
       015f24060209000100015f3782010048da9aee915de1bc4bb518674585ae8940ad62840b656c023f507e1f50
       9b0375830b6250fd05011f8a324146ba89bfa18f58cec1dd3ec3bec1c47d3aabf71cc9fb1b1cf7f52dc367b5
       19b9935cfc03cd269680a91d82c42f5b472bf563b2db06bc6db058c7224ff4707e8e68d62a774d6a18a0d5a1
       6b38e6fb56dd5a6bd0234bea8b4cd0506d57d077ccb6c8d196abc8530ca7da0aa2f638f9a6c4a557742542f1
       0a2b40f3d1b2ff46da7f9af8f7883a53cf62166f2bf762f923672409741d84592fc6c62c3d672c45f1b5bb60
       d5c5ac44be8aee35ca5ae988c62226ee071b9573ee9b9c23553bb2df30d39425ee8746bc5e2ebe566a439855
       d7a34c6e58838e"""
)

TODAY = day_of(NOW_S)
UTOPIA = Verifiers()
AUTHORITY = UTOPIA.authority
TRUSTED = begin(AUTHORITY.certificate)
DV = UTOPIA.verifier()


def below(*chain: Keeper, today: date = TODAY, trusted: Holder = TRUSTED) -> Holder:
    """Follow a chain down."""
    holder = trusted
    for one in chain:
        holder = accept(one.certificate, holder, today)
    return holder


def refusal(ask: Callable[[], object]) -> str:
    with pytest.raises(CvcRefused) as refused:
        ask()
    return refused.value.reason


# ---- what another has made


def test_the_certificates_another_tool_made_are_read_and_followed() -> None:
    authority = begin(decode(CVCA))
    assert (authority.reference, authority.role, authority.rights) == (
        "UTCVCAEG00001",
        Role.CVCA,
        FINGERS | IRISES,
    )
    verifier = accept(decode(VERIFIER), authority, date(2026, 3, 1))
    assert (verifier.role, verifier.rights) == (Role.DOMESTIC_VERIFIER, FINGERS)
    terminal = accept(decode(TERMINAL), verifier, date(2026, 4, 1))
    assert (terminal.reference, terminal.rights) == ("UTGATEEG00001", FINGERS)
    assert (terminal.effective, terminal.expires) == (date(2026, 3, 1), date(2026, 4, 1))
    assert str(begin(decode(RSA_CVCA)).scheme) == "sha256 rsa"


def test_the_last_day_is_a_day_in_force() -> None:
    verifier = accept(decode(VERIFIER), begin(decode(CVCA)), date(2026, 3, 1))
    late = date(2026, 4, 2)
    assert refusal(lambda: accept(decode(TERMINAL), verifier, late)) == "expired"


@pytest.mark.parametrize("how", WAYS.values(), ids=WAYS)
def test_another_reads_what_the_test_pki_makes(how: How, tmp_path: Path) -> None:
    tool = shutil.which("cvc-print")
    if tool is None:
        pytest.skip("NO OTHER READER: cvc-print of the package openpace is not installed")
    terminal = Verifiers(how).terminal()
    (tmp_path / "one").write_bytes(terminal.raw)
    said = subprocess.run(
        [tool, "--cvc", tmp_path / "one"], capture_output=True, text=True, check=False
    ).stdout
    for expected in ("CAR: UTDVEG00001", "CHR: UTGATEEG00001", "Read fingerprint", "Read iris"):
        assert expected in said
    assert f"Expiration Date: {terminal.certificate.expires}" in said


# ---- chains


@pytest.mark.parametrize("how", WAYS.values(), ids=WAYS)
def test_a_chain_of_every_way_of_signing_holds(how: How) -> None:
    verifiers = Verifiers(how)
    link, verifier = verifiers.link, verifiers.verifier(verifiers.link)
    terminal = verifiers.terminal(verifier)
    held = below(link, verifier, terminal, trusted=begin(verifiers.authority.certificate))
    assert (held.reference, held.rights) == ("UTGATEEG00001", FINGERS | IRISES)
    assert held.has_signed(terminal.sign(b"challenge"), b"challenge")
    assert not held.has_signed(terminal.sign(b"challenge"), b"another")
    assert not held.has_signed(b"", b"challenge")


def test_rights_are_what_the_whole_chain_grants() -> None:
    verifier = UTOPIA.verifier(rights=IRISES)
    assert below(verifier, UTOPIA.terminal(verifier)).rights == IRISES
    poor = Verifiers(rights=FINGERS)
    trusted = begin(poor.authority.certificate)
    assert below(poor.verifier(), poor.terminal(), trusted=trusted).rights == FINGERS
    richer = poor.certify(Wish("UTCVCAEG00002"), poor.authority)
    assert below(richer, trusted=trusted).rights == FINGERS | IRISES


def test_an_expired_link_is_followed_and_nothing_else_that_has_expired() -> None:
    past = NOW_S - DAY_S
    link = UTOPIA.certify(Wish("UTCVCAEG00002", to_s=past), AUTHORITY)
    assert below(link).reference == "UTCVCAEG00002"
    assert refusal(lambda: below(UTOPIA.verifier(to_s=past))) == "expired"
    assert refusal(lambda: below(DV, UTOPIA.terminal(DV, to_s=past))) == "expired"


def test_a_link_may_leave_its_curve_to_the_key_before() -> None:
    link = UTOPIA.certify(Wish("UTCVCAEG00002", spells_curve=False), AUTHORITY)
    verifier = UTOPIA.verifier(link)
    assert below(link, verifier, UTOPIA.terminal(verifier)).rights == FINGERS | IRISES


CHAINS: dict[str, tuple[tuple[Keeper, ...], str]] = {
    "of another authority": (
        (Verifiers(seed="Ruritania").verifier(),),
        "signature_does_not_verify",
    ),
    "that names another": ((UTOPIA.verifier(authority="RRCVCAEG00001"),), "another_authority"),
    "a terminal by the authority": ((UTOPIA.terminal(AUTHORITY),), "not_its_to_sign"),
    "a verifier by a verifier": (
        (DV, UTOPIA.verifier(DV, holder="UTDVEG00002")),
        "not_its_to_sign",
    ),
    "an authority by a verifier": ((DV, UTOPIA.certify(Wish("X"), DV)), "not_its_to_sign"),
    "below a terminal": (
        (DV, UTOPIA.terminal(DV), UTOPIA.terminal(UTOPIA.terminal(DV), holder="X")),
        "not_its_to_sign",
    ),
    "a verifier with its own curve": ((UTOPIA.verifier(spells_curve=True),), "curve_spelled_out"),
    "on a curve below a modulus": (
        (Verifiers(RSA).verifier(how=EC),),
        "no_curve",
    ),
}


@pytest.mark.parametrize(("chain", "reason"), CHAINS.values(), ids=CHAINS)
def test_what_does_not_belong_into_a_chain_is_refused(
    chain: tuple[Keeper, ...], reason: str
) -> None:
    trusted = begin(Verifiers(RSA).authority.certificate) if reason == "no_curve" else TRUSTED
    assert refusal(lambda: below(*chain, trusted=trusted)) == reason


def test_a_chip_begins_with_nothing_but_a_self_signed_authority() -> None:
    assert refusal(lambda: begin(UTOPIA.link.certificate)) == "not_self_signed"
    assert refusal(lambda: begin(DV.certificate)) == "not_self_signed"
    bare = UTOPIA.certify(Wish("UTCVCAEG00001", spells_curve=False))
    assert refusal(lambda: begin(bare.certificate)) == "no_curve"
    spoilt = replace(AUTHORITY.certificate, signature=bytes(64))
    assert refusal(lambda: begin(spoilt)) == "signature_does_not_verify"


def test_a_signature_of_ecdsa_is_plain_and_in_no_other_way() -> None:
    der = Verifiers(How("brainpoolP256r1"), seed="Utopia").verifier()
    assert refusal(lambda: below(der)) == "signature_does_not_verify"


# ---- one certificate


def changed(old: bytes, new: bytes, keeper: Keeper = DV) -> bytes:
    """Return a certificate in which one thing is another of the same length."""
    assert len(old) == len(new)
    assert keeper.raw.count(old) == 1
    return keeper.raw.replace(old, new)


def body_with(*items: tuple[int, bytes]) -> bytes:
    body = b"".join(tlv.encode(*item) for item in items)
    return tlv.encode(0x7F21, tlv.encode(0x7F4E, body) + tlv.encode(0x5F37, bytes(64)))


def digits(day: str) -> bytes:
    return bytes(int(one) for one in day)


FROM, TO = digits(f"{DV.certificate.effective:%y%m%d}"), digits(f"{DV.certificate.expires:%y%m%d}")
POINT = DV.certificate.point
BROKEN: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "malformed"),
    "another object": (tlv.encode(0x7F4E, b""), "malformed"),
    "something after it": (DV.raw + b"\0", "malformed"),
    "cut short": (DV.raw[:-1], "malformed"),
    "too long": (tlv.encode(0x7F21, bytes(MAX_CERTIFICATE)), "malformed"),
    "no body": (tlv.encode(0x7F21, tlv.encode(0x5F37, bytes(64))), "malformed"),
    "an empty body": (body_with(), "malformed"),
    "another profile": (changed(b"\x5f\x29\x01\x00", b"\x5f\x29\x01\x01"), "malformed"),
    "another kind of terminal": (
        UTOPIA.verifier(kind="0.4.0.127.0.7.3.1.2.2").raw,
        "not_an_inspection_system",
    ),
    "a month too many": (changed(b"\x24\x06" + TO, b"\x24\x06" + digits("281301")), "bad_date"),
    "no digit": (changed(b"\x24\x06" + TO, b"\x24\x06" + b"280a01"), "bad_date"),
    "over before it began": (
        changed(b"\x24\x06" + TO, b"\x24\x06" + digits("200101")),
        "bad_date",
    ),
    "a scheme nobody knows": (
        changed(bytes.fromhex("04007f00070202020203"), bytes.fromhex("04007f00070202020209")),
        "unknown_scheme",
    ),
    "a scheme of other keys": (
        changed(bytes.fromhex("04007f00070202020203"), bytes.fromhex("04007f00070202020104")),
        "malformed",
    ),
    "a name too long": (UTOPIA.verifier(holder="UTDVEGATEEGA00001").raw, "bad_reference"),
    "no name": (UTOPIA.verifier(holder="").raw, "bad_reference"),
    "a curve nobody knows": (
        changed(b"\x87\x01\x01", b"\x87\x01\x02", AUTHORITY),
        "unknown_curve",
    ),
    "a short modulus": (Verifiers(How("rsa-512")).verifier().raw, "bad_key_size"),
}


@pytest.mark.parametrize(("raw", "reason"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_certificate_is_refused(raw: bytes, reason: str) -> None:
    assert refusal(lambda: decode(raw)) == reason


def test_a_point_off_the_curve_is_no_key() -> None:
    off = decode(changed(POINT, POINT[:-1] + bytes([POINT[-1] ^ 1])))
    signed = replace(off, signature=AUTHORITY.sign(off.body))
    assert refusal(lambda: accept(signed, TRUSTED, TODAY)) == "bad_key"


def test_extensions_are_under_the_signature_and_passed_over() -> None:
    with_more = UTOPIA.verifier(more=tlv.encode(0x73, b"anything"))
    assert below(with_more).reference == "UTDVEG00001"


def test_a_chip_is_given_body_and_signature_and_reads_the_same() -> None:
    assert decode_signed(DV.certificate.signed) == DV.certificate
    assert tlv.encode(0x7F21, DV.certificate.signed) == DV.raw


@given(st.integers(0, len(DV.raw) - 1), st.integers(0, 7))
def test_no_bit_of_a_certificate_can_change(at: int, bit: int) -> None:
    raw = DV.raw[:at] + bytes([DV.raw[at] ^ 1 << bit]) + DV.raw[at + 1 :]
    with pytest.raises(CvcRefused):
        accept(decode(raw), TRUSTED, TODAY)


@given(st.binary(max_size=300))
def test_whatever_the_bytes_they_are_refused_and_nothing_else(raw: bytes) -> None:
    for certificate in (raw, tlv.encode(0x7F21, raw), body_with((0x7F49, raw))):
        with pytest.raises(CvcRefused):
            decode(certificate)
