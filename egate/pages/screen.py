"""The traveller's screen: a sign, the part of the way, a language, and nothing personal.

    GET /screen                          the page
    GET /screen/events                   what it shows, by server-sent events
    GET /screen/preview                  what the camera sees, while it guides the traveller
    GET /screen/voice?of=LANGUAGE/SIGN   a line that was rendered or recorded

What stands in an event is all that a screen may know: no trouble, no finding, no passage number.
"""

from starlette.requests import Request
from starlette.responses import Response

from egate.pages.pictures import Shown
from egate.pages.site import Site, Visitor, page
from egate.pages.stream import EventStream, Facts
from egate.pages.traveller.position import cue_of
from egate.pages.traveller.sheet import values_of
from egate.pages.traveller.shown import SILENT, shown_of
from egate.pages.traveller.voices import sound_of


async def screen(site: Site, _request: Request, visitor: Visitor) -> Response:
    """Return the screen's page."""
    values = values_of(site.gate.screen, site.gate.shape)
    return page(site, "traveller.html", visitor, **values)


async def screen_events(site: Site, _request: Request, _visitor: Visitor) -> EventStream:
    """Return the stream of what the screen shows."""
    return EventStream(site.hub, lambda: screen_facts(site))


async def preview(site: Site, _request: Request, _visitor: Visitor) -> Response:
    """Return the newest picture of the camera, nothing where none guides."""
    return picture_response(site.pictures.preview())


def picture_response(shown: Shown | None) -> Response:
    """Return a picture as it came, or that there is none."""
    if shown is None:
        return Response(status_code=204)
    return Response(shown.picture.jpeg, media_type="image/jpeg")


async def voice(site: Site, request: Request, _visitor: Visitor) -> Response:
    """Return one spoken line, nothing where it is not spoken."""
    sound = sound_of(site.gate.screen.voices, request.query_params.get("of", ""))
    if sound is None:
        return Response(status_code=204)
    return Response(sound, media_type="audio/wav")


def preview_facts(site: Site) -> Facts | None:
    """Return the number of the newest picture, where the face is in it and what to ask for."""
    shown = site.pictures.preview()
    if shown is None:
        return None
    face, reason = shown.picture.face, shown.picture.reason
    where = [round(part, 3) for part in face] if face[2] else None
    return {"number": shown.number, "face": where, "cue": cue_of(face, reason)}


def screen_facts(site: Site) -> Facts:
    """Return what the screen shows now; a lane that is not heard of is closed."""
    lane = site.hub.lanes[site.own]
    view, documents = lane.view, site.gate.screen.takes_documents
    if view is None or lane.is_stale(site.hub.clock()):
        return {**SILENT.facts, "preview": None}
    shown = shown_of(view.state, view.prompt, view.language, takes_documents=documents)
    return {**shown.facts, "preview": preview_facts(site)}
