"""Distance, made by hand: two tap devices and a process that hands their frames over.

``python relay.py MILLISECONDS READY`` in the player's network namespace makes the devices
``uplink`` and ``wire`` and then the file READY. What comes out of ``uplink`` goes into
``wire`` that many milliseconds later and in its order, as after ``tc qdisc add dev uplink
root netem delay``; what comes back goes at once, so that a round trip is that much longer.
(Linux: Documentation/networking/tuntap.rst.)
"""

from __future__ import annotations

import fcntl
import os
import select
import struct
import sys
import time
from collections import deque
from pathlib import Path

UPLINK, WIRE = "uplink", "wire"

TUNSETIFF = 0x400454CA  # <linux/if_tun.h>
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
FRAME = 65536  # bytes; longer than any frame
BURST = 200  # frames read before the clock is looked at again


def tap(name: str) -> int:
    """The descriptor of a new tap device, which goes when the descriptor does."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return device


def relay(near: int, far: int, seconds: float) -> None:
    """Hand frames over between two descriptors for as long as both are there."""
    late: deque[tuple[float, bytes]] = deque()
    poll = select.poll()
    for device in (near, far):
        poll.register(device, select.POLLIN)
    while True:
        wait = None if not late else max(0.0, (late[0][0] - time.monotonic()) * 1000)
        for device, _ in poll.poll(wait):
            if device == near:
                due = time.monotonic() + seconds
                late.extend((due, frame) for frame in frames(near))
            else:
                for frame in frames(far):
                    put(near, frame)
        now = time.monotonic()
        while late and late[0][0] <= now:
            put(far, late.popleft()[1])


def frames(device: int) -> list[bytes]:
    """What a tap device has to hand over now."""
    found: list[bytes] = []
    while len(found) < BURST:
        try:
            found.append(os.read(device, FRAME))
        except BlockingIOError:
            break
    return found


def put(device: int, frame: bytes) -> None:
    """Send a frame; one that a device does not take is lost, as on any wire."""
    try:
        os.write(device, frame)
    except OSError:
        return


def main() -> None:
    near, far = tap(UPLINK), tap(WIRE)
    Path(sys.argv[2]).touch()
    relay(near, far, int(sys.argv[1]) / 1000)


if __name__ == "__main__":
    main()
