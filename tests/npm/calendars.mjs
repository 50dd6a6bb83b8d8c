// Parses every calendar of a folder with ical.js and prints, as one JSON object, how many events each has, with the times
// of all of them in UTC. A fault of any is the end.
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
  const times = {};
  for (const component of calendar.getAllSubcomponents('vevent')) {
    const event = new ICAL.Event(component);
    if (!event.uid || !event.summary) throw new Error(`${name}: an event has no UID or summary`);
    if (event.uid in times) throw new Error(`${name}: ${event.uid} is there twice`);
    times[event.uid] = Math.round(event.startDate.toUnixTime());
  }
  ICAL.TimezoneService.reset();
  found[name] = times;
}
console.log(JSON.stringify(found));
