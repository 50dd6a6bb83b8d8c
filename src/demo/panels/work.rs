//! Work and care.

use super::Row;

pub(super) const PANELS: &[Row] = &[
    Row {
        code: "WORK01",
        track: "WORK",
        kind: "PANEL",
        title: "Platforms, couriers and the weather",
        about: "Delivery work in heat, rain and snow.",
        roles: "convenor: chiara, luca; chair: bastien",
        papers: &[
            ("Rated in the rain", "chiara"),
            ("Courier kitchens: eating between orders", "noemie bastien"),
            ("Algorithm and monsoon", "priya"),
            ("Winter tyres and other investments", "hanna"),
            ("Bicycles, batteries and the price of a hill", "kofi"),
        ],
        sessions: &["3|09:00-10:30|r201|1 2 3 4 5"],
    },
    Row {
        code: "WORK02",
        track: "WORK",
        kind: "PANEL",
        title: "Apprenticeship and silence",
        about: "Learning by watching, and what is never said in a workshop.",
        roles: "convenor: grete, jonas; discussant: saule",
        papers: &[
            ("Do not ask, look: learning to sharpen", "jonas"),
            ("The master's cough: signals at the loom", "elif"),
            ("沈黙の稽古：工房での学び", "haruka"),
            ("Measured by eye", "kofi"),
        ],
        sessions: &["2|14:00-15:30|r201|1 2 3 4"],
    },
    Row {
        code: "WORK03",
        track: "WORK",
        kind: "PANEL",
        title: "Markets and mobile money",
        about: "Trust, change and the end of the small coin.",
        roles: "convenor: chinwe; discussant: amara",
        papers: &[
            ("Change that never comes back", "chinwe"),
            ("Bazaar arithmetic: prices in three currencies", "timur"),
            ("Mobile debts and the market queen", "kofi amara"),
            ("The last cash register", "ola"),
            ("The weight of a sack: scales and quarrels", "yusuf"),
        ],
        sessions: &["3|16:00-17:30|r202|1 2 3 4 5"],
    },
    Row {
        code: "WORK04",
        track: "WORK",
        kind: "PANEL",
        title: "Care at a distance",
        about: "Families, clinics and helplines across time zones.",
        roles: "convenor: kenji, siobhan",
        papers: &[
            ("Grandmothers online: care across eleven time zones", "saule"),
            ("Robots on the ward: a disappointment", "kenji"),
            ("The helpline at four in the morning", "siobhan"),
            ("Remittances of attention", "noemie"),
        ],
        sessions: &["3|16:00-17:30|r203|1 2 3 4||cancelled"],
    },
];
