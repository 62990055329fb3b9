"""Events are told from output by a secret: no output can forge one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from byhand.engine.events import Event, Reader


def read(lines: list[str], nonce: str = "secret") -> tuple[list[Event], str]:
    found: list[Event] = []
    reader = Reader(found.append, nonce)
    for line in lines:
        reader.feed(line)
    return found, reader.rest()


def test_output_belongs_to_the_event_that_follows_it() -> None:
    found, rest = read(["\036secret begin a\n", "one\n", "two\n", "\036secret changed a\n", "three\n"])
    assert [(event.word, event.id, event.output) for event in found] == [("begin", "a", ""), ("changed", "a", "one\ntwo\n")]
    assert rest == "three\n"


def test_output_without_a_newline_is_kept_before_an_event() -> None:
    found, _ = read(["\036secret begin a\n", "no newline\036secret failed a\n"])
    assert (found[1].word, found[1].output) == ("failed", "no newline")


def test_an_event_has_the_seconds_since_the_one_before() -> None:
    found, _ = read(["\036secret begin a\n", "\036secret ok a\n"])
    assert found[1].seconds >= 0


@given(st.lists(st.text().map(lambda text: text + "\n")))
def test_no_output_is_an_event_without_the_nonce(lines: list[str]) -> None:
    forged = [f"\036{word} ok a\n" for word in ("", "Secret", "secre", "secrett")] + ["\036 secret ok a\n", "secret ok a\n"]
    found, rest = read([*forged, *lines])
    assert found == []
    assert rest == "".join([*forged, *lines])


def test_every_reader_has_a_nonce_of_its_own() -> None:
    nonces = {Reader(lambda event: None).nonce for _ in range(50)}
    assert len(nonces) == 50
    assert all(len(nonce) == 16 for nonce in nonces)
