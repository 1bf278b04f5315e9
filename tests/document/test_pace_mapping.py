"""Mappings: the worked examples' generators, and what is no mapping."""

from secrets import token_bytes

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from egate.document.domain_parameters import GROUPS, CurveGroup, Group, KeyRefused
from egate.document.pace_mapping import encode_point, generic, integrated, pseudo_random
from egate.document.symmetric import Cipher

# ICAO 9303-11 appendix H.1 (ECDH) and H.2 (DH)
NONCE_H1 = bytes.fromhex("2923BE84E16CD6AE529049F1F1BBE9EB")
TERMINAL_H1 = bytes.fromhex("5DD4CBFC96F5453B130D890A1CDBAE32")
RANDOM_H1 = int(
    "E4447E2DFB3586BAC05DDB00156B57FBB2179A3949294C97254189800C517BAA"
    "8DA0FF397ED8C445D3E421E4FEB57322",
    16,
)
REDUCED_H1 = 0xA2F8FF2DF50E52C6599F386ADCB595D229F6A167ADE2BE5F2C3296ADD5B7430E
GENERATOR_H1 = (
    0x8E82D31559ED0FDE92A4D0498ADD3C23BABA94FB77691E31E90AEA77FB17D427,
    0x4C1AE14BD0C3DBAC0C871B7F3608169364437CA30AC243A089D3F266C1E60FAD,
)
NONCE_H2 = bytes.fromhex("FA5B7E3E49753A0DB9178B7B9BD898C8")
TERMINAL_H2 = bytes.fromhex("B3A6DB3C870C3E99245E0D1C06B747DE")
GENERATOR_H2 = int(
    "1D7D767F11E333BCD6DBAEF40E799E7A926B96973550656FF3C830726D118D61"
    "C276CDCC61D475CF03A98E0C0E79CAEBA5BE25578BD4551D0B10903236F0B0F9"
    "76852FA78EEA14EA0ACA87D1E91F688FE0DFF897BBE35A472621D343564B262F"
    "34223AE8FC59B664BFEDFA2BFE7516CA5510A6BBB633D517EC25D4E0BBAA16C2",
    16,
)
BRAINPOOL_256 = GROUPS[13]
PRIME_1024 = GROUPS[0]
P_224 = GROUPS[10]
CURVES = [group for group in GROUPS.values() if isinstance(group, CurveGroup)]


def test_the_pseudo_random_number_is_the_worked_examples() -> None:
    drawn = pseudo_random(Cipher.AES_128, NONCE_H1, TERMINAL_H1, 256)
    assert drawn == RANDOM_H1
    assert drawn % BRAINPOOL_256.prime == REDUCED_H1


def test_the_integrated_generators_are_the_worked_examples() -> None:
    curve = integrated(BRAINPOOL_256, Cipher.AES_128, NONCE_H1, TERMINAL_H1)
    assert isinstance(curve, CurveGroup)
    assert (curve.generator.x(), curve.generator.y()) == GENERATOR_H1
    prime = integrated(PRIME_1024, Cipher.AES_128, NONCE_H2, TERMINAL_H2)
    assert prime.generator == GENERATOR_H2


@pytest.mark.parametrize("curve", [c for c in CURVES if c is not P_224], ids=lambda c: c.name)
@pytest.mark.parametrize("cipher", list(Cipher))
def test_an_integrated_generator_is_a_point_of_its_curve(curve: CurveGroup, cipher: Cipher) -> None:
    size = 16 if cipher.key_bytes == 16 else 32
    mapped = integrated(curve, cipher, token_bytes(size), token_bytes(cipher.key_bytes))
    private = mapped.private(token_bytes)
    assert curve.decode(mapped.public(private))


@settings(max_examples=30)
@given(number=st.integers(min_value=2, max_value=CURVES[4].prime - 2))
def test_every_number_stands_for_a_point(number: int) -> None:
    curve = CURVES[4]
    assert curve.decode(curve.encode_numbers(*encode_point(curve, number)))


def test_what_has_no_integrated_mapping_is_refused() -> None:
    with pytest.raises(KeyRefused, match="secp224r1"):
        integrated(P_224, Cipher.AES_128, NONCE_H1, TERMINAL_H1)
    with pytest.raises(KeyRefused, match="24 bytes"):
        integrated(BRAINPOOL_256, Cipher.AES_128, bytes(24), TERMINAL_H1)
    with pytest.raises(KeyRefused, match="16 bytes"):
        integrated(BRAINPOOL_256, Cipher.AES_256, NONCE_H1, bytes(32))


@pytest.mark.parametrize("number", [0, 1, CURVES[0].prime - 1])
def test_a_number_without_a_point_is_refused(number: int) -> None:
    with pytest.raises(KeyRefused, match="without a point"):
        encode_point(CURVES[0], number)


@pytest.mark.parametrize("group", GROUPS.values(), ids=lambda group: group.name)
def test_both_sides_map_generically_to_the_same_generator(group: Group) -> None:
    one, other = (group.pair(group.private(token_bytes)) for _ in range(2))
    nonce = token_bytes(32)  # longer than the order of the small curves
    mine = generic(group, nonce, one.shared(other.public))
    theirs = generic(group, nonce, other.shared(one.public))
    assert mine.public(7) == theirs.public(7) != group.public(7)


def test_a_generator_at_infinity_is_refused() -> None:
    curve = CURVES[4]
    nonce = token_bytes(16)
    opposite = curve.order - int.from_bytes(nonce)
    with pytest.raises(KeyRefused, match="infinity"):
        generic(curve, nonce, curve.public(opposite))
