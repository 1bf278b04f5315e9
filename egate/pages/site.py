"""What the handlers of all pages share: the lanes, the people, the clocks; and who asks.

Nothing here opens a socket; the composition root builds it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from egate.domain.lane_part import Shape
from egate.pages.day import Day
from egate.pages.desk import Desk
from egate.pages.hub import Hub
from egate.pages.people import People, Person
from egate.pages.sessions import Session, Sessions
from egate.pages.traveller.sheet import Screen
from egate.ports.lane_link import LaneLink

HERE = Path(__file__).parent


def templates() -> Environment:
    """Load the templates; whatever is put into one is escaped, and a name it lacks is an error."""
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )


@dataclass(frozen=True, slots=True)
class Site:
    """Everything a page may show or ask for. `own` is the lane of this gate's screen."""

    hub: Hub
    sessions: Sessions
    people: People
    desk: Desk
    day: Day
    own: str
    shape: Shape
    about: Mapping[str, str]
    utc_s: Callable[[], float]
    screen: Screen = field(default_factory=Screen)
    templates: Environment = field(default_factory=templates)


def open_site(
    links: tuple[LaneLink, ...],
    people: People,
    shape: Shape,
    about: Mapping[str, str],
    sources: tuple[Callable[[], float], Callable[[], float], Callable[[int], bytes]],
) -> Site:
    """Build a site; `sources` are the monotonic clock, the wall clock and randomness."""
    clock, utc_s, draw = sources
    hub = Hub(links, clock)
    desk = Desk(hub, utc_s, draw)
    sessions = Sessions(clock, draw, on_ended=desk.leave)
    return Site(hub, sessions, people, desk, Day(hub, utc_s), links[0].name, shape, about, utc_s)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: a person, signed in or not."""

    person: Person
    session: Session | None = None


def page(site: Site, name: str, visitor: Visitor, **values: object) -> HTMLResponse:
    """Return a page; every template knows the gate, the person and the session's proof."""
    proof = visitor.session.proof if visitor.session else ""
    text = site.templates.get_template(name).render(
        gate=site.own, about=site.about, person=visitor.person, proof=proof, **values
    )
    return HTMLResponse(text)
