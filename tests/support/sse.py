"""A strict reader of server-sent events: section 4 says what each must look like."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

TYPES = ("progress", "result", "error", "complete")


@dataclass(frozen=True)
class Event:
    id: int
    type: str
    body: dict


def read_events(lines: Iterable[str]) -> Iterator[Event]:
    """Yields events as they arrive. Comments and `retry:` are allowed; anything else out of order is a failure."""
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(":")
            assert name in ("id", "event", "data", "retry"), f"unknown field in the stream: {line[:100]!r}"
            assert name not in fields, f"{name} twice in one event: an event is one line of JSON"
            fields[name] = value.removeprefix(" ")
            continue
        if not fields:
            continue
        assert {"id", "event", "data"} <= fields.keys(), f"an event lacks a field: {fields}"
        assert fields["event"] in TYPES, fields
        body = json.loads(fields["data"])
        assert isinstance(body, dict) and body["jobId"].startswith("job_"), body
        yield Event(int(fields["id"]), fields["event"], body)
        fields = {}


def assert_whole(events: list[Event], first: int = 1) -> None:
    """From `first` without a gap or a repeat, `complete` once and last."""
    assert events, "no event at all"
    assert [event.id for event in events] == list(range(first, first + len(events)))
    assert [event.type for event in events].count("complete") == 1
    assert events[-1].type == "complete"
    assert len({event.body["jobId"] for event in events}) == 1
