"""A morph: one portrait made of two persons, so that both may pass with it.

Both pictures are warped, triangle by triangle, to the mean of their points and blended inside
the face; hair, ears and ground stay those of the first, as a forger splices them who wants no
ghosts. The mesh has the five points of a detector and eight about them where faces of that
geometry end, not the 68 of the tools that made the published morphs: its seams are coarser, so a
gate that finds these has not been shown to find those.

Source: Ferrara, Franco, Maltoni: The Magic Passport (2014), the attack; doc 9303-9, 5.
"""

from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Points = Sequence[tuple[float, float]]
Mesh = NDArray[np.float32]

# Ends of a face about its eyes (at x -0.5 and 0.5, y 0) and mouth (y 1.15), in eye distances.
RIM: Final = (
    (0.0, -0.95), (0.75, -0.75), (1.05, 0.0), (0.95, 0.9), (0.0, 1.9), (-0.95, 0.9), (-1.05, 0.0),
    (-0.75, -0.75),
)  # fmt: skip
CORNERS: Final = (
    (0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0), (0.0, 1.0), (0.0, 0.5),
)  # fmt: skip
FEATHER: Final = 0.12  # of the eye distance
# Where a cut of simulators.faces has eyes, and about where nose tip and corners of the mouth are.
CUT_POINTS: Final = ((180, 250), (300, 250), (240, 317), (193, 388), (287, 388))


def morph(
    first: Picture, its: Points, second: Picture, others: Points, share: float = 0.5
) -> Picture:
    """Return the first picture with a face that is `share` the second person's, 0..1.

    `its` and `others` are the five points of each face: eyes, nose tip, corners of the mouth.
    """
    height, width = first.shape[:2]
    fitted, fitted_points = _onto(second, others, its, (width, height))
    own, foreign = _mesh(its, width, height), _mesh(fitted_points, width, height)
    mean = np.asarray(own * (1 - share) + foreign * share, np.float32)
    faces = [_warped(first, own, mean), _warped(fitted, foreign, mean)]
    blended = faces[0] * (1 - share) + faces[1] * share
    inside = _inside(mean, (width, height))
    return np.asarray(np.clip(faces[0] * (1 - inside) + blended * inside, 0, 255), np.uint8)


def _onto(
    picture: Picture, points: Points, wanted: Points, size: tuple[int, int]
) -> tuple[Picture, Points]:
    """Turn, scale and shift a picture so that its five points lie close to others."""
    move, _ = cv2.estimateAffinePartial2D(
        np.asarray(points, np.float32), np.asarray(wanted, np.float32), method=cv2.LMEDS
    )
    fitted = cv2.warpAffine(picture, move, size, borderMode=cv2.BORDER_REPLICATE)
    moved = np.asarray(points) @ move[:, :2].T + move[:, 2]
    return np.asarray(fitted, np.uint8), [(float(x), float(y)) for x, y in moved]


def _mesh(points: Points, width: int, height: int) -> Mesh:
    """Return the five points, the rim of the face and the border of the picture."""
    five = np.asarray(points, np.float64)
    eyes, mouth = five[:2].mean(axis=0), five[3:].mean(axis=0)
    across, down = five[1] - five[0], (mouth - eyes) / 1.15
    rim = [eyes + x * across + y * down for x, y in RIM]
    border = [(x * (width - 1), y * (height - 1)) for x, y in CORNERS]
    within = np.clip(rim, (1, 1), (width - 2, height - 2))
    return np.asarray(np.concatenate([five, within, border]), np.float32)


def _warped(picture: Picture, source: Mesh, target: Mesh) -> NDArray[np.float32]:
    height, width = picture.shape[:2]
    made = np.asarray(picture, np.float32).copy()
    for corners in _triangles(target, width, height):
        move = cv2.getAffineTransform(source[corners], target[corners])
        moved = cv2.warpAffine(picture, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
        inside = np.zeros((height, width), np.uint8)
        cv2.fillConvexPoly(inside, np.round(target[corners]).astype(np.int32), 1)
        made[inside > 0] = moved[inside > 0]
    return made


def _triangles(mesh: Mesh, width: int, height: int) -> list[list[int]]:
    plane = cv2.Subdiv2D((0, 0, width, height))
    for x, y in mesh:
        plane.insert((float(x), float(y)))
    found = []
    for flat in plane.getTriangleList():
        corners = np.asarray(flat).reshape(3, 2)
        nearest = [int(np.argmin(((mesh - corner) ** 2).sum(axis=1))) for corner in corners]
        if len(set(nearest)) == 3:
            found.append(nearest)
    return found


def _inside(mesh: Mesh, size: tuple[int, int]) -> NDArray[Any]:
    width, height = size
    mask = np.zeros((height, width), np.float32)
    cv2.fillConvexPoly(mask, cv2.convexHull(mesh[5:13]).astype(np.int32), 1.0)
    soft = FEATHER * float(np.hypot(*(mesh[1] - mesh[0])))
    small = cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=max(1, round(soft)))
    return np.asarray(cv2.GaussianBlur(small, (0, 0), max(soft / 2, 0.5)))[..., None]
