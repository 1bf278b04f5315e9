r"""A report as one HTML file: read in any browser, printed on A4, kept for years.

It holds no script and fetches nothing; every text is escaped. Outcomes are told in words and
signs, not by colour alone. The signature covers every byte before its own line:

    <!-- egate report 1 KEY SIGNATURE -->   Ed25519 over "egate report 1\n" and the SHA-256 of
                                            what stands before; both in hexadecimal

Source: DESIGN section 8; RFC 8032; Content Security Policy 3 (default-src).
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from importlib.resources import files
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from egate.selftest.as_json import identities
from egate.selftest.catalogue import Catalogue, limit, with_unit
from egate.selftest.check import Outcome, Result
from egate.selftest.plot import plot
from egate.selftest.report import WORST_FIRST, About, Report, Worst, counts

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
MARK = "egate report 1"
SIGNATURE = re.compile(rf"<!-- {MARK} ([0-9a-f]{{64}}) ([0-9a-f]{{128}}) -->\n\Z")
SIGNS = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✗",
    Outcome.WARNED: "!",
    Outcome.NOT_DONE: "?",
    Outcome.NOT_APPLICABLE: "·",
}
STYLE = "report.css"


class ReportRefused(Exception):
    """The file is no signed report, or not as it was signed."""


def as_html(report: Report, told: Catalogue, signer: str = "") -> str:
    """Return the page; `signer` is the public key in hexadecimal, empty when nobody signs."""
    worst = report.worst(first=WORST_FIRST)
    title = f"egate {report.about.kind} · {report.about.gate}".rstrip(" ·")
    return "".join(
        (
            f'<!doctype html>\n<html lang="{told.language}">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n',
            '<meta name="viewport" content="width=device-width">\n',
            f"<title>{escape(title)}</title>\n<style>{_style()}</style>\n</head>\n<body>\n",
            f"<h1>{escape(told.word(report.about.kind))}</h1>\n",
            *_summary(worst, told),
            *_about(report.about, len(report.rounds), told),
            *_devices(report, told),
            *_checks(worst, told),
            *_plots(worst, told),
            _signature(signer, told),
            "</body>\n</html>\n",
        )
    )


def signed(page: str, key: Ed25519PrivateKey) -> str:
    """Return the page with the key's signature behind it."""
    public = key.public_key().public_bytes_raw().hex()
    return f"{page}<!-- {MARK} {public} {key.sign(_as_signed(page)).hex()} -->\n"


def verify(page: str, key: Ed25519PublicKey) -> None:
    """Return when this key signed the page as it is.

    Raises:
        ReportRefused: it is not signed, by another key, or was altered since.
    """
    found = SIGNATURE.search(page)
    if found is None:
        raise ReportRefused("it bears no signature at its end")
    if bytes.fromhex(found[1]) != key.public_bytes_raw():
        raise ReportRefused("it is signed by another key")
    try:
        key.verify(bytes.fromhex(found[2]), _as_signed(page[: found.start()]))
    except InvalidSignature:
        raise ReportRefused("it was altered after it was signed") from None


def _style() -> str:
    return (files(__package__) / STYLE).read_text(encoding="utf-8")


def _as_signed(page: str) -> bytes:
    return f"{MARK}\n".encode() + sha256(page.encode()).digest()


def _summary(worst: tuple[Worst, ...], told: Catalogue) -> Iterator[str]:
    yield '<ul class="sum">'
    for outcome, count in counts(one.result for one in worst).items():
        if count:
            yield f'<li class="{outcome}"><span class="out">{SIGNS[outcome]} {count}</span> '
            yield f"{escape(told.word(outcome))}</li>"
    yield "</ul>\n"


def _about(about: About, rounds: int, told: Catalogue) -> Iterator[str]:
    began = datetime.fromtimestamp(about.began_at_utc_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    rows = (
        ("gate", about.gate),
        ("site", about.site),
        ("when", began),
        ("operator", about.operator),
        ("profile", about.profile),
        ("profile_sha256", about.profile_sha256),
        ("rounds", str(rounds) if rounds > 1 else ""),
        ("software", " · ".join(f"{name} {version}" for name, version in about.software)),
    )
    yield '<table class="about">'
    yield from _rows((told.word(key), value) for key, value in rows if value)
    yield "</table>\n"


def _rows(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, value in rows:
        yield f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'


def _devices(report: Report, told: Catalogue) -> Iterator[str]:
    """Give the serial numbers and whatever else devices say of themselves."""
    results = tuple(result for results in report.rounds for result in results)
    found = dict.fromkeys((*report.about.devices, *identities(results)))
    if found:
        yield f'<h2>{escape(told.word("devices"))}</h2>\n<table class="about">'
        yield from _rows(
            (f"{told.device(device)}: {told.tables['words'].get(name, name)}", value)
            for device, name, value in found
        )
        yield "</table>\n"


def _checks(worst: tuple[Worst, ...], told: Catalogue) -> Iterator[str]:
    yield f'<h2>{escape(told.word("checks"))}</h2>\n<table class="checks"><thead><tr>'
    for name in ("outcome", "check", "finding", "measured"):
        yield f'<th scope="col">{escape(told.word(name))}</th>'
    yield "</tr></thead><tbody>\n"
    for one in worst:
        yield from _row(one, told)
    yield "</tbody></table>\n"


def _row(one: Worst, told: Catalogue) -> Iterator[str]:
    result = one.result
    word = f"{SIGNS[result.outcome]} {told.word(result.outcome)}"
    yield f'<tr class="{result.outcome}"><td class="out">{escape(word)}'
    if one.failed and one.rounds > 1:
        yield f"<br>{one.failed}/{one.rounds}"
    yield f'</td><td>{escape(told.title(result.id))}<br><span class="id">{escape(result.id)}</span>'
    yield f"</td><td>{escape(told.finding(result))}"
    cure = told.cure(result)
    if cure:
        yield f'<p class="cure">{escape(told.word("cure"))}: {escape(cure)}</p>'
    yield f'</td><td class="fig">{"<br>".join(_figures(result, told))}</td></tr>\n'


def _figures(result: Result, told: Catalogue) -> Iterator[str]:
    for one in result.answer.measured:
        name, value = told.measure(result.id, one), with_unit(one.value, one.unit)
        bound = f" <small>({escape(limit(one))})</small>" if limit(one) else ""
        yield f"{escape(name)}: {escape(value)}{bound}"


def _plots(worst: tuple[Worst, ...], told: Catalogue) -> Iterator[str]:
    drawn = [
        (one.result, series, plot(series, told.measure(one.result.id, series)))
        for one in worst
        for series in one.result.answer.series
    ]
    if any(picture for *_, picture in drawn):
        yield f'<h2>{escape(told.word("plots"))}</h2>\n<div class="plots">'
        for result, series, picture in drawn:
            if picture:
                name = f"{told.device(result.device)}: {told.measure(result.id, series)}"
                yield f'<figure>{picture}<figcaption><span class="id">{escape(result.id)}</span> '
                yield f"{escape(name)} {escape(limit(series))}</figcaption></figure>"
        yield "</div>\n"


def _signature(signer: str, told: Catalogue) -> str:
    words = f"{told.word('signed_by')} {signer}" if signer else told.word("unsigned")
    pen = "".join(f"<span>{escape(told.word(key))}</span>" for key in ("operator", "date"))
    return f'<div class="pen">{pen}</div>\n<p class="sig">{escape(words)}</p>\n'
