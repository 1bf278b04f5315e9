"""The technician's page: the lane drawn with its inputs, outputs by hand, the lane's own checks.

What parts have done since their last service, and how late the loop is, are the lane's words.

GET  /service              the page
GET  /service/events       levels, outputs, what was driven and checked, by server-sent events
POST /service/beat         this page lives: the technician is attached while it does
POST /service/maintenance  into maintenance, or out of it
POST /service/force        one output; one that lets a door go is answered with a code
POST /service/confirm      its second step: that code
POST /service/check        the running lane's checks, or one of them
GET  /service/checked      the last run of them as a file
GET  /service/report       levels and outputs as one JSON file to keep
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from egate.domain.lane_part import (
    DOOR_RELEASE,
    SHAPE_DOORS,
    Input,
    Output,
    inputs_of,
    outputs_of,
)
from egate.domain.lane_view import HealthView, LaneView
from egate.domain.service import HOUR_S, PartSeen
from egate.pages.console import posted, text_in, told
from egate.pages.hands import hands_facts
from egate.pages.reports import TYPES
from egate.pages.site import Site, Visitor, page, words_of
from egate.pages.stream import EventStream, Facts
from egate.pages.words import Words
from egate.pages.workbench import Ask

REPORT_VERSION = 1
FORMS = {"html": "text/html", "json": "application/json"}
LONGEST_ID = 64
NO_RUN = "No checks were run from here yet.\n"


async def service(site: Site, _request: Request, visitor: Visitor) -> Response:
    """Return the technician's page."""
    words, shape = words_of(site, visitor), site.gate.shape
    language = words.language
    names = {
        line: (words.line(line, active=True), words.line(line, active=False))
        for line in inputs_of(shape)
    }
    outputs = {
        line: words.of("outputs", line) for line in outputs_of(shape) if line is not Output.ALIVE
    }
    return page(
        site,
        "service.html",
        visitor,
        shape=shape,
        inputs=names,
        outputs=outputs,
        unlocks={DOOR_RELEASE[door]: words.of("doors", door) for door in SHAPE_DOORS[shape]},
        own=site.gate.checks.own(language),
        elsewhere=site.gate.checks.elsewhere(language),
        kept=site.gate.reports.kept(),
        examined=site.gate.reports.examined(),
    )


async def service_events(site: Site, _request: Request, visitor: Visitor) -> EventStream:
    """Return the stream of levels; it ends with the session."""
    session = visitor.session
    assert session is not None  # technicians are signed in
    return EventStream(
        site.hub, lambda: _page_facts(site, visitor) if site.sessions.has(session) else None
    )


async def beat(site: Site, _request: Request, visitor: Visitor) -> Response:
    """Keep the technician attached."""
    assert visitor.session is not None
    return Response(status_code=204 if site.bench.beat(visitor.session) else 503)


async def maintenance(site: Site, request: Request, visitor: Visitor) -> Response:
    """Ask for maintenance, or for its end."""
    fields = await posted(request)
    return _asked(site, visitor, Ask(None, _flag(fields, "on"), text_in(fields, "reason")))


async def force(site: Site, request: Request, visitor: Visitor) -> Response:
    """Ask for one output by hand, or take the first step of it."""
    fields = await posted(request)
    output = Output(text_in(fields, "output"))
    return _asked(site, visitor, Ask(output, _flag(fields, "on"), text_in(fields, "reason")))


async def confirm(site: Site, request: Request, visitor: Visitor) -> Response:
    """Take the second step."""
    assert visitor.session is not None
    code = text_in(await posted(request), "code")
    answer = site.bench.confirm(visitor.session, site.gate.shape, code)
    return told(answer, words_of(site, visitor))


async def check(site: Site, request: Request, visitor: Visitor) -> Response:
    """Have the running lane checked."""
    assert visitor.session is not None
    only = text_in(await posted(request), "only")
    if len(only) > LONGEST_ID:
        raise ValueError("only")
    return told(site.bench.check(visitor.session, only), words_of(site, visitor))


