"""From a chip's portrait to the face of a look: process, networks and refusals together."""

from contextlib import closing
from pathlib import Path
import time

import pytest

from egate.domain.face_measures import FaceReason
from egate.loop.decoder import Decoder
from egate.loop.reference import ReferenceRefused
from egate.references import portrait_reader
from egate.vision.faces import FaceEngine
from egate.vision.portrait import embedding_of_portrait
from simulators.data_groups import GREY_JPEG
from simulators.faces import enrolment_file


def test_the_gate_takes_a_face_from_a_portrait_or_says_what_was_wrong_with_it(
    engine: FaceEngine, faces_folder: Path
) -> None:
    coded = enrolment_file(faces_folder, "person_1").read_bytes()
    face = embedding_of_portrait(coded, engine).tolist()
    with closing(Decoder(time.monotonic)) as decoder:
        face_of = portrait_reader(engine, decoder)
        assert face_of(coded) == pytest.approx(face, abs=1e-5)
        for raw, reason in (
            (coded[:-1000], FaceReason.REFERENCE_UNREADABLE),
            (b"no picture", FaceReason.REFERENCE_UNREADABLE),
            (GREY_JPEG, FaceReason.REFERENCE_HAS_NO_FACE),
        ):
            with pytest.raises(ReferenceRefused) as refused:
                face_of(raw)
            assert refused.value.reason is reason
