# ruff: noqa: RUF001 - news in several scripts
"""What happened, by the first informative sentences of an article."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.articles.opening import MAX_OPENING_COLUMNS, summarize_opening
from monitor.core.model import Opening

CHINESE = "欧盟委员会周二对一家招聘公司处以罚款。"
SAID = "The Commission fined a recruiter 14 million euros for scoring applicants."


def happened(text, title="A title of its own", **more):
    return summarize_opening(Opening(title=title, text=text, **more))


@pytest.mark.parametrize(
    "before",
    [
        "", "BRUSSELS, Nov 24 (Reuters) - ", "WASHINGTON (AP) — ", "Berlin, February 11, 2025 – ", "(Reuters) - ",
        "LONDON -- ", "PARIS, le 3 févr. – ", "NEW DELHI: (PTI) — ", "*By Harald Hess*\n\n",
        "By Jane Doe\nNovember 24\n\n",
        "1. ", "Written by\nLance Whitney, Contributor\n\n", "In Brief\n\nPosted:\n\n1:21 PM PDT · June 17, 2025\n\n",
        "Image Credits: Michael Nagle / Getty Images\n\n",
        "Subscribe to our newsletter for more of this every week.\n\n",
        "Good morning, and thank you all for joining us today.\n\n", "A title of its own.\n\n",
        "Share this article with friends now.\n\n", "Abstract: ", "Summary ",
        "Welcome to the newsletter that we send each month.\n\n",
        "Ultimo aggiornamento: 2026/11/24, alle ore 23 e 30.\n\n",
        "Figure 1 shows how the fines have grown since then.\n\n",
        "The company allegedly made these images of the office in one day. ",
        "The full text is now available at https://office.example/decisions/1.\n\n",
        "| | --- | --- |\n\n", "| | | --- | | The Big Story | | --- | | ",
        "Read more about our coverage of the matter here.\n\n", "24.11.2026 Berlin — ",
        "By the authority vested in me as President by the Constitution, it is hereby ordered: Section 1.\n\n",
        "The following opinion piece originally appeared in a newspaper, and is printed here with its permission.\n\n",
        "Questo articolo è disponibile anche come podcast da oggi.\n\n",
        ") and other acts (5 U.S.C. 17 et seq.) apply.\n\n",
        "A robot stands on a stage in Paris this week. | Image: Meridian\n\n",
        "Warning: this article discusses what some readers may find hard to bear.\n\n",
        "Note: the figures in this article were corrected on Monday.\n\n",
        "Madrid, 24 nov (EFE).- ", "Berlin (dpa) - ", "Brasília – ", "New Delhi: ", "Berlin dpa | ",
        "The logo of the company is seen in Berlin this week. Meridian/Ann Doe BERLIN, Nov 24 (Reuters) - ",
        "A robot stands on a stage in Paris during the summit this week. Meridian Press\n\n",
        "The office in the capital is seen in this picture illustration taken on Monday.\n\n",
        "This article does not constitute investment advice to any of its readers.\n\n",
        "Download the app to read this story and many others wherever you are.\n\n",
        "A weekly letter on the decisions of regulators in Europe and elsewhere\nThis week decoded\n",
        "Members want to vote on the proposal of the government before summer begins\nPhoto: Meridian\n",
        "![A robot](https://office.example/robot.png) ", "It is a great pleasure to see all of you here today.\n\n",
        "Ann Doe/ZDNET", "Updated ", "Analysis ", "By Jane Doe and John Roe of the Gazette.\n\n",
        "This week we’re looking at fines for recruiters, and much more.\n\n",
    ],
)  # fmt: skip
def test_bylines_datelines_captions_and_prompts_are_left_out(before):
    assert happened(f"{before}{SAID}") == (SAID,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("新华社北京11月24日电（记者 王明）欧盟委员会周二对一家招聘公司处以罚款。", CHINESE),
        ("【环球网报道 记者 李明】欧盟委员会周二对一家招聘公司处以罚款。", CHINESE),
        ("新京报贝壳财经讯（记者潘亦纯）欧盟委员会周二对一家招聘公司处以罚款。", CHINESE),
        ("央视网消息 （新闻联播）：欧盟委员会周二对一家招聘公司处以罚款。", CHINESE),
        ("▲ 图为一家招聘公司在柏林的办公室，摄于周一。\n\n欧盟委员会周二对一家招聘公司处以罚款。", CHINESE),
        ("这是周一在布鲁塞尔拍摄的欧盟委员会大楼。欧盟委员会周二对一家招聘公司处以罚款。", CHINESE),
        ("【新智元导读】欧盟委员会周二对一家招聘公司处以罚款。", CHINESE),
        ("本报记者 颜世龙 北京报道\n\n欧盟委员会周二对一家招聘公司处以罚款。", CHINESE),
        ("〔記者王明／台北報導〕欧盟委员会周二对一家招聘公司处以罚款。", CHINESE),
        ("环球财讯 | 欧盟委员会周二对一家招聘公司处以罚款。", CHINESE),
        ("环球财经报社(亚太)讯 欧盟委员会周二对一家招聘公司处以罚款。", CHINESE),
        (f"欧盟委员会大楼的外墙挂着各成员国的旗帜和欧盟的徽标。（資料照片）\n\n{CHINESE}", CHINESE),
        ("欧盟委员会周二对一家招聘公司处以罚款。\n\n本文不构成任何个人投资建议，也未考虑用户的财务状况。", CHINESE),
        ("［東京 24日 ロイター］ - 政府は二十四日、採用会社に対して罰金を科すことを決めた。",
         "政府は二十四日、採用会社に対して罰金を科すことを決めた。"),
        ("(서울=한국통신) 홍길동 기자 = 위원회가 화요일 채용 회사에 과징금을 부과했다고 발표했다.",
         "위원회가 화요일 채용 회사에 과징금을 부과했다고 발표했다."),
        ("القاهرة/أ ش أ/فرضت المفوضية الأوروبية غرامة على شركة توظيف في برلين.",
         "فرضت المفوضية الأوروبية غرامة على شركة توظيف في برلين."),
        ("Par Jean Dupont\n\nLa Commission a infligé une amende à une entreprise de recrutement.",
         "La Commission a infligé une amende à une entreprise de recrutement."),
        ("Von Anna Muster\n\nDie Kommission hat gegen einen Personalvermittler eine Geldbuße verhängt.",
         "Die Kommission hat gegen einen Personalvermittler eine Geldbuße verhängt."),
        ("یورپی کمیشن نے منگل کو بھرتی کرنے والی ایک کمپنی پر جرمانہ عائد کیا۔",
         "یورپی کمیشن نے منگل کو بھرتی کرنے والی ایک کمپنی پر جرمانہ عائد کیا۔"),
        ("فرضت المفوضية الأوروبية غرامة على شركة توظيف في برلين.",
         "فرضت المفوضية الأوروبية غرامة على شركة توظيف في برلين."),
    ],
)  # fmt: skip
def test_it_works_in_any_script(text, said):
    assert happened(text) == (said,)


def test_a_second_sentence_is_added_if_both_are_short_and_it_opens_no_quotation():
    second = "It is the first fine under the new law."
    assert happened(f"{SAID} {second} A third one is never shown here.") == (SAID, second)
    assert happened(f"{SAID} {'It is the first fine under the new law, ' * 8}they said.") == (SAID,)
    assert happened(f"{SAID} “It is the first fine under the new law. More will follow,” she said.") == (SAID,)


def test_a_second_sentence_says_more_than_the_title_and_the_first():
    standfirst = "A licence is required for remote access to advanced computing circuits."
    again = "The Bureau of Industry requires a licence for remote access to advanced computing circuits."
    more = "The rule for remote access takes effect thirty days after its publication."
    title = "Bureau of Industry: rule on remote access"
    assert happened(f"{standfirst}\n\n{again} {more}", title=title) == (standfirst, more)
    for unreadable in (again, f"However, {more}", more.replace("The rule", "It"), more.replace("The", "the")):
        assert happened(f"{standfirst} {again} {unreadable}", title=title) == (standfirst,)
    assert happened(f"{standfirst} {again} Shares rose by four per cent in the evening.", title=title) == (standfirst,)


@pytest.mark.parametrize(
    "before",
    [
        "However, not everyone agrees with that view of things.", "She said on Monday that this was a beginning.",
        "“This is the first fine under the new law.”", "Will the Commission use all of its new powers this year?",
        "Will the Commission use its powers?”", "此外，委员会还将公布更多的决定和指南文件。",
        "“We begin today with the powers that the law has given us.",
        "So ends this”, says the head of the office today.", "Take, for example, the rules for the office.",
    ],
)  # fmt: skip
def test_it_begins_with_a_sentence_that_needs_none_before_it(before):
    assert happened(f"{before} {SAID}") == (SAID,)
    assert happened(before)[:1] in ((), (before,))


def test_it_begins_with_a_sentence_about_what_the_title_announces():
    background = "Rules for machines have changed the world of work in many ways."
    title = "Commission fines recruiter over applicants"
    assert happened(f"{background} {SAID}", title=title) == (SAID,)
    assert happened(f"{background} {SAID}") == (background, SAID)
    assert happened(f"{background} This Commission fined a recruiter over applicants.", title=title)[0] == background
    assert happened(f"{SAID} {SAID.replace('fined', 'fines')}", title=title)[0] == SAID
    little = "The Commission has had an office in the capital for many years now."
    assert happened(f"{little} {SAID}", title=title) == (SAID,)
    assert happened(f"{little} {SAID}", title=f"{title} in a case that began long before") == (little, SAID)


def test_a_sentence_that_refers_to_a_question_is_shown_with_it():
    question, reference = "Who decides about the machines at work?", "That is what the members of the board discuss."
    assert happened(f"{question} {reference}") == (question, reference)


def test_a_page_with_a_table_of_facts_above_its_text_has_a_summary():
    facts = "\n\n".join(f"- Number {number}: {number}" for number in range(20))
    assert happened(f"{facts}\n\n{SAID}") == (SAID,)


def test_a_summary_that_was_broken_off_gives_way_to_the_whole_sentence():
    assert happened(f"The Commission fined a recruiter for...\n\n{SAID}") == (SAID,)
    assert happened("The Commission fined a recruiter in Berlin for...") == (
        "The Commission fined a recruiter in Berlin for...",
    )


@pytest.mark.parametrize(
    "opening",
    [
        Opening(title="T", text="A title", quality="title"), Opening(title="T", text=""),
        Opening(title="T", text="- one\n- two\n- three"),
        Opening(title="T", text="Home News World Politics Sport Culture Contact"),
        Opening(title="Who decides on AI in schools now", text="Who decides on AI in schools now?"),
    ],
)  # fmt: skip
def test_of_a_page_that_could_not_be_read_and_of_a_list_only_the_headline_is_known(opening):
    assert summarize_opening(opening) == ()


def test_a_standfirst_without_a_full_stop_is_what_happened_if_there_is_no_sentence():
    standfirst = "The Commission will soon adopt a set of rules on how it uses machines"
    assert happened(standfirst) == (standfirst,)
    assert happened(f"{standfirst} and a yearly “") == (f"{standfirst} and a yearly…",)
    assert happened(f"{standfirst}\n\n{SAID}") == (SAID,)
    assert happened(f"{standfirst}\n\nThe Gazette reports that other recruiters use the same machines") == ()


def test_a_sentence_before_a_few_words_is_shown_if_there_is_no_other():
    assert happened(f"{SAID} It was") == (SAID,)
    assert happened(f"{SAID} See how it goes on\n\nShares of others rose by four per cent today.")[0] == SAID
    assert happened(f"{CHINESE}（环球财讯）\n\n委员会大楼的外墙挂着各成员国的旗帜和欧盟的徽标。")[0] == CHINESE


def test_news_about_cookies_and_privacy_policies_is_news_but_not_a_notice_about_them():
    news = "The authority fined a shop that changed its privacy policy and set cookies without consent."
    notice = "We and our partners set cookies as our privacy policy says, and with them we pay for this site."
    assert happened(f"{notice}\n\n{news}") == (news,)


def test_sentences_without_a_space_between_them_are_two():
    second = "It is the first fine under the new law."
    assert happened(f"{SAID}{second}") == (SAID, second)


def test_a_name_before_a_dash_or_a_colon_is_not_a_dateline():
    for said in (
        "Meridian (a recruiter) – fined by the Commission – wants to appeal.",
        "Doe: The Commission acted too late.",
    ):
        assert happened(said) == (said,)


def test_footnotes_and_a_title_that_is_repeated_in_front_are_left_out():
    assert happened(f"A title of its own {SAID}") == (SAID,)
    assert happened(SAID.replace(" a recruiter", "[^1] a recruiter[12] (opens in new tab)")) == (SAID,)
    assert happened("The Commission wants more staff, said a member.", title="The Commission") == (
        "The Commission wants more staff, said a member.",
    )


def test_a_sentence_that_begins_in_a_short_line_is_whole():
    wrapped = SAID.replace("euros ", "euros\n")
    assert happened(f"Posted on Monday\n\n{wrapped}") == (SAID,)


def test_a_long_sentence_is_whole_if_it_is_alone():
    long = f"The Commission fined a recruiter {'and its owner ' * 15}for scoring applicants."
    assert 240 < len(long) <= MAX_OPENING_COLUMNS
    assert happened(f"{long} It is the first fine.") == (long,)


def test_what_the_source_prints_under_everything_is_not_what_happened():
    printed = "Our office in the capital is open from nine to five on weekdays."
    assert happened(f"{printed}\n\n{SAID}", boilerplate=((0, len(printed)),)) == (SAID,)


@given(st.text(st.sampled_from("ab  .\n(（月日电-–“”|*1 ไทย監管"), max_size=3000))
def test_no_sentence_is_too_long_or_more_than_one_line(text):
    for sentence in happened(text):
        assert len(sentence) <= MAX_OPENING_COLUMNS + 60
        assert sentence == " ".join(sentence.split())
