"""Faces in a picture: where they are, and their embeddings.

Pure of files and lines: pictures and model bytes come in, values go out. What a score means is
the policy's (egate.inspection); whether a face is good enough to compare is egate.vision.quality,
gathering several frames of one visit egate.vision.capture.

    detect   YuNet on a copy whose longer side is at most 320 px; boxes in the full picture
    align    similarity transform of the five points onto SFace's 112 x 112 crop
    embed    SFace, 128 numbers, length one
    match    cosine of two embeddings, -1..1; measured on all of LFW: 0.1 % of impostors
             reach 0.366 and 0.01 % reach 0.432

Source: research/face.md 1c (traps), 3b (scores), section 5 (pipeline).
"""

from dataclasses import dataclass
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from egate.domain.embedding import EMBEDDING_SIZE
from egate.domain.face_limits import FaceLimits
from egate.domain.face_measures import FaceReason
from egate.vision.models import Models
from egate.vision.quality import FaceQuality, Points, quality_of

Picture = NDArray[np.uint8]
Embedding = NDArray[np.float32]

CV2_MAJOR = "4"  # 5.0 cannot run this SFace file: FaceRecognizerSF.feature raises (face.md 1c)
DETECTED_LONGER_SIDE_PX = 320
SMALLEST_SIDE_PX = 64  # up to 32 px, YuNet answers with faces of infinite size (tried on 4.14)
DETECTION_SCORE = 0.7  # a face that fills the picture scores 0.81 at 513 px (face.md 1c)
OVERLAP = 0.3  # boxes that share more than this of their union are one face (OpenCV's default)
LARGEST_NUMBER_OF_BOXES = 50


class VisionUnsupported(Exception):
    """The installed OpenCV cannot run these models."""


@dataclass(frozen=True, slots=True)
class Face:
    """One face, in pixels of the full picture.

    `box` is (left, top, width, height); `points` are the traveller's right eye, left eye, nose
    tip, right and left corner of the mouth, so the right eye is the one on the picture's left.
    `score` is the detector's, 0..1.
    """

    box: tuple[float, float, float, float]
    points: Points
    score: float

    @property
    def eye_distance_px(self) -> float:
        """Return the distance between the centres of the eyes."""
        return math.dist(self.points[0], self.points[1])


class FaceEngine:
    """Both networks, loaded once; not to be shared between threads."""

    def __init__(self, models: Models) -> None:
        if cv2.__version__.split(".")[0] != CV2_MAJOR:
            raise VisionUnsupported(f"OpenCV {cv2.__version__} cannot run SFace; install 4.14")
        cv2.setNumThreads(1)  # a second thread never helped (face.md 3a)
        no_config = np.zeros(0, np.uint8)
        self._size = (DETECTED_LONGER_SIDE_PX, DETECTED_LONGER_SIDE_PX)
        self._detector = cv2.FaceDetectorYN.create(
            "onnx",
            np.frombuffer(models.detector, np.uint8),
            no_config,
            self._size,
            score_threshold=DETECTION_SCORE,
            nms_threshold=OVERLAP,
            top_k=LARGEST_NUMBER_OF_BOXES,
        )
        self._recogniser = cv2.FaceRecognizerSF.create(
            "onnx", np.frombuffer(models.recogniser, np.uint8), no_config
        )

    def detect(self, picture: Picture) -> tuple[Face, ...]:
        """Return the faces in a BGR picture, the widest first; none in a strip or a stamp."""
        height, width = picture.shape[:2]
        scale = min(1.0, DETECTED_LONGER_SIDE_PX / max(height, width))
        size = (round(width * scale), round(height * scale))
        if min(size) < SMALLEST_SIDE_PX:
            return ()
        reduced = picture if scale == 1.0 else cv2.resize(picture, size, None, 0, 0, cv2.INTER_AREA)
        if size != self._size:
            self._detector.setInputSize(size)
            self._size = size
        _, rows = self._detector.detect(reduced)
        found = (
            ()
            if rows is None
            else tuple(_face(row, width / size[0]) for row in rows if np.isfinite(row).all())
        )
        return tuple(sorted(found, key=lambda face: -face.box[2]))

    def align(self, picture: Picture, face: Face) -> Picture:
        """Return the upright 112 x 112 crop that SFace was trained on."""
        row = np.array([[*face.box, *sum(face.points, ()), face.score]], np.float32)
        return np.asarray(self._recogniser.alignCrop(picture, row), np.uint8)

    def embed(self, picture: Picture, face: Face) -> Embedding:
        """Return the embedding of this face, 128 numbers of length one."""
        feature = self._recogniser.feature(self.align(picture, face))
        values = np.asarray(feature, np.float32).reshape(EMBEDDING_SIZE)
        return np.asarray(values / np.linalg.norm(values), np.float32)

    def measure(self, picture: Picture, face: Face) -> FaceQuality:
        """Return what the limits are held against."""
        return quality_of(self.align(picture, face), face.points)


def match(one: Embedding, other: Embedding) -> float:
    """Return the cosine of two embeddings of length one, -1..1; larger is more alike."""
    return float(np.dot(one, other))


def dominant(faces: tuple[Face, ...], limits: FaceLimits) -> Face | FaceReason:
    """Return the one face that counts, else NO_FACE or TWO_FACES; `faces` are widest first."""
    if not faces:
        return FaceReason.NO_FACE
    if len(faces) > 1 and faces[1].box[2] >= limits.second_face_share * faces[0].box[2]:
        return FaceReason.TWO_FACES
    return faces[0]


def _face(row: NDArray[np.float32], scale: float) -> Face:
    left, top, width, height, *points = (float(value) * scale for value in row[:14])
    right_eye, left_eye, nose, right_mouth, left_mouth = zip(points[::2], points[1::2], strict=True)
    return Face(
        box=(left, top, width, height),
        points=(right_eye, left_eye, nose, right_mouth, left_mouth),
        score=float(row[14]),
    )
