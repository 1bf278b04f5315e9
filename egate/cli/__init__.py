"""Commands; no decisions. `egate NAME ...` imports the one command it was asked for.

Imports are late on purpose: `egate --help` on a board must answer at once. A person never sees
a traceback: what a command did not expect becomes one line and exit code 3; set EGATE_TRACEBACK=1
to see the rest.

Source: DESIGN section 8; research/fleet_ops.md section 5 (import lazily, exit codes).
"""

from importlib import import_module
import os
import sys

import typer

from egate.cli.output import ExitCode, complain, in_words

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("egate.cli.run", "Run a gate from its profile."),
    "host": ("egate.cli.host", "Run one process of a gate, for systemd."),
    "selftest": ("egate.cli.selftest", "Try every device of a closed lane, and tell the cure."),
    "calibrate": (
        "egate.cli.calibrate",
        "Measure a closed lane's doors, sensors and cameras; set the limits that suit them.",
    ),
    "doctor": ("egate.cli.doctor", "Find what ails this computer, and tell the cure."),
    "watch": ("egate.cli.watch", "See a running lane live: state, lines, devices, counts."),
    "service": ("egate.cli.service", "Tell what each part has done; set a counter back."),
    "profile": ("egate.cli.profile", "List, show and check hardware profiles."),
    "pages": ("egate.cli.pages", "Serve the pages; say who may sign in."),
    "permit": ("egate.cli.permit", "Make keys; issue, show, verify and revoke QR permits."),
    "enrol": ("egate.cli.enrol", "Enrol residents with face and finger; list, remove, move them."),
    "code": ("egate.cli.code", "Tell which codes a picture shows, and what they are."),
    "document": ("egate.cli.document", "Read a travel document's chip, and tell every check."),
    "mrz": ("egate.cli.mrz", "Read the machine readable zone of pictures."),
    "trust": ("egate.cli.trust", "Import, list, show and check whom the gate trusts."),
    "passages": ("egate.cli.passages", "List passages, show one, and how long each step took."),
    "journal": ("egate.cli.journal", "Prove the journal; forget a day's personal fields."),
    "version": ("egate.cli.version", "Say which egate this is and what it runs on."),
}

EPILOG = "Exit codes: 0 done, 1 a check failed, 2 wrong usage, 3 could not run."


def main() -> None:
    """Run the command line; end the process with one of the four exit codes."""
    sys.exit(carry_out(sys.argv[1:]))


def carry_out(words: list[str]) -> int:
    """Carry out one command line; return its exit code.

    Every way a command may end is met here, so that none shows a traceback.
    """
    try:
        _dispatch(words)
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else ExitCode.COULD_NOT_RUN
    except Exception as error:
        if os.environ.get("EGATE_TRACEBACK") == "1":
            raise
        complain(in_words(error))
        return ExitCode.COULD_NOT_RUN
    return ExitCode.DONE


def _dispatch(words: list[str]) -> None:
    """Hand the words to the named command, or to the root, which explains the commands."""
    if words and words[0] in COMMANDS:
        module, _ = COMMANDS[words[0]]
        command = typer.main.get_command(import_module(module).app)
        command.main(words[1:], prog_name=f"egate {words[0]}")
    else:
        typer.main.get_command(_root()).main(words, prog_name="egate")


def _root() -> typer.Typer:
    """Build the root: every command's name and one line of help, none of its imports."""
    root = typer.Typer(
        help="The controller of an automated border gate.",
        epilog=EPILOG,
        add_completion=False,
        no_args_is_help=True,
    )
    for name, (_, words) in COMMANDS.items():
        root.command(name, help=words)(_never)
    return root


def _never() -> None:
    """Stand for a command in the root's help; `_dispatch` sends its words elsewhere."""
