"""A registry's protocol: who may read, and an image's manifest and config.

Sources: the OCI distribution spec ("Pulling manifests"), and the token authentication
specification of the distribution project. curl does the talking.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from byhand.errors import ByhandError, NotFound
from byhand.images import credentials, curl, layout, platforms
from byhand.images.reference import Reference, check_digest
from byhand.images.registries import Endpoint

MANIFESTS = (layout.OCI_INDEX, layout.OCI_MANIFEST, layout.DOCKER_LIST, layout.DOCKER_MANIFEST)
INDEXES = (layout.OCI_INDEX, layout.DOCKER_LIST)
SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1"
MOST_LAYERS = 500  # lower folders of one overlay mount (fs/overlayfs, OVL_MAX_STACK)
_PARAMETER = re.compile(r'([a-zA-Z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')


class Denied(NotFound):
    """The registry wants credentials, or refuses the ones it was given."""


@dataclass(frozen=True)
class Manifest:
    """An image's manifest for one platform: its exact bytes, and what they say."""

    digest: str
    media_type: str
    body: bytes
    data: dict[str, Any]
    source_digest: str

    @property
    def config(self) -> dict[str, Any]:
        """The config's descriptor."""
        return dict(self.data["config"])

    @property
    def layers(self) -> list[dict[str, Any]]:
        """The layers' descriptors, base first."""
        return list(self.data["layers"])


class Repository:
    """One repository at one endpoint; keeps what it learned of scheme and credentials."""

    def __init__(self, endpoint: Endpoint, scratch: Path) -> None:
        self.endpoint = endpoint
        self._scratch = scratch
        self._authorization: list[curl.Option] = []
        self._scheme = ""

    @property
    def verify(self) -> bool:
        """Whether the server's certificate is checked."""
        return not self.endpoint.insecure

    def url(self, kind: str, name: str) -> str:
        """The address of ``manifests`` or ``blobs`` NAME."""
        return f"{self._base()}/v2/{self.endpoint.path}/{kind}/{quote(name, safe=':')}"

    def authorization(self) -> list[curl.Option]:
        """The curl options by which the last answer was given."""
        return list(self._authorization)

    def manifest(self, reference: Reference, platform: platforms.Platform) -> Manifest:
        """The manifest of ``reference`` for ``platform``, its digest and size checked.

        Raises NetworkUnreachable, NotFound (Denied), or ByhandError for an answer
        that is not what was asked for.
        """
        digest, kind, body = self._manifest(reference.wanted, reference)
        source = digest
        if kind in INDEXES:
            listed = _object(body, reference).get("manifests")
            if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
                raise ByhandError(f"{reference}: the index has no list of manifests")
            chosen = platforms.choose(listed, platform, str(reference))
            wanted = _descriptor(chosen, reference)
            digest, kind, body = self._manifest(wanted["digest"], reference)
            if len(body) != wanted["size"]:
                raise ByhandError(f"{reference}: a manifest of {len(body)} bytes, the index says {wanted['size']}")
        if kind.startswith(SCHEMA_1):
            raise ByhandError(f"{reference}: has a manifest of docker's old schema 1, which is not supported")
        if kind not in (layout.OCI_MANIFEST, layout.DOCKER_MANIFEST):
            raise ByhandError(f"{reference}: the registry answers with {kind or 'no media type'}, not a manifest")
        data = _object(body, reference)
        if not isinstance(data.get("layers"), list):
            raise ByhandError(f"{reference}: the manifest lists no layers")
        if len(data["layers"]) > MOST_LAYERS:
            raise ByhandError(f"{reference}: {len(data['layers'])} layers, more than the {MOST_LAYERS} overlayfs takes")
        for entry in [data.get("config"), *data["layers"]]:
            _descriptor(entry, reference)
        if data["config"]["size"] > curl.LARGEST_ANSWER:
            raise ByhandError(f"{reference}: a config of {data['config']['size']} bytes, more than {curl.LARGEST_ANSWER}")
        return Manifest(digest, kind, body, data, source)

    def _manifest(self, name: str, reference: Reference) -> tuple[str, str, bytes]:
        answer = self.get(self.url("manifests", name), accept=MANIFESTS)
        if answer.status == 404:
            raise NotFound(f"{reference}: not found at {self.endpoint.host}")
        if answer.status in (401, 403):
            raise Denied(
                f"{reference}: {self.endpoint.host} denies access: {_said(answer) or 'authentication required'}",
                hint="it does not exist there, or needs credentials in ~/.docker/config.json",
            )
        if answer.status != 200:
            raise ByhandError(f"{reference}: {self.endpoint.host} answers {answer.status} {_said(answer)}".rstrip())
        digest = f"sha256:{sha256(answer.body).hexdigest()}"
        if name.startswith("sha256:") and digest != name:
            raise ByhandError(f"{reference}: wrong digest: the manifest hashes to {digest}, not to {name}")
        kind = answer.headers.get("content-type", "").partition(";")[0].strip()
        if kind not in MANIFESTS and not kind.startswith(SCHEMA_1):
            kind = _kind(answer.body, kind)
        return digest, kind, answer.body

    def get(self, url: str, *, accept: Iterable[str] = ()) -> curl.Answer:
        """GET, once more with credentials when the registry asks for them."""
        answer = self._request(url, accept)
        if answer.status == 401:
            self._authorization = self._authenticate(answer.headers.get("www-authenticate", ""))
            if self._authorization:
                answer = self._request(url, accept)
        return answer

    def renew(self) -> None:
        """Ask for a new token: a long download may outlive the first one."""
        self._authorization = []
        self.get(f"{self._base()}/v2/")

    def _request(self, url: str, accept: Iterable[str] = ()) -> curl.Answer:
        return curl.request(url, self._scratch, verify=self.verify, accept=accept, authorization=self._authorization)

    def _base(self) -> str:
        """https, or for an insecure registry what answers: https unverified, then http."""
        if not self._scheme:
            self._scheme = "https"
            if self.endpoint.insecure:
                try:
                    curl.request(f"https://{self.endpoint.host}/v2/", self._scratch, verify=False)
                except ByhandError:
                    self._scheme = "http"
        return f"{self._scheme}://{self.endpoint.host}"

    def _authenticate(self, challenge: str) -> list[curl.Option]:
        """Answer a WWW-Authenticate header; no options when there is nothing to answer with."""
        found = credentials.find(self.endpoint.host, self.endpoint.path)
        kind, _, rest = challenge.partition(" ")
        if kind.lower() == "basic":
            return _basic(found)
        if kind.lower() != "bearer":
            raise Denied(f"{self.endpoint.host}: wants authentication by '{kind}', which is not supported")
        parameters = {key.lower(): quoted or plain for key, quoted, plain in _PARAMETER.findall(rest)}
        token = self._token(parameters, found)
        return [("header", f"Authorization: Bearer {token}")]

    def _token(self, parameters: dict[str, str], found: credentials.Credential | None) -> str:
        realm = parameters.get("realm", "")
        if not realm.startswith(("https://", "http://")):
            raise Denied(f"{self.endpoint.host}: names no address to get a token from")
        if found and self._scheme == "https" and not realm.startswith("https://"):
            raise Denied(f"{self.endpoint.host}: would have its credentials sent to {realm}, without encryption")
        fields = {"service": parameters.get("service", ""), "scope": f"repository:{self.endpoint.path}:pull"}
        if found and found.identity_token:
            form = {
                **fields,
                "grant_type": "refresh_token",
                "client_id": "byhand",
                "refresh_token": found.identity_token,
            }
            answer = curl.request(realm, self._scratch, verify=self.verify, data=urlencode(form))
        else:
            joint = "&" if "?" in realm else "?"
            url = f"{realm}{joint}{urlencode(fields)}"
            answer = curl.request(url, self._scratch, verify=self.verify, authorization=_basic(found))
        if answer.status != 200:
            raise Denied(f"{self.endpoint.host}: gives no token for {self.endpoint.path}: {answer.status} {_said(answer)}")
        data = _object(answer.body, self.endpoint.host)
        token = data.get("token") or data.get("access_token")
        if not isinstance(token, str) or not token.isprintable():
            raise Denied(f"{self.endpoint.host}: {realm} answered without a token")
        return token


