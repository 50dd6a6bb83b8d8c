//! Schedules and calendars by the command line.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use crate::cli::{fails, memory_peak, plenary, run, succeeds, text, write};
use crate::support::files::small;

/// A schedule with one event, and something that has no place in a program.
const SCHEDULE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<schedule>
 <version>1</version>
 <conference><acronym>tides</acronym><title>Tides</title><start>2027-07-12</start><end>2027-07-13</end>
  <time_zone_name>Europe/Lisbon</time_zone_name><logo>x.png</logo></conference>
 <day index="1" date="2027-07-12" start="2027-07-12T04:00:00+01:00" end="2027-07-13T04:00:00+01:00">
  <room name="Hall">
   <event id="1" guid="0197f000-0000-4000-8000-000000000001"><date>2027-07-12T10:00:00+01:00</date><start>10:00</start>
    <duration>1:00</duration><title>Ebb</title><persons><person id="7">Ann Lee</person></persons></event>
  </room>
 </day>
</schedule>
"#;

/// A schedule is shown, taken and taken again; what is left out is said apart from what is done.
#[test]
fn a_schedule_is_imported() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    std::fs::write(dir.join("s.xml"), SCHEDULE).unwrap();
    let left_out =
        "not understood, and left out:\nline 4, <conference>: <logo> has no place in a program and is left out";
    let dry = run(dir, &["import", "s.xml", "--dry-run"]);
    let said = succeeds(&dry);
    assert!(said.contains("+ person 7  Ann Lee\n") && said.contains("This was a dry run: nothing is."), "{said}");
    assert!(text(&dry.stderr).contains(left_out), "{}", text(&dry.stderr));
    assert!(fails(&run(dir, &["export", "tides"])).contains("there is no conference"), "nothing is written");
    let first = run(dir, &["import", "s.xml"]);
    assert!(succeeds(&first).contains("tides: revision 1, "), "{}", text(&first.stdout));
    assert!(text(&first.stderr).contains(left_out));
    assert!(succeeds(&run(dir, &["import", "s.xml"])).contains("it stays at revision 1"));
    // The other form of it, without a name that tells what it is.
    succeeds(&run(dir, &["export", "tides", "--format", "schedule.json", "-o", "other"]));
    let said = succeeds(&run(dir, &["import", "other"]));
    assert!(said.contains("it stays at revision 1"), "{said}");
    // Cut in the middle: its line, and nothing is done.
    let cut = SCHEDULE.split("<title>Ebb").next().unwrap();
    std::fs::write(dir.join("cut.xml"), cut.replace("Tides", "Other")).unwrap();
    let said = fails(&run(dir, &["import", "cut.xml"]));
    assert!(said.contains("cut.xml has faults; nothing is imported:\nline 9"), "{said}");
    assert!(succeeds(&run(dir, &["import", "s.xml"])).contains("it stays at revision 1"));
}

/// What is written is known by the file's name, unless it is said.
#[test]
fn a_file_is_what_its_name_says() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, "small.json", &small());
    succeeds(&run(dir, &["import", "small.json"]));
    for (name, begins) in [
        ("s.xml", "<?xml"),
        ("my.SCHEDULE.json", "{\"$schema\""),
        ("all.ics", "BEGIN:VCALENDAR\r\n"),
        ("papers.csv", "\u{FEFF}key,panel,order,title,"),
        ("small.people.csv", "\u{FEFF}key,name,"),
        ("program.json", "{\n  \"version\": 1"),
        ("anything", "{\n  \"version\": 1"),
    ] {
        succeeds(&run(dir, &["export", "small", "-o", name]));
        let written = std::fs::read_to_string(dir.join(name)).unwrap();
        assert!(written.starts_with(begins), "{name}: {}", written.chars().take(60).collect::<String>());
        assert_eq!(name.contains("SCHEDULE"), written.contains("\"schedule\":{"), "{name}");
    }
    let said = fails(&run(dir, &["export", "small", "-o", "table.csv"]));
    assert!(said.contains("table.csv does not say which table it is to be"), "{said}");
    assert!(!dir.join("table.csv").exists());
    succeeds(&run(dir, &["export", "small", "-o", "table.csv", "--format", "roles.csv"]));
}

