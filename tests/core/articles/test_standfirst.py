# other scripts are what is tested here
import pytest

from monitor.core.articles.standfirst import missing_sentences, prepend

TITLE = "Minister names AI commissioner"
TEXT = "The minister has named a commissioner.\n\nShe begins in May, and will report to “parliament” twice a year."


@pytest.mark.parametrize(
    "summary",
    [
        "",
        TITLE,
        TEXT,
        "The minister has named a commissioner.",
        "SHE BEGINS IN MAY and will report to 'parliament' twice a year.",
        "The minister has named a commissioner. She begins in May, and will report to…",
        "The minister has named a comm [...]",
        "The post Minister names AI commissioner appeared first on Ministries of the World.",
        "Minister names AI commissioner  Ministries of the World",
    ],
    ids=["none", "the title", "the text", "its start", "marks", "broken off", "in a word", "a post", "an aggregator"],
)
def test_what_the_page_says_too_is_not_said_twice(summary):
    assert prepend(summary, TEXT, TITLE) == TEXT


def test_what_only_the_feed_says_stands_above_the_text():
    assert prepend("Labs must now report incidents.", TEXT, TITLE) == f"Labs must now report incidents.\n\n{TEXT}"


@pytest.mark.parametrize(
    ("summary", "text", "title"),
    [
        ("Export controls come with an emergency shutdown of AI models.", TEXT, "Export controls"),
        ("AI act.", "The Thai activists spoke.", "T"),
        ("AI act.", "The AI activists spoke.", "T"),
    ],
    ids=["a short title in a sentence", "within words", "the start of a word"],
)
def test_what_only_looks_alike_is_not_taken_for_the_same(summary, text, title):
    assert missing_sentences(summary, text, title) == summary


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        ("Il a créé un office.", "Il a cre\u0301e\u0301 un office."),
        ("The minister has named a comm... Read more", TEXT),
        ("The minister has named a commissioner. Continue reading →", TEXT),
        ("Weiterlesen", TEXT),
    ],
    ids=["accents that stand apart", "cut in a word", "a pointer", "a pointer alone"],
)
def test_the_same_words_are_the_same_however_they_are_written_and_cut(summary, text):
    assert missing_sentences(summary, text, TITLE) == ""


def test_only_new_sentences_are_taken_in_their_paragraphs():
    summary = (
        "Labs must report. She begins in May, and will report to parliament twice a year. More follows.\n\nA photo."
    )
    assert missing_sentences(summary, TEXT, TITLE) == "Labs must report. More follows.\n\nA photo."


def test_a_sentence_that_says_more_than_the_title_in_it_is_new():
    said = f"{TITLE} after labs in four countries kept quiet about incidents for a year."
    assert missing_sentences(said, TEXT, TITLE) == said
    assert missing_sentences("Labs kept quiet.", TEXT, "") == "Labs kept quiet."


def test_scripts_without_spaces_are_compared_alike():
    assert (
        missing_sentences("部长任命了专员。实验室必须报告事故。", "部长任命了专员,她五月上任。", "部长")
        == "实验室必须报告事故。"
    )
