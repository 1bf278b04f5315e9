"""Our strict reading of CBOR against cbor2, and against what a permit may not hold."""

import cbor2
from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.permit.cbor import CborError, Value, decode, encode

INTEGERS = st.integers(-(2**63), 2**64 - 1)
LEAVES: st.SearchStrategy[Value] = INTEGERS | st.binary(max_size=300) | st.text(max_size=300)
VALUES = (
    LEAVES
    | st.lists(LEAVES, max_size=4)
    | st.dictionaries(st.integers(-70_000, 70_000), LEAVES, max_size=4)
)


@given(VALUES)
def test_what_cbor2_writes_is_read_as_cbor2_reads_it(value: Value) -> None:
    try:
        read = decode(encode(value))
    except CborError:
        assert isinstance(value, dict)  # cbor2 orders keys of mixed sign by length first
        return
    assert read == value == cbor2.loads(encode(value))


@given(st.binary(max_size=40))
def test_any_bytes_are_one_value_written_one_way_or_refused(raw: bytes) -> None:
    try:
        value = decode(raw)
    except CborError:
        return
    assert cbor2.loads(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        "a2 01 02 01 03",  # a key twice
        "a2 02 02 01 03",  # keys out of order
        "9f ff",  # indefinite array
        "5f 41 00 ff",  # indefinite byte string
        "18 17",  # a longer head than needed
        "19 00 ff",
        "1b 00000000 ffffffff",
        "c2 41 01",  # tag: big number
        "d8 23 63 28612b",  # tag: regular expression
        "f5",  # true
        "f9 7e00",  # a float that is none
        "61 ff",  # no UTF-8
        "a1 61 61 01",  # a key that is text
        "01 02",  # something left over
        "98 21" + " 00" * 33,  # more items than any permit has
        "81 81 81 81 81 00",  # five deep
        "1c",  # reserved
    ],
)
def test_what_a_permit_may_not_hold_is_refused(raw: str) -> None:
    with pytest.raises(CborError, match="bad_structure"):
        decode(bytes.fromhex(raw))


@pytest.mark.parametrize("raw", ["", "18", "42 00", "82 00", "a1 01", "5b 7fffffffffffffff"])
def test_what_ends_early_is_called_truncated(raw: str) -> None:
    with pytest.raises(CborError, match="truncated"):
        decode(bytes.fromhex(raw))


def test_a_length_no_message_has_takes_no_memory() -> None:
    with pytest.raises(CborError, match="bad_structure"):
        decode(bytes.fromhex("9b 7fffffffffffffff"))
