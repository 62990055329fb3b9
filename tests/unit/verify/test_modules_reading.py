"""What the modules read: texts that hosts really printed, and the shell that asks for them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import testinfra
import testinfra.backend
import testinfra.modules
from testinfra.host import Host

from byhand.engine import mounts
from byhand.errors import BadValue, ByhandError, CommandFailed, MissingTool, NotFound
from byhand.verify import modules
from byhand.verify.modules import reading
from byhand.verify.modules.overlay import layers

modules.register()


@pytest.fixture
def host() -> Host:
    return testinfra.get_host("local://")


def test_no_module_of_testinfras_own_is_replaced() -> None:
    names = modules.MODULES.keys() | modules.WHOLE.keys()
    assert not names & testinfra.modules.modules.keys()
    before = {name: getattr(Host, name) for name in dir(Host) if name not in names}
    modules.register()
    assert {name: getattr(Host, name) for name in dir(Host) if name not in names} == before


def test_testinfras_own_modules_work_as_before(host: Host) -> None:
    assert host.file("/proc/self/status").exists
    assert host.namespaces(os.getpid()).exists
    with pytest.raises(AttributeError, match="no attribute 'nets'"):
        host.nets  # noqa: B018


def test_each_backend_of_ours_can_be_found() -> None:
    for name in modules.BACKENDS:
        assert name == testinfra.backend.get_backend_class(name).NAME


def test_arguments_are_arguments(host: Host) -> None:
    hostile = ["a b", "'", '"', "$(x)", "-n", "a\nb", "%s %d", "", "ä\U0001f433"]
    assert reading.text(host, "for one; do printf '%s\\0' \"$one\"; done", *hostile).split("\0")[:-1] == hostile


def test_no_text_can_end_a_part(host: Host, tmp_path: Path) -> None:
    contents = ["part 1\n--", "", "\n\n", "--0123456789abcdef0123456789abcdef 1\nx"]
    paths = [tmp_path / f"-{number} a\nb" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_text(content)
    asked = [*map(str, paths), str(tmp_path / "none")]
    assert reading.files(host, *asked) == dict(zip(map(str, paths), contents, strict=True))


def test_a_failure_is_one_line(host: Host) -> None:
    with pytest.raises(MissingTool, match="no-such-tool: not found") as caught:
        reading.text(host, "no-such-tool")
    assert "\n" not in str(caught.value)
    with pytest.raises(CommandFailed, match="exit status 4: it said so"):
        reading.text(host, "echo it said so >&2; exit 4")
    with pytest.raises(ByhandError, match="mtu: the host says '12x', which is no number"):
        reading.number("mtu", "12x\n")


@pytest.mark.parametrize("pid", ["self", "1; x", "-1", "", "1\n", "٣"])
def test_a_process_is_a_number(host: Host, pid: str) -> None:
    with pytest.raises(BadValue, match="is no process number"):
        host.namespaces(pid)


def test_a_process_that_is_not_there_is_said(host: Host) -> None:
    found = host.namespaces(4194305)  # more than the kernel ever gives (proc_sys_kernel(5), pid_max)
    assert not found.exists
    for ask in (lambda: found.net, lambda: found.pids, lambda: found.all):
        with pytest.raises(NotFound, match="there is no process 4194305"):
            ask()


def test_octal_is_what_it_stands_for() -> None:
    assert mounts.unescape(r"/a\040b\011c\012d\134e\134040\303\244") == "/a b\tc\nd\\e\\040ä"
    assert mounts.unescape(r"\377") == "\udcff", "a byte that is no UTF-8 stays"


def test_a_mountinfo_line_of_any_kind_is_read() -> None:
    lines = [
        "35 1 98:0 / /mnt\r\x0c\x85\u2028 rw - ext4 /dev/root rw",  # what str.splitlines takes for an end of line
        r"36 35 98:0 /mnt1 /mnt\0402 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue",
        r"119 68 0:55 / /m rw - overlay  rw,lowerdir=a\134:b:c\134\054d:e\040f\134\134g,upperdir=up\134:x\134\054y\040z,workdir=work",
        f"129 124 0:50 / /tmp/ov/m rw - overlay ov rw,{','.join(f'lowerdir+=/layers/{number}:x' for number in range(500))},datadir+=/data",
    ]
    odd, first, second, third = reading.mounts("\n".join(lines) + "\n")
    assert odd.point == "/mnt\r\x0c\x85\u2028"
    assert (first.number, first.parent, first.root, first.point, first.kind) == (36, 35, "/mnt1", "/mnt 2", "ext3")
    assert (first.options, first.fields) == (["rw", "noatime"], ["rw", "errors=continue"])
    assert layers(second.fields) == ["a:b", "c,d", "e f\\g"]
    assert layers(third.fields) == [*(f"/layers/{number}:x" for number in range(500)), "/data"]


def test_layers_of_data_are_below_the_others() -> None:
    assert layers(["rw", "lowerdir=/top:/base::/data1::/data2", "upperdir=/u"]) == ["/top", "/base", "/data1", "/data2"]
