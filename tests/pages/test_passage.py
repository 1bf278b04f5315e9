"""Whole passages on the real bench, watched in Chromium: the traveller's screen and the console.

From the token to the lane's next ready; screenshots of both at every stage are kept in
.bench/screenshots/passage. The screen's own diary has every sign it showed.

Source: issue on pages, items 2, 4 and 6; DESIGN section 7 (no picture outlives the passage).
"""

from collections.abc import Iterator
import os
from pathlib import Path
import re
import signal

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip(
    "smartcard.scard", reason="NO PC/SC HERE: pyscard (the extra `cards`) is missing"
)
from playwright.sync_api import expect  # after the skip

from egate.domain.record import EntryKind
from egate.pages.words import ENGLISH, read_words
from simulators.people import Way
from simulators.private_pcscd import PcscdNotPossible
from tests.pages.chromium import needs_chromium
from tests.pages.watched import SHOTS, Watched, watched

pytestmark = [needs_chromium, pytest.mark.bench, pytest.mark.timeout(120)]

REASON = "compared by eye: same person"
# What lasts; a permit is read and decided upon in less time than a screen takes to change.
IN = ["walk_in", "step_forward", "look_here"]
OUT = ["walk_out", "do_not_stop", "present_token"]
REFUSES = {"wait_for_officer", "step_back", "one_at_a_time", "closed"}
SAMPLE = 64  # bytes from the middle of a picture: no two pictures share them


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    try:
        with watched(tmp_path_factory.mktemp("watched")) as pages:
            yield pages
    except PcscdNotPossible as why:
        pytest.skip(f"NO PC/SC HERE: {why}")


def in_order(wanted: list[str], told: list[str]) -> bool:
    """Say whether all of these were told in this order, whatever came between."""
    rest = iter(told)
    return all(one in rest for one in wanted)


def is_admitted_by_the_officer(both: Watched) -> None:
    """Press what an officer presses: a reason, the order, and its second step."""
    page = both.console
    expect(page.locator("#lane-facts")).to_contain_text("you are attached")
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="Admit").click()
    expect(page.locator("#second-words")).to_contain_text(REASON)
    both.shot("second_step")
    page.get_by_role("button", name="Confirm").click()


def test_all_three_pages_are_back_by_themselves_when_their_process_was_killed(
    both: Watched,
) -> None:
    """The passages after it are watched in the same windows, and nobody signs in again."""
    service = both.browser.new_page()
    service.goto(f"{both.gate.origin}/service")
    expect(service.locator("#state")).to_have_text("Ready")
    killed = both.soon(both.gate.gate.pids)["pages"]
    within_ms = 30_000
    with (
        both.screen.expect_response("**/screen/events", timeout=within_ms) as screen,
        both.console.expect_response("**/console/events", timeout=within_ms) as console,
        service.expect_response("**/service/events", timeout=within_ms) as technician,
    ):
        os.kill(killed, signal.SIGKILL)
    assert [one.value.status for one in (screen, console, technician)] == [200] * 3
    assert both.soon(both.gate.gate.pids)["pages"] != killed
    expect(both.screen.locator("html")).to_have_attribute("data-sign", "present_token")
    expect(both.console.locator("#lane-state")).to_have_text("Ready")
    expect(both.console.locator("#lane-facts")).to_contain_text("you are attached")
    expect(service.locator("#state")).to_have_text("Ready")
    service.close()


def test_a_traveller_with_a_permit_is_led_through_in_their_language(both: Watched) -> None:
    both.begins("admitted").shot("before")
    permit = both.soon(lambda: both.gate.permit(kind="LAO-pass"))
    both.soon(lambda: both.gate.comes(permit))
    for sign in (*IN, *OUT[:2]):
        both.shows(sign)
    both.over()
    signs, diary = both.signs(), both.diary
    assert in_order(IN + OUT, signs), signs
    assert not REFUSES & {*signs}
    assert {one["language"] for one in diary if one["part"]} == {"lo"}
    assert diary[-1]["language"] == "vi"
    parts = [one["part"] for one in diary if one["part"]]
    assert in_order(["way_in", "face", "way_out"], parts)
    assert any(one["mirrored"] for one in diary if one["part"] == "face")
    assert not any(one["mirrored"] for one in diary if one["part"] != "face")
    assert both.gate.ways == [Way.THROUGH]
    assert both.kept == {"/screen/preview": {"no-store"}}


@pytest.mark.parametrize("token", ["permit", "document"])
def test_whoever_is_referred_is_compared_by_an_officer_and_admitted_in_two_steps(
    both: Watched, token: str
) -> None:
    gate = both.gate
    both.begins(f"referred_{token}")
    if token == "permit":
        permit = both.soon(gate.permit)
        both.soon(lambda: gate.comes(permit, face="person_4"))
    else:
        document = both.soon(gate.document)
        both.soon(lambda: gate.comes(document=document, face="person_4"))
    both.shows("wait_for_officer")
    page = both.console
    expect(page.locator("#lane-state")).to_have_text("Waits for an officer")
    expect(page.locator("#findings tr[data-outcome=failed]")).to_contain_text("Face is the holder")
    pictures = has_both_faces(both) if token == "document" else has_the_live_face(both)
    is_admitted_by_the_officer(both)
    for sign in OUT[:2]:
        both.shows(sign)
    both.over()
    signs = both.signs()
    assert in_order([*IN, "wait_for_officer", *OUT], signs), signs
    said_in = {one["language"] for one in both.diary if one["part"] == "face"}
    assert said_in == {"permit": {"vi"}, "document": {"en"}}[token]  # the site's; of Utopia
    assert "mismatch" not in both.screen.content()
    assert gate.ways == [Way.THROUGH]
    entries = both.soon(lambda: gate.entries(0.0))
    notes = [one.facts["what"] for one in entries if one.kind is EntryKind.NOTE]
    assert notes[-1] == "an officer ordered admit"
    nothing_is_left(both, pictures)


