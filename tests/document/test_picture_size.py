"""A picture's size is found without decoding it, or it is not found.

The pictures are made by OpenCV, which is no relative of the code that looks at them.
"""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document.data_group_2 import read_data_group_2
from egate.document.face_record import Picture, PictureKind
from egate.document.picture_size import picture_size
from tests.document.shared_data import shared

SIGNATURES = {
    PictureKind.JPEG: b"\xff\xd8",
    PictureKind.JP2: b"",
    PictureKind.J2K: b"\xff\x4f\xff\x51",
}


def drawn(extension: str, *options: int, is_grey: bool = False) -> bytes:
    cv2 = pytest.importorskip("cv2")
    numpy: Any = pytest.importorskip("numpy")
    pixels = numpy.zeros((120, 90) if is_grey else (120, 90, 3), numpy.uint8)
    done, encoded = cv2.imencode(extension, pixels, list(options))
    assert done
    return bytes(encoded)


def jpeg2000(data: bytes) -> bytes:
    """The codestream alone, cut out of its box."""
    return data[data.index(b"\xff\x4f\xff\x51") :]


@pytest.mark.parametrize("is_grey", [False, True])
def test_the_size_is_what_the_picture_says_itself(is_grey: bool) -> None:
    progressive = 2  # cv2.IMWRITE_JPEG_PROGRESSIVE
    boxed = drawn(".jp2", is_grey=is_grey)
    for kind, data in (
        (PictureKind.JPEG, drawn(".jpg", is_grey=is_grey)),
        (PictureKind.JPEG, drawn(".jpg", progressive, 1, is_grey=is_grey)),
        (PictureKind.JP2, boxed),
        (PictureKind.J2K, jpeg2000(boxed)),
    ):
        assert picture_size(Picture(kind, data, 9999, 9999)) == (90, 120)


def test_a_bomb_says_how_large_it_is() -> None:
    siz = b"\xff\x4f\xff\x51\x00\x2f\x00\x00" + b"\x00\x01\x00\x00" * 2 + bytes(8)
    assert picture_size(Picture(PictureKind.J2K, siz, 30, 40)) == (65_536, 65_536)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (PictureKind.JPEG, b"\xff\xd8\xff\xe0\x00\x04ab"),
        (PictureKind.JPEG, b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x00\x00\x00"),
        (PictureKind.JPEG, b"\xff\xd8" + b"\xff\xe0\x00\x02" * 1000),
        (PictureKind.JP2, b"\x00\x00\x00\x00jP  " + bytes(20)),
        (PictureKind.JP2, b"\x00\x00\x00\x08jp2c"),
        (PictureKind.J2K, b"\xff\x4f\xff\x51\x00"),
        (PictureKind.J2K, b"\xff\x4f\xff\x51\x00\x2f\x00\x00" + bytes(4) * 2 + b"\xff" * 8),
    ],
)
def test_a_picture_that_does_not_say_has_no_size(kind: PictureKind, data: bytes) -> None:
    assert picture_size(Picture(kind, data, 30, 40)) is None


def test_the_portrait_of_the_reference_document_is_larger_than_its_record_announces() -> None:
    folder = shared("emrtd") / "bsi_tr03105_5_reference"
    (template,) = read_data_group_2((folder / "Datagroup2.bin").read_bytes())
    portrait = template.pictures[0]
    assert (portrait.announced_width, portrait.announced_height) == (337, 449)
    assert picture_size(portrait) == (413, 531)


@given(st.sampled_from(PictureKind), st.binary(max_size=80))
def test_whatever_the_bytes_there_is_a_size_or_none(kind: PictureKind, data: bytes) -> None:
    size = picture_size(Picture(kind, SIGNATURES[kind] + data, 0, 0))
    assert size is None or min(size) > 0
