"""Image names, with docker's grammar.

Source: the grammar in the ``reference`` package of the distribution project, and the
normalisation rules docker adds to it (``alpine`` is ``docker.io/library/alpine:latest``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from byhand.errors import BadValue, shorten

DEFAULT_DOMAIN = "docker.io"
DEFAULT_TAG = "latest"
LONGEST_PATH = 255
LONGEST_TAG = 128
DIGEST_LENGTH = {"sha256": 64, "sha384": 96, "sha512": 128}
RIGHT = "[HOST[:PORT]/]PATH[:TAG][@DIGEST], such as alpine:3.23 or localhost:5000/team/app:v1"

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?", re.ASCII)
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*", re.ASCII)
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_IDENTIFIER = re.compile(r"[a-f0-9]{64}", re.ASCII)


@dataclass(frozen=True)
class Reference:
    """One image's name: a registry's domain, a path there, and a tag, a digest, or both.

    ``short``: no domain was written, so that registries.conf may choose another one.
    """

    domain: str
    path: str
    tag: str = ""
    digest: str = ""
    short: bool = field(default=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Reference:
        """The reference ``text`` names; BadValue says which part is wrong and how."""
        if not text:
            raise _bad(text, "is empty")
        if _IDENTIFIER.fullmatch(text):
            raise _bad(text, "looks like an image id, 64 hexadecimal digits, which cannot be a name")
        rest, at, digest = text.partition("@")
        if at:
            check_digest(digest, text)
        first, slash, remainder = rest.partition("/")
        short = not slash or (not set(first) & set(".:[") and first != "localhost" and first == first.lower())
        domain, name = (DEFAULT_DOMAIN, rest) if short else (first, remainder)
        if not _DOMAIN.fullmatch(domain):
            raise _bad(text, f"{shorten(domain)} is not a host name with an optional port")
        head, colon, tail = name.rpartition(":")
        path, tag = (head, tail) if colon else (name, "")
        if colon:
            _check_tag(tag, text)
        _check_path(path, text)
        if domain == "index.docker.io":
            domain = DEFAULT_DOMAIN
        if domain == DEFAULT_DOMAIN and "/" not in path:
            path = f"library/{path}"
        if len(path) > LONGEST_PATH:
            raise _bad(text, f"the path has {len(path)} characters, more than {LONGEST_PATH}")
        if not tag and not digest:
            tag = DEFAULT_TAG
        return cls(domain, path, tag, digest, short)

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"

    @property
    def name(self) -> str:
        """Domain and path without tag and digest."""
        return f"{self.domain}/{self.path}"

    @property
    def familiar(self) -> str:
        """The short form people write: without docker.io/library/ and without :latest."""
        name = self.path if self.domain == DEFAULT_DOMAIN else self.name
        if self.domain == DEFAULT_DOMAIN and name.count("/") == 1:
            name = name.removeprefix("library/")
        tag = f":{self.tag}" if self.tag and (self.tag != DEFAULT_TAG or self.digest) else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{name}{tag}{digest}"

    @property
    def wanted(self) -> str:
        """What a registry is asked for: the digest when there is one, else the tag."""
        return self.digest or self.tag

    def at(self, domain: str, path: str) -> Reference:
        """The same tag and digest under another name."""
        return replace(self, domain=domain, path=path, short=False)


def check_digest(digest: str, text: str = "") -> str:
    """``digest`` when it is ALGORITHM:HEX as the OCI image spec registers them, else BadValue."""
    algorithm, _, value = digest.partition(":")
    length = DIGEST_LENGTH.get(algorithm)
    if length is None:
        raise _bad(text or digest, f"digest algorithm {shorten(algorithm)} is not known", "sha256:<64 hexadecimal digits>")
    if len(value) != length or set(value) - set("0123456789abcdef"):
        raise _bad(
            text or digest,
            f"the digest is not {length} lower-case hexadecimal digits",
            f"{algorithm}:<{length} hexadecimal digits>",
        )
    return digest


def _check_tag(tag: str, text: str) -> None:
    if not tag:
        raise _bad(text, "nothing follows the ':'")
    if len(tag) > LONGEST_TAG:
        raise _bad(text, f"the tag has {len(tag)} characters, more than {LONGEST_TAG}")
    if not _TAG.fullmatch(tag):
        raise _bad(text, f"{shorten(tag)} is not a tag", "letters, digits, '_', '.' and '-', not starting with '.' or '-'")


def _check_path(path: str, text: str) -> None:
    if not path:
        raise _bad(text, "the path is empty")
    for component in path.split("/"):
        if not component:
            raise _bad(text, "a part of the path is empty")
        if component != component.lower():
            raise _bad(text, f"{shorten(component)} has upper-case letters", f"lower case, such as '{component.lower()}'")
        if not _COMPONENT.fullmatch(component):
            raise _bad(
                text,
                f"{shorten(component)} is not a part of a path",
                "lower-case letters and digits, with '.', '_', '__' or '-' between them",
            )


def _bad(text: str, wrong: str, right: str = RIGHT) -> BadValue:
    return BadValue("image reference", text, wrong, right)
