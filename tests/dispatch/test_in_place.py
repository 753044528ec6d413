"""Signals whose receivers never wait are sent in place in an event loop; one that may wait is left to `asend`."""

import pytest

from hotclub.dispatch import Signal

SENDER = object


def inline(seen):
    def receiver(**kwargs):
        seen.append(kwargs["value"])

    receiver.runs_inline = True
    return receiver


def test_nobody_listens():
    assert not Signal().may_wait(SENDER)
    assert Signal().send_in_place(SENDER, value=1)


@pytest.mark.parametrize("sender", [None, SENDER])
def test_receivers_that_never_wait_are_called_in_place(sender):
    signal, seen = Signal(), []
    signal.connect(inline(seen), sender=sender, weak=False)
    for value in (1, 2):  # looked up, and known
        assert not signal.may_wait(SENDER)
        assert signal.send_in_place(SENDER, value=value)
    assert seen == [1, 2]


@pytest.mark.parametrize("sender", [None, SENDER])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_one_that_may_wait_leaves_all_to_be_awaited(sender, asynchronous):
    async def waits(**kwargs):
        seen.append("async")

    def blocks(**kwargs):
        seen.append("blocking")

    signal, seen = Signal(), []
    signal.connect(inline(seen), weak=False)
    assert signal.send_in_place(SENDER, value=1)
    signal.connect(waits if asynchronous else blocks, sender=sender, weak=False)
    for _ in range(2):
        assert signal.may_wait(SENDER)
        assert not signal.send_in_place(SENDER, value=2)
    assert seen == [1]
    signal.disconnect(waits if asynchronous else blocks, sender=sender)
    assert signal.send_in_place(SENDER, value=3)
    assert seen == [1, 3]


def test_a_receiver_of_another_sender_does_not_count():
    signal, seen = Signal(), []
    signal.connect(inline(seen), weak=False)
    signal.connect(lambda **kwargs: seen.append("other"), sender=int, weak=False)
    assert signal.send_in_place(SENDER, value=1)
    assert signal.may_wait(int)
    assert seen == [1]
