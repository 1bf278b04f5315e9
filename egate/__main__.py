"""`python -m egate` does what `egate` does."""

from egate.cli import main

if __name__ == "__main__":
    main()
