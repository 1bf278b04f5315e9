"""`egate doctor`: what ails this computer and the gate's own files, and what to do about it.

It opens no device and changes nothing; one check writes a small file and takes it away again. What
is right and what is not is decided in egate.selftest.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from egate.cli.output import ExitCode, complain, in_words, show, show_json, show_table

if TYPE_CHECKING:
    from egate.selftest.catalogue import Catalogue
    from egate.selftest.check import Check
    from egate.selftest.host import Host
    from egate.selftest.registry import Registry
    from egate.selftest.report import About

app = typer.Typer(add_completion=False)
C = TypeVar("C")

DATA = Path("/var/lib/egate")  # systemd/egate-lane.service, StateDirectory
PROFILE = Path("/etc/egate/profile.toml")  # and its ExecStart

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Lang = Annotated[str, typer.Option("--lang", metavar="en|vi", help="Language of the texts.")]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="ID", help="This check and what it needs; may be repeated."),
]
ListThem = Annotated[bool, typer.Option("--list", help="List the checks, and run none.")]
ShowAll = Annotated[bool, typer.Option("--all", help="Show what does not apply too.")]
Strict = Annotated[
    bool, typer.Option("--strict", help="Exit 1 for warnings and checks not done too.")
]
Junit = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML.")]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a report.")]
Operator = Annotated[str, typer.Option("--operator", help="Who is at work, for the reports.")]


@app.command()
def doctor(  # noqa: PLR0913  # one parameter an option
    *,
    profile: Annotated[
        str,
        typer.Option(
            "--profile",
            help=f"A shipped profile's name, or a file; without it {PROFILE} where there is one.",
        ),
    ] = "",
    data: Annotated[
        Path,
        typer.Option("--data", metavar="DIR", readable=False, help="The gate's data directory."),
    ] = DATA,
    only: Only = None,
    list_: ListThem = False,
    show_all: ShowAll = False,
    strict: Strict = False,
    as_json: Json = False,
    junit: Junit = None,
    html: Html = None,
    operator: Operator = "",
    lang: Lang = "en",
    verify: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Only prove a report's signature; needs --key."),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(metavar="PEM", help="The gate's journal.pub, for --verify.")
    ] = None,
) -> None:
    """Look at this computer, and with a profile at the gate's own files; tell what to mend.

    Exits 1 when a check failed, 3 when nothing could be looked at. Run it as root (sudo), for keys
    are readable by their owner only.

    Example: sudo egate doctor --profile /etc/egate/profile.toml --html report.html
    """
    from egate.cli.doctor_host import this_host
    from egate.cli.report_shown import Shown, Wanted, give, signing_key
    from egate.selftest.doctor import DOCTOR
    from egate.selftest.report import Report
    from egate.selftest.runner import Means, run

    if verify is not None:
        prove(verify, key)
        return
    told = catalogue_of(lang)
    checks = chosen(DOCTOR, only)
    if list_:
        show_checks(checks, told, as_json=as_json)
        return
    named = profile or (str(PROFILE) if PROFILE.exists() else "")
    host = _with_profile(this_host(data.absolute()), named)
    about = _about(host, operator)
    with Shown(told) as shown:
        results = run(checks, host, Means(host.monotonic_s), shown.step)
    signer = signing_key(data / host.gate.profile.files.journal_key) if host.gate else None
    wanted = Wanted(as_json, junit, html, show_all, strict)
    give(Report(about, (results,)), told, wanted, signer)


def prove(page: Path, key: Path | None) -> None:
    """Say whether the gate of this key signed the report as it is; end with 1 when not."""
    from egate.journal.key_file import KeyFileError, public_key
    from egate.selftest.as_html import ReportRefused, verify

    if key is None:
        raise typer.BadParameter("say whose signature: --key journal.pub", param_hint="--verify")
    try:
        verify(page.read_text(encoding="utf-8"), public_key(key))
    except ReportRefused as refusal:
        show(f"{page}: {refusal}")
        raise typer.Exit(ExitCode.CHECK_FAILED) from refusal
    except (OSError, UnicodeDecodeError, KeyFileError) as error:
        complain(in_words(error) if isinstance(error, OSError) else f"{page}: {error}")
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error
    show(f"{page}: as it was signed")


def catalogue_of(lang: str) -> "Catalogue":
    """Return the texts of a language; end the command where there is no such language."""
    from egate.selftest.catalogue import read_catalogue

    try:
        return read_catalogue(lang)
    except LookupError as error:
        raise typer.BadParameter(str(error), param_hint="--lang") from error


def chosen(registry: "Registry[C]", only: list[str] | None) -> "Registry[C]":
    """Return the checks asked for; end the command where one is unknown."""
    from egate.selftest.registry import UnknownCheck

    try:
        return registry.only(only) if only else registry
    except UnknownCheck as error:
        raise typer.BadParameter(str(error), param_hint="--only") from error


def show_checks(
    checks: "Registry[Any]", told: "Catalogue", *, as_json: bool, kind: str = "doctor"
) -> None:
    """List the checks that would be asked: id, title, what each is about, what it needs."""

    def row(check: "Check[Any]") -> tuple[str, str, str, str]:
        return (check.id, told.title(check.id), told.device(check.device), ", ".join(check.needs))

    asked = [one for one in checks if one.instead is None]
    if as_json:
        names = ("id", "title", "device", "needs")
        show_json(f"{kind}.list", checks=[dict(zip(names, row(one), strict=True)) for one in asked])
    else:
        show_table(("id", "check", "device", "needs"), map(row, asked), unfolded=1)


def _with_profile(host: "Host", profile: str) -> "Host":
    """Return the host with its gate; end the command where there is no profile to read."""
    from egate.cli.doctor_gate import with_gate
    from egate.profile.load import ProfileNotFound

    if not profile:
        return host
    try:
        return with_gate(host, profile)
    except (ProfileNotFound, OSError) as error:
        complain(in_words(error) if isinstance(error, OSError) else str(error))
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error


def _about(host: "Host", operator: str) -> "About":
    from egate.cli.doctor_host import software
    from egate.profile.digest import profile_sha256
    from egate.selftest.identity import identities
    from egate.selftest.report import About

    gate = host.gate.profile.gate if host.gate else None
    return About(
        kind="doctor",
        began_at_utc_s=host.utc_s(),
        gate=gate.name if gate else "",
        site=gate.site if gate else "",
        profile=host.profile,
        profile_sha256=profile_sha256(host.gate.profile) if host.gate else "",
        operator=operator,
        software=software(host),
        devices=identities(host, host.gate.profile if host.gate else None),
    )
