"""A portrait of a chip gives one face, whatever its coding; everything else is refused by name."""

from pathlib import Path

import cv2
from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from egate.document.data_group_2 import read_data_group_2
from egate.document.face_record import SIGNATURES
from egate.domain.token import MAX_PORTRAIT
from egate.loop.decoder_child import WHY_BYTES
from egate.vision.faces import Embedding, FaceEngine, Picture, match
from egate.vision.portrait import (
    PortraitRefused,
    Refusal,
    decode_portrait,
    embedding_of_portrait,
)
from simulators.data_groups import GREY_JPEG, with_announced_size
from simulators.faces import enrolment_file
from tests.document.shared_data import shared
from tests.vision.pictures import (
    CODESTREAM,
    codestream,
    encoded,
    every_kind,
    four_sample_jpeg,
    grey,
    scene,
    turned_by_exif,
    within,
)

DG2_BYTES = 15_000  # research/face.md 3b: what issuers make
SAME_PERSON = 0.43  # egate/inspection/policy.toml accepts from here
QUALITY = cv2.IMWRITE_JPEG_QUALITY
KINDS = ("jpeg", "progressive", "jp2", "j2k")


def refusal(raw: bytes) -> Refusal:
    with pytest.raises(PortraitRefused) as caught:
        decode_portrait(raw)
    return caught.value.reason


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_decodes_in_colour_and_in_grey(kind: str) -> None:
    picture = scene()
    colour = decode_portrait(every_kind(picture)[kind])
    uncoloured = decode_portrait(every_kind(grey(picture))[kind])
    for decoded in (colour, uncoloured):
        assert decoded.shape == (120, 90, 3)
        assert decoded.dtype == np.dtype(np.uint8)
    assert (uncoloured[..., 0] == uncoloured[..., 2]).all()
    assert np.abs(colour.astype(int) - picture).mean() < 8
    assert np.abs(uncoloured[..., 0].astype(int) - grey(picture)).mean() < 8


def test_other_numbers_of_samples_become_bgr_and_other_depths_are_refused() -> None:
    see_through = cv2.cvtColor(scene(), cv2.COLOR_BGR2BGRA)
    assert decode_portrait(encoded(see_through, ".jp2")).shape == (120, 90, 3)
    assert decode_portrait(four_sample_jpeg()).shape == (64, 64, 3)
    deep = scene().astype(np.uint16) * 257
    assert refusal(encoded(deep, ".jp2")) is Refusal.OTHER_SAMPLES
    assert refusal(encoded(deep[..., 0], ".jp2")) is Refusal.OTHER_SAMPLES


