"""Motion that is not one plane: how points of the face move against each other.

Corners of the face are tracked from the first frame on; where pictures stayed out for a while, or
the corners were lost, they are looked for where the face has gone, since a wrong track is flat.
What a picture on a flat sheet can do between two frames is a homography; it is fitted and taken
off. What is left of a head is parallax: its points went further aside the nearer they are, along
one direction, so the rest must look like the relief of a face. What is left of a sheet is noise
and looks like nothing.

    likeness   the part of the rest's energy that the relief of a face explains, 0..1
    parallax   that part in pixels, root mean square over points and frames
    head_over_bent   the part that a head explains over the part that a sheet bent about its
               upright middle does: a mask of paper is bent as one, and has no chin and no nose

A sheet that was moved enough to have shown parallax and did not is told as a plane. Neither can
be said of a face that hardly moved.

Not seen here: a recording of a living head, or a mask in the shape of a face, moves as a head.

Source: research/face.md section 5, layer 3; Hartley and Zisserman, Multiple View Geometry,
2nd edition, 13.3 (plane plus parallax).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from egate.vision.faces import Face, Picture
from egate.vision.pad_sight import Field, Sight, of_face, on_face

LARGEST_NUMBER_OF_POINTS = 100
LARGEST_NUMBER_OF_FRAMES = 30  # the middle of a longer look is thinned
FEWEST_POINTS = 24  # a homography takes four, the relief two more, each coordinate twice
FEWEST_FRAMES = 5
GROWN = 0.45  # of the box on each side: how far a face may go in a look
WINDOW = (15, 15)
LEVELS = 2
THERE_AND_BACK_PX = 0.6
LONGEST_BLINK_S = 0.12  # without a picture: a head may have gone too far to be followed
EVEN_LIGHT_PX = 31  # corners are compared after dividing by the mean light around them


@dataclass(frozen=True, slots=True)
class Motion:
    """What the tracks say.

    `moved` is how far the points went from where they were first, root mean square, in eye
    distances, `stirred_px` the same in pixels.
    """

    likeness: float
    head_over_bent: float
    parallax_px: float
    noise_px: float
    moved: float
    stirred_px: float
    points: int
    frames: int


class Tracks:
    """The tracks of one face through one look."""

    def __init__(self) -> None:
        self._first: Picture | None = None
        self._corner = (0, 0)
        self._size = (0, 0)
        self._start: Field = np.zeros((0, 2), np.float32)
        self._places: Field = self._start
        self._last: Field = self._start
        self._last_at_s = 0.0
        self._is_lost = False
        self._ways: list[Field] = []
        self._eye_px = 1.0

    def feed(self, sight: Sight) -> None:
        """Track through one frame more."""
        if self._first is None:
            self._begin(sight)
            return
        if len(self._start) < FEWEST_POINTS:
            return
        now = self._seen(sight.picture)
        ahead, found = self._ahead(self._first, now, sight)
        back, found_back, _ = _track(now, self._first, ahead, self._start)
        is_kept = np.hypot(*(back - self._start).T) < THERE_AND_BACK_PX
        is_kept &= found & found_back
        self._last = np.where(is_kept[:, None], ahead, self._last)
        self._is_lost = int(is_kept.sum()) < FEWEST_POINTS
        self._last_at_s = sight.at_s
        self._ways.append(np.where(is_kept[:, None], ahead, np.nan).astype(np.float32))
        if len(self._ways) > LARGEST_NUMBER_OF_FRAMES:
            del self._ways[LARGEST_NUMBER_OF_FRAMES // 2]

    def motion(self) -> Motion | None:
        """Return what the tracks say, None when there are too few of them or of frames."""
        if len(self._ways) < FEWEST_FRAMES:
            return None
        ways = np.stack(self._ways)
        share = np.isfinite(ways[:, :, 0]).mean(axis=0)
        kept = share > 0.8
        ways, start, places = ways[:, kept], self._start[kept], self._places[kept]
        usable = [way for way in ways if np.isfinite(way[:, 0]).sum() >= FEWEST_POINTS]
        if len(usable) < FEWEST_FRAMES:
            return None
        return _weighed(start, usable, (relief(places), bent(places)), self._eye_px)

    def _ahead(self, first: Picture, now: Picture, sight: Sight) -> tuple[Field, NDArray[np.bool_]]:
        """Return where each corner is now, and whether it was found."""
        ahead, found, unlike = _track(first, now, self._start, self._last)
        if sight.at_s - self._last_at_s <= LONGEST_BLINK_S and not self._is_lost:
            return ahead, found
        guess = of_face(self._places, sight.face) - np.array(self._corner, np.float32)
        other, other_found, other_unlike = _track(first, now, self._start, guess)
        is_better = other_found & (~found | (other_unlike < unlike))
        return np.where(is_better[:, None], other, ahead), found | other_found

    def _begin(self, sight: Sight) -> None:
        left, top, width, height = sight.face.box
        high, wide = sight.picture.shape[:2]
        x = max(0, int(left - GROWN * width)), min(wide, int(left + (1 + GROWN) * width))
        y = max(0, int(top - GROWN * height)), min(high, int(top + (1 + GROWN) * height))
        self._corner, self._size = (x[0], y[0]), (x[1] - x[0], y[1] - y[0])
        self._eye_px = max(1.0, sight.face.eye_distance_px)
        self._first = self._seen(sight.picture)
        found = cv2.goodFeaturesToTrack(
            self._first,
            LARGEST_NUMBER_OF_POINTS,
            0.01,
            max(3.0, 0.09 * self._eye_px),
            mask=self._mask(sight.face),
        )
        if found is not None:
            self._start = found.reshape(-1, 2).astype(np.float32)
        self._last, self._last_at_s = self._start, sight.at_s
        self._places = on_face(self._start + np.array(self._corner, np.float32), sight.face)

    def _seen(self, picture: Picture) -> Picture:
        (left, top), (width, height) = self._corner, self._size
        grey = cv2.cvtColor(picture[top : top + height, left : left + width], cv2.COLOR_BGR2GRAY)
        around = cv2.boxFilter(grey, -1, (EVEN_LIGHT_PX, EVEN_LIGHT_PX))
        return np.asarray(cv2.divide(grey, np.maximum(around, 16), scale=110), np.uint8)

    def _mask(self, face: Face) -> Picture:
        """Leave the face without its eyes, which blink."""
        (left, top), (width, height) = self._corner, self._size
        mask = np.zeros((height, width), np.uint8)
        box_left, box_top, box_width, box_height = face.box
        middle = (round(box_left + box_width / 2 - left), round(box_top + box_height / 2 - top))
        cv2.ellipse(
            mask, middle, (round(box_width * 0.5), round(box_height * 0.52)), 0, 0, 360, 255, -1
        )
        for x, y in face.points[:2]:
            cv2.circle(mask, (round(x - left), round(y - top)), round(0.28 * self._eye_px), 0, -1)
        return mask


def relief(places: Field) -> Field:
    """Return how far a head stands out at these places on the face, in eye distances.

    An egg with a nose; heads differ less from it than it differs from a plane.
    """
    x, y = places[:, 0], places[:, 1]
    egg = 1.5 * np.sqrt(np.clip(1 - (x / 1.35) ** 2 - ((y - 0.3) / 2.1) ** 2, 0.02, 1))
    nose = 0.35 * np.exp(-((x / 0.22) ** 2)) * np.exp(-(((y - 0.62) / 0.28) ** 2))
    return np.asarray(egg + nose, np.float32)


def bent(places: Field) -> Field:
    """Return how far a sheet bent backwards about its upright middle stands out, to any scale."""
    return np.asarray(-(places[:, 0] ** 2), np.float32)


def _track(
    before: Picture, after: Picture, points: Field, guess: Field
) -> tuple[Field, NDArray[np.bool_], Field]:
    """Return where the points went, whether they were found, and how unlike they look there."""
    moved, found, unlike = cv2.calcOpticalFlowPyrLK(
        before,
        after,
        points.reshape(-1, 1, 2),
        guess.reshape(-1, 1, 2).copy(),
        winSize=WINDOW,
        maxLevel=LEVELS,
        criteria=(cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 0.01),
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return (
        np.asarray(moved.reshape(-1, 2), np.float32),
        found.reshape(-1).astype(bool),
        np.asarray(unlike.reshape(-1), np.float32),
    )


def _weighed(start: Field, ways: list[Field], shapes: tuple[Field, Field], eye_px: float) -> Motion:
    """Split what no homography explains into what the relief explains and noise.

    The second of the shapes is what the first is held against.
    """
    explained = bent_explained = rest = way = 0.0
    counted = numbers = 0
    whole = [_parallax_directions(start, shape) for shape in shapes]
    for seen in ways:
        known = np.isfinite(seen[:, 0])
        left_over = _beyond_a_plane(start[known], seen[known])
        if left_over is None:
            continue
        head, sheet = (
            ways_of if known.all() else _parallax_directions(start[known], shape[known])
            for ways_of, shape in zip(whole, shapes, strict=True)
        )
        part, other = head.T @ left_over, sheet.T @ left_over
        explained += float(part @ part)
        bent_explained += float(other @ other)
        rest += max(0.0, float(left_over @ left_over - part @ part))
        way += float(((seen[known] - start[known]) ** 2).sum())
        counted += int(known.sum())
        numbers += 1
    if not counted:
        return Motion(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0)
    return Motion(
        likeness=explained / max(explained + rest, 1e-9),
        head_over_bent=explained / max(bent_explained, 1e-9),
        parallax_px=(explained / counted) ** 0.5,
        noise_px=(rest / counted) ** 0.5,
        moved=(way / counted) ** 0.5 / eye_px,
        stirred_px=(way / counted) ** 0.5,
        points=len(start),
        frames=numbers,
    )


def _beyond_a_plane(start: Field, seen: Field) -> NDArray[np.float64] | None:
    """Return the way of each point that the best homography leaves, x of all, then y of all."""
    plane, _ = cv2.findHomography(start, seen, 0)
    if plane is None:
        return None
    fitted = cv2.perspectiveTransform(start.reshape(-1, 1, 2), plane).reshape(-1, 2)
    left = (seen - fitted).astype(np.float64)
    far = np.hypot(*left.T)
    left *= np.minimum(1.0, 3 * (np.median(far) + 0.05) / np.maximum(far, 1e-6))[:, None]
    return np.concatenate([left[:, 0], left[:, 1]])


def _parallax_directions(start: Field, standing: Field) -> NDArray[np.float64]:
    """Return the two ways (right, down) a relief may show that no homography can, length one."""
    x, y = (start - start.mean(axis=0)).T.astype(np.float64) / 100
    one, zero = np.ones_like(x), np.zeros_like(x)
    plane = np.block(
        [
            [np.column_stack([one, x, y, zero, zero, zero, x * x, x * y])],
            [np.column_stack([zero, zero, zero, one, x, y, x * y, y * y])],
        ]
    )
    out = standing.astype(np.float64)
    relief_ways = np.block([[out[:, None], zero[:, None]], [zero[:, None], out[:, None]]])
    basis, _ = np.linalg.qr(plane)
    own = relief_ways - basis @ (basis.T @ relief_ways)
    directions, _ = np.linalg.qr(own)
    return np.asarray(directions)
