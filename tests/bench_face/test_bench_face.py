"""The benchmark's pure parts: pairs, rates and the plot, on sets whose answers are known."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from egate.vision.faces import FaceEngine
from egate.vision.models import load_models
from tests.bench_face.__main__ import single
from tests.bench_face.faces import Gallery, look_at
from tests.bench_face.morphs import Morphed
from tests.bench_face.pairs import NoPairs, Pair, read
from tests.bench_face.plot import at, det_svg
from tests.bench_face.rates import rates
from tests.bench_face.tables import (
    cover_table,
    morph_table,
    percent,
    rates_table,
    threshold_table,
    times_table,
)
from tests.vision.limits import POLICY
from tests.vision.pictures import encoded, scene


def people(folder: Path, **pictures: int) -> Path:
    for person, count in pictures.items():
        (folder / person).mkdir()
        for number in range(count):
            (folder / person / f"{number}.jpg").touch()
    return folder


def listed(folder: Path, *lines: str) -> Path:
    (folder / "pairs.csv").write_text("\n".join(["a,b,genuine", *lines]))
    return folder


def test_a_folder_a_person_gives_every_genuine_pair_and_drawn_impostors(tmp_path: Path) -> None:
    folder = people(tmp_path, anna=3, ben=2, cleo=1)
    found = read(folder, seed=1, most_impostors=5)
    assert sum(pair.genuine for pair in found.pairs) == 3 + 1
    impostors = [pair for pair in found.pairs if not pair.genuine]
    assert len(set(impostors)) == 5
    assert all(pair.one.split("/")[0] != pair.other.split("/")[0] for pair in impostors)
    assert read(folder, seed=1, most_impostors=5) == found
    assert read(folder, seed=2, most_impostors=5) != found
    assert len(read(folder, seed=1, most_impostors=99).pairs) == 4 + 3 * 2 + 3 * 1 + 2 * 1


def test_a_list_of_pairs_is_taken_as_it_stands(tmp_path: Path) -> None:
    found = read(listed(tmp_path, "a.jpg,b.jpg,1", "a.jpg,c.jpg,No"), 1, 9)
    assert found.pairs == (Pair("a.jpg", "b.jpg", True), Pair("a.jpg", "c.jpg", False))
    assert found.pictures == ("a.jpg", "b.jpg", "c.jpg")


@pytest.mark.parametrize(
    "line", ["a.jpg,b.jpg,perhaps", "a.jpg,,1", "/etc/passwd,b.jpg,1", "../a.jpg,b.jpg,1", "a.jpg"]
)
def test_a_line_that_is_no_pair_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(NoPairs, match="line 3"):
        read(listed(tmp_path, "a.jpg,b.jpg,1", line), 1, 9)


def test_a_folder_that_can_tell_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoPairs, match="no such folder"):
        read(tmp_path / "nowhere", 1, 9)
    with pytest.raises(NoPairs, match="both genuine and impostor"):
        read(people(tmp_path, anna=3), 1, 9)


def test_the_rates_of_known_scores() -> None:
    found = rates([0.2, 0.5, 0.6, 0.9], [0.0, 0.1, 0.3, 0.5])
    assert [found.fmr(at) for at in (0.0, 0.3, 0.31, 0.5, 0.51)] == [1.0, 0.5, 0.25, 0.25, 0.0]
    assert [found.fnmr(at) for at in (0.2, 0.21, 0.5, 1.0)] == [0.0, 0.25, 0.25, 1.0]
    assert found.equal() == (0.25, 0.5)


def test_a_face_that_was_not_found_is_a_traveller_who_is_not_let_through() -> None:
    assert rates([0.9, 0.9, 0.9], [0.1], genuine_lost=1).fnmr(0.5) == 0.25


def test_a_wanted_rate_is_reached_from_the_score_after_the_allowed_impostors() -> None:
    found = rates([0.5], [number / 100 for number in range(100)])
    threshold = found.threshold_at(0.02)
    assert threshold is not None
    assert found.fmr(threshold) == pytest.approx(0.02)
    assert found.fmr(threshold - 0.01) > 0.02
    assert found.threshold_at(0.001) is None  # a hundred pairs cannot tell


def test_none_of_some_is_told_as_what_cannot_be_excluded() -> None:
    assert percent(0.0, 4500) == "0 (<0.1)"
    assert percent(0.0, 100) == "0 (<3)"


def test_the_plot_is_svg_with_a_line_for_each_curve() -> None:
    drawn = det_svg({"a<b": [(1.0, 0.0), (0.1, 0.1), (0.0, 1.0)], "mean of 3": [(0.5, 0.5)]})
    lines = [part for part in ET.fromstring(drawn) if part.tag.endswith("polyline")]
    assert len(lines) == 2
    assert lines[0].get("points", "").split()[0] == ",".join(str(part) for part in at(1.0, 0.0))


def test_what_has_no_face_or_is_no_picture_is_counted_and_not_hidden(tmp_path: Path) -> None:
    (tmp_path / "noise.jpg").write_bytes(encoded(scene(), ".jpg"))
    (tmp_path / "text.jpg").write_text("no picture")
    names = ("noise.jpg", "text.jpg", "absent.jpg")
    gallery = look_at(tmp_path, names, FaceEngine(load_models()), lambda _done: None)
    assert gallery.faceless == ["noise.jpg"]
    assert gallery.unreadable == ["text.jpg", "absent.jpg"]
    found = read(listed(tmp_path, "noise.jpg,text.jpg,1", "noise.jpg,absent.jpg,0"), 1, 9)
    assert single(found, gallery).genuine_lost == 1


def test_every_table_fits_a_terminal() -> None:
    found = rates([0.2, 0.6, 0.8], [0.1, 0.3])
    gallery = Gallery(took_ms={"embed": [20.0, 30.0]})
    morphed = Morphed((0.8, 0.7), (0.5, 0.45), (0.2, 0.3))
    say = Console(width=80)
    for made in (
        rates_table({1: found, 3: found}),
        threshold_table({1: found, 3: found, 5: found}, POLICY),
        cover_table({"glasses, tinted": (3, 60)}),
        morph_table(morphed, POLICY),
        times_table(gallery),
    ):
        with say.capture() as caught:
            say.print(made)
        assert "…" not in caught.get()
