//! Methods.

use super::Row;

pub(super) const PANELS: &[Row] = &[
    Row {
        code: "METH01",
        track: "METH",
        kind: "PANEL",
        title: "Fieldwork with others",
        about: "Teams, tensions and shared notes.",
        roles: "convenor: ruth, noemie; chair: joao",
        papers: &[
            ("Two notebooks, one village", "ruth noemie"),
            ("The interpreter's version", "farrukh"),
            ("Quarrels as data", "gareth"),
            ("Children as co-researchers: a caution", "ximena"),
            ("Maps drawn by those who walk", "dolma"),
        ],
        sessions: &["4|09:00-10:30|r201|1 2 3 4 5"],
    },
    Row {
        code: "METH02",
        track: "METH",
        kind: "PANEL",
        title: "Sound, image, text: showing what we know",
        about: "Essays in other forms, and how to review them.",
        roles: "convenor: zofia, bastien; discussant: kerem",
        papers: &[
            ("A film in footnotes", "bastien"),
            ("Drawing as a slow question", "ines"),
            ("Listening back: sound archives with their singers", "zofia gulnara"),
            ("Captions: who is looking?", "kerem"),
        ],
        sessions: &["4|09:00-10:30|r202|1 2 3 4", "4|11:00-12:30|zoom1|3 1"],
    },
    Row {
        code: "METH03",
        track: "METH",
        kind: "PANEL",
        title: "Ethics after the form is signed",
        about: "Consent that goes on, and research that comes back.",
        roles: "convenor: mgarcia; chair: maren",
        papers: &[
            ("Consent as a verb", "mgarcia"),
            ("Returning the recordings", "gulnara zofia"),
            ("When the field writes back", "tgarcia"),
            ("Anonymous in a village of forty", "ola"),
        ],
        sessions: &["1|16:00-17:30|r203|1 2 3 4"],
    },
    Row {
        code: "METH04",
        track: "METH",
        kind: "PANEL",
        title: "Numbers in the field",
        about: "Surveys, counts and the people who are counted.",
        roles: "convenor: viktor",
        papers: &[
            ("Household, hearth, login: what is one case?", "viktor katarina"),
            ("Counting the nomads again", "bat daniyar"),
            ("Zero as an answer", "arjun"),
            ("What the survey did not ask", "hanna"),
        ],
        sessions: &["4|11:00-12:30|r203|1 2 3 4"],
    },
    Row {
        code: "METH05",
        track: "METH",
        kind: "PANEL",
        title: "Borders of the lab",
        about: "Scientists at home, on the road and in the canteen.",
        roles: "convenor: soren, kenji",
        papers: &[
            ("Canteen epistemologies", "soren"),
            ("A telescope and its village", "farrukh"),
            ("The freezer moves house", "ingrid soren"),
            ("Night shifts at the observatory", "kenji haruka"),
        ],
        sessions: &["4|-|-|1 2 3 4"],
    },
];