def has_the_live_face(both: Watched) -> list[bytes]:
    page = both.console
    expect(page.locator("#no-reference")).to_have_text(
        read_words(ENGLISH).of("no_reference", "permit")
    )
    expect(page.locator("#picture-live")).to_be_visible()
    page.wait_for_function("document.getElementById('picture-live').naturalWidth > 100")
    assert not page.locator("#picture-reference").is_visible()
    both.shot("compared")
    assert both.picture("reference") == b""
    return [both.picture("live")]


def has_both_faces(both: Watched) -> list[bytes]:
    page = both.console
    for name in ("reference", "live"):
        page.wait_for_function(f"document.getElementById('picture-{name}').naturalWidth > 100")
    boxes = [page.locator(f"#picture-{name}").bounding_box() for name in ("reference", "live")]
    reference, live = boxes
    assert reference is not None
    assert live is not None
    assert reference["y"] == live["y"]
    assert reference["x"] + reference["width"] <= live["x"]
    expect(page.locator("#no-reference")).to_be_hidden()
    both.shot("compared")
    return [both.picture("reference"), both.picture("live")]


def nothing_is_left(both: Watched, pictures: list[bytes]) -> None:
    """No page, no answer, no file of the browser and no memory of the pages has a face any more."""
    assert all(len(one) > 4 * SAMPLE for one in pictures)
    assert both.console.locator("img[src]").count() == 0
    assert both.console.locator("#pictures").is_hidden()
    assert "Face is the holder" not in both.console.content()
    assert (both.picture("reference"), both.picture("live")) == (b"", b"")
    pixels = "() => paper.getImageData(0, 0, canvas.width, canvas.height).data.some((one) => one)"
    assert both.screen.evaluate(pixels) is False
    assert set().union(*both.kept.values()) == {"no-store"}
    samples = [one[len(one) // 2 :][:SAMPLE] for one in pictures]
    files = [path.read_bytes() for path in both.profile.rglob("*") if path.is_file()]
    assert any(b"/console" in content for content in files)  # it is a profile that is searched
    assert not any(sample in content for content in files for sample in samples)
    pid = both.gate.gate.pids()["pages"]
    assert both.gate.origin.encode()[7:] in memory_of(pid)
    assert [memory_of(pid).count(sample) for sample in samples] == [0] * len(samples)


def test_a_technician_tries_the_exit_of_the_closed_lane_and_feels_what_it_does(
    both: Watched,
) -> None:
    both.begins("maintenance")
    both.console.get_by_label("Reason").fill("service")
    both.console.get_by_role("button", name="Close the lane").click()
    page = both.browser.new_page()
    page.goto(f"{both.gate.origin}/service")
    expect(page.locator("#state")).to_have_text("Closed")
    page.get_by_label("Reason").fill("the bolt sticks")
    page.get_by_role("button", name="Enter maintenance").click()
    expect(page.locator("#state")).to_have_text("Maintenance")
    page.get_by_role("button", name="Release: exit").click()
    page.get_by_role("button", name="Confirm").click()
    tried = page.locator("#tries li").first
    for felt in ("the board took it", "exit unlocked", "exit leaf open", "ended", "exit locked"):
        expect(tried).to_contain_text(felt)
    page.get_by_role("button", name="Run the self-test").click()
    expect(page.locator("#run-files")).to_be_visible()
    assert page.locator("#results tr[data-outcome=failed]").all_inner_texts() == []
    page.screenshot(path=SHOTS / "maintenance_service.png", full_page=True)
    page.get_by_role("button", name="Leave maintenance").click()
    expect(page.locator("#state")).to_have_text("Ready")  # this bench opens by itself
    page.close()
    entries = both.soon(lambda: both.gate.entries(0.0))
    told = [one.facts.get("what", one.kind.value) for one in entries]
    asked, driven = told.index("a technician asks for an output"), told.index("forced")
    let_go = [one.facts.get("purpose") for one in entries].index("forced_by_technician")
    assert asked < driven < let_go
    rested = [one.facts for one in entries if one.kind is EntryKind.FORCED][-1]
    assert (rested["output"], rested["active"]) == ("exit_release", False)
    assert 0 < float(rested["after_s.exit_locked"]) < 1
    assert "a technician ran the self-test" in told


def memory_of(pid: int) -> bytes:
    """Return all that a process could write to: its heap, its stacks, what it mapped."""
    parts = []
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if found is None or "[v" in line:
                continue
            begins, ends = (int(one, 16) for one in found.groups())
            try:
                parts.append(os.pread(memory.fileno(), ends - begins, begins))
            except OSError:
                continue  # a guard page
    return b"".join(parts)
