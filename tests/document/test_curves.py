"""Spelled-out curves: taken when every parameter is a known curve's, and only then."""

from dataclasses import replace

import pytest

from egate.document.curves import BY_OID, CURVES, Curve, find, parameters_of


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: str(curve.name))
def test_a_curve_is_found_by_its_own_parameters(curve: Curve) -> None:
    known = parameters_of(curve)
    assert find(known) is curve
    assert find(replace(known, cofactor=0)) is curve  # left out
    assert BY_OID[curve.oid] is curve


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: str(curve.name))
def test_a_compressed_base_point_is_the_same_base_point(curve: Curve) -> None:
    known = parameters_of(curve)
    size = (len(known.base) - 1) // 2
    x, is_odd = known.base[1 : 1 + size], known.base[-1] & 1
    assert find(replace(known, base=bytes([2 + is_odd]) + x)) is curve
    assert find(replace(known, base=bytes([3 - is_odd]) + x)) is None


@pytest.mark.parametrize("name", ["p", "a", "b", "order", "cofactor"])
def test_one_number_off_is_no_known_curve(name: str) -> None:
    known = parameters_of(BY_OID["1.2.840.10045.3.1.7"])
    assert find(replace(known, **{name: getattr(known, name) + 1})) is None


def test_another_base_point_is_refused_as_cve_2020_0601_was_not() -> None:
    known = parameters_of(BY_OID["1.2.840.10045.3.1.7"])
    chosen_by_a_forger = known.base[:-1] + bytes([known.base[-1] ^ 1])
    assert find(replace(known, base=chosen_by_a_forger)) is None


def test_the_oids_are_those_of_the_standards() -> None:
    assert BY_OID["1.3.36.3.3.2.8.1.1.7"].name == "brainpoolP256r1"
    assert BY_OID["1.3.132.0.34"].name == "secp384r1"
    assert [curve.bits for curve in CURVES] == [
        *(192, 224, 256, 384, 521),
        *(192, 224, 256, 320, 384, 512),
    ]
