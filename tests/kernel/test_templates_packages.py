"""Package repositories made and signed on the spot: added, installed from, refused when something is wrong, taken out again."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from machine import Machine, machine

URL = "file:///srv/a_repository"
RELEASE = """cd /srv/a_repository
mkdir -p dists/stable/main/binary-{arch}
cp Packages dists/stable/main/binary-{arch}/Packages
cd dists/stable
sum=$(sha256sum <main/binary-{arch}/Packages) && size=$(stat -c %s main/binary-{arch}/Packages)
printf '%s\\n' 'Suite: stable' 'Codename: stable' 'Components: main' 'Architectures: {arch}' \
  "Date: $(date -Ru)" SHA256: " ${{sum%% *}} $size main/binary-{arch}/Packages" >Release
"""


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a key of gpg's that signs, and that of somebody else."""
    place = tmp_path_factory.mktemp("gnupg")
    place.chmod(0o700)
    for name in ("signer", "other"):
        _gpg(place, "--quick-generate-key", "--passphrase", "", f"{name}@example.org", "ed25519", "sign", "never")
        (place / f"{name}.asc").write_text(_gpg(place, "--armor", "--export", f"{name}@example.org"))
    yield place
    subprocess.run(["gpgconf", "--homedir", str(place), "--kill", "all"], check=True)


