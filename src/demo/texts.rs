//! The demo's abstracts, composed.

use super::panels::Row;

/// A call for papers, in Markdown, from what the panel is about.
pub(super) fn of_panel(row: &Row) -> String {
    let about = row.about.trim_end_matches('.');
    format!(
        "{about}. This panel brings together work from several regions and disciplines, and asks three things:\n\n\
         - *What is being done*, by whom, and with which materials?\n\
         - What has to be **kept** for it to go on?\n\
         - Who is asked, and who is not?\n\n\
         We welcome papers in any language; see the [guide for presenters](https://demo.example.org/2027/presenters)."
    )
}

/// An abstract in the language of the title. After one that is not in English comes what the panel is about, which is.
pub(super) fn of_paper(row: &Row, number: usize, title: &str) -> String {
    let own = match language(title).as_deref() {
        Some("kk") => format!(
            "Бұл баяндама «{title}» тақырыбына арналған. Зерттеу далалық жазбаларға, әңгімелерге және шағын мұрағатқа \
             сүйенеді. Біз адамдардың өз сөздеріне құлақ асамыз.\n\nСоңында осы жұмысты *қалай жалғастыруға* \
             болатыны туралы ұсыныс айтылады."
        ),
        Some("ru") => format!(
            "Доклад посвящён теме «{title}». Он опирается на полевые записи, беседы и небольшой архив; главное для \
             нас — то, что люди сами говорят о своей работе.\n\nВ заключение мы предлагаем, *как продолжить* эту \
             работу вместе."
        ),
        Some("ar") => format!(
            "تتناول هذه الورقة موضوع «{title}». تعتمد على ملاحظات ميدانية ومحادثات وأرشيف صغير، وتبقى قريبة مما يقوله \
             الناس عن عملهم.\n\nوتنتهي باقتراح حول *كيفية مواصلة* هذا العمل."
        ),
        Some("zh") => format!(
            "本文討論「{title}」。研究以田野筆記、訪談和一個小型檔案為基礎，並盡量貼近人們自己的說法。\n\n\
             文章最後提出*如何繼續*這項工作的建議。"
        ),
        Some("ja") => format!(
            "本発表では「{title}」を取り上げる。現地調査の記録、聞き取り、小さな資料群をもとに、人々自身の言葉に\
             寄り添って考える。\n\n最後に、*これからの進め方*を提案する。"
        ),
        Some("hi") => format!(
            "यह शोधपत्र “{title}” विषय पर है। यह क्षेत्र-कार्य की टिप्पणियों, बातचीत और एक छोटे अभिलेखागार पर आधारित है, और \
             लोगों की अपनी बातों के निकट रहता है।\n\nअंत में हम सुझाते हैं कि *आगे कैसे बढ़ा जाए*।"
        ),
        _ => return in_english(row, number, title),
    };
    format!("{own}\n\nThe panel in English: {}", row.about)
}

/// One of many turns of phrase, so that no two neighbours read alike. What the panel is about is quoted as it is: it has
/// names in it.
fn in_english(row: &Row, number: usize, title: &str) -> String {
    let about = row.about;
    let opening = match number % 4 {
        0 => format!("“{title}” begins with a case that did not fit. The panel's question is ours too: {about}"),
        1 => format!("{about} To this “{title}” adds one place, looked at for a long time."),
        2 => format!("What would it take to describe “{title}” without simplifying it? {about}"),
        _ => format!("This is work in progress under the heading “{title}”. {about}"),
    };
    let method = [
        "It draws on field notes, conversations and a small archive, and stays close to what people say they do.",
        "We read letters, ledgers and photographs together with those who keep them.",
        "Two seasons of fieldwork and a dozen long interviews are the ground on which it stands.",
    ][number % 3];
    let ending = [
        "The paper ends with a proposal for *how to go on*.",
        "At the end there are more questions than at the beginning, and we will hand them out.",
        "We close with what the people concerned said when they read a draft.",
        "The last part is about what could **not** be found out, and why.",
        "There will be something to look at, and time to talk.",
    ][number % 5];
    format!("{opening}\n\n{method}\n\n{ending}")
}

/// The language of a text, by its script; `None` if there are Latin letters, where it can't be told.
pub(super) fn language(text: &str) -> Option<String> {
    if text.chars().any(|c| c.is_ascii_alphabetic()) {
        return None;
    }
    let has = |range: std::ops::RangeInclusive<char>| text.chars().any(|c| range.contains(&c));
    let tag = if has('\u{3040}'..='\u{30ff}') {
        "ja"
    } else if has('\u{4e00}'..='\u{9fff}') {
        "zh"
    } else if has('\u{0600}'..='\u{06ff}') {
        "ar"
    } else if has('\u{0900}'..='\u{097f}') {
        "hi"
    } else if text.chars().any(|c| "әіңғүұқөһ".contains(c)) {
        "kk"
    } else if has('\u{0400}'..='\u{04ff}') {
        "ru"
    } else {
        return None;
    };
    Some(tag.into())
}
