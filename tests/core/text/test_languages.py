# ruff: noqa: RUF001  # other scripts are what is tested here
import pytest

from monitor.core.text.languages import (
    detect_language,
    guess_language,
    is_unspaced,
    language_code,
    same_language,
)

SENTENCES = {
    "en": "The ministry will publish the register of automated decisions in March, and it has asked for comments.",
    "fr": "Le ministère publiera le registre des décisions automatisées en mars, et il demande des avis à tous.",
    "de": "Das Ministerium will das Register der automatisierten Entscheidungen im März veröffentlichen und lädt ein.",
    "es": "El ministerio publicará en marzo el registro de las decisiones automatizadas y pide opiniones a todos.",
    "it": "Il ministero pubblicherà in marzo il registro delle decisioni automatizzate e chiede pareri a tutti.",
    "pt": "O ministério vai publicar em março o registo das decisões automatizadas e pede opiniões a todos.",
    "nl": "Het ministerie zal het register van geautomatiseerde besluiten in maart openbaar maken en wil reacties.",
    "pl": "Ministerstwo opublikuje rejestr zautomatyzowanych decyzji w marcu i prosi o uwagi, jak na razie od firm.",
    "zh": "政府将于三月公布自动化决策登记册,并邀请各界提出意见。",
    "ja": "政府は三月に自動化された決定の登録簿を公表し、意見を募集する。",
    "ko": "정부는 3월에 자동화된 결정의 등록부를 공개하고 의견을 받는다.",
    "ru": "Министерство опубликует реестр автоматизированных решений в марте и просит присылать отзывы.",
    "uk": "Міністерство опублікує реєстр автоматизованих рішень у березні і просить надсилати відгуки.",
    "ar": "ستنشر الوزارة سجل القرارات الآلية في مارس وتطلب آراء الجميع.",
    "hi": "मंत्रालय मार्च में स्वचालित निर्णयों का रजिस्टर प्रकाशित करेगा और सबसे सुझाव मांगता है।",
    "el": "Το υπουργείο θα δημοσιεύσει το μητρώο αυτοματοποιημένων αποφάσεων τον Μάρτιο.",
}


@pytest.mark.parametrize(("code", "sentence"), SENTENCES.items())
def test_a_sentence_tells_its_language(code, sentence):
    assert detect_language(sentence) == code
    assert guess_language(sentence) == code


def test_a_long_text_is_believed_against_its_declaration_and_a_short_one_is_not():
    assert detect_language(SENTENCES["de"] * 3, "en-US") == "de"
    assert detect_language("Register", "de-AT", "en") == "de"


def test_a_foreign_opening_does_not_decide_a_text_that_continues_as_declared():
    opening, article = SENTENCES["en"] * 4, SENTENCES["fr"] * 9
    assert detect_language(opening + article, "fr") == "fr"
    assert detect_language(article + opening, "fr") == "fr"


def test_a_short_text_in_another_script_is_not_in_the_declared_language():
    assert detect_language("एआई पर नए नियम जारी", "en") == "hi"
    assert detect_language("एआई पर नए नियम जारी", "mr") == "mr"
    assert detect_language("Ministry releases AI rules", "hi") == "en"
    assert detect_language("AI规则", "zh") == detect_language("AI रोकें OpenAI GPT", "zh") == "zh"
    assert detect_language("Ministry releases rules (规则)", "en") == "en"


def test_the_first_declaration_that_says_anything_counts():
    assert detect_language("1234", "", "zh_CN") == "zh"
    assert detect_language("...") == ""


def test_nothing_is_guessed_from_nothing():
    assert detect_language("a1b2 c3d4 e5f6 g7h8") == ""
    assert detect_language("a1b2 c3d4 e5f6 g7h8", "fr") == "fr"
    assert guess_language("") == guess_language("GPT-5") == guess_language("Zyx qwv") == ""


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        *[(tag, "zh") for tag in ("zh", "zh-Hant", "zh-Hans", "zh-TW", "zh_CN", "ZH_hant_TW", "zho", "chi")],
        *[
            ("en-US", "en"),
            ("en_GB", "en"),
            ("EN", "en"),
            ("eng", "en"),
            (" fr ", "fr"),
            ("iw", "he"),
            ("fil-PH", "fil"),
            ("rus", "ru"),
            ("ukr-UA", "uk"),
            ("nld", "nl"),
            ("dut", "nl"),
        ],
        *[(tag, "") for tag in ("", "x", "english", "und", "mul", "x-default", "e1", "--output=x", "Ελ")],
    ],
)
def test_a_tag_is_read_as_its_language_whatever_its_script_region_and_case(tag, code):
    assert language_code(tag) == code


def test_tags_of_one_language_are_the_same_and_unknown_ones_are_no_other_language():
    assert same_language("zh-Hant", "zh_CN")
    assert same_language("EN-us", "eng")
    assert same_language("english", "")
    assert not same_language("pt-BR", "es")


def test_a_language_is_compared_by_characters_in_all_its_regions_and_scripts():
    assert all(map(is_unspaced, ("zh", "zh-Hant", "zh_CN", "JA")))
    assert not any(map(is_unspaced, ("en", "en_GB", "")))
