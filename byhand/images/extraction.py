"""What each entry of a layer's archive does to the folder that is this process's root.

Only ``unpack`` calls this, in a child that has entered that folder with chroot. Paths are
relative to the root and are checked part by part: no symbolic link is followed.
"""

from __future__ import annotations

import errno
import os
import stat

from byhand.images.tarstream import BadLayer, Entry, Stream, entries, padding

WHITEOUT, OPAQUE = ".wh.", ".wh..wh..opq"
SHOWN = 80  # characters of a name in an error
# Attributes by which overlayfs itself steers: an archive may not bring them.
OVERLAY = ("trusted.overlay.", "user.overlay.")
FOLDER, HARD, SYMBOLIC, FIFO = b"5", b"1", b"2", b"6"
REGULAR = (b"0", b"\0", b"7")
DEVICES = (b"3", b"4")


class Extraction:
    """One archive's extraction into ``/``, which is the layer's folder.

    ``size_limit``: bytes of file content that may be written, None for any.
    """

    def __init__(self, size_limit: int | None = None) -> None:
        self._left = size_limit
        self._limit = size_limit
        self._folders = {""}  # paths known to be real folders
        self._times: dict[str, float] = {}  # of folders, set last: filling them changes them

    def everything(self, stream: Stream) -> None:
        """Extract every entry; BadLayer names the one that cannot be."""
        for entry in entries(stream):
            try:
                self._extract(entry, stream)
            except OSError as error:
                raise BadLayer(f"cannot extract {_shown(entry.name)}: {error.strerror}") from None
            except (ValueError, OverflowError) as error:  # a time, owner or name no system call takes
                raise BadLayer(f"cannot extract {_shown(entry.name)}: {error}") from None
            stream.skip(padding(entry.size))
        for path, when in self._times.items():
            if path in self._folders:
                try:
                    os.utime(f"/{path}", (when, when), follow_symlinks=False)
                except (OSError, ValueError, OverflowError) as error:
                    raise BadLayer(f"cannot set the time of {_shown(path)}: {error}") from None

    def _extract(self, entry: Entry, stream: Stream) -> None:
        path = _clean(entry.name, entry.name)
        parent, _, name = path.rpartition("/")
        if name.startswith(WHITEOUT):
            stream.skip(entry.size)
            self._whiteout(parent, name)
        elif entry.type in REGULAR:
            self._enter(parent, entry)
            self._file(path, entry, stream)
        elif entry.type == FOLDER:
            self._enter(parent, entry)
            self._folder(path, entry)
        elif entry.type == SYMBOLIC:
            self._enter(parent, entry)
            self._vacate(path)
            os.symlink(entry.link, f"/{path}")
            self._dress(path, entry)
        elif entry.type == HARD:
            self._enter(parent, entry)
            self._hard_link(path, entry)
        elif entry.type == FIFO:
            self._enter(parent, entry)
            self._vacate(path)
            os.mkfifo(f"/{path}", 0o600)
            self._dress(path, entry)
        elif entry.type in DEVICES:
            pass  # a container gets its own /dev, and its other file systems allow none
        else:
            raise BadLayer(f"{_shown(entry.name)} has the unknown type {entry.type!r}")

    def _file(self, path: str, entry: Entry, stream: Stream) -> None:
        total = entry.size if entry.sparse is None else entry.real_size
        if self._left is not None:
            self._left -= total
            if self._left < 0:
                raise BadLayer(f"more than {self._limit} bytes of content, the limit for one layer")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        owned = bool(entry.uid or entry.gid)
        mode = 0o600 if owned else entry.mode
        try:
            file = os.open(f"/{path}", flags, mode)
        except FileExistsError:
            self._vacate(path)
            file = os.open(f"/{path}", flags, mode)
        try:
            if entry.sparse is None:
                _write(file, stream, entry.size)
            else:
                os.truncate(file, entry.real_size)
                for offset, count in entry.sparse:
                    os.lseek(file, offset, os.SEEK_SET)
                    _write(file, stream, count)
                stream.skip(entry.size - sum(count for _, count in entry.sparse))
            if owned:
                os.chown(file, entry.uid, entry.gid)
                os.chmod(file, entry.mode)  # after chown, which clears setuid and setgid
            elif entry.mode & 0o6000:
                os.chmod(file, entry.mode)  # writing cleared them
            for key, value in entry.xattrs.items():
                _attribute(file, key, value, entry)
            os.utime(file, (entry.mtime, entry.mtime))
        finally:
            os.close(file)

    def _folder(self, path: str, entry: Entry) -> None:
        if path:
            try:
                os.mkdir(f"/{path}", 0o700)
            except FileExistsError:
                found = os.lstat(f"/{path}")
                if not stat.S_ISDIR(found.st_mode):
                    self._vacate(path)
                    os.mkdir(f"/{path}", 0o700)
                    if _is_whiteout(found):
                        os.setxattr(f"/{path}", "trusted.overlay.opaque", b"y")
            self._folders.add(path)
        self._dress(path, entry)
        self._times.pop(path, None)
        self._times[path] = entry.mtime

    def _hard_link(self, path: str, entry: Entry) -> None:
        target = _clean(entry.link, entry.name)
        self._real_parents(target, entry)
        try:
            found = os.lstat(f"/{target}")
        except FileNotFoundError:
            raise BadLayer(f"{_shown(entry.name)} is a hard link to {_shown(entry.link)}, which the layer does not hold") from None
        if stat.S_ISDIR(found.st_mode):
            raise BadLayer(f"{_shown(entry.name)} is a hard link to a folder")
        if target == path:
            return
        self._vacate(path)
        os.link(f"/{target}", f"/{path}", follow_symlinks=False)

    def _whiteout(self, parent: str, name: str) -> None:
        self._enter(parent, None)
        if name == OPAQUE:
            os.setxattr(f"/{parent}", "trusted.overlay.opaque", b"y")
            return
        if name.startswith(".wh..wh."):
            return  # aufs kept its own notes under such names
        hidden = name[len(WHITEOUT) :]
        if hidden in ("", ".", ".."):
            raise BadLayer(f"the whiteout {_shown(name)} hides no name")
        path = f"{parent}/{hidden}" if parent else hidden
        # A whiteout hides what lower layers have, never what this layer brings.
        try:
            found = os.lstat(f"/{path}")
        except FileNotFoundError:
            os.mknod(f"/{path}", stat.S_IFCHR, 0)
            return
        if stat.S_ISDIR(found.st_mode):
            os.setxattr(f"/{path}", "trusted.overlay.opaque", b"y")

    def _enter(self, parent: str, entry: Entry | None) -> None:
        """Make sure that ``parent`` is a real folder, making what is missing of it."""
        if parent in self._folders:
            return
        self._real_parents(f"{parent}/.", entry, make=True)

    def _real_parents(self, path: str, entry: Entry | None, *, make: bool = False) -> None:
        at = ""
        for part in path.split("/")[:-1]:
            at = f"{at}/{part}" if at else part
            if at in self._folders:
                continue
            try:
                found = os.lstat(f"/{at}")
            except FileNotFoundError:
                if not make:
                    return
                os.mkdir(f"/{at}", 0o755)
            else:
                if stat.S_ISLNK(found.st_mode):
                    raise BadLayer(f"{_shown(entry.name if entry else path)} goes through the symbolic link {_shown(at)}")
                if not stat.S_ISDIR(found.st_mode):
                    if not make:
                        return
                    os.unlink(f"/{at}")
                    os.mkdir(f"/{at}", 0o755)
                    if _is_whiteout(found):
                        os.setxattr(f"/{at}", "trusted.overlay.opaque", b"y")
            self._folders.add(at)

    def _vacate(self, path: str) -> None:
        """Remove what stands at ``path``; its parents are real folders."""
        if not path:
            raise BadLayer("the layer's root would be something else than a folder")
        try:
            os.unlink(f"/{path}")
        except FileNotFoundError:
            return
        except (IsADirectoryError, PermissionError):
            _remove_folder(f"/{path}")
            self._folders = {known for known in self._folders if not f"{known}/".startswith(f"{path}/")}

    def _dress(self, path: str, entry: Entry) -> None:
        """Owner, attributes, mode and time of what is not a file; nothing is followed."""
        place = f"/{path}"
        if entry.uid or entry.gid or entry.type == FOLDER:
            os.chown(place, entry.uid, entry.gid, follow_symlinks=False)
        for key, value in entry.xattrs.items():
            _attribute(place, key, value, entry)
        if entry.type != SYMBOLIC:
            os.chmod(place, entry.mode)
        if entry.type != FOLDER:
            os.utime(place, (entry.mtime, entry.mtime), follow_symlinks=False)


