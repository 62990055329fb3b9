"""What a VM is run with, where its things lie, and when its box is the same."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from byhand.engine import play, template
from byhand.errors import ByhandError, Conflict, MissingTool, NotFound, UsageError
from byhand.vm import box, host, machine, places
from byhand.vm.places import Places
from tests.support import REPO


def test_kvm_counts_only_with_virtualization_in_the_processor(tmp_path: Path) -> None:
    device, cpuinfo = tmp_path / "kvm", tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nflags\t\t: fpu vmx sse\n")
    assert not host.kvm_works(device, cpuinfo)
    device.touch()
    assert host.kvm_works(device, cpuinfo)
    cpuinfo.write_text("processor\t: 0\nflags\t\t: fpu svm sse\n")
    assert host.kvm_works(device, cpuinfo)
    cpuinfo.write_text("processor\t: 0\nflags\t\t: fpu sse2 vmxless\n")
    assert not host.kvm_works(device, cpuinfo)
    cpuinfo.write_text("processor\t: 0\nFeatures\t: fp asimd\n")  # of arm64
    assert host.kvm_works(device, cpuinfo)


def test_missing_packages_are_named_with_the_command_that_installs_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("byhand.engine.run.SBIN", str(tmp_path))
    monkeypatch.setattr(host, "UP_FILES", {str(tmp_path / "nothing"): "vagrant-libvirt"})
    missing = host.missing_for_up()
    assert missing == ["libvirt-clients", "libvirt-daemon-system", "openssh-client", "qemu-system-x86", "vagrant", "vagrant-libvirt"]
    with pytest.raises(MissingTool) as error:
        host.require(missing[:2], "the VM")
    assert str(error.value) == (
        "the VM needs packages that are not installed: libvirt-clients libvirt-daemon-system\n"
        "  apt-get install --no-install-recommends libvirt-clients libvirt-daemon-system"
    )
    host.require([], "the VM")


def test_without_vagrant_nothing_runs_the_box_of_vagrant_cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("byhand.engine.run.SBIN", str(tmp_path))
    assert host.provider() == ""


def test_virtualbox_is_taken_where_it_and_the_box_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for tool in ("vagrant", "VBoxManage"):
        (tmp_path / tool).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / tool).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("byhand.engine.run.SBIN", str(tmp_path))
    monkeypatch.setenv("VAGRANT_HOME", str(tmp_path / "home"))
    assert host.provider() == "", "there is no box, and no curl to ask for one"
    (tmp_path / "home/boxes/debian-VAGRANTSLASH-bookworm64").mkdir(parents=True)
    assert host.provider() == "virtualbox"


def test_each_checkout_has_a_machine_of_its_own() -> None:
    one, other = Places(Path("/srv/one")), Places(Path("/srv/two"))
    assert re.fullmatch(r"byhand-[0-9a-f]{8}", one.name)
    assert len({one.name, other.name}) == len({one.sockets, other.sockets}) == 2
    assert one == Places(Path("/srv/one"))


def test_the_checkout_is_the_one_that_byhand_runs_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert places.here().checkout == REPO
    monkeypatch.setattr(places, "packaged", lambda kind: tmp_path / kind)
    with pytest.raises(NotFound, match="there is no Vagrantfile here"):
        places.here()


def test_the_box_is_the_same_for_the_same_steps_and_another_for_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = Places(tmp_path)
    first = box.place(here)
    assert first.parent == tmp_path / ".cache" / "vm"
    monkeypatch.setenv("BYHAND_ROOT", str(tmp_path / "elsewhere"))
    assert box.place(here) == first
    others = {
        "- cron\n": "- cron\n      - git\n",
        "net.ifnames=0": "net.ifnames=1",
        "[virtio_pci, virtio_blk]": "[virtio_blk]",
    }
    for old, new in others.items():
        text = (REPO / "playbooks/vm/box.yml").read_text()
        assert old in text
        (tmp_path / "playbooks/vm").mkdir(parents=True, exist_ok=True)
        (tmp_path / "playbooks/vm/box.yml").write_text(text.replace(old, new))
        monkeypatch.chdir(tmp_path)
        assert box.place(here) != first


def test_a_box_that_is_there_is_not_built(tmp_path: Path) -> None:
    here = Places(tmp_path)
    box.place(here).mkdir(parents=True)
    assert box.ensure(here, lambda request: pytest.fail("it was built")) == box.place(here)


@pytest.mark.skipif(os.geteuid() != 0, reason="building a box is for root")
@pytest.mark.skipif(bool(host.missing_for_box()), reason="the tools that build a box are not installed")
def test_a_new_box_takes_the_place_of_older_ones(tmp_path: Path) -> None:
    here = Places(tmp_path)
    (here.boxes / "0123").mkdir(parents=True)
    (here.boxes / "4567.89.new").mkdir()

    def built(request: play.Request) -> play.Outcome:
        Path(request.params["box"]).mkdir()
        return play.Outcome("", 0)

    found = box.ensure(here, built)
    assert found == box.place(here)
    assert sorted(path.name for path in here.boxes.iterdir()) == sorted(["lock", box.place(here).name])
    assert box.ensure(here, lambda request: play.Outcome("", 1), fresh=True) is None
    assert not box.place(here).exists()


def test_a_port_that_is_free_is_asked_for_anew_each_time() -> None:
    assert len({machine.free_port() for _ in range(5)}) > 1


def test_the_play_says_what_is_needed_of_it(tmp_path: Path) -> None:
    request = machine.emulated(Places(tmp_path), tmp_path / "box")
    program = play.compiled(request, tmp_path / "run")
    assert program.remaining is None
    assert f'"port": {request.params["port"]}' in program.text
    assert "apply_libvirtd" in program.text and "vagrant up" in program.text
    assert "vagrant up" in play.compiled(machine.stock(Places(tmp_path), "virtualbox"), tmp_path / "run").text


def test_a_place_whose_sockets_would_have_too_long_a_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "SOCKETS", Path("/" + "a" * 100))
    with pytest.raises(UsageError, match="too long"):
        machine.emulated(Places(tmp_path), tmp_path / "box")


def test_without_a_machine_there_is_nothing_to_take_down_or_to_ask(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no VM here"):
        machine.down(Places(tmp_path), lambda piece, event: None)
    assert not machine.is_up(Places(tmp_path))


def ended(here: Places, status: str) -> Path:
    folder = here.checkout / "runs" / "one"
    folder.mkdir(parents=True)
    if status:
        (folder / "status").write_text(f"{status}\n")
    here.folder.mkdir(parents=True)
    here.run.write_text(f"{folder}\n")
    return folder


@pytest.mark.parametrize("status", ["", "0"])
def test_a_machine_that_was_not_taken_down_is_not_replaced(tmp_path: Path, status: str) -> None:
    here = Places(tmp_path)
    ended(here, status)
    with pytest.raises(Conflict) as error:
        machine.up(here, machine.emulated(here, tmp_path / "box"), lambda piece, event: None)
    assert error.value.hint == "invoke vm.down takes it down"
    assert machine.down(here, lambda piece, event: None).status == 0
    assert not (tmp_path / ".vagrant").exists()


def test_a_machine_whose_run_is_gone_is_not_forgotten(tmp_path: Path) -> None:
    """Nothing could be taken back: saying so with success would leave its QEMU to nobody."""
    here = Places(tmp_path)
    shutil.rmtree(ended(here, "0"))
    (here.folder / "vm.json").write_text("{}")
    with pytest.raises(Conflict, match="the run that brought the machine up is gone") as error:
        machine.down(here, lambda piece, event: None)
    assert here.name in error.value.hint and str(here.folder) in error.value.hint
    assert here.run.exists()
    (here.folder / "vm.json").unlink()  # one that was killed before it made anything
    assert machine.down(here, lambda piece, event: None).status == 0
    assert not here.folder.exists()


@pytest.mark.parametrize("status", ["undone", "recovered"])
def test_what_another_verb_took_down_is_forgotten(tmp_path: Path, status: str) -> None:
    here = Places(tmp_path)
    ended(here, status)
    with pytest.raises(ByhandError, match="name is required"):  # nothing is started
        machine.up(here, play.Request(machine.emulated(here, tmp_path / "box").book, {"port": "no port"}), lambda piece, event: None)
    assert not (tmp_path / ".vagrant").exists()


def test_the_vagrantfile_takes_the_packages_of_our_own_box() -> None:
    book = yaml.safe_load((REPO / "playbooks/vm/box.yml").read_text())
    packages = book["params"]["packages"]["default"]
    assert {"cgroup-tools", "iptables", "python3-venv"} <= set(packages)
    assert 'book["params"]["packages"]["default"]' in (REPO / "Vagrantfile").read_text()


def test_the_vagrantfile_is_ruby() -> None:
    if shutil.which("ruby") is None:
        pytest.skip("ruby is not installed")
    done = subprocess.run(["ruby", "-wc", str(REPO / "Vagrantfile")], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("Syntax OK\n", "")


def test_no_argument_of_a_template_has_the_name_of_what_the_engine_gives_it() -> None:
    """The engine's own value would take its place (this removed a run's folder once)."""
    for path in sorted((REPO / "templates").glob("*/*.sh.j2")):
        found = template.load(f"{path.parent.name}/{path.name.removesuffix('.sh.j2')}", path)
        assert not found.args.keys() & {"folder", "step_id", "facts"}, found.name
