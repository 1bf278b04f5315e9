"""The traveller's screen: a sign, the part of the way, a language, and nothing personal.

    GET /screen                          the page
    GET /screen/events                   what it shows, by server-sent events
    GET /screen/voice?of=LANGUAGE/SIGN   a line that was rendered or recorded

What stands in an event is all that a screen may know: no trouble, no finding, no passage number.
"""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from egate.pages.site import Site, Visitor, page
from egate.pages.stream import EventStream, Facts
from egate.pages.traveller.sheet import values_of
from egate.pages.traveller.shown import SILENT, shown_of
from egate.pages.traveller.voices import sound_of


async def screen(site: Site, _request: Request, visitor: Visitor) -> Response:
    """Return the screen's page."""
    return page(site, "traveller.html", visitor, **values_of(site.screen, site.shape))


async def screen_events(site: Site, _request: Request, _visitor: Visitor) -> EventStream:
    """Return the stream of what the screen shows."""
    return EventStream(site.hub, lambda: screen_facts(site))


async def voice(site: Site, request: Request, _visitor: Visitor) -> Response:
    """Return one spoken line."""
    sound = sound_of(site.screen.voices, request.query_params.get("of", ""))
    if sound is None:
        return PlainTextResponse("There is no such voice.\n", 404)
    return Response(sound, media_type="audio/wav")


def screen_facts(site: Site) -> Facts:
    """Return what the screen shows now; a lane that is not heard of is closed."""
    lane = site.hub.lanes[site.own]
    view = lane.view
    if view is None or lane.is_stale(site.hub.clock()):
        return SILENT.facts
    return shown_of(
        view.state, view.prompt, view.language, takes_documents=site.screen.takes_documents
    ).facts
