"""What the handlers of all pages share: the lanes, the people, the clocks; and who asks.

Nothing here opens a socket; the composition root builds it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from egate.domain.lane_part import Shape
from egate.pages.checks import LaneChecks, NoChecks
from egate.pages.day import Day
from egate.pages.desk import Desk
from egate.pages.hub import Hub
from egate.pages.people import People, Person
from egate.pages.pictures import Pictures
from egate.pages.reports import Reports
from egate.pages.sessions import Keeping, Session, Sessions
from egate.pages.traveller.sheet import Screen
from egate.pages.words import ENGLISH, LANGUAGES, Words, read_words
from egate.pages.workbench import Workbench
from egate.ports.lane_link import LaneLink
from egate.ports.picture_link import PictureLink

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
class Gate:
    """What is known of this gate from its profile; `about` is told on the start page.

    `sessions` is the file in which who is signed in is kept over a restart; without it nobody is.
    """

    shape: Shape
    about: Mapping[str, str]
    reports: Reports = field(default_factory=Reports)
    screen: Screen = field(default_factory=Screen)
    checks: LaneChecks = field(default_factory=NoChecks)
    language: str = ENGLISH  # of whoever has not chosen one
    sessions: Path | None = None


@dataclass(frozen=True, slots=True)
class Links:
    """The ways to other processes."""

    lanes: tuple[LaneLink, ...]
    pictures: PictureLink


@dataclass(frozen=True, slots=True)
class Site:
    """Everything a page may show or ask for. `own` is the lane of this gate's screen."""

    hub: Hub
    sessions: Sessions
    people: People
    desk: Desk
    bench: Workbench
    day: Day
    pictures: Pictures
    eyes: PictureLink
    own: str
    gate: Gate
    utc_s: Callable[[], float]
    templates: Environment = field(default_factory=templates)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where time and randomness come from: monotonic seconds, UTC seconds, random bytes."""

    clock: Callable[[], float]
    utc_s: Callable[[], float]
    draw: Callable[[int], bytes]


def open_site(gate: Gate, links: Links, people: People, sources: Sources) -> Site:
    """Build a site; the first lane is this gate's own, and the pictures are of it."""
    hub = Hub(links.lanes, sources.clock)
    desk = Desk(hub, sources.utc_s, sources.draw)
    own = links.lanes[0].name
    bench = Workbench(hub, own, sources.utc_s, sources.draw)
    keeping = Keeping(gate.sessions, people) if gate.sessions else None

    def ended(session: Session) -> None:
        desk.leave(session)
        bench.leave(session)

    return Site(
        hub=hub,
        sessions=Sessions(sources.clock, sources.draw, ended, keeping),
        people=people,
        desk=desk,
        bench=bench,
        day=Day(hub, sources.utc_s),
        pictures=Pictures(hub, own, sources.clock),
        eyes=links.pictures,
        own=own,
        gate=gate,
        utc_s=sources.utc_s,
    )


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: a person, signed in or not; `language` is what this browser was told to speak."""

    person: Person
    session: Session | None = None
    language: str = ""


def words_of(site: Site, visitor: Visitor) -> Words:
    """Return the words that this visitor reads."""
    return read_words(visitor.language or site.gate.language)


def page(site: Site, name: str, visitor: Visitor, **values: object) -> HTMLResponse:
    """Return a page; every template knows the gate, the person, the words and the proof."""
    proof = visitor.session.proof if visitor.session else ""
    words = words_of(site, visitor)
    text = site.templates.get_template(name).render(
        gate=site.own,
        about=site.gate.about,
        person=visitor.person,
        proof=proof,
        words=words,
        say=words.tables["page"].__getitem__,
        choices={one: read_words(one).name for one in LANGUAGES},
        **values,
    )
    return HTMLResponse(text)
