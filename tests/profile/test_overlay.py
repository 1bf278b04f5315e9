"""The calibration beside a profile is taken whole or refused with the profile."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
import tomllib

import pytest

from egate.profile.calibrated import DEBOUNCE, FOLLOW, Figures, Number
from egate.profile.digest import profile_sha256
from egate.profile.load import Loaded, find, load, load_whole
from egate.profile.overlay import HEAD, Calibrated, beside, digest, write
from egate.profile.problem import KeyPath, ProfileRefused

WHEN = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
FIGURES = Figures("exit, shutting", 5, 0.5, 0.61, 0.62)
CAMERA: KeyPath = ("devices", "camera", "frame_timeout_ms")


def calibrated(key: KeyPath, after: Number) -> Calibrated:
    return Calibrated(key, 3.0, after, FIGURES, 'Lan "7"', WHEN, "gpiochip0")


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "bench_mantrap"\n[gate]\nname = "lane-7"\n')
    return path


def calibrate(path: Path, *keys: Calibrated) -> str:
    """Write the calibration of a profile as the command does; return its text."""
    beside(path).unlink(missing_ok=True)
    text = write(keys, load_whole(path).written_for)
    beside(path).write_text(text)
    return text


def problems(path: Path) -> list[str]:
    with pytest.raises(ProfileRefused) as refusal:
        load(path)
    name = f"{beside(path)}:"
    return [str(problem).removeprefix(name) for problem in refusal.value.problems]


def sealed(text: str) -> str:
    """Return an overlay with the digest that its words come to, as if a program had written it."""
    content = tomllib.loads(text)
    content[HEAD].pop("sha256")
    lines = [one for one in text.split("\n") if not one.startswith("sha256 = ")]
    lines.insert(lines.index(f"[{HEAD}]") + 1, f'sha256 = "{digest(content)}"')
    return "\n".join(lines)


def test_what_was_calibrated_is_in_force_and_the_rest_is_as_before(profile: Path) -> None:
    plain = load(profile)
    calibrate(profile, calibrated(FOLLOW, 1.3), calibrated(DEBOUNCE, 7))
    told = load_whole(profile)
    assert (told.profile.limits.door_follow_s, told.profile.devices.board.debounce_ms) == (1.3, 7)
    assert told.plain == plain
    assert told.profile.limits.model_copy(update={"door_follow_s": 3.0}) == plain.limits
    assert load(profile) == told.profile


def test_it_says_who_when_before_after_and_what_was_measured(profile: Path) -> None:
    text = calibrate(profile, calibrated(FOLLOW, 1.3))
    assert load_whole(profile).calibration == replace(
        load_whole(profile).calibration or pytest.fail("none"), keys=(calibrated(FOLLOW, 1.3),)
    )
    table = tomllib.loads(text)["limits"]["door_follow_s"]
    assert (table["operator"], table["at"], table["before"], table["after"]) == (
        'Lan "7"', WHEN, 3.0, 1.3,
    )  # fmt: skip
    assert (table["n"], table["p50"], table["p95"]) == (5, 0.5, 0.61)
    assert table["rule"] == "p95 x 1.5 + 0.3 s, up to the next 0.1"


def test_a_profile_without_one_is_as_it_was(profile: Path) -> None:
    told = load_whole(profile)
    assert told == Loaded(told.plain, told.plain, told.written_for)
    assert told.profile.calibration == ""


def test_the_digest_of_a_profile_covers_its_calibration(profile: Path) -> None:
    digests = [profile_sha256(load(profile))]
    for one in (
        calibrated(FOLLOW, 1.3),
        calibrated(FOLLOW, 1.4),
        replace(calibrated(FOLLOW, 1.4), operator="Minh"),  # the same value, by another hand
    ):
        calibrate(profile, one)
        digests.append(profile_sha256(load(profile)))
    assert len(set(digests)) == 4


def test_a_value_changed_by_hand_is_refused_with_its_cure(profile: Path) -> None:
    text = calibrate(profile, calibrated(FOLLOW, 1.3))
    beside(profile).write_text(text.replace("after = 1.3", "after = 1.4"))
    (said,) = problems(profile)
    assert "calibration.sha256" in said
    assert "changed after it was written" in said
    assert "run it again, or take this file away" in said


def test_a_comment_changes_nothing(profile: Path) -> None:
    text = calibrate(profile, calibrated(FOLLOW, 1.3))
    beside(profile).write_text("# kept\n" + text)
    profile.write_text("# the same profile\n" + profile.read_text())
    assert load(profile).limits.door_follow_s == 1.3


def test_a_calibration_of_another_profile_is_refused(profile: Path) -> None:
    calibrate(profile, calibrated(FOLLOW, 1.3))
    profile.write_text(profile.read_text() + "[limits]\nreading_s = 12\n")
    (said,) = problems(profile)
    assert said.startswith("4: calibration.written_for = ")
    assert "written for another profile, or this one changed since" in said


def test_a_key_that_no_calibration_sets_is_refused(profile: Path) -> None:
    text = calibrate(profile, calibrated(FOLLOW, 5.0))
    beside(profile).write_text(sealed(text.replace("door_follow_s]", "reading_s]")))
    (said,) = problems(profile)
    assert said.startswith("7: limits.reading_s: no calibration sets this key; expected ")
    assert "limits.door_follow_s" in said


@pytest.mark.parametrize(
    ("key", "after", "what"),
    [
        (FOLLOW, 0.1, "limits.door_follow_s = 0.1: out of bounds; expected a number, 0.5 to 15"),
        (FOLLOW, 3.5, "limits.door_follow_s.after = 3.5: more than a calibration may set"),
        (DEBOUNCE, 21, "devices.board.debounce_ms.after = 21: more than a calibration may set"),
        (CAMERA, 600.5, "devices.camera.frame_timeout_ms = 600.5: not what may stand here"),
        (CAMERA, 50, "devices.camera.frame_timeout_ms = 50: out of bounds"),
    ],
)
def test_a_value_out_of_its_bounds_is_refused(
    profile: Path, key: KeyPath, after: Number, what: str
) -> None:
    text = calibrate(profile, calibrated(key, after))
    line = next(n for n, one in enumerate(text.split("\n"), start=1) if one.startswith("after"))
    (said,) = problems(profile)
    assert said.startswith(f"{line}: {what}")


def test_an_operator_may_write_into_the_profile_what_a_calibration_may_not_set(
    profile: Path,
) -> None:
    profile.write_text(profile.read_text() + "[limits]\ndoor_follow_s = 6.0\n")
    calibrate(profile, calibrated(FOLLOW, 5.0))
    assert load(profile).limits.door_follow_s == 5.0


def test_a_key_that_the_fitted_driver_does_not_have_is_refused(profile: Path) -> None:
    calibrate(profile, calibrated(("devices", "scanner", "frame_timeout_ms"), 600))
    (said,) = problems(profile)
    assert "qr_serial has no frame_timeout_ms" in said


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("format = 1", "format = 2", "calibration.format = 2: this is no format"),
        ("format = 1\n", "", "calibration.format: missing"),
        ("[calibration]", "[calibrated]", "calibration: missing; expected a table"),
        ("n = 5", "n = true", "limits.door_follow_s.n = true: not what may stand here"),
        ("n = 5\n", "", "limits.door_follow_s.n: missing"),
        ("n = 5", "n = 5\nm = 6", "limits.door_follow_s.m: unknown key"),
        ("after = 1.3", 'after = "1.3"', 'limits.door_follow_s.after = "1.3": not what may'),
        ("[limits.door_follow_s]", "[limits]", "limits: no calibration sets this key"),
        ("[limits.door_follow_s]", "[limits.door_follow_s", "this is no TOML"),
    ],
)
def test_what_is_spoilt_is_told_in_words(profile: Path, old: str, new: str, what: str) -> None:
    text = calibrate(profile, calibrated(FOLLOW, 1.3))
    assert old in text
    beside(profile).write_text(text.replace(old, new, 1))
    assert any(what in said for said in problems(profile))


@pytest.mark.parametrize(
    "content",
    [b"", b"calibration = 7", b"\xff\xfe", b"x" * 70_000, b"a = " + b"[" * 900, b"[a.b.c.d]\n"],
)
def test_hostile_content_is_refused(profile: Path, content: bytes) -> None:
    beside(profile).write_bytes(content)
    assert problems(profile)


def test_a_shipped_profile_has_none() -> None:
    assert not beside(find("bench_mantrap")).exists()
    assert load_whole(find("bench_mantrap")).calibration is None
