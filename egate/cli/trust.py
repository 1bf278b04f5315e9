"""`egate trust`: whom the gate believes about travel documents, and how fresh that is.

A country signer in a file of its own is pinned: that is the operator's act of trust, so its
fingerprint is shown to be compared with one the country publishes elsewhere. Master lists,
deviation lists and revocation lists must be signed by whom is held. What is good and what is not
is decided in egate.document and egate.registry; here it is carried out and shown.

Source: DESIGN section 8 (exit codes); ICAO 9303-12 section 6.1.1 (trust out of band).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from egate.cli.output import ExitCode, complain, show_json, show_table
from egate.cli.output import show as show_line

if TYPE_CHECKING:
    from egate.document.certificates import Certificate
    from egate.registry.trust import Answer, Loaded
    from egate.registry.trust_health import Fault

app = typer.Typer(
    help="Import, list, show and check whom the gate trusts about travel documents.",
    add_completion=False,
    no_args_is_help=True,
)

DAY_S = 86_400
MAX_AGE_DAYS = 180
ID_DIGITS = 16  # of a fingerprint, in tables
LEAST_ID_DIGITS = 6

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        exists=True,
        dir_okay=False,
        help="Country signers (.cer .pem), master lists (.ml), revocation lists (.crl), LDIF.",
    ),
]
Store = Annotated[Path, typer.Option("--store", metavar="DIR", help="The trust store.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command(name="import")
def import_(files: Files, *, store: Store = Path("trust"), as_json: Json = False) -> None:
    """Take country signers and lists into the store; what is good of them, all at once.

    Country signers come first whatever the order of the files, so one call may bring a list and
    the country signer it hangs on. A list older than the one held is refused. Exits 1 when
    something was refused.

    Example: egate trust import DE_CSCA.cer DE_ML.ml DE.crl
    """
    from egate.registry import trust_files
    from egate.registry.trust import Taken, TrustFolder

    now_utc_s = time.time()
    with _in_words():
        brought = [trust_files.read(file) for file in files]
        offers = [offer for one in brought for offer in one.offers]
        answers = TrustFolder(store).take(offers, now_utc_s)
        loaded = TrustFolder(store).load(now_utc_s)
    passed_over = sum(one.passed_over for one in brought)
    is_refused = any(one.outcome is Taken.REFUSED for one in answers)
    if as_json:
        show_json(
            "trust.import",
            answers=[_answer_fields(one) for one in answers],
            passed_over=passed_over,
            store=_summary(loaded),
        )
    else:
        _tell_answers(answers, passed_over)
        _tell_summary(loaded)
    raise typer.Exit(ExitCode.CHECK_FAILED if is_refused or not answers else ExitCode.DONE)


@app.command(name="list")
def list_(*, store: Store = Path("trust"), as_json: Json = False) -> None:
    """List the countries: how many signers, until when, and how fresh their revocation list is.

    Example: egate trust list
    """
    now_utc_s = time.time()
    loaded = _loaded(store, now_utc_s)
    countries = [_country_fields(loaded, country, now_utc_s) for country in _countries(loaded)]
    if as_json:
        show_json("trust.list", countries=countries, store=_summary(loaded))
        return
    show_table(
        ("country", "signers", "in force", "pinned", "last until", "revocation list until"),
        [
            (
                str(one["country"]),
                str(one["signers"]),
                str(one["in_force"]),
                str(one["pinned"] or ""),
                str(one["last_until"]),
                str(one["revocation_list_until"] or "none"),
            )
            for one in countries
        ],
    )
    _tell_summary(loaded)


@app.command(name="show")
def show_(
    what: Annotated[str, typer.Argument(metavar="COUNTRY|ID", help="Such as VN, or 2084aed7a991.")],
    *,
    store: Store = Path("trust"),
    as_json: Json = False,
) -> None:
    """Show the signers of a country, or everything about one.

    An ID is the beginning of a certificate's SHA-256. Exits 1 when nothing of it is held.

    Example: egate trust show VN
    """
    now_utc_s = time.time()
    loaded = _loaded(store, now_utc_s)
    found = _found(loaded, what)
    if not found:
        complain(f"{what}: no such country or certificate is held")
        raise typer.Exit(ExitCode.CHECK_FAILED)
    told = [_certificate_fields(one, loaded, now_utc_s) for one in found]
    if as_json:
        show_json("trust.show", certificates=told)
    elif len(told) == 1:
        show_table(("field", "says"), [(name, _words(value)) for name, value in told[0].items()])
    else:
        names = ("id", "subject", "key", "from", "until", "vouched_by", "remarks")
        rows = [[_words(one[name])[: ID_DIGITS * 2] for name in names] for one in told]
        show_table(names, rows)


@app.command()
def check(
    *,
    store: Store = Path("trust"),
    max_age_days: Annotated[
        int, typer.Option("--max-age-days", min=1, help="Of master and deviation lists.")
    ] = MAX_AGE_DAYS,
    as_json: Json = False,
) -> None:
    """Prove everything in the store again; tell what is too old, and what cannot be used and why.

    Exits 1 when the store is empty, a file is spoilt, a list is out of date, or something in it
    cannot be used. Remarks on certificates that are used all the same are only counted.

    Example: egate trust check --max-age-days 90
    """
    from egate.registry.trust_health import faults_of, remarks_on

    now_utc_s = time.time()
    loaded = _loaded(store, now_utc_s)
    faults = faults_of(loaded, now_utc_s, max_age_days * DAY_S)
    remarks = remarks_on(loaded, now_utc_s)
    if as_json:
        show_json(
            "trust.check",
            passed=not faults,
            faults=[_fault_fields(one) for one in faults],
            remarks=dict(remarks),
            store=_summary(loaded),
        )
    else:
        _tell_summary(loaded)
        for name, count in remarks.items():
            show_line(f"  {count} country signers: {name.replace('_', ' ')}")
        if faults:
            show_table(
                ("what", "country", "fault"),
                [(one.what, one.country, one.reason.replace("_", " ")) for one in faults],
            )
        else:
            show_line("all of it can be used")
    raise typer.Exit(ExitCode.CHECK_FAILED if faults else ExitCode.DONE)


@contextmanager
def _in_words() -> Iterator[None]:
    """End the command with one line and exit code 3 when a file or the store cannot be read."""
    from egate.registry.trust import TrustError

    try:
        yield
    except TrustError as error:
        complain(str(error))
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error
    except OSError as error:
        complain(f"{error.filename}: {error.strerror}")
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error


def _loaded(store: Path, now_utc_s: float) -> Loaded:
    from egate.registry.trust import TrustFolder

    with _in_words():
        return TrustFolder(store).load(now_utc_s)


def _countries(loaded: Loaded) -> list[str]:
    return sorted(loaded.store.by_country)


def _found(loaded: Loaded, what: str) -> list[Certificate]:
    """Return the certificates of a country, or those whose fingerprint begins so."""
    of_country = loaded.store.by_country.get(what.upper(), ())
    if of_country or len(what) < LEAST_ID_DIGITS:
        return sorted(of_country, key=lambda one: one.valid.to_utc_s or 0.0)
    beginning = what.lower()
    return [one for one in loaded.store.country_signers if one.fingerprint.startswith(beginning)]


def _fault_fields(fault: Fault) -> dict[str, str]:
    return {"what": fault.what, "country": fault.country, "reason": fault.reason}


def _summary(loaded: Loaded) -> dict[str, int]:
    return {
        "version": loaded.version,
        "country_signers": len(loaded.store.country_signers),
        "countries": len(loaded.store.by_country),
        "pinned": len(loaded.pinned.country_signers),
        "revocation_lists": len(loaded.store.revocation_lists),
        "deviations": len(loaded.store.deviations),
    }


def _tell_summary(loaded: Loaded) -> None:
    told = _summary(loaded)
    show_line(
        f"version {told['version']}: {told['country_signers']} country signers of "
        f"{told['countries']} countries, {told['pinned']} of them pinned by hand; "
        f"{told['revocation_lists']} revocation lists, {told['deviations']} deviations"
    )


def _tell_answers(answers: Sequence[Answer], passed_over: int) -> None:
    if answers:
        show_table(
            ("file", "is", "country", "outcome", "reason", "holds", "SHA-256"),
            [
                (
                    one.source,
                    (one.kind or "unknown").replace("_", " "),
                    one.country,
                    one.outcome.replace("_", " "),
                    one.reason.replace("_", " "),
                    str(one.holds or ""),
                    one.fingerprint
                    if one.kind == "country_signer"
                    else one.fingerprint[:ID_DIGITS],
                )
                for one in answers
            ],
        )
    else:
        show_line("nothing that could be imported was found")
    if passed_over:
        show_line(f"{passed_over} certificates in a directory were passed over")
    for country in sorted({one.country for one in answers if one.reason == "signer_not_pinned"}):
        show_line(f"pin {country}'s country signer first: egate trust import ITS_CERTIFICATE.cer")


def _answer_fields(answer: Answer) -> dict[str, Any]:
    return {
        "source": answer.source,
        "kind": answer.kind,
        "country": answer.country,
        "outcome": answer.outcome,
        "reason": answer.reason,
        "holds": answer.holds,
        "fingerprint": answer.fingerprint,
    }


def _country_fields(loaded: Loaded, country: str, now_utc_s: float) -> dict[str, Any]:
    from egate.registry.trust_health import newest_list

    signers = loaded.store.by_country[country]
    newest = newest_list(loaded, country)
    return {
        "country": country,
        "signers": len(signers),
        "in_force": sum(one.valid.standing(now_utc_s) is None for one in signers),
        "pinned": len(loaded.pinned.by_country.get(country, ())),
        "last_until": _date(max(one.valid.to_utc_s or 0.0 for one in signers)),
        "revocation_list_until": _date(newest.next_utc_s) if newest is not None else None,
    }


def _certificate_fields(one: Certificate, loaded: Loaded, now_utc_s: float) -> dict[str, Any]:
    from egate.document.country_signer import remarks
    from egate.document.signatures import AlgorithmRefused, key_in_words

    try:
        key = key_in_words(one.public_key())
    except AlgorithmRefused as refusal:
        key = refusal.reason
    return {
        "id": one.fingerprint[:ID_DIGITS],
        "subject": one.subject.words,
        "issuer": one.issuer.words,
        "country": one.country,
        "state": one.extensions.state,
        "serial": f"{one.serial:x}",
        "key": key,
        "signed": one.scheme_in_words(),
        "from": _date(one.valid.from_utc_s),
        "until": _date(one.valid.to_utc_s),
        "key_id": one.extensions.key_id.hex(),
        "issuer_key_id": one.extensions.issuer_key_id.hex(),
        "vouched_by": list(loaded.vouched.get(one.fingerprint, ())),
        "remarks": list(remarks(one, now_utc_s)),
        "fingerprint": one.fingerprint,
    }


def _date(at_utc_s: float | None) -> str:
    if at_utc_s is None:
        return "no end"
    return datetime.fromtimestamp(at_utc_s, UTC).date().isoformat()


def _words(value: object) -> str:
    return (
        ", ".join(str(one).replace("_", " ") for one in value)
        if isinstance(value, list)
        else str(value)
    )
