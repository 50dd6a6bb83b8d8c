//! The measurements as a table.

use super::{Measured, Report, Server};
use crate::bench::load::Round;

const HEADS: [&str; 9] =
    ["query", "bytes", "connections", "server", "req/s", "p50 ms", "p99 ms", "of static", "of json_agg"];

/// The reports as a table, in Markdown.
#[must_use]
pub fn table(reports: &[Report]) -> String {
    let mut rows = vec![HEADS.map(str::to_owned)];
    for report in reports {
        let rate = |wanted| {
            let measured = report.measured.iter().find(|measured| measured.server == wanted);
            measured.map(|measured| median(measured, |round| round.rate))
        };
        for measured in &report.measured {
            let own = median(measured, |round| round.rate);
            let of = |other| match rate(other) {
                Some(other) if measured.server == Server::Plenary && other > 0.0 => format!("{:.2}", own / other),
                _ => String::new(),
            };
            rows.push([
                report.name.clone(),
                thousands(report.bytes),
                report.connections.to_string(),
                measured.server.name().to_owned(),
                thousands(own.round() as usize),
                format!("{:.2}", median(measured, |round| round.p50.as_secs_f64() * 1e3)),
                format!("{:.2}", median(measured, |round| round.p99.as_secs_f64() * 1e3)),
                of(Server::Static),
                of(Server::JsonAgg),
            ]);
        }
    }
    markdown(&rows)
}

/// Rows of as many cells each; the first is the head.
pub(super) fn markdown<R: AsRef<[String]>>(rows: &[R]) -> String {
    let mut widths = Vec::new();
    for row in rows {
        for (n, cell) in row.as_ref().iter().enumerate() {
            let cell = cell.chars().count().max(2);
            match widths.get_mut(n) {
                Some(width) => *width = cell.max(*width),
                None => widths.push(cell),
            }
        }
    }
    let mut text = String::new();
    for (n, row) in rows.iter().enumerate() {
        let cells = row.as_ref().iter().zip(&widths);
        let cells: Vec<String> = cells.map(|(cell, &width)| format!("{cell:>width$}")).collect();
        text += &format!("| {} |\n", cells.join(" | "));
        if n == 0 {
            let rule: Vec<String> = widths.iter().map(|width| format!("{}:", "-".repeat(width - 1))).collect();
            text += &format!("| {} |\n", rule.join(" | "));
        }
    }
    text
}

fn median(measured: &Measured, of: impl Fn(&Round) -> f64) -> f64 {
    let mut all: Vec<f64> = measured.rounds.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn ratios_are_of_medians() {
        let measured = |server, rates: &[f64]| {
            let round =
                |rate: &f64| Round { rate: *rate, p50: Duration::from_micros(500), p99: Duration::from_millis(12) };
            Measured { server, rounds: rates.iter().map(round).collect() }
        };
        let report = Report {
            name: "Q1".into(),
            bytes: 1_234_567,
            connections: 32,
            measured: vec![
                measured(Server::Static, &[900.0, 40_000.0, 41_000.0]),
                measured(Server::Plenary, &[10_000.0, 9_000.0, 70_000.0]),
            ],
        };
        let text = table(&[report]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| line.len() == lines[0].len()), "{text}");
        assert!(lines[2].contains("1,234,567 |          32 |  static | 40,000 |   0.50 |  12.00 |"), "{text}");
        assert!(lines[3].contains("plenary | 10,000 |") && lines[3].contains(" 0.25 |"), "{text}");
    }
}
