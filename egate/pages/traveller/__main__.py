"""`python -m egate.pages.traveller FOLDER`: render the voices of the screen into a folder."""

from pathlib import Path
import sys

from egate.pages.traveller.voices import VoicesRefused, render


def main() -> int:
    """Render into the folder that is named; return the exit status."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m egate.pages.traveller FOLDER\n")
        return 2
    try:
        rendered, kept = render(Path(sys.argv[1]))
    except (VoicesRefused, OSError) as error:
        sys.stderr.write(f"voices: {error}\n")
        return 1
    sys.stdout.write(f"voices: {rendered} rendered, {kept} recorded ones kept\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
