"""The technician's page: the lane drawn, its lines as they are now, what is missing, what is worn.

What parts have done since their last service, and how late the loop is, are the lane's words.

GET /service           the page
GET /service/events    levels and outputs, by server-sent events
GET /service/report    the same as one JSON file to keep
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from egate.domain.lane_part import Input, inputs_of, outputs_of
from egate.domain.lane_view import HealthView, LaneView
from egate.domain.service import HOUR_S, PartSeen
from egate.pages import words
from egate.pages.reports import TYPES
from egate.pages.site import Site, Visitor, page
from egate.pages.stream import EventStream, Facts

REPORT_VERSION = 1


async def service(site: Site, _request: Request, visitor: Visitor) -> Response:
    """Return the technician's page."""
    names = {line: words.INPUTS[line] for line in inputs_of(site.gate.shape)}
    outputs = {line: words.OUTPUTS[line] for line in outputs_of(site.gate.shape)}
    return page(
        site,
        "service.html",
        visitor,
        shape=site.gate.shape,
        inputs=names,
        outputs=outputs,
        kept=site.gate.reports.kept(),
        examined=site.gate.reports.examined(),
    )


async def service_events(site: Site, _request: Request, visitor: Visitor) -> EventStream:
    """Return the stream of levels; it ends with the session."""
    session = visitor.session
    assert session is not None  # technicians are signed in
    return EventStream(
        site.hub, lambda: service_facts(site) if site.sessions.has(session) else None
    )


async def report(site: Site, _request: Request, visitor: Visitor) -> Response:
    """Return all of it as a file."""
    facts = {
        "schema": REPORT_VERSION,
        "at_utc_s": round(site.utc_s(), 3),
        "by": visitor.person.name,
        "about": dict(site.gate.about),
        **service_facts(site),
        "troubles": [
            {"at_utc_s": round(one.at_utc_s, 3), "state": one.state, "trouble": one.trouble}
            for one in site.day.events(site.own)
        ],
    }
    name = f'attachment; filename="egate-{site.own}.json"'
    return JSONResponse(facts, headers={"content-disposition": name})


async def kept_report(site: Site, request: Request, _visitor: Visitor) -> Response:
    """Return a report that a technician kept, as a file."""
    name = request.query_params.get("name", "")
    content = site.gate.reports.read(name)
    if content is None:
        return PlainTextResponse("There is no such report.\n", 404)
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=TYPES[name.rpartition(".")[2]], headers=headers)


def service_facts(site: Site) -> Facts:
    """Return levels and outputs; of a lane that is not heard of nothing is known."""
    lane, now_s = site.hub.lanes[site.own], site.hub.clock()
    stale, state = lane.is_stale(now_s), lane.state(now_s)
    view = lane.view if lane.view is not None and not stale else LaneView(now_s, state)
    health = None if stale else lane.health
    return {
        "stale": stale,
        "state": state,
        "words": "No word from the lane" if stale else words.STATES[state],
        "trouble": words.TROUBLES[view.trouble] if view.trouble else "",
        "missing": list(view.missing),
        "inputs": {line: level(view, line, stale=stale) for line in inputs_of(site.gate.shape)},
        "lit": [*view.lamps],
        "released": [*view.doors],
        "late": _late(health),
        "parts": [_part(one) for one in health.parts] if health else [],
    }


def _late(health: HealthView | None) -> str:
    """Say how late the lane's loop was, in words."""
    if health is None:
        return "nothing is known yet"
    return (
        f"{health.late_p50_ms:.1f} ms median, {health.late_p99_ms:.1f} ms at p99, "
        f"{health.late_max_ms:.1f} ms at most, over {health.over_s:.0f} s"
    )


def _part(one: PartSeen) -> Facts:
    """Return one part's row: what was counted since its last service, and what it wants."""
    since = one.since
    return {
        "part": one.part,
        "name": words.PARTS[one.part],
        "cycles": since.cycles,
        "hours": round(since.on_s / HOUR_S, 1),
        "retries": since.retries,
        "errors": since.errors,
        "returns": since.returns,
        "ever": one.life.cycles,
        "wants": ", ".join(words.WANTS[want] for want in one.due),
    }


def level(view: LaneView, line: Input, *, stale: bool) -> str:
    """Return `active`, `inactive` or `unknown`."""
    if stale or line in view.unknown:
        return "unknown"
    return "active" if line in view.active else "inactive"