def _gpg(place: Path, *argv: str) -> str:
    options = ["--homedir", str(place), "--batch", "--quiet"]
    return subprocess.run(["gpg", *options, *argv], check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def debian(keys: Path) -> Iterator[Machine]:
    """A Debian with a repository on it, in which is one package, hello-byhand."""
    with machine("debian", ["curl"]) as host:
        tree = host.root / "srv/package"
        (tree / "DEBIAN").mkdir(parents=True)
        arch = host.said("dpkg", "--print-architecture")
        (tree / "DEBIAN/control").write_text(
            f"Package: hello-byhand\nVersion: 1.0\nArchitecture: {arch}\nMaintainer: A <a@example.org>\nDescription: says hello\n"
        )
        (tree / "usr/bin").mkdir(parents=True)
        (tree / "usr/bin/hello-byhand").write_text("#!/bin/sh\necho hello\n")
        (tree / "usr/bin/hello-byhand").chmod(0o755)
        place = host.root / "srv/a_repository"
        place.mkdir()
        host.said("dpkg-deb", "--root-owner-group", "-b", "/srv/package", "/srv/a_repository/hello.deb")
        packages = (tree / "DEBIAN/control").read_text()
        deb = (place / "hello.deb").read_bytes()
        (place / "Packages").write_text(f"{packages}Filename: hello.deb\nSize: {len(deb)}\nSHA256: {hashlib.sha256(deb).hexdigest()}\n")
        host.said("sh", "-euc", RELEASE.format(arch=arch))
        release = place / "dists/stable"
        (release / "InRelease").write_text(_gpg(keys, "--clearsign", "-u", "signer@example.org", "-o", "-", str(release / "Release")))
        yield host


def _steps(*steps: dict[str, Any]) -> str:
    return json.dumps({"steps": [{"name": "Step", "id": f"s{number}", **step} for number, step in enumerate(steps)]})


def repository(**more: Any) -> dict[str, Any]:
    args = {"name": "ours", "uris": [URL], "suites": ["stable"], "components": ["main"], "signed_by": "/etc/apt/keyrings/ours.asc"}
    return {"package/apt_repository": {**args, **more}}


def test_a_package_comes_from_a_signed_repository(debian: Machine, keys: Path) -> None:
    key = {"package/key": {"path": "/etc/apt/keyrings/ours.asc", "key": (keys / "signer.asc").read_text()}}
    program = debian.play(_steps(key, repository(), {"package/apt": {"packages": ["hello-byhand"]}}))
    after = program.there_and_back()
    assert "etc/apt/sources.list.d/ours.sources" in after
    program.expect("apply", 0)
    assert debian.said("hello-byhand") == "hello"
    assert "Signed-By: /etc/apt/keyrings/ours.asc" in debian.said("cat", "/etc/apt/sources.list.d/ours.sources")
    program.expect("undo", 0)


def test_a_repository_that_somebody_else_signed_is_refused(debian: Machine, keys: Path) -> None:
    key = debian.play(
        _steps({"package/key": {"path": "/etc/apt/keyrings/ours.asc", "key": (keys / "other.asc").read_text()}}), name="play-key"
    )
    key.expect("apply", 0)
    debian.play(_steps(repository())).refused("NO_PUBKEY")
    debian.play(_steps(repository(uris=["file:///srv/none"]))).refused("file:/srv/none")
    key.expect("undo", 0)
    debian.play(_steps(repository())).refused("there is no key /etc/apt/keyrings/ours.asc")


def test_a_repository_killed_at_each_line_changed_and_taken_out(debian: Machine, keys: Path) -> None:
    key = debian.play(
        _steps({"package/key": {"path": "/etc/apt/keyrings/ours.asc", "key": (keys / "signer.asc").read_text()}}), name="play-key"
    )
    key.expect("apply", 0)
    args = repository()["package/apt_repository"]
    first = debian.step("package/apt_repository", **args)

    def look() -> dict[str, str]:
        return {
            "files": debian.said(
                "sh", "-c", "ls -a /etc/apt/sources.list.d /var/lib/apt/lists; cat /etc/apt/sources.list.d/ours* 2>&1 || :"
            )
        }

    first.survives_kill_9(look)
    there = debian.play(_steps(repository()), name="play-there")
    there.expect("apply", 0)
    debian.step("package/apt_repository", **{**args, "architectures": ["amd64"], "update": False}).there_and_back()
    debian.step("package/apt_repository", name="ours", absent=True).there_and_back()
    there.expect("undo", 0)
    key.expect("undo", 0)


# ---- package/key


def test_a_key_by_its_address_and_a_key_that_is_none(debian: Machine, keys: Path) -> None:
    text = (keys / "signer.asc").read_bytes()
    (debian.root / "srv/key").write_bytes(text)
    (debian.root / "srv/page").write_text("<html>")
    path = "/etc/apt/new folder/it's.asc"
    digest = f"sha256:{hashlib.sha256(text).hexdigest()}"
    debian.step("package/key", path=path, url="file:///srv/key", sha256=digest).there_and_back()
    debian.step("package/key", path=path, url="file:///srv/page", sha256=digest).refused("is not what was meant")
    debian.step("package/key", path=path, url="file:///srv/key").refused("needs its sha256")
    debian.step("package/key", path=path).refused("either the key or its url")
    debian.step("package/key", path=path, key="hello $(x)").refused("is no public key")
    debian.step("package/key", path="/etc/apt/keyrings/a.gpg", key=text.decode()).refused(".asc")
    debian.step("package/key", path=path, key="-----BEGIN PGP PRIVATE KEY BLOCK-----").refused("is a private key")
    program = debian.step("package/key", path=path, key=text.decode())
    program.there_and_back()
    program.survives_kill_9(lambda: {"files": debian.said("find", "/etc/apt")})


# ---- dnf: its file only, there is no Fedora here


def test_a_repository_of_dnf_is_a_file(debian: Machine) -> None:
    debian.said("mkdir", "-p", "/etc/yum.repos.d")
    args = {"name": "ours", "title": "It's $(x)", "url": "https://example.org/$basearch", "key": "/etc/hostname"}
    program = debian.step("package/dnf_repository", **args)
    program.there_and_back()
    program.survives_kill_9(lambda: {"files": debian.said("sh", "-c", "ls -a /etc/yum.repos.d; cat /etc/yum.repos.d/* 2>&1 || :")})
    program.expect("apply", 0)
    text = debian.said("cat", "/etc/yum.repos.d/ours.repo")
    assert text.splitlines() == [
        "[ours]", "name=It's $(x)", "baseurl=https://example.org/$basearch", "enabled=1", "gpgcheck=1", "gpgkey=file:///etc/hostname",
    ]  # fmt: skip
    program.expect("undo", 0)
    debian.step("package/dnf_repository", **{**args, "key": "/none"}).refused("there is no key /none")


# ---- apk


@pytest.fixture(scope="module")
def alpine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """An Alpine with a repository on it, signed with a key it does not know, in which is hello-byhand."""
    place = tmp_path_factory.mktemp("key")
    subprocess.run(["openssl", "genrsa", "-out", str(place / "ours.rsa"), "2048"], check=True, capture_output=True)
    subprocess.run(["openssl", "rsa", "-in", "ours.rsa", "-pubout", "-out", "ours.rsa.pub"], check=True, capture_output=True, cwd=place)
    with machine("alpine") as host:
        for name in ("ours.rsa", "ours.rsa.pub"):
            (host.root / "srv" / name).write_bytes((place / name).read_bytes())
        host.said("sh", "-euc", """
            : >/etc/apk/repositories  # the distribution's own are out of reach
            cd /srv && arch=$(apk --print-arch)
            mkdir -p files/usr/bin a_repository/$arch
            printf '#!/bin/sh\\necho hello\\n' >files/usr/bin/hello-byhand
            chmod 755 files/usr/bin/hello-byhand
            cd a_repository/$arch
            apk mkpkg --files /srv/files --info name:hello-byhand --info version:1.0 --info arch:$arch --sign-key /srv/ours.rsa \
              --output hello-byhand-1.0.apk
            apk mkndx --allow-untrusted --sign-key /srv/ours.rsa --output Packages.adb hello-byhand-1.0.apk
        """)  # fmt: skip
        yield host


def test_a_package_comes_from_a_signed_repository_of_apk(alpine: Machine) -> None:
    url = "/srv/a_repository"
    key = {"package/key": {"path": "/etc/apk/keys/ours.rsa.pub", "key": (alpine.root / "srv/ours.rsa.pub").read_text()}}
    index = f"file://{url}/{alpine.said('apk', '--print-arch')}/Packages.adb"
    program = alpine.play(_steps(key, {"package/apk_repository": {"url": index}}, {"package/apk": {"packages": ["hello-byhand"]}}))
    program.there_and_back()
    program.expect("apply", 0)
    assert alpine.said("hello-byhand") == "hello"
    program.expect("undo", 0)
    alpine.step("package/apk_repository", url="file:///srv/none").refused("No such file")
    alpine.play(_steps({"package/apk_repository": {"url": index}})).refused("UNTRUSTED")


def test_a_line_of_apks_repositories(alpine: Machine) -> None:
    url = "https://example.org/$(pwned)/it's"
    program = alpine.step("package/apk_repository", url=url, tag="ours", update=False)
    program.there_and_back()
    program.survives_kill_9(lambda: {"file": alpine.said("cat", "/etc/apk/repositories"), "all": alpine.said("ls", "-a", "/etc/apk")})
    first = "https://dl-cdn.alpinelinux.org/alpine/v3.23/main"
    there = alpine.play(_steps({"package/apk_repository": {"url": first, "update": False}}), name="play-there")
    there.expect("apply", 0)
    alpine.step("package/apk_repository", url=first, absent=True).there_and_back()
    alpine.step("package/apk_repository", url=first, tag="edge", update=False).there_and_back()
    there.expect("undo", 0)
    program.expect("apply", 0)
    alpine.said("sh", "-c", "echo https://example.org/later >>/etc/apk/repositories")
    program.expect("undo", 0)
    lines = alpine.said("cat", "/etc/apk/repositories").splitlines()
    assert lines[-1] == "https://example.org/later" and not [line for line in lines if "pwned" in line]
