//! A thousand programs, each with other things that formats trip over: all that a program file may say.

use plenary::format::program_file::{ProgramFile, Session};
use plenary::format::read::read;
use plenary::generate::{Options, generate};

use crate::support::files::bytes;

/// Numbers that look random and are the same in each run (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.roll(list.len())]
    }
}

const TEXTS: &[&str] = &[
    "]]>",
    "<script>alert(1)</script>",
    "&amp; &#0; &lt;",
    "\u{fffe}\u{ffff}",
    " ",
    "\t\n\r\n",
    "\"double\" 'single' \\back",
    "BEGIN:VEVENT\r\nEND:VCALENDAR",
    "=HYPERLINK(\"x\")",
    "-1+1",
    "@SUM(A1)",
    "\u{202e}right to left",
    "👩‍🚀 é e\u{301}",
    "\u{2028}\u{2029}",
    "To be announced",
    "null",
    "../../etc/passwd",
    "{{template}} ${env} %s",
    "<!-- -- -->",
    "\u{feff}bom",
];

const ADDRESSES: &[&str] = &[
    "https://a.example/|b^c`d{e}",
    "https://münchen.example/straße?q=ä#ö",
    "http://[::1]:8080/x",
    "https://a.example/100%/%zz",
    "https://a.example/[x]#a#b",
    "https:///a.example",
    "https://a.example:/",
    "https://a.example?x=1&y='2'",
    "https://a_b.example/",
];

/// Where clocks do what they do nowhere else, and names that formats have not thought of.
const ZONES: &[&str] = &[
    "UTC",
    "EST",
    "Etc/GMT+5",
    "Etc/GMT-14",
    "America/Argentina/Buenos_Aires",
    "America/North_Dakota/New_Salem",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Monrovia",
    "Europe/Amsterdam",
    "America/St_Johns",
];

const SLUGS: &[&str] =
    &["ab", "a-b", "9-", "x--y", "made-up", "2027", "a-very-long-slug-that-goes-on-and-on-and-on-and-on-and-on-63"];

/// Days on which clocks were set, also by seconds, or a whole day was left out, and the first and last of all.
const DAYS: &[&str] =
    &["2011-12-29", "1937-06-30", "1972-01-06", "2027-10-30", "2027-03-27", "1900-01-01", "8999-12-30"];

/// The n-th of them.
pub fn program(n: u64) -> ProgramFile {
    let mut dice = Dice(n.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let size = (dice.roll(9), dice.roll(20), dice.roll(12));
    let (panels, papers, people) = size;
    let plain = generate(&Options { panels, papers, people, seed: n, slug: "made-up".into() });
    let mut file = plain.clone();
    texts(&mut file, &mut dice);
    sessions(&mut file, &mut dice);
    let elsewhere = moved(&file, &mut dice);
    // Some times don't exist elsewhere; then it stays where it is.
    let accepted = |file: &ProgramFile| read(&bytes(file));
    accepted(&elsewhere).or_else(|_| accepted(&file)).unwrap_or_else(|faults| panic!("{n}: {faults}"))
}

fn texts(file: &mut ProgramFile, dice: &mut Dice) {
    let spoil = |text: &mut String, dice: &mut Dice| match dice.roll(6) {
        0 => dice.of(TEXTS).clone_into(text),
        1 => text.push_str(dice.of(TEXTS)),
        2 => text.insert_str(0, dice.of(TEXTS)),
        _ => {}
    };
    dice.of(SLUGS).clone_into(&mut file.conference.slug);
    spoil(&mut file.conference.name, dice);
    if dice.roll(3) == 0 {
        file.conference.url = Some(dice.of(ADDRESSES).to_owned());
    }
    for track in &mut file.tracks {
        spoil(&mut track.name, dice);
        track.code = format!("{}{}", dice.of(&["", "T", "t-", "Ä", "-"]), track.code);
    }
    let tracks: Vec<String> = file.tracks.iter().map(|track| track.code.clone()).collect();
    for room in &mut file.rooms {
        spoil(&mut room.name, dice);
        if dice.roll(4) == 0 {
            "The same".clone_into(&mut room.name);
        }
    }
    for person in &mut file.people {
        spoil(&mut person.name, dice);
        person.email = Some("canary@secret.example".into());
    }
    for (panel, n) in file.panels.iter_mut().zip(0..) {
        spoil(&mut panel.title, dice);
        panel.track = (!tracks.is_empty() && dice.roll(3) > 0).then(|| tracks[dice.roll(tracks.len())].clone());
        panel.code = match dice.roll(4) {
            0 => format!("ABC{n:03}"),
            1 => format!("ä {n} ]]>"),
            2 => format!("{n}"),
            _ => panel.code.clone(),
        };
        panel.key = format!("key-{n}");
        if dice.roll(3) == 0 {
            panel.url = Some(dice.of(ADDRESSES).to_owned());
        }
        for text in [&mut panel.short_abstract, &mut panel.r#abstract].into_iter().flatten() {
            spoil(text, dice);
        }
        for paper in &mut panel.papers {
            spoil(&mut paper.title, dice);
            if dice.roll(4) == 0 {
                paper.url = Some(dice.of(ADDRESSES).to_owned());
            }
        }
    }
}

fn sessions(file: &mut ProgramFile, dice: &mut Dice) {
    let starts_on = file.conference.starts_on;
    let odd = dice.roll(8);
    if odd == 7 {
        file.panels.iter_mut().for_each(|panel| panel.sessions.clear());
    }
    let mut count = 0_u64;
    for session in file.panels.iter_mut().flat_map(|panel| &mut panel.sessions) {
        count += 1;
        match odd {
            0 => session.key = format!("01234567-89AB-4def-8123-{count:012}"),
            // The same but for their letters' case.
            1 => {
                session.key =
                    format!("{}-89AB-4def-8123-{:012}", ["abcdef67", "ABCDEF67"][(count % 2) as usize], count / 2)
            }
            2 => session.rooms.clear(),
            3 => (session.date, session.start, session.end) = (None, None, None),
            4 => session.end = None,
            _ => {}
        }
        if session.rooms.is_empty() || session.date.is_none() {
            session.slots.iter_mut().for_each(|slot| slot.room = None);
        }
        if session.start.is_none() {
            session.slots.iter_mut().for_each(|slot| slot.start = None);
        }
        if dice.roll(6) == 0 {
            session.title = Some(dice.of(TEXTS).to_owned());
        }
        if dice.roll(8) == 0 && session.start.is_some() {
            alone(session);
            // Nearly a year away, at night, for nearly a day.
            let at = |hour, minute| chrono::NaiveTime::from_hms_opt(hour, minute, 0);
            session.date = Some(starts_on + chrono::TimeDelta::days([-365, 5, 360][dice.roll(3)]));
            (session.start, session.end) = (at(3, 59), if dice.roll(2) == 0 { at(3, 58) } else { None });
        }
    }
}

fn alone(session: &mut Session) {
    session.slots.clear();
}

/// The same in another time zone at another time.
fn moved(file: &ProgramFile, dice: &mut Dice) -> ProgramFile {
    let mut file = file.clone();
    dice.of(ZONES).clone_into(&mut file.conference.time_zone);
    if dice.roll(2) == 0 {
        let by = dice.of(DAYS).parse::<chrono::NaiveDate>().unwrap() - file.conference.starts_on;
        file.conference.starts_on += by;
        file.conference.ends_on += by;
        let dates = file.panels.iter_mut().flat_map(|panel| &mut panel.sessions).filter_map(|it| it.date.as_mut());
        dates.for_each(|date| *date += by);
    }
    file
}
