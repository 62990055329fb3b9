"""Pulling from a real registry over the loopback."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from real_registry import Registry, archive, digest_of, entry, free_port, running, skopeo

from byhand.errors import ByhandError, Conflict, NetworkUnreachable, NotFound
from byhand.images import catalogue
from byhand.images import layers as trees
from byhand.images.ensure import ensure
from byhand.images.pull import pull
from byhand.images.reference import Reference
from byhand.images.store import Store, chain_ids

pytestmark = pytest.mark.kernel

Push = Callable[..., str]

BASE = archive(entry("etc/release", b"one\n"), entry("bin/tool", b"#!" * 500, mode=0o755))
TOP = archive(entry("etc/.wh.release"), entry("etc/added", b"two\n"))
BIG = archive(entry("big", os.urandom(3_000_000)))


def test_a_pulled_image_has_its_config_layers_and_trees(registry: Registry, push: Push, store: Store) -> None:
    digest = push(f"{registry.host}/team/app:v1", [BASE, TOP])
    said: list[str] = []
    image = pull(f"{registry.host}/team/app:v1", store, note=said.append)
    assert image.digest == digest
    assert image.config["config"]["Cmd"] == ["/bin/sh"]
    assert [layer.diff_id for layer in image.layers] == [digest_of(BASE), digest_of(TOP)]
    assert (image.layers[0].path / "etc/release").read_text() == "one\n"
    assert (store.layers / "l" / image.lower[0] / "etc/added").read_text() == "two\n"
    assert f"digest: {digest}" in said
    assert len([line for line in said if line.endswith("bytes")]) == 2
    assert store.find(Reference.parse(f"{registry.host}/team/app:v1")) == image
    assert len(chain_ids([layer.diff_id for layer in image.layers])) == 2


def test_a_second_pull_downloads_nothing(registry: Registry, push: Push, store: Store) -> None:
    push(f"{registry.host}/app", [BASE, TOP])
    first = pull(f"{registry.host}/app", store, note=print)
    before = len([path for path in registry.requests() if "/blobs/" in path])
    assert pull(f"{registry.host}/app", store, note=print) == first
    assert len([path for path in registry.requests() if "/blobs/" in path]) == before


def test_nothing_is_left_over_after_a_pull(registry: Registry, push: Push, store: Store) -> None:
    push(f"{registry.host}/app", [BASE, TOP])
    pull(f"{registry.host}/app", store, note=print)
    assert list(store.partial.iterdir()) == []
    assert [path for path in store.layers.iterdir() if path.name.startswith(".")] == []
    assert sorted(path.name for path in store.root.iterdir()) == ["images", "layers", "partial"]


def test_a_shared_layer_is_stored_once(registry: Registry, push: Push, store: Store) -> None:
    push(f"{registry.host}/a", [BASE])
    push(f"{registry.host}/b", [BASE, TOP])
    pull(f"{registry.host}/a", store, note=print)
    said: list[str] = []
    pull(f"{registry.host}/b", store, note=said.append)
    assert any(line.endswith("is here already") for line in said)
    assert len([path for path in store.layers.iterdir() if len(path.name) == 64]) == 2


def test_a_layer_that_comes_twice_is_downloaded_once(registry: Registry, push: Push, store: Store) -> None:
    push(f"{registry.host}/app", [BASE, TOP, BASE])
    image = pull(f"{registry.host}/app", store, note=print)
    assert len(image.layers) == 3
    assert image.lower == (image.layers[0].link, image.layers[1].link)


def test_an_image_can_be_pulled_by_digest(registry: Registry, push: Push, store: Store) -> None:
    digest = push(f"{registry.host}/app:v1", [BASE])
    image = pull(f"{registry.host}/app@{digest}", store, note=print)
    assert image.digest == digest
    assert store.find(Reference.parse(f"{registry.host}/app@{digest}")) == image


def test_a_missing_image_is_named_in_the_error(registry: Registry, store: Store) -> None:
    with pytest.raises(NotFound, match=f"{registry.host}/none:v9: not found at {registry.host}"):
        pull(f"{registry.host}/none:v9", store, note=print)


def test_skopeo_reads_the_store(registry: Registry, push: Push, store: Store, tmp_path: Path) -> None:
    digest = push(f"{registry.host}/app:v1", [BASE, TOP])
    pull(f"{registry.host}/app:v1", store, note=print)
    name = f"oci:{store.root}/images:{registry.host}/app:v1"
    assert json.loads(skopeo("inspect", name))["Digest"] == digest
    skopeo("copy", "--dest-tls-verify=false", name, f"docker://{registry.host}/copy:v1")
    assert pull(f"{registry.host}/copy:v1", store, note=print).digest == digest


def test_an_image_in_dockers_own_format_is_pulled(registry: Registry, push: Push, store: Store) -> None:
    push(f"{registry.host}/app:v1", [BASE], "--format", "v2s2")
    image = pull(f"{registry.host}/app:v1", store, note=print)
    assert (image.layers[0].path / "bin/tool").stat().st_mode & 0o777 == 0o755
    assert json.loads(skopeo("inspect", "--raw", f"oci:{store.root}/images:{registry.host}/app:v1"))["layers"]


def test_zstd_layers_are_pulled(registry: Registry, push: Push, store: Store) -> None:
    push(f"{registry.host}/app:v1", [BASE], "--dest-compress-format", "zstd", "--dest-compress")
    image = pull(f"{registry.host}/app:v1", store, note=print)
    assert (image.layers[0].path / "etc/release").read_text() == "one\n"


def put_index(registry: Registry, name: str, entries: list[dict[str, object]]) -> None:
    body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()
    request = urllib.request.Request(f"http://{registry.host}/v2/{name}/manifests/all", body, {"Content-Type": INDEX}, method="PUT")
    urllib.request.urlopen(request).close()


INDEX = "application/vnd.oci.image.index.v1+json"


def test_this_machines_platform_is_taken_from_an_index(registry: Registry, push: Push, store: Store) -> None:
    from byhand.images import platforms

    kind = "application/vnd.oci.image.manifest.v1+json"
    digests = [push(f"{registry.host}/app:{tag}", [layer]) for tag, layer in (("a", BASE), ("b", TOP))]
    sizes = [int(os.stat(registry.blob(digest)).st_size) for digest in digests]
    machine = platforms.host()
    put_index(
        registry,
        "app",
        [
            {"mediaType": kind, "digest": digest, "size": size, "platform": {"os": "linux", "architecture": arch}}
            for digest, size, arch in zip(digests, sizes, ("mips", machine.architecture), strict=False)
        ],
    )
    image = pull(f"{registry.host}/app:all", store, note=print)
    assert image.digest == digests[1]
    assert image.source_digest != image.digest
    with pytest.raises(NotFound, match="not made for linux/pdp11"):
        pull(f"{registry.host}/app:all", store, note=print, platform=platforms.Platform("linux", "pdp11"))


def layer_digest(registry: Registry, name: str, tag: str = "latest") -> str:
    raw = json.loads(skopeo("inspect", "--raw", "--tls-verify=false", f"docker://{registry.host}/{name}:{tag}"))
    return str(raw["layers"][-1]["digest"])


def test_a_blob_with_a_wrong_digest_is_removed(registry: Registry, push: Push, store: Store) -> None:
    push(f"{registry.host}/app", [BASE])
    digest = layer_digest(registry, "app")
    data = registry.blob(digest).read_bytes()
    registry.blob(digest).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(ByhandError, match=f"wrong digest: the blob {digest}"):
        pull(f"{registry.host}/app", store, note=print)
    assert list(store.partial.iterdir()) == []
    assert not store.layout.blob(digest).exists()
    assert store.find(Reference.parse(f"{registry.host}/app")) is None
    assert not any(len(path.name) == 64 for path in store.layers.iterdir())
    registry.blob(digest).write_bytes(data)
    assert pull(f"{registry.host}/app", store, note=print).layers


def test_a_layer_that_is_not_what_the_config_says_is_refused(registry: Registry, push: Push, store: Store) -> None:
    push(f"{registry.host}/app", [BASE], config={"rootfs": {"type": "layers", "diff_ids": [digest_of(TOP)]}})
    with pytest.raises(ByhandError, match="wrong digest: its content"):
        pull(f"{registry.host}/app", store, note=print)
    assert store.images() == []


def test_a_blob_that_is_missing_in_the_registry_is_named(registry: Registry, push: Push, store: Store) -> None:
    push(f"{registry.host}/app", [BASE])
    digest = layer_digest(registry, "app")
    registry.blob(digest).unlink()
    with pytest.raises(ByhandError, match=f"answers 404 for the blob {digest}"):
        pull(f"{registry.host}/app", store, note=print)


class Cutter:
    """A TCP proxy that ends each of the first ``cuts`` connections after ``limit`` bytes."""

    def __init__(self, host: str, limit: int, cuts: int) -> None:
        self.target = ("127.0.0.1", int(host.rpartition(":")[2]))
        self.limit, self.cuts, self.passed = limit, cuts, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.create_connection(self.target)

        def up() -> None:
            try:
                while data := client.recv(65536):
                    server.sendall(data)
            except OSError:
                pass

        threading.Thread(target=up, daemon=True).start()
        sent = 0
        try:
            while data := server.recv(65536):
                client.sendall(data)
                sent += len(data)
                self.passed += len(data)
                if sent > self.limit and self.cuts > 0:
                    self.cuts -= 1
                    break
        except OSError:
            pass
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        self.listener.close()


@contextmanager
def cutter(host: str, limit: int, cuts: int) -> Iterator[Cutter]:
    proxy = Cutter(host, limit, cuts)
    try:
        yield proxy
    finally:
        proxy.close()


def test_a_download_that_is_cut_off_is_continued(registry: Registry, push: Push, store: Store) -> None:
    push(f"{registry.host}/app", [BASE, BIG])
    said: list[str] = []
    with cutter(registry.host, 1_000_000, 2) as proxy:
        image = pull(f"{proxy.host}/app", store, note=said.append)
    assert len([line for line in said if "trying again" in line]) == 2
    assert proxy.passed < len(BIG) * 1.3  # continued, not begun again
    assert (image.layers[1].path / "big").stat().st_size == 3_000_000


def test_a_later_run_continues_what_an_earlier_one_left(registry: Registry, push: Push, store: Store) -> None:
    push(f"{registry.host}/app", [BIG])
    digest = layer_digest(registry, "app")
    data = registry.blob(digest).read_bytes()
    store.partial.mkdir(parents=True)
    (store.partial / digest.partition(":")[2]).write_bytes(data[:2_500_000])
    with cutter(registry.host, 1 << 30, 0) as proxy:
        pull(f"{proxy.host}/app", store, note=print)
    assert proxy.passed < 800_000


def test_what_an_earlier_run_left_damaged_is_thrown_away(registry: Registry, push: Push, store: Store) -> None:
    push(f"{registry.host}/app", [BIG])
    digest = layer_digest(registry, "app")
    store.partial.mkdir(parents=True)
    (store.partial / digest.partition(":")[2]).write_bytes(b"x" * 1000)
    with pytest.raises(ByhandError, match="wrong digest: the blob"):
        pull(f"{registry.host}/app", store, note=print)
    assert pull(f"{registry.host}/app", store, note=print).layers


def test_a_missing_tree_is_extracted_again_from_its_blob(registry: Registry, push: Push, store: Store) -> None:
    push(f"{registry.host}/app", [BASE])
    image = pull(f"{registry.host}/app", store, note=print)
    trees.remove(image.layers[0].path.parent)
    before = len(registry.requests())
    found = store.find(image.reference)
    assert found == image and (image.layers[0].path / "etc/release").exists()
    assert len(registry.requests()) == before


def test_a_killed_extraction_is_never_taken_for_complete(registry: Registry, push: Push, store: Store) -> None:
    many = archive(*(entry(f"f{number}", b"x" * 2000) for number in range(8000)))
    push(f"{registry.host}/app", [many])
    script = (
        "from pathlib import Path; from byhand.images.pull import pull; from byhand.images.store import Store\n"
        f"pull('{registry.host}/app', Store(Path({str(store.root)!r})), note=print)"
    )
    process = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    while process.poll() is None and not list(store.layers.glob(".tmp-*/diff/f*")):
        pass
    os.killpg(process.pid, 9)  # its own session: this process and the children it forked
    process.wait()
    assert store.find(Reference.parse(f"{registry.host}/app")) is None
    assert not any(len(path.name) == 64 for path in store.layers.iterdir())
    # The children it forked die in their own time, and until then what they lock is theirs.
    deadline = time.monotonic() + 20
    while list(store.layers.glob(".tmp-*")) and time.monotonic() < deadline:
        store.prune_temporary()
    assert list(store.layers.glob(".tmp-*")) == []
    assert len(list(pull(f"{registry.host}/app", store, note=print).layers[0].path.iterdir())) == 8000


def test_a_mirror_is_asked_first(registry: Registry, push: Push, store: Store, tmp_path: Path) -> None:
    digest = push(f"{registry.host}/hub/library/alpine:3", [BASE])
    (tmp_path / "registries.conf").write_text(
        f'[[registry]]\nprefix = "docker.io"\nlocation = "127.0.0.1:{free_port()}"\n'
        f'[[registry.mirror]]\nlocation = "{registry.host}/hub"\ninsecure = true\n'
    )
    image = pull("alpine:3", store, note=print)
    assert (image.digest, str(image.reference)) == (digest, "docker.io/library/alpine:3")


def test_a_mirror_without_the_image_is_passed_over(registry: Registry, push: Push, store: Store, tmp_path: Path) -> None:
    push(f"{registry.host}/real/app", [BASE])
    (tmp_path / "registries.conf").write_text(
        f'[[registry]]\nprefix = "own.example"\nlocation = "{registry.host}/real"\ninsecure = true\n'
        f'[[registry.mirror]]\nlocation = "{registry.host}/none"\ninsecure = true\n'
        f'[[registry.mirror]]\nlocation = "127.0.0.1:{free_port()}"\n'
    )
    assert pull("own.example/app", store, note=print).layers


def test_no_registry_that_can_be_reached_is_its_own_error(store: Store, tmp_path: Path) -> None:
    (tmp_path / "registries.conf").write_text(
        f'[[registry]]\nlocation = "own.example"\n[[registry.mirror]]\nlocation = "127.0.0.1:{free_port()}"\n'
        f'[[registry]]\nprefix = "docker.io"\nlocation = "127.0.0.1:{free_port()}"\n'
    )
    with pytest.raises(NetworkUnreachable, match="could not be reached"):
        pull("alpine", store, note=print)


def test_a_plain_http_registry_needs_insecure(registry: Registry, push: Push, store: Store) -> None:
    from byhand.images.distribution import Repository
    from byhand.images.platforms import host
    from byhand.images.registries import Endpoint

    push(f"{registry.host}/app", [BASE])
    store.root.mkdir()
    reference = Reference.parse(f"{registry.host}/app")
    assert Repository(Endpoint(registry.host, "app", insecure=True), store.root).manifest(reference, host()).layers
    with pytest.raises(ByhandError, match="no secure connection"):
        Repository(Endpoint(registry.host, "app"), store.root).manifest(reference, host())


def test_a_certificate_nobody_knows_is_refused_unless_insecure(tmp_path: Path, push: Push, store: Store) -> None:
    from byhand.images.distribution import Repository
    from byhand.images.platforms import host
    from byhand.images.registries import Endpoint

    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "1",
            "-subj",
            "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            str(key),
            "-out",
            str(certificate),
        ],
        check=True,
        capture_output=True,
    )
    tls = f"http:\n  addr: 127.0.0.1:PORT\n  tls: {{certificate: {certificate}, key: {key}}}\n"
    store.root.mkdir()
    with running(tmp_path / "secure", tls) as secure:
        push(f"{secure.host}/app", [BASE])
        reference = Reference.parse(f"{secure.host}/app")
        with pytest.raises(ByhandError, match="no secure connection"):
            Repository(Endpoint(secure.host, "app"), store.root).manifest(reference, host())
        assert Repository(Endpoint(secure.host, "app", insecure=True), store.root).manifest(reference, host()).layers
        assert pull(f"{secure.host}/app", store, note=print).layers


def login(tmp_path: Path, host: str, user: str, password: str) -> None:
    folder = tmp_path / "home" / ".docker"
    folder.mkdir(parents=True, exist_ok=True)
    auth = base64.b64encode(f"{user}:{password}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))


PASSWORD = 'pa"ss\\word$'
HTPASSWD = "me:$2b$04$/kl7Et9vodPiRHrjBFkGLuBtY.I9pvS0pHrjjZN5F7JCGRCbVTG.a\n"  # of PASSWORD, by bcrypt


def test_basic_credentials_are_used_and_appear_in_no_argument_list(
    tmp_path: Path, push: Push, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = PASSWORD
    file = tmp_path / "htpasswd"
    file.write_text(HTPASSWD)
    # A curl that notes its arguments and is then the real one.
    real = shutil.which("curl")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "curl").write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/arguments\nexec {real} "$@"\n')
    (tmp_path / "bin" / "curl").chmod(0o755)
    with running(tmp_path / "private", f"auth: {{htpasswd: {{realm: test, path: {file}}}}}\n") as private:
        push(f"{private.host}/app", [BASE, TOP], "--dest-creds", f"me:{password}")
        with pytest.raises(NotFound, match="denies access"):
            pull(f"{private.host}/app", store, note=print)
        login(tmp_path, private.host, "me", password)
        monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
        said: list[str] = []
        assert pull(f"{private.host}/app", store, note=said.append).layers
        login(tmp_path, private.host, "me", "wrong")
        with pytest.raises(NotFound, match="denies access"):
            pull(f"{private.host}/app:other", store, note=said.append)
    assert set((tmp_path / "arguments").read_text().splitlines()) == {"--disable --config -"}
    assert password not in "".join(said)


class TokenServer(BaseHTTPRequestHandler):
    """A registry's gate: without the token it gives out itself, everything is 401."""

    upstream = ""
    asked: ClassVar[list[str]] = []
    users: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        if self.path.startswith("/token"):
            type(self).asked.append(self.path)
            type(self).users.append(self.headers.get("Authorization", ""))
            self._answer(200, b'{"token": "let-me-in"}')
        elif self.headers.get("Authorization") != "Bearer let-me-in":
            realm = f'Bearer realm="http://{self.headers["Host"]}/token?x=1",service="the, registry"'
            self._answer(401, b'{"errors":[{"code":"UNAUTHORIZED"}]}', {"WWW-Authenticate": realm})
        elif "/blobs/" in self.path:  # as the big registries do: the blob is elsewhere
            self._answer(307, b"", {"Location": f"http://{self.upstream}{self.path}"})
        else:
            request = urllib.request.Request(f"http://{self.upstream}{self.path}")
            request.add_header("Accept", ", ".join(self.headers.get_all("Accept") or []))
            with urllib.request.urlopen(request) as found:
                self._answer(200, found.read(), {"Content-Type": found.headers["Content-Type"]})

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def gate(registry: Registry) -> Iterator[str]:
    TokenServer.upstream, TokenServer.asked, TokenServer.users = registry.host, [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), TokenServer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_bearer_token_is_fetched_and_used(gate: str, registry: Registry, push: Push, store: Store) -> None:
    push(f"{registry.host}/team/app", [BASE, TOP])
    assert len(pull(f"{gate}/team/app", store, note=print).layers) == 2
    assert TokenServer.asked == ["/token?x=1&service=the%2C+registry&scope=repository%3Ateam%2Fapp%3Apull"]
    assert TokenServer.users == [""]


