"""Coming in and going out: the start page, signing in by key or certificate, out, the language."""

from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from egate.pages.connection import connection_of
from egate.pages.people import Person
from egate.pages.sessions import COOKIE
from egate.pages.site import Site, Visitor, page
from egate.pages.words import LANGUAGES

LONGEST_KEY = 200
LANGUAGE_COOKIE, KEPT_S = "egate-language", 365 * 86_400
RETURNS_TO = frozenset({"/", "/console", "/day", "/service"})


async def start(site: Site, _request: Request, visitor: Visitor) -> Response:
    """Return the start page: what this person may open, or the way to sign in."""
    return page(site, "start.html", visitor, refused="")


async def sign_in(site: Site, request: Request, visitor: Visitor) -> Response:
    """Begin a session for whose key this is, or whose certificate."""
    fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=4)
    person = _who(site, request, fields.get("key", [""])[0])
    if person is None:
        answer: Response = page(site, "start.html", visitor, refused="nobodys_key")
        answer.status_code = 403
        return answer
    session = site.sessions.begin(person)
    if session is None:
        answer = page(site, "start.html", visitor, refused="too_many_people")
        answer.status_code = 503
        return answer
    answer = RedirectResponse("/", 303)
    answer.set_cookie(
        COOKIE,
        session.key,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


async def sign_out(site: Site, _request: Request, visitor: Visitor) -> Response:
    """End the session."""
    if visitor.session is not None:
        site.sessions.end(visitor.session)
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(COOKIE)
    return answer


async def language(_site: Site, request: Request, _visitor: Visitor) -> Response:
    """Have this browser shown another language from now on, beginning with where it is."""
    fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=4)
    wanted, came_from = (fields.get(name, [""])[0] for name in ("language", "from"))
    answer = RedirectResponse(came_from if came_from in RETURNS_TO else "/", 303)
    if wanted in LANGUAGES:
        answer.set_cookie(
            LANGUAGE_COOKIE,
            wanted,
            max_age=KEPT_S,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
    return answer


def _who(site: Site, request: Request, key: str) -> Person | None:
    """Return whose certificate or key this is; where both are shown, both must be one person's."""
    by_certificate = site.people.by_certificate(connection_of(request.scope).common_name)
    if not key:
        return by_certificate
    by_key = site.people.by_key(key) if len(key) <= LONGEST_KEY else None
    return by_key if by_certificate in {None, by_key} else None
