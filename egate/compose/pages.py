"""The pages process: browsers on one side, the lane's socket on the other; no key, no journal."""

from __future__ import annotations

from collections.abc import Callable
import os
import pwd
import time
from typing import TYPE_CHECKING, Final

from egate import __version__
from egate.compose.setup import takes_documents
from egate.loop.files import Places, SetupRefused
from egate.loop.logs import configure_logs
from egate.loop.unit_users import users

if TYPE_CHECKING:
    from egate.pages.server import Where
    from egate.pages.site import Site
    from egate.profile.settings import HardwareProfile

REPORTS: Final = "reports"  # of the technician's checks, below the data directory


def pages_process(profile: HardwareProfile, places: Places) -> int:
    """Run the pages; return the exit status.

    Raises:
        SetupRefused: the profile has none, or their files or address cannot be used.
    """
    from egate.loop.notify import Notifier
    from egate.pages.process import run_pages
    from egate.pages.server import MayNotListen, listen

    configure_logs("pages")
    where = _pages_where(profile, places)
    site = _pages_site(profile, places)
    try:
        listening = listen(where)
    except (MayNotListen, OSError) as error:
        cure = "change pages.host or pages.port in the profile"
        raise SetupRefused(f"{where.host}:{where.port}: {error}", cure) from None
    return run_pages(site, where, listening, Notifier.from_environment().tell)


def _pages_where(profile: HardwareProfile, places: Places) -> Where:
    from egate.pages.server import Tls, Where

    pages = profile.pages
    if pages is None:
        raise SetupRefused("this profile has no pages", "add a table [pages], or do not start them")
    files = [places.data / name for name in (pages.certificate, pages.key, pages.client_ca) if name]
    for path in files:
        if not os.access(path, os.R_OK):
            raise SetupRefused(f"{path}: it cannot be read", "bring it, or name another")
    return Where(pages.host, pages.port, pages.name, Tls(*files) if files else None)


def _pages_site(profile: HardwareProfile, places: Places) -> Callable[[], Site]:
    """Read who may come, and return what builds the site inside the running loop."""
    from egate.loop.lane_client import LaneClient
    from egate.loop.picture_client import PictureClient
    from egate.pages.people import LARGEST, People, PeopleRefused, read_people
    from egate.pages.reports import Reports
    from egate.pages.site import Gate, Links, Sources, open_site
    from egate.pages.traveller.sheet import Screen
    from egate.profile.digest import profile_sha256
    from egate.selftest.report import About
    from egate.selftest.told import LaneChecks

    assert profile.pages is not None
    path, people = places.data / profile.pages.people, People()
    if path.exists():  # without it there is the traveller's screen only
        try:
            with path.open(encoding="utf-8") as file:
                people = read_people(file.read(LARGEST + 1))
        except (OSError, UnicodeDecodeError, PeopleRefused) as error:
            cure = "make it with `egate pages admit`, for the pages to read"
            raise SetupRefused(f"{path}: {error}", cure) from None
    link = LaneClient(profile.gate.name, places.socket)
    about = {
        "gate": profile.gate.name,
        "site": profile.gate.site,
        "direction": profile.gate.direction.value,
        "software": __version__,
    }
    eyes = users(os.getuid(), {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()})["vision"]
    pages = profile.pages
    screen = Screen(pages.language, takes_documents(profile), places.data / pages.voices)
    told = About(
        kind="lane_checks",
        began_at_utc_s=0.0,
        gate=profile.gate.name,
        site=profile.gate.site,
        profile_sha256=profile_sha256(profile),
        software=(("egate", __version__),),
    )
    gate = Gate(
        profile.gate.shape,
        about,
        Reports(places.data / REPORTS),
        screen,
        LaneChecks(profile.gate.shape, told),
        sessions=places.pictures.parent / "sessions.json",
    )
    links = Links((link,), PictureClient(places.pictures, eyes))
    return lambda: open_site(gate, links, people, Sources(time.monotonic, time.time, os.urandom))
