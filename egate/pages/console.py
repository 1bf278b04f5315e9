"""The officer's console: all lanes at a glance, what calls for an officer first, and the orders.

GET  /console               the page
GET  /console/events        every lane, by server-sent events
POST /console/beat          this console lives: the officer is attached while it does
POST /console/order         an order; one that opens something is answered with a code
POST /console/confirm       its second step: that code
POST /console/acknowledge   an alarm was seen
GET  /console/reference     the document's portrait, while its passage lasts
GET  /console/live          the face before the camera, likewise
GET  /day                   history and times of the day, for auditors too
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Ruling
from egate.domain.lane_part import DOOR_RELEASE
from egate.domain.lane_state import LaneState
from egate.domain.lane_view import DecisionView, LaneView
from egate.pages.day import Ending
from egate.pages.desk import ACTIONS, CALLING, WAITING, Alarm, Refusal, Wish
from egate.pages.hub import Lane
from egate.pages.pictures import Shown
from egate.pages.plot import bars, line
from egate.pages.screen import picture_response
from egate.pages.site import Site, Visitor, page, words_of
from egate.pages.stream import EventStream, Facts
from egate.pages.words import Words, evidence_words, plain
from egate.wire.pictures import PictureKind

URGENT_FIRST = (
    LaneState.EMERGENCY,
    LaneState.EXCEPTION,
    LaneState.REFERRED,
    LaneState.OUT_OF_SERVICE,
)
OUTCOMES_FIRST = (Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.NOT_DONE)


async def console(site: Site, _request: Request, visitor: Visitor) -> Response:
    """Return the console's page."""
    return page(site, "console.html", visitor, lanes=list(site.hub.lanes))


async def console_events(site: Site, _request: Request, visitor: Visitor) -> EventStream:
    """Return the stream of all lanes; it ends with the session."""
    session = visitor.session
    assert session is not None  # officers are signed in
    return EventStream(
        site.hub,
        lambda: console_facts(site, visitor) if site.sessions.has(session) else None,
    )


async def beat(site: Site, _request: Request, visitor: Visitor) -> Response:
    """Keep the officer attached."""
    assert visitor.session is not None
    return Response(status_code=204 if site.desk.beat(visitor.session) else 503)


async def order(site: Site, request: Request, visitor: Visitor) -> Response:
    """Take an order, or its first step."""
    assert visitor.session is not None
    answer = site.desk.ask(visitor.session, _wish(await posted(request)))
    return told(answer, words_of(site, visitor))


async def confirm(site: Site, request: Request, visitor: Visitor) -> Response:
    """Take the second step."""
    assert visitor.session is not None
    answer = site.desk.confirm(visitor.session, text_in(await posted(request), "code"))
    return told(answer, words_of(site, visitor))


async def acknowledge(site: Site, request: Request, visitor: Visitor) -> Response:
    """Note that an alarm was seen."""
    assert visitor.session is not None
    fields = await posted(request)
    number = _whole(fields, "number")
    answer = site.desk.acknowledge(visitor.session, text_in(fields, "lane"), number)
    return told(answer, words_of(site, visitor))


async def reference(site: Site, _request: Request, _visitor: Visitor) -> Response:
    """Return the document's portrait."""
    return picture_response(_portrait(site, PictureKind.REFERENCE))


async def live(site: Site, _request: Request, _visitor: Visitor) -> Response:
    """Return the face before the camera."""
    return picture_response(_portrait(site, PictureKind.LIVE))


async def day(site: Site, _request: Request, visitor: Visitor) -> Response:
    """Return the history of the day."""
    lanes = [
        {
            "name": name,
            "hours": [one for one in site.day.hours(name) if one.endings],
            "bars": bars([sum(one.endings.values()) for one in site.day.hours(name)]),
            "line": line([one.median_s for one in site.day.hours(name)]),
            "events": site.day.events(name),
            "alarms": site.desk.alarms(name),
        }
        for name in site.hub.lanes
    ]
    since = site.day.since_utc_s
    return page(site, "day.html", visitor, lanes=lanes, since=since, Ending=Ending)


def console_facts(site: Site, visitor: Visitor) -> Facts:
    """Return every lane, those that call for an officer first."""
    now_s = site.hub.clock()
    lanes = sorted(site.hub.lanes.values(), key=lambda lane: _urgency(site, lane, now_s))
    return {
        "officers": site.desk.officers(),
        "lanes": [lane_facts(site, lane, visitor, now_s) for lane in lanes],
    }


def lane_facts(site: Site, lane: Lane, visitor: Visitor, now_s: float) -> dict[str, object]:
    """Return what a tile and its details show of one lane."""
    stale, state, view = lane.is_stale(now_s), lane.state(now_s), lane.view
    words, session = words_of(site, visitor), visitor.session
    assert session is not None  # officers are signed in
    shown = view if view is not None and not stale else LaneView(now_s, state)
    return {
        "name": lane.name,
        "state": state,
        "words": words.of("script", "no_word") if stale else words.of("states", state),
        "stale": stale,
        "calling": stale or state in CALLING,
        "since_s": int(max(0.0, now_s - lane.since_s)),
        "passage": shown.passage or 0,
        "trouble": words.of("troubles", shown.trouble) if shown.trouble else "",
        "missing": [words.known("devices", name) for name in shown.missing],
        "doors": [words.of("outputs", DOOR_RELEASE[door]) for door in shown.doors],
        "lamps": [words.of("outputs", lamp) for lamp in shown.lamps],
        "attached": site.desk.attached(session, lane.name),
        "actions": [] if stale else _actions(state, words),
        "alarms": [_alarm(one, words) for one in site.desk.alarms(lane.name)[:5]],
        "pictures": _pictures(site, lane),
        "no_reference": _no_reference(site, lane, words),
        "decisions": [] if stale else _decisions(site.desk.decisions(lane.name), words),
    }


