"""Groups: standardised numbers, agreement, and keys that are none."""

from secrets import token_bytes

import pytest

from egate.document.domain_parameters import (
    GROUPS,
    CurveGroup,
    Group,
    KeyRefused,
    PrimeGroup,
    standardised,
)

CURVE = GROUPS[13]
PRIME = GROUPS[0]
CURVES = [group for group in GROUPS.values() if isinstance(group, CurveGroup)]
PRIMES = [group for group in GROUPS.values() if isinstance(group, PrimeGroup)]


@pytest.mark.parametrize("group", GROUPS.values(), ids=lambda group: group.name)
def test_both_sides_agree_and_the_secret_is_as_long_as_the_prime(group: Group) -> None:
    one, other = (group.pair(group.private(token_bytes)) for _ in range(2))
    secret = one.agree(other.public)
    assert secret == other.agree(one.public)
    assert len(secret) == group.secret_bytes
    assert secret in one.shared(other.public)


@pytest.mark.parametrize("group", GROUPS.values(), ids=lambda group: group.name)
def test_a_private_key_is_never_nothing_and_below_the_order(group: Group) -> None:
    assert group.private(bytes) == 1
    assert 1 <= group.private(lambda size: b"\xff" * size) < group.order


def test_a_prime_groups_generator_has_the_order() -> None:
    for group in GROUPS.values():
        if isinstance(group, PrimeGroup):
            assert pow(group.generator, group.order, group.prime) == 1


def test_a_key_is_compressed_to_its_first_coordinate_or_to_a_hash() -> None:
    assert CURVE.compress(CURVE.public(5)) == CURVE.public(5)[1:33]
    assert PRIME.compress(b"abc").hex() == "a9993e364706816aba3e25717850c26c9cd0d89d"  # FIPS 180


def test_only_standardised_identifiers_have_a_group() -> None:
    assert standardised(13) is CURVE
    assert CURVE.name == "brainpoolP256r1"
    assert standardised(3) is None
    assert standardised(19) is None


@pytest.mark.parametrize(
    "public",
    [
        b"",
        b"\x00",  # the point at infinity
        bytes(65),
        b"\x04" + bytes(64),
        b"\x04" + bytes(63) + b"\x01",
        b"\x04" + b"\xff" * 64,
        CURVE.public(5)[:-1],
        CURVE.public(5) + b"\x00",
        b"\x02" + CURVE.public(5)[1:33],  # compressed
        b"\x06" + CURVE.public(6)[1:],  # hybrid
        GROUPS[12].public(5),  # a point of another curve
    ],
)
def test_what_is_no_point_of_the_curve_is_refused(public: bytes) -> None:
    with pytest.raises(KeyRefused):
        CURVE.pair(5).agree(public)


@pytest.mark.parametrize(
    "number", [0, 1, PRIME.prime - 1, PRIME.prime, PRIME.prime + 2, 2, 1 << 1024]
)
def test_a_number_outside_the_group_is_refused(number: int) -> None:
    with pytest.raises(KeyRefused):
        PRIME.pair(5).agree(number.to_bytes((number.bit_length() + 7) // 8))


@pytest.mark.parametrize("group", CURVES, ids=lambda group: group.name)
@pytest.mark.parametrize("back", [None, 1, 2, 3])
@pytest.mark.parametrize("times", [1, 2, 3, -1, -2])
def test_a_shared_point_is_the_multiple_that_ecdsa_finds(
    group: CurveGroup, back: int | None, times: int
) -> None:
    private = group.order - back if back else group.private(token_bytes)
    point = group.curve.slow.generator * (times % group.order)
    assert group.pair(private).shared(group.encode(point)) == group.encode(point * private)
    assert group.with_generator(point).public(private) == group.encode(point * private)


@pytest.mark.parametrize("group", PRIMES, ids=lambda group: group.name)
def test_a_power_is_the_one_that_python_finds(group: PrimeGroup) -> None:
    own, generator = group.private(token_bytes), pow(group.generator, 4711, group.prime)
    for private in (own, 0, 1, 15, 16, group.order - 1):
        assert group.power(private) == pow(group.generator, private, group.prime)
        shared = group.pair(private).agree(group.encode(generator))
        assert int.from_bytes(shared) == pow(generator, private, group.prime)
        assert group.with_generator(generator).public(private) == shared


@pytest.mark.parametrize("number", [0, 1])
def test_a_number_that_generates_nothing_is_no_generator(number: int) -> None:
    with pytest.raises(KeyRefused, match="no generator"):
        PRIMES[0].with_generator(number)


def test_the_same_curve_with_another_generator_agrees_too() -> None:
    assert isinstance(CURVE, CurveGroup)
    mapped = CURVE.with_generator(CURVE.decode(CURVE.public(77)))
    assert mapped.public(3) == CURVE.public(231)
    assert mapped.pair(4).agree(mapped.public(3)) == CURVE.pair(12).agree(CURVE.public(77))
