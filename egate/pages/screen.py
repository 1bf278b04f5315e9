"""The traveller's screen: state, prompt and progress of this gate's lane, and nothing personal.

    GET /screen           the page
    GET /screen/events    facts for it, by server-sent events

What stands in an event is all that a screen may know: no trouble, no finding, no passage number.
"""

from starlette.requests import Request
from starlette.responses import Response

from egate.domain.effect import Prompt
from egate.domain.lane_state import LaneState
from egate.pages.site import Site, Visitor, page
from egate.pages.stream import EventStream, Facts


async def screen(site: Site, _request: Request, visitor: Visitor) -> Response:
    """Return the screen's page."""
    return page(site, "screen.html", visitor)


async def screen_events(site: Site, _request: Request, _visitor: Visitor) -> EventStream:
    """Return the stream of what the screen shows."""
    return EventStream(site.hub, lambda: screen_facts(site))


def screen_facts(site: Site) -> Facts:
    """Return what the screen shows now; a lane that is not heard of is closed."""
    lane, now_s = site.hub.lanes[site.own], site.hub.clock()
    view = lane.view
    if view is None or lane.is_stale(now_s):
        return {"state": LaneState.CLOSED, "prompt": Prompt.CLOSED, "shape": site.shape}
    return {
        "state": view.state,
        "prompt": view.prompt,
        "shape": site.shape,
        "since_s": round(max(0.0, now_s - lane.since_s), 1),
    }
