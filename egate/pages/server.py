"""The pages process: one loop that watches the lanes and serves browsers.

    listening   one socket, opened before anything else; TLS asks for a client certificate
    bounds      MOST_CONNECTIONS, a head of MOST_HEAD bytes, idle connections IDLE_S

Source: uvicorn's documentation (settings); research/fleet_ops.md section 4.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import ipaddress
import logging
from pathlib import Path
import socket
import ssl

import uvicorn

from egate.pages.app import Pages
from egate.pages.connection import BoundedProtocol
from egate.pages.site import Site

MOST_CONNECTIONS = 128
MOST_HEAD = 16_384
IDLE_S = 5
STOPS_WITHIN_S = 1
BEAT_EVERY_S = 0.2
BACKLOG = 64


@dataclass(frozen=True, slots=True)
class Tls:
    """Our certificate and key, and who signs the certificates of those who may come."""

    certificate: Path
    key: Path
    client_ca: Path


@dataclass(frozen=True, slots=True)
class Where:
    """Where the pages are served; `name` is what people call this host, if not by its address."""

    host: str
    port: int
    name: str = ""
    tls: Tls | None = None


class MayNotListen(ValueError):
    """This address would be open to others without TLS and client certificates."""


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches this address.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "gate")]
    [True, True, True, False, False]
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(where: Where) -> socket.socket:
    """Return the listening socket.

    Raises:
        MayNotListen: the address is no loopback, and there is no TLS.
        OSError: the address is taken or is not ours.
    """
    if where.tls is None and not is_loopback(where.host):
        raise MayNotListen(f"{where.host}: open to others only with TLS and client certificates")
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    return socket.create_server((where.host, where.port), family=family, backlog=BACKLOG)


def hosts_of(where: Where, port: int) -> frozenset[str]:
    """Return the values a browser's Host header may have.

    >>> sorted(hosts_of(Where("127.0.0.1", 0), 8800))
    ['127.0.0.1:8800', '[::1]:8800', 'localhost:8800']
    """
    local = ("127.0.0.1", "localhost", "[::1]") if is_loopback(where.host) else ()
    own = f"[{where.host}]" if ":" in where.host else where.host
    names = {own, *local, *([where.name] if where.name else [])}
    bare = {80, 443}
    return frozenset({f"{name}:{port}" for name in names} | ({*names} if port in bare else set()))


class _Server(uvicorn.Server):
    """uvicorn without its own signals: `run_pages` has them."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server_of(site: Site, where: Where, port: int) -> uvicorn.Server:
    """Build the server for a socket that listens on this port."""
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it would quote requests
    tls = where.tls
    config = uvicorn.Config(
        Pages(site, hosts_of(where, port)),
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=STOPS_WITHIN_S,
        h11_max_incomplete_event_size=MOST_HEAD,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
        ssl_ca_certs=str(tls.client_ca) if tls else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if tls else ssl.CERT_NONE,
    )
    return _Server(config)
