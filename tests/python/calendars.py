"""Parses every calendar of a folder with PyPI's icalendar and prints, as one JSON object, what all events of each say: when
they are in UTC, what they are called, where, whether, and by which links. A fault of any is the end."""

import json
import pathlib
import sys

import icalendar


def links(event):
    found = event.get("CONFERENCE", [])
    found = found if isinstance(found, list) else [found]
    return [[link.params["LABEL"], str(link)] for link in found]


def events_of(path):
    calendar = icalendar.Calendar.from_ical(path.read_bytes())
    for component in calendar.walk():
        if component.errors:
            raise SystemExit(f"{path.name}: {component.name}: {component.errors}")
    events = calendar.walk("VEVENT")
    found = {}
    for event in events:
        uid = str(event["UID"])
        if uid in found:
            raise SystemExit(f"{path.name}: {uid} is there twice")
        start = event["DTSTART"].dt
        if start.tzinfo is None:
            raise SystemExit(f"{path.name}: {uid} is in no time zone")
        if "DTEND" in event and event["DTEND"].dt <= start:
            raise SystemExit(f"{path.name}: {uid} ends before it starts")
        if event["STATUS"] not in ("CONFIRMED", "CANCELLED") or int(event["SEQUENCE"]) < 1:
            raise SystemExit(f"{path.name}: {uid} has no state")
        found[uid] = {
            "start": round(start.timestamp()),
            "end": round(event["DTEND"].dt.timestamp()) if "DTEND" in event else None,
            "summary": str(event["SUMMARY"]),
            "location": str(event.get("LOCATION", "")),
            "status": str(event["STATUS"]),
            "links": links(event),
        }
    # Written again it says the same: nothing of it was only just readable.
    again = icalendar.Calendar.from_ical(calendar.to_ical())
    if len(again.walk("VEVENT")) != len(events):
        raise SystemExit(f"{path.name}: it is another when it is written again")
    return found


folder = pathlib.Path(sys.argv[1])
print(json.dumps({path.name: events_of(path) for path in sorted(folder.glob("*.ics"))}))