def test_an_orientation_in_exif_is_not_followed() -> None:
    raw = turned_by_exif(encoded(scene(), ".jpg"))
    upright = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR)
    assert upright is not None
    assert upright.shape == (90, 120, 3)
    assert decode_portrait(raw).shape == (120, 90, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_portrait_cut_at_any_sixteenth_is_refused(kind: str) -> None:
    raw = every_kind(scene())[kind]
    cuts = [raw[: len(raw) * part // 16] for part in range(16)]
    assert {refusal(cut) for cut in cuts} == {Refusal.NO_PICTURE}


@pytest.mark.parametrize(
    "raw",
    [
        with_announced_size(GREY_JPEG, 2001, 10),
        with_announced_size(GREY_JPEG, 1500, 1500),
        with_announced_size(GREY_JPEG, 65_535, 65_535),
        codestream(2000, 1001, b""),
        CODESTREAM + b"\x00\x2f\x00\x00" + b"\x00\x01\x00\x00" * 2 + bytes(8),
    ],
    ids=["side", "pixels", "jpeg bomb", "codestream", "codestream bomb"],
)
def test_what_announces_too_many_pixels_is_not_decoded(
    raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(cv2, "imdecode")
    assert refusal(raw) is Refusal.TOO_MANY_PIXELS


def test_what_is_longer_than_a_portrait_is_not_looked_at() -> None:
    assert refusal(b"\xff\xd8\xff" + bytes(MAX_PORTRAIT)) is Refusal.TOO_LARGE


def test_a_picture_of_another_size_than_announced_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No picture is known for which header and decoder differ; should one be, it ends here."""
    monkeypatch.setattr("egate.vision.portrait.picture_size", lambda _picture: (120, 90))
    assert refusal(encoded(scene(), ".jpg")) is Refusal.OTHER_SIZE


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff" + bytes(99),
        b"\x89PNG\r\n\x1a\n" + bytes(99),
        b"GIF89a" + bytes(99),
        b"II*\x00" + bytes(99),
        encoded(scene(), ".png"),
        encoded(scene(), ".webp"),
        b"\x00" + encoded(scene(), ".jpg"),
        with_announced_size(GREY_JPEG, 0, 100),
    ],
)
def test_what_is_no_portrait_is_refused(raw: bytes) -> None:
    assert refusal(raw) is Refusal.NO_PICTURE


@given(st.sampled_from([b"", *SIGNATURES]), st.binary(max_size=200))
def test_noise_is_refused_and_raises_nothing_else(start: bytes, noise: bytes) -> None:
    with pytest.raises(PortraitRefused):
        decode_portrait(start + noise)


def test_every_refusal_fits_the_answer_of_the_decoder() -> None:
    assert max(len(reason) for reason in Refusal) <= WHY_BYTES


def portrait_of(folder: Path, name: str) -> Picture:
    """Return what an issuer codes: 35 x 45 mm at 300 dpi."""
    picture = cv2.imread(str(enrolment_file(folder, name)))
    assert picture is not None
    return np.asarray(cv2.resize(picture, (413, 516), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize("name", ["person_1", "person_2", "person_3", "person_4"])
def test_the_holder_is_known_from_15_kilobytes_in_colour_and_in_grey(
    engine: FaceEngine, faces_folder: Path, live: dict[str, Picture], name: str
) -> None:
    picture = portrait_of(faces_folder, name)
    faces = {who: engine.embed(shot, engine.detect(shot)[0]) for who, shot in live.items()}
    strangers = [face for who, face in faces.items() if who[:8] != name]
    for coded in (
        encoded(picture, ".jpg", QUALITY, 70),
        within(picture, DG2_BYTES),
        within(picture, DG2_BYTES, is_boxed=False),
        within(grey(picture), DG2_BYTES),
        within(grey(picture), DG2_BYTES, is_boxed=False),
    ):
        face = embedding_of_portrait(coded, engine)
        assert match(face, faces[name]) >= SAME_PERSON + 0.15
        assert max(match(face, stranger) for stranger in strangers) < SAME_PERSON - 0.05


def test_no_face_two_faces_and_a_small_face_are_refused(
    engine: FaceEngine, faces_folder: Path
) -> None:
    one, other = (portrait_of(faces_folder, name) for name in ("person_2", "person_3"))
    for picture, reason in (
        (np.full((300, 300, 3), 128, np.uint8), Refusal.NO_FACE),
        (np.rot90(one), Refusal.NO_FACE),
        (np.hstack([one, other]), Refusal.TWO_FACES),
        (cv2.resize(one, (140, 175), None, 0, 0, cv2.INTER_AREA), Refusal.TOO_SMALL),
    ):
        with pytest.raises(PortraitRefused) as caught:
            embedding_of_portrait(encoded(picture, ".jpg", QUALITY, 80), engine)
        assert caught.value.reason is reason


def test_a_portrait_with_eyes_hardly_40_pixels_apart_will_do(
    engine: FaceEngine, faces_folder: Path, enrolled: dict[str, Embedding]
) -> None:
    picture = portrait_of(faces_folder, "person_1")
    small = np.asarray(cv2.resize(picture, (185, 231), None, 0, 0, cv2.INTER_AREA), np.uint8)
    assert 40 <= engine.detect(small)[0].eye_distance_px < 50
    face = embedding_of_portrait(encoded(small, ".jpg"), engine)
    assert match(face, enrolled["person_1"]) > 0.8


def test_the_portrait_of_the_reference_document_has_one_face(engine: FaceEngine) -> None:
    folder = shared("emrtd") / "bsi_tr03105_5_reference"
    (template,) = read_data_group_2((folder / "Datagroup2.bin").read_bytes())
    face = embedding_of_portrait(template.pictures[0].data, engine)
    assert float(np.linalg.norm(face)) == pytest.approx(1.0)
