"""docs/labs.md says what the labs are; what they printed is steady from one run to the next."""

from __future__ import annotations

import re

import pytest

from byhand.verify import labs, labs_page
from byhand.verify.labs_page import Shown
from tests.support import REPO

PAGE = REPO / "docs" / "labs.md"


def shown(first: str, second: str, name: str = "16-chroot") -> Shown:
    """Two made-up runs of a lab, of which one step printed something."""
    step = labs.book(name).steps[-1]
    runs = [labs.Run("", 0, (labs.Seen(step.name, labs.book(name).path, step.line, "ok", text),)) for text in (first, second)]
    return Shown((runs[0], runs[1]), ("test_it_is_so",))


def test_the_page_says_what_the_playbooks_say() -> None:
    assert labs_page.without_output(PAGE.read_text()) == labs_page.page({}), "run: invoke dev.labs"


def test_every_lab_was_run_for_the_page() -> None:
    sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]
    verified = [text.partition("\n")[0] for text in sections if "\nVerified: " in text]
    assert verified == labs.names(), "run: invoke dev.labs"


def test_each_link_of_the_page_leads_to_a_heading() -> None:
    text = PAGE.read_text()
    headings = {re.sub(r"[^a-z0-9 -]", "", row.lower()).replace(" ", "-") for row in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
    links = set(re.findall(r"\]\(#([^)]*)\)", text))
    assert links and links <= headings


@pytest.mark.parametrize(
    ("first", "second", "printed"),
    [
        ("PID 100 sh\n", "PID 2345 sh\n", "PID … sh"),
        ("usage=100/200\n", "usage=150/200\n", "usage=…/200"),
        ("net:[4026531840]\n", "net:[4026531840]\n", "net:[…]"),
        ("2: eth0@if17: <UP> link/ether 0a:58:0a:62:00:02\n", "2: eth0@if17: <UP> link/ether 0a:58:0a:62:00:02\n",
         "2: eth0@if…: <UP> link/ether …"),
        ("pid   4026531836   100 sh\n", "pid   4026531836 10000 sh\n", "pid … … sh"),
        ("its root 65024:15344049, the host's 65024:2\n", "its root 65024:15344049, the host's 65024:2\n",
         "its root …, the host's 65024:2"),
        ("the same\n", "the same\n", "the same"),
        ("one more line\n1\n", "one more line\n", "one more line\n1"),
    ],
)  # fmt: skip
def test_what_differs_between_two_runs_is_left_out(first: str, second: str, printed: str) -> None:
    text = labs_page.page({"16-chroot": shown(first, second)})
    assert f"```text\n{printed}\n```\n\nVerified: it is so.\n" in text
    assert labs_page.without_output(text) == labs_page.page({})


def test_what_is_taken_back_by_hand_is_said() -> None:
    assert "\n# taken back by: ip -n " in labs_page.page({})
