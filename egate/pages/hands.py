"""What the technician's page shows of outputs by hand and of the lane's checks, in words."""

from egate.domain.lane_part import RELEASED_DOOR
from egate.domain.lane_state import MAY_BE_LEFT, LaneState
from egate.domain.lane_view import FeltView
from egate.pages.site import Site, Visitor
from egate.pages.stream import Facts
from egate.pages.words import Words
from egate.pages.workbench import UNLOCKS, Run, Try

NO_LINE = "felt_no_line"  # the board took it, and no contact of the door changed


def hands_facts(site: Site, visitor: Visitor, words: Words) -> Facts:
    """Return whether anything may be driven and why not, what was driven, what was checked."""
    lane, now_s = site.hub.lanes[site.own], site.hub.clock()
    session = visitor.session
    assert session is not None  # technicians are signed in
    state, is_there = lane.state(now_s), not lane.is_stale(now_s)
    attached = site.bench.attached(session)
    is_in = is_there and state is LaneState.MAINTENANCE
    return {
        "attached": attached,
        "maintenance": is_in,
        "may_enter": attached and is_there and state in MAY_BE_LEFT,
        "may_drive": attached and is_in,
        "why": _why(words, state, is_there=is_there, attached=attached),
        "tries": [_try(one, words) for one in site.bench.tries],
        "run": _run(site, site.bench.run, words),
    }


def _why(words: Words, state: LaneState, *, is_there: bool, attached: bool) -> str:
    """Return why nothing can be driven, or that it can."""
    if not is_there:
        return words.of("script", "no_word")
    if not attached:
        return words.of("hands", "not_yours")
    if state is LaneState.MAINTENANCE:
        return words.of("hands", "ready")
    told = words.say("hands", "outside_maintenance", state=words.of("states", state))
    more = "can_enter" if state in MAY_BE_LEFT else "cannot_enter"
    return f"{told} {words.of('hands', more)}"


def _try(one: Try, words: Words) -> dict[str, object]:
    if one.against is None:
        answer = words.of("hands", "waits")
    elif one.against:
        against = "; ".join(words.known("against", name) for name in one.against)
        answer = words.say("hands", "refused", against=against)
    else:
        answer = words.of("hands", "done")
    verdict = _verdict(one)
    return {
        "number": one.number,
        "what": _what(one, words),
        "by": one.by,
        "reason": one.ask.reason,
        "at_utc_s": round(one.at_utc_s),
        "answer": answer,
        "refused": bool(one.against),
        "doubted": verdict == NO_LINE,
        "felt": [_felt(told, words) for told in one.felt]
        + ([words.of("hands", verdict)] if verdict else []),
    }


def _what(one: Try, words: Words) -> str:
    output, way = one.ask.output, "on" if one.ask.is_on else "off"
    if output is None:
        return words.of("hands", f"maintenance_{way}")
    door = RELEASED_DOOR.get(output)
    if door is not None:
        way = "release" if one.ask.is_on else "lock"
        return words.say("hands", f"wish_{way}", door=words.of("doors", door))
    return words.say("hands", f"wish_{way}", output=words.of("outputs", output))


def _felt(told: FeltView, words: Words) -> str:
    line = ""
    if told.line is not None:
        is_known = told.active is not None
        line = words.line(told.line, active=bool(told.active)) if is_known else f"{told.line}: ?"
    return words.say("hands", f"felt_{told.felt}", ms=round(told.after_ms), line=line)


def _verdict(one: Try) -> str:
    """Return what the silence of the lines means, once the output has ended; empty for nothing."""
    if one.ask.output is None or not any(told.felt == "ended" for told in one.felt):
        return ""
    if one.ask.output not in UNLOCKS:
        return "felt_nothing"
    has_line = any(told.felt == "line" for told in one.felt)
    return "" if has_line or not one.ask.is_on else NO_LINE


def _run(site: Site, run: Run | None, words: Words) -> dict[str, object] | None:
    if run is None:
        return None
    against = "; ".join(words.known("against", name) for name in run.against)
    checks = site.gate.checks
    return {
        "number": run.number,
        "by": run.by,
        "at_utc_s": round(run.at_utc_s),
        "refused": words.say("hands", "refused", against=against) if against else "",
        "done": len(run.results),
        "in_all": run.in_all,
        "is_whole": run.is_whole,
        "checks": [checks.told(one, words.language) for one in run.results],
    }
