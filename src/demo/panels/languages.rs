//! Languages.

use super::Row;

pub(super) const PANELS: &[Row] = &[
    Row {
        code: "LANG01",
        track: "LANG",
        kind: "PANEL",
        title: "Тіл мен мекен: language and place in Central Asia",
        about: "Names of places, scripts in dispute and the languages of kitchens.",
        roles: "convenor: erlan, saule; chair: timur",
        papers: &[
            ("Жер атаулары және ұжымдық жады", "erlan"),
            ("Three scripts, one grocery list", "saule"),
            ("Кухонный язык: русский и казахский за одним столом", "olga saule"),
            ("The valley of nine words for wind", "farrukh"),
            ("Алматы көшелерінің аттары: карта мен сөз", "erlan saule"),
        ],
        sessions: &["3|09:00-10:30|r202|1 2 3 4 5"],
    },
    Row {
        code: "LANG02",
        track: "LANG",
        kind: "PANEL",
        title: "Translating kinship",
        about: "What happens to relatives on the way from one language to another.",
        roles: "convenor: dolma, arjun; discussant: noemie",
        papers: &[
            ("Elder sister, younger brother: terms that will not travel", "dolma"),
            ("घर और रिश्ते: अनुवाद की सीमाएँ", "priya"),
            ("In-laws by contract: a glossary", "arjun noemie"),
            ("Cousins in the census", "viktor"),
        ],
        sessions: &["2|14:00-15:30|r202|1 2 3 4"],
    },
    Row {
        code: "LANG03",
        track: "LANG",
        kind: "PANEL",
        title: "Machine translation and minor languages",
        about: "What models do to languages with few texts, and what speakers do with models.",
        roles: "convenor: kenji, tgarcia; chair: hanna",
        papers: &[
            ("Hallucinated proverbs: what a model says in Kazakh", "aigerim kenji"),
            ("Corpora of care: recording with consent", "siobhan"),
            ("低資源語言的翻譯倫理", "meiling"),
            ("A dictionary nobody can print", "tgarcia"),
            ("Subtitles for a language without a script", "zofia"),
        ],
        sessions: &["2|16:00-17:30|r203 zoom2|1 2 3 4 5"],
    },
    Row {
        code: "LANG04",
        track: "LANG",
        kind: "TUTORIAL",
        title: "Transcribing with communities: a practical introduction",
        about: "From field recording to a text that its speakers can correct.",
        roles: "speaker: zofia, gulnara",
        papers: &[],
        sessions: &["3|09:00-10:30|zoom2|", "3|11:00-12:30|zoom2|||cancelled"],
    },
];
