"""Faces in a picture: where they are, whether one is good enough to compare, and its embedding.

Pure of files and lines: pictures and model bytes come in, values go out. What a score means is
the policy's (egate.inspection); gathering several frames of one visit is egate.vision.capture.

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
from egate.domain.face_measures import FaceReason
from egate.vision.models import Models

Picture = NDArray[np.uint8]
Embedding = NDArray[np.float32]
Point = tuple[float, float]

CV2_MAJOR = "4"  # 5.0 cannot run this SFace file: FaceRecognizerSF.feature raises (face.md 1c)
DETECTED_LONGER_SIDE_PX = 320
SMALLEST_SIDE_PX = 64  # up to 32 px, YuNet answers with faces of infinite size (tried on 4.14)
DETECTION_SCORE = 0.7  # a face that fills the picture scores 0.81 at 513 px (face.md 1c)
OVERLAP = 0.3  # boxes that share more than this of their union are one face (OpenCV's default)
LARGEST_NUMBER_OF_BOXES = 50
NOSE_DEPTH = 0.6  # how far the nose tip stands before the eyes, in eye distances


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
    points: tuple[Point, Point, Point, Point, Point]
    score: float

    @property
    def eye_distance_px(self) -> float:
        """Return the distance between the centres of the eyes."""
        return math.dist(self.points[0], self.points[1])


@dataclass(frozen=True, slots=True)
class FaceLimits:
    """What a frame must hold to be compared.

    Another face counts when it is at least `second_face_share` as wide as the largest. Blur and
    light are taken on the aligned crop, so they do not depend on the distance.

    Source: research/face.md 3b (60 px eye distance costs nothing measurable) and section 5
    (|yaw| 15, |roll| 8 degrees). Yaw is wider here because the five points of a reduced frame
    are 5 degrees off at times, roll because the crop is turned upright. Sharpness and light are
    measured on the portraits of the bench: at 40 a blurred face still scores 0.9 with itself.
    """

    eye_distance_px: float = 60.0
    yaw_deg: float = 20.0
    roll_deg: float = 12.0
    sharpness: float = 40.0
    darkest: float = 40.0
    brightest: float = 215.0
    second_face_share: float = 0.5


@dataclass(frozen=True, slots=True)
class FaceQuality:
    """The measures of one face in one frame; larger `sharpness` is sharper, `light` is 0..255."""

    eye_distance_px: float
    yaw_deg: float
    roll_deg: float
    sharpness: float
    light: float


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
        grey = cv2.cvtColor(self.align(picture, face), cv2.COLOR_BGR2GRAY)
        return FaceQuality(
            eye_distance_px=face.eye_distance_px,
            yaw_deg=yaw_deg(face),
            roll_deg=roll_deg(face),
            sharpness=float(cv2.Laplacian(grey, cv2.CV_64F).var()),
            light=float(grey.mean()),
        )


def match(one: Embedding, other: Embedding) -> float:
    """Return the cosine of two embeddings of length one, -1..1; larger is more alike."""
    return float(np.dot(one, other))


def roll_deg(face: Face) -> float:
    """Return how far the line through the eyes is off the horizontal, -180..180."""
    (right_x, right_y), (left_x, left_y) = face.points[:2]
    return math.degrees(math.atan2(left_y - right_y, left_x - right_x))


def yaw_deg(face: Face) -> float:
    """Return roughly how far the head is turned, -90..90; 0 is towards the camera.

    Seen from afar, a head turned by a shrinks the eye distance with cos a and moves the nose
    tip, which stands NOSE_DEPTH before the eyes, with sin a.
    """
    right, left, nose = (np.array(point) for point in face.points[:3])
    across = left - right
    aside = float(np.dot(nose - (right + left) / 2, across) / np.dot(across, across))
    return math.degrees(math.atan(aside / NOSE_DEPTH))


def unfit_because(quality: FaceQuality, limits: FaceLimits) -> FaceReason:
    """Return OK when the frame may be compared, else the first thing in its way."""
    if quality.eye_distance_px < limits.eye_distance_px:
        return FaceReason.TOO_SMALL
    if abs(quality.yaw_deg) > limits.yaw_deg or abs(quality.roll_deg) > limits.roll_deg:
        return FaceReason.TURNED_AWAY
    if not limits.darkest <= quality.light <= limits.brightest:
        return FaceReason.BADLY_LIT
    return FaceReason.OK if quality.sharpness >= limits.sharpness else FaceReason.BLURRED


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
