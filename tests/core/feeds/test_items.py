import pytest

from monitor.core.feeds.items import split_document

HEAD, TAIL = b"<rss><channel><title>t</title>\n", b"\n</channel></rss>"
ONE, TWO = b"<item><title>1</title></item>", b"<item a='b'>2</item>"


def test_a_document_is_taken_apart_and_can_be_put_together_with_fewer_items():
    document = split_document(HEAD + ONE + b"\n \t" + TWO + TAIL)
    assert document == (HEAD, [ONE, TWO], TAIL)
    assert document.with_only([TWO]) == HEAD + TWO + TAIL


@pytest.mark.parametrize("tag", ["entry", "ITEM", "atom:entry"])
def test_items_are_known_however_they_are_called(tag):
    item = f"<{tag}>x</{tag}>".encode()
    assert split_document(b"<feed>" + item + item + b"</feed>").items == [item, item]


@pytest.mark.parametrize(
    "items",
    [
        b"",
        b"no item",
        b"<items>1</items>",
        b"<item>without end",
        b"<item>of another name</entry>",
        ONE + b"<!-- between -->" + TWO,
        ONE + b"<image/>" + TWO,
        ONE + b"between" + TWO,
        ONE + b"<item/>",
        ONE + b"<item><description xml:base='http://b.example/'/></item>",
        ONE + b"<item><content base = 'http://b.example/'/></item>",
        ONE + b"<item><a:link xmlns:a='http://www.w3.org/2005/Atom'/></item>",
    ],
)
def test_what_cannot_be_taken_apart_with_confidence_is_not(items):
    assert split_document(HEAD + items + TAIL) is None


def test_text_that_is_marked_up_as_such_brings_no_names():
    item = b"<entry><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>x</div></content></entry>"
    assert split_document(b"<feed>" + item + b"</feed>").items == [item]