/// How long what is sent is at least.
const SIZE: usize = 200_000_000;

/// What is said of so much of something, which is never whole in memory here, nor on the disk.
fn said_of(dir: &Path, format: &str, (head, tail): (&str, &str), unit: impl Fn(usize) -> String + Sync) -> String {
    let mut child = plenary(dir)
        .args(["import", "-", "--format", format, "--dry-run", "--slug", "big"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    let mut peak = 0;
    std::thread::scope(|threads| {
        threads.spawn(|| -> std::io::Result<()> {
            let mut out = std::io::BufWriter::with_capacity(1 << 16, stdin);
            out.write_all(head.as_bytes())?;
            let (mut sent, mut n) = (0, 0);
            while sent < SIZE {
                let unit = unit(n);
                out.write_all(unit.as_bytes())?;
                (sent, n) = (sent + unit.len(), n + 1);
            }
            out.write_all(tail.as_bytes())?;
            out.flush()
        });
        while child.try_wait().unwrap().is_none() {
            peak = peak.max(memory_peak(&child).unwrap_or(0));
            std::thread::yield_now();
        }
    });
    let said = text(&child.wait_with_output().unwrap().stderr);
    assert!(said.len() < 40_000, "{} bytes", said.len());
    assert!(peak > 0 && peak < 512 * 1024, "{peak} KiB: {said}");
    said
}

/// Schedules of any size and nonsense are read or faulted in bounded memory.
#[test]
fn two_hundred_megabytes_of_schedule() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let (head, tail) = SCHEDULE.split_once("<title>Ebb</title>").unwrap();
    let xml = |before: &str, unit: &str, after: &str, expected: &str| {
        let many = unit.repeat(10_000);
        let ends = (format!("{head}{before}"), format!("{after}{tail}"));
        let said = said_of(dir, "schedule.xml", (&ends.0, &ends.1), |_| many.clone());
        assert!(said.contains(expected), "{unit}: {said}");
    };
    xml("", "</event><event id='1'>", "", "more than 50000 events up to here; that is the limit");
    xml("", "text ", "", "there is text between the elements of <event>");
    xml("<title>", "text ", "</title>", "the title is cut: it is longer than");
    xml("</event><event ", "a='' ", "/>", "more than 1000 attributes");
    xml("", "<a>", "", "more than 100 elements are open inside each other");
    xml("", "<links><link href='https://a.example/'>a</link></links>", "", "the event has no title");
    let kinds = said_of(dir, "schedule.xml", (head, tail), |n| format!("<x{n}>a</x{n}>"));
    assert!(kinds.contains("<x9> has no place in a program") && kinds.contains("(and 82 more)"), "{kinds}");

    let (head, tail) = (
        r#"{"schedule":{"version":"1","conference":{"acronym":"tides","time_zone_name":"Europe/Lisbon","title":"Tides","start":"2027-07-12","end":"2027-07-13","days":[{"index":1,"date":"2027-07-12","rooms":{"Hall":"#,
        "}}]}}}",
    );
    let json = |before: &str, unit: &str, after: &str, expected: &str| {
        let many = unit.repeat(10_000);
        let ends = (format!("{head}{before}"), format!("{after}{tail}"));
        let said = said_of(dir, "schedule.json", (&ends.0, &ends.1), |_| many.clone());
        assert!(said.contains(expected), "{unit}: {said}");
    };
    json("[", "{},", "{}]", "the list has more than 50000 elements; that is the limit");
    json(r#"[{"id":1,"links":["#, "\"a\",", r#""a"]}]"#, "the event has no title");
    json(r#"[{"id":1,"persons":["#, r#"{"name":"a"},"#, r#"{}]}]"#, "a person is named twice; once is enough");
    json("", "[", "", "the file is not JSON");
    assert!(!dir.join("data/plenary.db").exists(), "the database is not even opened");
}
