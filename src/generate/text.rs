//! Words in several scripts, and titles, prose and names made of them.

use super::chance::{Chance, Share};

/// A script, and with it the language of the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Cyrillic,
    Arabic,
    Chinese,
}

impl Script {
    /// The tag of the language; English goes without saying.
    pub(super) fn language(self) -> Option<String> {
        let tag = match self {
            Self::Latin => return None,
            Self::Cyrillic => "ru",
            Self::Arabic => "ar",
            Self::Chinese => "zh",
        };
        Some(tag.to_owned())
    }
}

/// Which of a list are in which script.
pub(super) struct Scripts([Share; 3]);

impl Scripts {
    /// Most are Latin; each other script has its share of `count`.
    pub(super) fn new(chance: &mut Chance, count: usize) -> Self {
        Self(chance.shares([16, 25, 21], count))
    }

    pub(super) fn of(&self, n: usize) -> Script {
        let scripts = [Script::Cyrillic, Script::Arabic, Script::Chinese];
        let found = self.0.iter().zip(scripts).find(|(share, _)| share.takes(n));
        found.map_or(Script::Latin, |(_, script)| script)
    }
}

const LATIN: &str = "archive border care climate commons craft custom debt desert dwelling ethics evidence expertise \
    field forest garden glacier harbour harvest herding horizon infrastructure island journey justice kinship knowledge \
    labour landscape language law market measure memory method migration mountain museum music narrative network ocean \
    orchard pasture pattern performance pilgrimage plateau policy practice railway record repair ritual river road ruin \
    salt season sensor shelter silence soil sound standard steppe storm story survey textile theatre threshold tide \
    trade translation valley village voice water weather weaving winter witness work café façade naïveté";
const CYRILLIC: &str = "архив берег ветер вода время граница горы дом дорога знание зима книга лес летопись музей \
    музыка наука ночь обряд озеро память песня письмо поле правило приют рассказ ремесло рынок река сад свет сезон \
    снег соль степь сторона труд ткань торговля урожай язык";
const ARABIC: &str = "أرشيف أرض بحر بيت تاريخ ترجمة جبل حدود حديقة حرفة حكاية ذاكرة رحلة ريح زمن سوق شتاء صحراء صوت \
    ضوء طريق عمل علم قرية قصة كتاب لغة ماء متحف مدينة مطر معرفة موسيقى نخيل نسيج نهر واحة وقت";
const CHINESE: &str = "檔案 邊界 氣候 手藝 沙漠 證據 田野 森林 花園 冰川 港口 島嶼 旅程 知識 勞動 語言 市場 記憶 方法 \
    遷徙 博物館 音樂 網絡 海洋 草原 政策 實踐 鐵路 修復 儀式 河流 道路 季節 聲音 土壤 紡織 貿易 翻譯 村莊 冬天";

const GIVEN: &str = "Aigerim Alma Ania Béla Chinwe Daniyar Elif Farida Grete Hiroko Ilze Jonas Katarína Lars Mónica Nuno \
    Oksana Priya Qasim Rosa Søren Tomás Ulla Viktor Wen Ximena Yusuf Zoë Łucja Óðinn Thảo Şebnem";
const FAMILY: &str = "Abdrakhman Bakker Costa Dvořák Eriksen Fontaine Garcia García Haddad Ivanova Jansen Kowal Lindqvist \
    Müller Nakano Okafor Pereira Quiroga Rossi Serik Tanaka Ulrich Virtanen Weiss Xu Yılmaz Zhang Żurek Đặng Škoda";
const CYRILLIC_GIVEN: &str = "Ерлан Айгерім Ольга Тимур Сәуле Гүлнар Мирон Данияр Зоя Бат";
const CYRILLIC_FAMILY: &str = "Төлеген Қасымбек Бондарь Шевчук Ким Өмірзақ Черных Ермек Дорош Сивых";
const ARABIC_GIVEN: &str = "ليلى يوسف سلمى كريم نور هالة زياد أمل";
const ARABIC_FAMILY: &str = "حداد المنصوري البنداري الزيات النجار السقا الفخراني";
const CHINESE_GIVEN: &str = "美玲 文遠 春雨 子安 雨晴 志遠 若水 明月";
const CHINESE_FAMILY: &str = "林 陳 何 許 蘇 葉 歐陽 司徒";

