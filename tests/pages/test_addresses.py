"""Every address with every role: what is allowed, and how the rest is refused."""

from collections.abc import Iterator

import pytest

from egate.pages.people import Role
from egate.pages.routes import ADDRESSES, Address
from tests.pages.gate import EVERYONE, KEYS, Browser, Served

NOBODY = "nobody"
VISITORS: dict[str, str] = {NOBODY: "", "everyone": EVERYONE} | {
    role.value: key for role, key in KEYS.items()
}

# Written down beside the table of the code, so that a right is never given by one stroke.
OPEN = {
    ("GET", "/"), ("POST", "/sign-in"), ("POST", "/sign-out"), ("POST", "/language"),
    ("GET", "/screen"), ("GET", "/screen/events"), ("GET", "/screen/preview"),
    ("GET", "/screen/voice"),
}  # fmt: skip
ONLY_FOR = {
    ("GET", "/console"): {"officer"},
    ("GET", "/console/events"): {"officer"},
    ("GET", "/console/reference"): {"officer"},
    ("GET", "/console/live"): {"officer"},
    ("POST", "/console/beat"): {"officer"},
    ("POST", "/console/order"): {"officer"},
    ("POST", "/console/confirm"): {"officer"},
    ("POST", "/console/acknowledge"): {"officer"},
    ("GET", "/day"): {"officer", "auditor"},
    ("GET", "/service"): {"technician"},
    ("GET", "/service/events"): {"technician"},
    ("POST", "/service/beat"): {"technician"},
    ("POST", "/service/maintenance"): {"technician"},
    ("POST", "/service/force"): {"technician"},
    ("POST", "/service/confirm"): {"technician"},
    ("POST", "/service/check"): {"technician"},
    ("GET", "/service/checked"): {"technician"},
    ("GET", "/service/report"): {"technician"},
    ("GET", "/service/kept"): {"technician"},
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("pages")) as pages:
        yield pages


def test_the_rights_written_down_here_are_those_of_the_table() -> None:
    told = {(one.method, one.path): set(one.roles) for one in ADDRESSES}
    assert told == {
        **{place: set(Role) for place in OPEN},
        **{address: {Role(role) for role in roles} for address, roles in ONLY_FOR.items()},
    }


def wants(address: Address, visitor: str) -> set[int]:
    """Return how this may be answered: what is allowed never with 401, 403 or to the start."""
    place = (address.method, address.path)
    if place in OPEN or visitor == "everyone" or visitor in ONLY_FOR.get(place, set()):
        return {200, 204, 303, 400, 409} if address.method == "POST" else {200, 204, 404}
    if visitor != NOBODY:
        return {403}
    to_start = address.method == "GET" and not address.path.endswith("/events")
    return {303} if to_start else {401}


@pytest.mark.parametrize("visitor", VISITORS)
def test_every_address_is_answered_as_the_visitors_roles_say(served: Served, visitor: str) -> None:
    told = {}
    for address in ADDRESSES:
        browser = Browser(served, VISITORS[visitor])
        place = f"{address.method} {address.path}"
        if address.path == "/sign-in":
            continue  # what it answers is its own test
        answer = (browser.get if address.method == "GET" else browser.post)(address.path)
        told[place] = answer.status in wants(address, visitor), answer.status
        if visitor == NOBODY and answer.status == 303 and address.path != "/sign-out":
            assert answer.headers["location"] == "/", place
        browser.post("/sign-out")
    assert [place for place, (is_right, _) in told.items() if not is_right] == [], told


def test_a_key_that_is_nobodys_signs_nobody_in(served: Served) -> None:
    for key in ("", "x", "k" * 300, "' or 1=1 --", "\N{SNOWMAN}"):
        browser = Browser(served)
        assert (browser.sign_in(key), browser.cookie) == (403, "")


def test_a_cookie_is_kept_from_scripts_and_other_sites(served: Served) -> None:
    browser = Browser(served)
    answer = browser.post("/sign-in", f"key={KEYS[Role.OFFICER]}")
    attributes = answer.headers["set-cookie"].split("; ")[1:]
    assert attributes == ["HttpOnly", "Path=/", "SameSite=strict"]


def test_who_signed_out_is_nobody_again(served: Served) -> None:
    browser = Browser(served, KEYS[Role.OFFICER])
    assert browser.get("/console").status == 200
    assert browser.post("/sign-out").status == 303
    assert browser.get("/console").status == 303
