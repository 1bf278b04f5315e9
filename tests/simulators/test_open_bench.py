"""`make demo PAGES=1` in a browser: travellers sent, devices broken and mended, all of it stopped.

One bench for the whole file, as a developer has it; the last test stops it.
"""

from collections.abc import Iterator
import os
from pathlib import Path
import re
import signal
import subprocess
from urllib.request import Request, urlopen

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Page, expect  # noqa: E402  # after the skip

from simulators.scenario import Token, load_all  # noqa: E402
from tests.pages.chromium import chromium, needs_chromium, shot, violations  # noqa: E402
from tests.simulators.opened import HOUSE, READY, OpenedBench  # noqa: E402

pytestmark = [pytest.mark.bench, needs_chromium, pytest.mark.timeout(300)]
WALKS_WITHIN_MS = 45_000
AT_THE_CONSOLE = "At the console: "
STARTS = "making the faces and keys"
RECORDS = """([element, attribute]) => {
  const node = document.querySelector(element);
  const look = () => attribute ? node.getAttribute(attribute) : node.textContent;
  window.seen = [look()];
  new MutationObserver(() => {
    if (look() !== window.seen.at(-1)) window.seen.push(look());
  }).observe(node, { attributes: true, childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def opened() -> Iterator[OpenedBench]:
    with OpenedBench() as bench:
        bench.until(READY)
        yield bench


@pytest.fixture(scope="module")
def bench(browser: Browser, opened: OpenedBench) -> Page:
    return looked_at(browser, opened.bench)


@pytest.fixture(scope="module")
def console(browser: Browser, opened: OpenedBench) -> Page:
    return signed_in(browser, opened, "Officer's console")


def looked_at(browser: Browser, address: str) -> Page:
    page = browser.new_context(viewport={"width": 1920, "height": 1080}).new_page()
    page.on("pageerror", _raise)
    page.goto(address)
    return page


def signed_in(browser: Browser, opened: OpenedBench, name: str) -> Page:
    shown = opened.pages[name]
    page = looked_at(browser, shown.address.rpartition("/")[0] + "/")
    page.get_by_label("Your key").fill(shown.key)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()
    page.goto(shown.address)
    return page


def _raise(error: object) -> None:
    raise AssertionError(error)


def send(bench: Page, console: Page, name: str) -> None:
    at_rest(bench, console)
    bench.locator(f"[data-scenario='{name}']").click()


def at_rest(bench: Page, console: Page) -> None:
    """Have a ready lane with nobody in it, whatever another test has left."""
    if bench.locator("#call-off").is_visible():
        bench.locator("#call-off").click()
    expect(bench.locator("#walk-head")).to_have_text("Nobody walks", timeout=WALKS_WITHIN_MS)
    asked = bench.locator("#state:text-is('ready'), #call li")
    expect(asked.first).to_be_visible(timeout=WALKS_WITHIN_MS)
    if bench.locator("#call li").count():
        order(console, bench.locator("#call li").last.inner_text().removeprefix(AT_THE_CONSOLE))
    expect(bench.locator("#state")).to_have_text("ready", timeout=WALKS_WITHIN_MS)


def order(console: Page, name: str) -> None:
    """Give an order in its two steps."""
    console.get_by_label("Reason").fill("lane checked: nobody inside")
    console.get_by_role("button", name=name, exact=True).click()
    console.get_by_role("button", name="Confirm").click()


def ended(bench: Page, title: str) -> str:
    """Wait until this scenario has ended, as the newest; return what the page says of it."""
    row = bench.locator(".ended tbody tr, .ended table > tr").first
    expect(row).to_contain_text(title, timeout=WALKS_WITHIN_MS)
    return row.inner_text()


def in_order(wanted: tuple[str, ...], seen: list[str]) -> bool:
    left = iter(seen)
    return all(one in left for one in wanted)


def test_every_traveller_and_every_fault_has_a_button(bench: Page) -> None:
    names = [one.name for one in load_all() if one.token is Token.QR]
    expect(bench.locator("[data-scenario]")).to_have_count(len(names))
    assert bench.locator("[data-fault]").count() > 80
    processes = [one.get_attribute("data-process") for one in bench.locator("[data-process]").all()]
    assert {"kill lane", "kill vision", "freeze scanner", "kill pages"} <= set(processes)
    expect(bench.locator("#state")).to_have_text("ready")
    shot(bench, "bench")


def test_a_passage_is_seen_by_traveller_and_officer_as_each_sees_it(
    browser: Browser, opened: OpenedBench, bench: Page, console: Page
) -> None:
    screen = looked_at(browser, opened.pages["Traveller's screen"].address)
    expect(screen.locator("html")).to_have_attribute("data-sign", "present_code")
    expect(console.locator("#lane-state")).to_have_text("Ready")
    screen.evaluate(RECORDS, ["html", "data-sign"])
    console.evaluate(RECORDS, ["#lane-state", ""])
    send(bench, console, "01_passes")
    expect(bench.locator("#walk-head")).to_contain_text("Resident 1 passes")
    bench.locator("[data-scenario='02_passes']").click(force=True)
    expect(bench.locator("#refused")).to_contain_text("“Resident 1 passes” is not over yet")
    assert "as expected" in ended(bench, "Resident 1 passes")
    expect(screen.locator("html")).to_have_attribute("data-sign", "present_code")
    signs = ("present_code", "walk_in", "look_here", "walk_out", "present_code")
    assert in_order(signs, screen.evaluate("seen")), screen.evaluate("seen")
    states = ("Ready", "Walking in", "Looking at the traveller", "Walking out", "Ready")
    assert in_order(states, console.evaluate("seen")), console.evaluate("seen")
    told = bench.locator("#diary").inner_text().split("\n")
    whats = ("walks up to the gate", "has shown a code and waits", "walks in", "walks out")
    assert in_order((*whats, "is gone"), told), told
    screen.context.close()


def test_who_is_referred_waits_for_the_person_at_the_console(bench: Page, console: Page) -> None:
    send(bench, console, "20_impostor")
    call = bench.locator("#call")
    expect(call).to_contain_text("At the console: Let back", timeout=WALKS_WITHIN_MS)
    expect(console.locator("#lane-state")).to_have_text("Waits for an officer")
    expect(console.locator("#findings")).to_contain_text("Face is the holder")
    expect(console.locator("#picture-live")).to_be_visible()
    bench.get_by_role("button", name="Tell them to leave").click()
    order(console, "Let back")
    told = ended(bench, "An impostor with another's permit")
    assert "face mismatch; one back" in told
    assert "as expected" in told
    expect(call).to_be_empty()


def test_the_script_is_the_officer_if_it_is_asked_to_be(bench: Page, console: Page) -> None:
    at_rest(bench, console)
    script = bench.get_by_role("button", name="Let a script be the officer")
    script.click()
    expect(script).to_have_attribute("aria-pressed", "true")
    send(bench, console, "22_tailgater")
    assert "as expected" in ended(bench, "A tailgater")
    script.click()
    expect(script).to_have_attribute("aria-pressed", "false")


def test_a_fault_is_on_the_technicians_page_until_it_is_mended(
    browser: Browser, opened: OpenedBench, bench: Page, console: Page
) -> None:
    at_rest(bench, console)
    service = signed_in(browser, opened, "Technician's page")
    expect(service.locator("#missing")).to_have_text("nothing")
    bench.get_by_role("button", name="scanner unplugged", exact=True).click()
    expect(bench.locator("#broken")).to_have_text("Broken: scanner unplugged")
    expect(service.locator("#missing")).to_have_text("scanner")
    expect(service.locator("#state")).to_have_text("Out of service")
    bench.get_by_role("button", name="exit beam blind", exact=True).click()
    level = service.locator("[data-input=exit_beam_clear]")
    expect(level).to_have_attribute("data-level", "inactive")
    expect(bench.locator("#broken")).to_contain_text("exit beam blind")
    bench.get_by_role("button", name="Mend all", exact=True).click()
    expect(bench.locator("#broken")).to_have_text("Nothing is broken")
    expect(level).to_have_attribute("data-level", "active")
    expect(service.locator("#missing")).to_have_text("nothing", timeout=30_000)
    service.context.close()


def test_a_traveller_who_was_called_off_is_lifted_out(bench: Page, console: Page) -> None:
    send(bench, console, "42_stands_still")
    expect(bench.locator("#walk-head")).to_contain_text("One who stands still")
    expect(bench.locator("#diary")).to_contain_text("walks in", timeout=WALKS_WITHIN_MS)
    expect(bench.locator("#diary")).to_contain_text("stands still", timeout=WALKS_WITHIN_MS)
    bench.locator("#call-off").click()
    assert "called off" in ended(bench, "One who stands still")
    expect(bench.locator("#drawing .person")).to_have_count(0)
    at_rest(bench, console)  # the lane makes sure that nobody is left, or asks its officer to


def test_the_bench_is_played_with_the_keyboard_alone(bench: Page, console: Page) -> None:
    at_rest(bench, console)
    bench.locator("h2#walk-head").focus()
    press_until(bench, "data-fault", "lens_covered")
    bench.keyboard.press("Enter")
    pressed = bench.locator("[data-fault=lens_covered]")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    bench.keyboard.press("Space")
    expect(pressed).to_have_attribute("aria-pressed", "false")
    press_until(bench, "data-scenario", "30_expired", back=True)
    bench.keyboard.press("Enter")
    assert "as expected" in ended(bench, "An expired permit")


def press_until(page: Page, attribute: str, value: str, *, back: bool = False) -> None:
    for _ in range(300):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if page.evaluate(f"document.activeElement.getAttribute('{attribute}')") == value:
            return
    raise AssertionError(f"{value} is not reached with the keyboard")


def test_the_page_of_the_bench_has_no_violation(bench: Page) -> None:
    bench.locator("[data-fault=stop_burnt]").click()
    expect(bench.locator("#broken")).to_have_text("Broken: stop burnt")
    assert violations(bench) == []
    bench.locator("#mend-all").click()


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://elsewhere.test"}])
def test_another_page_cannot_do_anything(opened: OpenedBench, headers: dict[str, str]) -> None:
    body = b'{"what": "mend_all"}'
    with pytest.raises(OSError, match="403"):
        urlopen(Request(opened.bench + "do", body, headers), timeout=10)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"what": "walk", "name": "nobody"}', "409"),
        (b'{"what": "switch", "key": "x", "on": 1}', "400"),
        (b'{"what": "end_process", "name": "lane", "how": "love"}', "409"),
        (b'{"what": "__init__"}', "400"),
        (b"[" * 4000, "400"),
        (b"\xff", "400"),
    ],
)
def test_what_is_no_deed_is_refused(opened: OpenedBench, body: bytes, status: str) -> None:
    own = {"Origin": opened.bench.rstrip("/")}
    with pytest.raises(OSError, match=status):
        urlopen(Request(opened.bench + "do", body, own), timeout=10)


def test_ctrl_c_stops_all_of_it_and_leaves_nothing(opened: OpenedBench) -> None:
    assert len(opened.left_over()) > 6
    people = re.search(r'people = "(.*)"', profile_of(opened).read_text())
    assert people is not None
    assert Path(people[1]).exists()
    assert opened.stop(signal.SIGINT, whole_group=True) == 0
    assert opened.left_over() == {}
    assert not Path(people[1]).parent.exists()
    assert not [line for line in opened.said if "Traceback" in line]


def profile_of(opened: OpenedBench) -> Path:
    journal = next(line for line in opened.said if "journal: " in line).partition("journal: ")[2]
    return Path(journal).parents[1] / "bench_mantrap.toml"


def test_sigterm_while_it_is_still_being_prepared_leaves_nothing_either() -> None:
    with OpenedBench("--lane", "turnstile") as bench:
        bench.until(STARTS)
        assert bench.stop(signal.SIGTERM, whole_group=False) == 128 + signal.SIGTERM
        assert bench.left_over() == {}
        assert not [line for line in bench.said if "Traceback" in line]


@pytest.mark.parametrize(
    ("given", "plays"),
    [(["PAGES=1"], True), ([], False), (["PAGES=0"], False), (["PAGES=1", "LANE=turnstile"], True)],
)
def test_make_takes_pages_of_the_command_line_alone(given: list[str], plays: bool) -> None:
    ran = subprocess.run(
        ["make", "-n", "-o", ".venv/.ready", "demo", *given],
        cwd=HOUSE, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert ("--pages" in ran.stdout) is plays
    assert ("--lane turnstile" in ran.stdout) is ("LANE=turnstile" in given)