pub(super) const PLACES: &[&str] = &[
    "Almaty", "Bergen", "Coimbra", "Dakar", "Fez", "Graz", "Hanoi", "Izmir", "Jaipur", "Kraków", "Lima", "Nairobi",
    "Osaka", "Porto", "Quito", "Riga", "Tartu", "Utrecht", "Zagreb",
];
pub(super) const COUNTRIES: &[&str] =
    &["KZ", "NO", "PT", "SN", "GB", "MA", "AT", "VN", "TR", "IN", "PL", "PE", "CA", "KE", "JP"];

/// The words of a script, and how they make sentences.
struct Words {
    all: Vec<&'static str>,
    between: &'static str,
    stop: &'static str,
}

/// Given and family names of a script, and how they make a name.
struct Names {
    given: Vec<&'static str>,
    family: Vec<&'static str>,
}

/// Everything that texts are made of.
pub(super) struct Texts {
    words: [Words; 4],
    names: [Names; 4],
}

impl Texts {
    pub(super) fn new() -> Self {
        let words = |all: &'static str, between, stop| Words { all: all.split_whitespace().collect(), between, stop };
        let names = |given: &'static str, family: &'static str| Names {
            given: given.split_whitespace().collect(),
            family: family.split_whitespace().collect(),
        };
        Self {
            words: [
                words(LATIN, " ", "."),
                words(CYRILLIC, " ", "."),
                words(ARABIC, " ", "."),
                words(CHINESE, "", "。"),
            ],
            names: [
                names(GIVEN, FAMILY),
                names(CYRILLIC_GIVEN, CYRILLIC_FAMILY),
                names(ARABIC_GIVEN, ARABIC_FAMILY),
                names(CHINESE_GIVEN, CHINESE_FAMILY),
            ],
        }
    }

    /// A word as a keyword.
    pub(super) fn word(&self, chance: &mut Chance, script: Script) -> &'static str {
        chance.pick(&self.words[script as usize].all)
    }

    /// So many words.
    pub(super) fn title(&self, chance: &mut Chance, script: Script, low: usize, high: usize) -> String {
        let words: Vec<&str> = (0..chance.between(low, high)).map(|_| self.word(chance, script)).collect();
        capital(&words.join(self.words[script as usize].between))
    }

    /// Sentences and paragraphs, `low` to `high` characters long, which are at least a long word apart.
    pub(super) fn prose(&self, chance: &mut Chance, script: Script, low: usize, high: usize) -> String {
        let words = &self.words[script as usize];
        // A word may still come when there is one character less: the longest and what ends the sentence.
        let enough = chance.between(low, high.saturating_sub(16).max(low));
        let mut text = String::with_capacity(2 * high);
        let (mut length, mut sentence) = (0, 0);
        while length < enough {
            let mut word = self.word(chance, script).to_owned();
            if sentence == 0 {
                sentence = chance.between(6, 18);
                if length > 0 {
                    let gap = if chance.one_in(5) { "\n\n" } else { words.between };
                    text.push_str(gap);
                    length += gap.len();
                }
                word = capital(&word);
            } else {
                text.push_str(words.between);
                length += words.between.len();
            }
            length += word.chars().count();
            text.push_str(&word);
            sentence -= 1;
            if sentence == 0 || length >= enough {
                text.push_str(words.stop);
                length += 1;
            }
        }
        text
    }

    /// Somebody's name.
    pub(super) fn name(&self, chance: &mut Chance, script: Script) -> String {
        let names = &self.names[script as usize];
        let (given, family) = (chance.pick(&names.given), chance.pick(&names.family));
        if script == Script::Chinese { format!("{family}{given}") } else { format!("{given} {family}") }
    }
}

/// With a capital to begin with, where the script has them.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
