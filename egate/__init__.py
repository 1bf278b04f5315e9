"""egate: the open controller of an automated border gate."""

__version__ = "0.1.0"