def test_credentials_are_given_for_a_token(gate: str, registry: Registry, push: Push, store: Store, tmp_path: Path) -> None:
    push(f"{registry.host}/app", [BASE])
    login(tmp_path, gate, "me", "secret")
    assert pull(f"{gate}/app", store, note=print).layers
    assert TokenServer.users == ["Basic " + base64.b64encode(b"me:secret").decode()]


def test_a_registry_is_reached_through_a_proxy(registry: Registry, push: Push, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    push(f"{registry.host}/app", [BASE])
    with cutter(registry.host, 1 << 30, 0) as proxy:
        # Without https there is no CONNECT: the registry itself answers the proxy's form of request.
        monkeypatch.setenv("http_proxy", f"http://{proxy.host}")
        monkeypatch.setenv("NO_PROXY", "")
        pull(f"{registry.host}/app", store, note=print)
        assert proxy.passed > 500
        before = proxy.passed
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        pull(f"{registry.host}/app", store, note=print)
        assert proxy.passed == before


def fill(path: Path, params: dict[str, object]) -> None:
    """What a recipe's playbook would do."""
    assert path.name == "busybox.yml" and Path(str(params["work"])).is_dir()
    (Path(str(params["tree"])) / "made").write_text("by a recipe")


def unreachable(tmp_path: Path) -> str:
    host = f"127.0.0.1:{free_port()}"
    (tmp_path / "registries.conf").write_text(f'[[registry]]\nprefix = "docker.io"\nlocation = "{host}"\n')
    return host


def test_a_recipe_is_used_only_when_no_registry_is_reached(store: Store, tmp_path: Path) -> None:
    host = unreachable(tmp_path)
    said: list[str] = []
    image = ensure("busybox", store, pull="missing", play=fill, note=said.append)
    assert (image.layers[0].path / "made").read_text() == "by a recipe"
    assert image.config["config"]["Cmd"] == ["sh"]
    assert any("recipe busybox.yml" in line and host in line and "could not be reached" in line for line in said)
    assert ensure("busybox:1", store, pull="never", play=fill, note=print).digest == image.digest
    assert json.loads(skopeo("inspect", f"oci:{store.root}/images:docker.io/library/busybox:latest"))["Layers"]


def test_a_recipe_says_which_tags_it_makes(store: Store, tmp_path: Path) -> None:
    unreachable(tmp_path)
    with pytest.raises(NotFound, match="makes other tags") as raised:
        ensure("busybox:9", store, pull="missing", play=fill, note=print)
    assert "busybox:latest" in raised.value.hint


def test_a_registry_that_answers_is_believed(registry: Registry, store: Store, tmp_path: Path) -> None:
    (tmp_path / "registries.conf").write_text(f'[[registry]]\nprefix = "docker.io"\nlocation = "{registry.host}"\ninsecure = true\n')
    with pytest.raises(NotFound, match="not found"):
        ensure("busybox", store, pull="missing", play=fill, note=print)


def test_an_image_without_a_recipe_says_that_no_registry_was_reached(store: Store, tmp_path: Path) -> None:
    unreachable(tmp_path)
    with pytest.raises(NetworkUnreachable, match=r"nosuch: not here, and .* could not be reached"):
        ensure("nosuch", store, pull="missing", play=fill, note=print)


def test_always_pulling_takes_the_newer_image(registry: Registry, push: Push, store: Store) -> None:
    push(f"{registry.host}/app", [BASE])
    old = ensure(f"{registry.host}/app", store, pull="missing", play=fill, note=print)
    push(f"{registry.host}/app", [TOP])
    assert ensure(f"{registry.host}/app", store, pull="missing", play=fill, note=print) == old
    assert ensure(f"{registry.host}/app", store, pull="always", play=fill, note=print) != old


def test_after_a_remove_no_layer_stays_unless_another_image_shares_it(registry: Registry, push: Push, store: Store) -> None:
    push(f"{registry.host}/a", [BASE])
    push(f"{registry.host}/b", [BASE, TOP])
    a = pull(f"{registry.host}/a", store, note=print)
    b = pull(f"{registry.host}/b", store, note=print)
    other = Reference.parse("other:1")
    assert catalogue.tag(store, b.reference, other).digest == b.digest
    catalogue.untag(store, b.reference)
    assert catalogue.collect(store) == []
    catalogue.untag(store, other)
    assert digest_of(TOP) in catalogue.collect(store)
    assert a.layers[0].path.is_dir() and not b.layers[1].path.exists()
    assert store.find(a.reference) == a
    catalogue.untag(store, a.reference)
    catalogue.collect(store, used=[a.layers[0].link])
    assert a.layers[0].path.is_dir()
    catalogue.collect(store)
    assert os.listdir(store.layers) == ["l"] and os.listdir(store.layers / "l") == []
    assert os.listdir(store.layout.root / "blobs" / "sha256") == []
    with pytest.raises(NotFound, match="no such image"):
        catalogue.untag(store, other)


def test_nothing_is_removed_while_an_image_is_being_added(store: Store) -> None:
    with store.adding(), pytest.raises(Conflict, match="being added"):
        catalogue.collect(store)
