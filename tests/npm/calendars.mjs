// Parses every calendar of a folder with ical.js and prints, as one JSON object, what all events of each say: when they are
// in UTC, what they are called, where, whether, and by which links. A fault of any is the end.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ICAL from 'ical.js';

const folder = process.argv[2];
if (!folder) {
  console.error('usage: node calendars.mjs FOLDER');
  process.exit(2);
}

const found = {};
for (const name of readdirSync(folder).filter((name) => name.endsWith('.ics')).sort()) {
  // As a calendar application does: the whole text, its zones first.
  const calendar = new ICAL.Component(ICAL.parse(readFileSync(join(folder, name), 'utf8')));
  for (const zone of calendar.getAllSubcomponents('vtimezone')) {
    ICAL.TimezoneService.register(new ICAL.Timezone(zone));
  }
  const events = {};
  for (const component of calendar.getAllSubcomponents('vevent')) {
    const event = new ICAL.Event(component);
    if (!event.uid || !event.summary) throw new Error(`${name}: an event has no UID or summary`);
    if (event.uid in events) throw new Error(`${name}: ${event.uid} is there twice`);
    const end = component.getFirstPropertyValue('dtend');
    events[event.uid] = {
      start: Math.round(event.startDate.toUnixTime()),
      end: end && Math.round(end.toUnixTime()),
      summary: event.summary,
      location: event.location ?? '',
      status: component.getFirstPropertyValue('status'),
      links: component.getAllProperties('conference').map((link) => [link.getParameter('label'), link.getFirstValue()]),
    };
  }
  ICAL.TimezoneService.reset();
  found[name] = events;
}
console.log(JSON.stringify(found));