def _clean(name: str, shown: str) -> str:
    """``name`` without leading and doubled slashes and dots; BadLayer when it climbs."""
    if "\0" in name:
        raise BadLayer(f"{_shown(shown)} has a zero byte in its name")
    if name and name[0] != "/" and name[-1] != "/" and "//" not in name and "/." not in name and name[0] != ".":
        return name
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise BadLayer(f"{_shown(shown)} leads out of the layer by '..'")
    return "/".join(parts)


def _write(file: int, stream: Stream, count: int) -> None:
    for piece in stream.pieces(count):
        while piece:
            piece = piece[os.write(file, piece) :]


def _attribute(place: int | str, key: str, value: bytes, entry: Entry) -> None:
    if key.startswith(OVERLAY):
        return
    try:
        if isinstance(place, int):
            os.setxattr(place, key, value)
        else:
            os.setxattr(place, key, value, follow_symlinks=False)
    except OSError as error:
        # As docker does: a file system or kernel that has no such attribute is no reason to stop.
        if error.errno not in (errno.ENOTSUP, errno.EPERM):
            raise BadLayer(f"{_shown(entry.name)}: attribute {key}: {error.strerror}") from None


def _is_whiteout(found: os.stat_result) -> bool:
    return stat.S_ISCHR(found.st_mode) and found.st_rdev == 0


def _remove_folder(path: str) -> None:
    """Without recursion: an archive may nest folders deeper than Python's stack."""
    folders = [path]
    for folder in folders:
        with os.scandir(folder) as found:
            for item in found:
                if item.is_dir(follow_symlinks=False):
                    folders.append(item.path)
                else:
                    os.unlink(item.path)
    for folder in reversed(folders):
        os.rmdir(folder)


def _shown(name: str) -> str:
    text = name if len(name) <= SHOWN else name[:SHOWN] + "…"
    return repr(text.encode("utf-8", "backslashreplace").decode())
