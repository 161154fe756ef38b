"""Progress of long work in a log."""

import logging

from spinlearn.pipeline import progress


def test_progress_in_a_log_is_an_occasional_line(caplog, monkeypatch):
    clock = iter(range(0, 10_000, 8))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    with caplog.at_level(logging.INFO, logger="spinlearn.progress"):
        found = list(progress.track(range(10), "diagonalising", unit="realisation"))
    assert found == list(range(10))
    lines = [record.message for record in caplog.records]
    # The clock is read once per item, 8 s apart. A line every 20 s: after 3, 6 and 9 items, and one
    # at the end.
    assert len(lines) == 4
    assert lines[0].startswith("diagonalising: 3/10 [00:24 elapsed, 00:56 left")
    assert "realisation" in lines[0]


def test_items_without_a_length_are_counted(caplog):
    with caplog.at_level(logging.INFO, logger="spinlearn.progress"):
        assert list(progress.track(iter("abc"), "reading", unit="file")) == ["a", "b", "c"]
        assert list(progress.track(iter("abc"), "reading", total=3)) == ["a", "b", "c"]
    lines = [record.message for record in caplog.records]
    assert lines[0].startswith("reading: 3 file")
    assert lines[1].startswith("reading: 3/3")