def _urgency(site: Site, lane: Lane, now_s: float) -> tuple[int, int, int]:
    """Return where a lane stands: those that call, then those with unseen alarms, then the rest."""
    state = lane.state(now_s)
    rank = URGENT_FIRST.index(state) if state in URGENT_FIRST else len(URGENT_FIRST)
    if lane.is_stale(now_s):
        rank = 0
    unseen = any(not alarm.seen_by for alarm in site.desk.alarms(lane.name))
    return rank, 0 if unseen else 1, list(site.hub.lanes).index(lane.name)


def _actions(state: LaneState, words: Words) -> list[dict[str, object]]:
    """Return the buttons that are offered in this state."""
    return [
        {"name": name, "words": words.of("actions", name), "two_steps": action.two_steps}
        for name, action in ACTIONS.items()
        if state in action.states
    ]


def _pictures(site: Site, lane: Lane) -> dict[str, int]:
    """Return the numbers of the pictures that an officer may compare: of a passage that waits."""
    if lane.name != site.own:
        return {}
    kinds = {"reference": PictureKind.REFERENCE, "live": PictureKind.LIVE}
    shown = {name: _portrait(site, kind) for name, kind in kinds.items()}
    return {name: one.number for name, one in shown.items() if one is not None}


def _portrait(site: Site, kind: PictureKind) -> Shown | None:
    """Return a picture of this gate's passage while it waits for an officer."""
    own = site.hub.lanes[site.own]
    waits = own.state(site.hub.clock()) in WAITING
    return site.pictures.portrait(kind) if waits else None


def _no_reference(site: Site, lane: Lane, words: Words) -> str:
    """Say why there is nothing to compare a face with; nothing while there is, or nobody waits."""
    waits = lane.state(site.hub.clock()) in WAITING and lane.view is not None and lane.view.passage
    if lane.name != site.own or not waits or _portrait(site, PictureKind.REFERENCE):
        return ""
    checks = {one.check for told in site.desk.decisions(lane.name) for one in told.findings}
    if Check.PERMIT_IS_SIGNED in checks:
        return words.of("no_reference", "permit")
    return words.of("no_reference", "document" if Check.MRZ_IS_READABLE in checks else "none")


def _alarm(alarm: Alarm, words: Words) -> dict[str, object]:
    return {
        "number": alarm.number,
        "words": words.of("troubles", alarm.trouble),
        "state": words.of("states", alarm.state),
        "at_utc_s": round(alarm.at_utc_s),
        "seen_by": alarm.seen_by,
    }


def _decisions(told: tuple[DecisionView, ...], words: Words) -> list[dict[str, object]]:
    """Return what was decided, what calls for an officer first, and of the rest the newest."""
    newest_first = told[::-1]
    return [
        _decision(one, words)
        for one in sorted(newest_first, key=lambda one: one.ruling is Ruling.ADMIT)
    ]


def _decision(told: DecisionView, words: Words) -> dict[str, object]:
    return {
        "stage": told.stage,
        "ruling": words.of("rulings", told.ruling),
        "findings": [_finding(one, words) for one in sorted(told.findings, key=_weight)],
    }


def _weight(finding: Finding) -> int:
    """Return where a finding is shown: what stands against admission first."""
    known = finding.outcome in OUTCOMES_FIRST
    return OUTCOMES_FIRST.index(finding.outcome) if known else len(OUTCOMES_FIRST)


def _finding(finding: Finding, words: Words) -> dict[str, object]:
    return {
        "check": words.of("checks", finding.check),
        "outcome": finding.outcome,
        "answer": words.of("outcomes", finding.outcome),
        "reason": plain(finding.reason),
        "evidence": evidence_words(dict(finding.evidence)),
    }


def told(answer: Refusal | str, words: Words) -> Response:
    """Return what became of a wish."""
    if isinstance(answer, Refusal):
        return JSONResponse({"refused": answer, "words": words.of("refusals", answer)}, 409)
    return JSONResponse({"code": answer} if answer else {"given": True})


async def posted(request: Request) -> Any:  # noqa: ANN401  # whatever JSON holds
    """Return what was posted; raises ValueError when it is no JSON."""
    try:
        return await request.json()
    except RecursionError:
        raise ValueError("nested too deep") from None


def _wish(fields: Any) -> Wish:  # noqa: ANN401  # as above
    """Return what is asked; raises ValueError when it is nothing of the kind."""
    return Wish(
        lane=text_in(fields, "lane"),
        action=text_in(fields, "action"),
        passage=_whole(fields, "passage"),
        reason=text_in(fields, "reason"),
    )


def text_in(fields: Any, name: str) -> str:  # noqa: ANN401  # as above
    """Return a text that was posted; raises ValueError when it is none."""
    value = fields.get(name) if isinstance(fields, dict) else None
    if not isinstance(value, str) or len(value) > 400:
        raise ValueError(name)
    return value


def _whole(fields: Any, name: str) -> int:  # noqa: ANN401  # as above
    value = fields.get(name) if isinstance(fields, dict) else None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise ValueError(name)
    return value
