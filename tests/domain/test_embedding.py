"""A face embedding keeps its direction through 128 bytes, and nothing else passes."""

import math

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.domain.embedding import dequantise, quantise

VALUES = st.lists(st.floats(-1.0, 1.0), min_size=128, max_size=128).filter(
    lambda values: max(map(abs, values)) > 1e-3
)


@given(VALUES)
def test_an_embedding_keeps_its_direction(values: list[float]) -> None:
    back = dequantise(quantise(values))
    length = math.hypot(*values)
    cosine = sum(a * b for a, b in zip(values, back, strict=True)) / length
    assert math.hypot(*back) == pytest.approx(1.0)
    assert cosine > 0.995


@given(VALUES)
def test_quantising_twice_changes_nothing(values: list[float]) -> None:
    once = quantise(values)
    assert quantise(dequantise(once)) == once


@pytest.mark.parametrize(
    "values", [[0.1] * 127, [0.1] * 129, [0.0] * 128, [math.nan] * 128, [0.1] * 127 + [math.inf]]
)
def test_what_is_no_embedding_is_not_quantised(values: list[float]) -> None:
    with pytest.raises(ValueError, match="an embedding"):
        quantise(values)


@pytest.mark.parametrize("raw", [b"", bytes(127), bytes(129), bytes(128)])
def test_what_is_no_embedding_is_not_dequantised(raw: bytes) -> None:
    with pytest.raises(ValueError, match="an embedding"):
        dequantise(raw)
