"""Requests through curl(1), whose options come to it on standard input.

Credentials are thus never in an argument list, where every user of the host could read
them. HTTP_PROXY, HTTPS_PROXY and NO_PROXY are curl's own to honour; ~/.curlrc is not read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from byhand.engine import run
from byhand.errors import BadValue, ByhandError, NetworkUnreachable

CONNECT_TIMEOUT = 3  # seconds: a registry that cannot be reached must be known to be so quickly
REQUEST_TIMEOUT = 60  # seconds for a small answer
LARGEST_ANSWER = 4 << 20  # bytes in a manifest or token: the distribution spec's 4 MiB
# curl(1), "EXIT CODES": proxy's name, host's name, connection, timeout, proxy handshake.
UNREACHABLE = {5, 6, 7, 28, 97}
CERTIFICATE = {35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91}

Option = tuple[str, str | int | bool]


@dataclass(frozen=True)
class Answer:
    """An HTTP answer: status, headers by lower-case name (of the last answer, after
    redirects), and body."""

    status: int
    headers: dict[str, str]
    body: bytes


def config(options: Iterable[Option]) -> str:
    """``options`` as the lines of a curl configuration file (curl(1), ``--config``)."""
    lines = []
    for name, value in options:
        if isinstance(value, bool):
            lines += [name] if value else []
        elif isinstance(value, int):
            lines.append(f"{name} = {value}")
        else:
            if set(value) & set("\n\r\0"):
                raise BadValue(f"curl option {name}", value, "has a line break or a zero byte", "one line")
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            lines.append(f'{name} = "{escaped}"')
    return "\n".join(lines) + "\n"


def common(url: str, *, verify: bool) -> list[Option]:
    """What every request has: no globbing, few protocols, redirects that never leave https."""
    return [
        ("silent", True),
        ("no-progress-meter", True),  # curl 7.88 draws one for --parallel in spite of --silent
        ("show-error", True),
        ("globoff", True),
        ("location", True),
        ("max-redirs", 10),
        ("proto", "=http,https"),
        ("proto-redir", "=https" if verify and url.startswith("https:") else "=http,https"),
        ("connect-timeout", CONNECT_TIMEOUT),
        ("insecure", not verify),
    ]


def request(
    url: str,
    scratch: Path,
    *,
    verify: bool = True,
    accept: Iterable[str] = (),
    authorization: Iterable[Option] = (),
    data: str = "",
) -> Answer:
    """GET ``url``, or POST the form ``data`` to it; any HTTP status is an answer.

    ``scratch``: a folder for the answer's two files, which are removed.
    Raises NetworkUnreachable when the server could not be reached, ByhandError on any
    other failure of the transfer.
    """
    head, body = scratch / "head", scratch / "body"
    options = [
        ("url", url),
        *common(url, verify=verify),
        ("max-time", REQUEST_TIMEOUT),
        ("max-filesize", LARGEST_ANSWER),
        ("suppress-connect-headers", True),
        ("dump-header", str(head)),
        ("output", str(body)),
        *(("header", f"Accept: {kind}") for kind in accept),
        *authorization,
    ]
    if data:
        options.append(("data", data))
    try:
        result = call(options)
        if result.status:
            raise failure(url, result.status, result.stderr.decode(errors="replace"))
        content = body.read_bytes() if body.exists() else b""
        if len(content) > LARGEST_ANSWER:
            raise ByhandError(f"{url}: an answer of more than {LARGEST_ANSWER} bytes")
        status, headers = _headers(head.read_text(encoding="latin-1"))
        return Answer(status, headers, content)
    finally:
        head.unlink(missing_ok=True)
        body.unlink(missing_ok=True)


def call(options: Iterable[Option], *, on_stderr: Callable[[str], None] | None = None) -> run.Result:
    """Run curl with ``options``; any exit status is returned."""
    return run.capture(["curl", "--disable", "--config", "-"], stdin=config(options).encode(), ok=None, on_stderr=on_stderr)


def failure(url: str, status: int, stderr: str) -> ByhandError:
    """The error for curl's exit ``status``."""
    lines = [line for line in stderr.splitlines() if line.startswith("curl: ")]
    reason = lines[-1].partition(") ")[2] if lines else f"curl ended with status {status}"
    server = "/".join(url.split("/")[:3])
    refused = (status == 56 and "proxy" in reason.lower()) or "reset by peer" in reason.lower()
    if status in UNREACHABLE or refused:
        return NetworkUnreachable(f"{server}: could not be reached: {reason}")
    if status in CERTIFICATE:
        return ByhandError(
            f"{server}: no secure connection: {reason}",
            hint="for a registry of your own, set 'insecure = true' for it in registries.conf",
        )
    return ByhandError(f"{server}: {reason}")


def _headers(text: str) -> tuple[int, dict[str, str]]:
    """Status and headers of the last answer in what ``--dump-header`` wrote."""
    status = 0
    headers: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("HTTP/"):
            words = line.split()
            status, headers = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0, {}
        elif ":" in line:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
    return status, headers