async def checked(site: Site, request: Request, visitor: Visitor) -> Response:
    """Return the last run of the checks as a file, with who ran it."""
    run, form = site.bench.run, request.query_params.get("form", "html")
    if run is None or not run.is_whole or form not in FORMS:
        return PlainTextResponse(NO_RUN, 404)
    language = words_of(site, visitor).language
    content = site.gate.checks.report(tuple(run.results), run.by, run.at_utc_s, form, language)
    name = f'attachment; filename="egate-{site.own}-checks.{form}"'
    return Response(content, media_type=FORMS[form], headers={"content-disposition": name})


def _asked(site: Site, visitor: Visitor, ask: Ask) -> Response:
    assert visitor.session is not None
    return told(site.bench.ask(visitor.session, site.gate.shape, ask), words_of(site, visitor))


def _flag(fields: Any, name: str) -> bool:  # noqa: ANN401  # whatever JSON holds
    value = fields.get(name) if isinstance(fields, dict) else None
    if not isinstance(value, bool):
        raise ValueError(name)  # noqa: TRY004  # as every field that is none of ours
    return value


async def report(site: Site, _request: Request, visitor: Visitor) -> Response:
    """Return all of it as a file."""
    facts = {
        "schema": REPORT_VERSION,
        "at_utc_s": round(site.utc_s(), 3),
        "by": visitor.person.name,
        "about": dict(site.gate.about),
        **service_facts(site, words_of(site, visitor)),
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


def _page_facts(site: Site, visitor: Visitor) -> Facts:
    words = words_of(site, visitor)
    return {**service_facts(site, words), **hands_facts(site, visitor, words)}


def service_facts(site: Site, words: Words) -> Facts:
    """Return levels and outputs; of a lane that is not heard of nothing is known."""
    lane, now_s = site.hub.lanes[site.own], site.hub.clock()
    stale, state = lane.is_stale(now_s), lane.state(now_s)
    view = lane.view if lane.view is not None and not stale else LaneView(now_s, state)
    health = None if stale else lane.health
    return {
        "stale": stale,
        "state": state,
        "words": words.of("script", "no_word") if stale else words.of("states", state),
        "trouble": words.of("troubles", view.trouble) if view.trouble else "",
        "missing": [words.known("devices", name) for name in view.missing],
        "inputs": {line: level(view, line, stale=stale) for line in inputs_of(site.gate.shape)},
        "lit": [*view.lamps],
        "released": [*view.doors],
        "late": _late(health, words),
        "parts": [_part(one, words) for one in health.parts] if health else [],
    }


def _late(health: HealthView | None, words: Words) -> str:
    """Say how late the lane's loop was, in words."""
    if health is None:
        return words.of("page", "nothing_known_yet")
    figures = {
        "p50": f"{health.late_p50_ms:.1f}",
        "p99": f"{health.late_p99_ms:.1f}",
        "most": f"{health.late_max_ms:.1f}",
        "over": f"{health.over_s:.0f}",
    }
    return words.say("hands", "late", **figures)


def _part(one: PartSeen, words: Words) -> Facts:
    """Return one part's row: what was counted since its last service, and what it wants."""
    since = one.since
    return {
        "part": one.part,
        "name": words.of("parts", one.part),
        "cycles": since.cycles,
        "hours": round(since.on_s / HOUR_S, 1),
        "retries": since.retries,
        "errors": since.errors,
        "returns": since.returns,
        "ever": one.life.cycles,
        "wants": ", ".join(words.of("wants", want) for want in one.due),
    }


def level(view: LaneView, line: Input, *, stale: bool) -> str:
    """Return `active`, `inactive` or `unknown`."""
    if stale or line in view.unknown:
        return "unknown"
    return "active" if line in view.active else "inactive"
