"""Logs: one JSON object a line on standard error, event names and passage numbers.

A key gets through only when it stands in LOGGED: what nobody thought of is dropped, and only
its name is told. The journal holds what happened; a log holds what a technician needs.

Source: research/fleet_ops.md section 3 (allow-list of keys).
"""

from collections.abc import MutableMapping
import sys
from typing import Any

import structlog

LOGGED = frozenset(
    {
        "event", "level", "timestamp", "process", "passage", "state", "trouble", "ending", "device",
        "what", "why", "child", "pid", "status", "after_s", "lived_s", "for_s", "error", "gate",
        "software", "shape", "policy", "missing",
    }
)  # fmt: skip


def only_known(
    _logger: object, _name: str, fields: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop every key that is not in LOGGED, and name it.

    >>> only_known(None, "info", {"event": "state", "registration": "X"})
    {'event': 'state', 'dropped': ['registration']}
    """
    known: dict[str, Any] = {key: value for key, value in fields.items() if key in LOGGED}
    if dropped := sorted(fields.keys() - LOGGED):
        known["dropped"] = dropped
    return known


def configure_logs(process: str) -> None:
    """Send the logs of this process to standard error."""

    def with_process(
        _logger: object, _name: str, fields: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        fields["process"] = process
        return fields

    structlog.configure(
        processors=[
            with_process,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_known,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