def _basic(found: credentials.Credential | None) -> list[curl.Option]:
    return [("user", f"{found.user}:{found.password}")] if found and found.user else []


def _kind(body: bytes, kind: str) -> str:
    """A manifest's own media type, for servers that send application/json or text/plain."""
    try:
        data = json.loads(body)
    except ValueError:
        return kind
    return str(data.get("mediaType") or kind) if isinstance(data, dict) else kind


def _object(body: bytes, what: object) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except ValueError as error:
        raise ByhandError(f"{what}: the answer is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise ByhandError(f"{what}: the answer is not a JSON object")
    return data


def _descriptor(entry: Any, reference: Reference) -> dict[str, Any]:
    """``entry`` when it is a descriptor whose digest names one plain file."""
    if not isinstance(entry, dict) or not isinstance(entry.get("size"), int) or entry["size"] < 0:
        raise ByhandError(f"{reference}: the manifest has a descriptor without a size")
    if not str(entry.get("digest")).startswith("sha256:"):
        raise ByhandError(f"{reference}: the digest {str(entry.get('digest'))[:80]!r} is not sha256")
    check_digest(entry["digest"])
    return entry


def _said(answer: curl.Answer) -> str:
    """The message in a registry's JSON error, on one line."""
    try:
        error = json.loads(answer.body)["errors"][0]
        text = str(error.get("message") or error.get("code"))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return ""
    return "".join(c for c in text if c.isprintable())[:200]
