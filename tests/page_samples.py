"""Pages with the navigation, teasers and footers of real ones."""

BODY = (
    """\
The Harbour Assembly voted on Tuesday to register every public use of automated decisions, after two years of talks
between its committees and the port's employers.

Under the measure, offices that rank applicants by machine must publish what the ranking weighs, and keep a person who
can overrule it. Small workshops are exempt for three years.

“We asked for a list, not for a ban,” said Ilse Varga, who led the talks for the dockworkers. Employers called the
result workable but slow.

The register opens in March. Until then the Assembly will hold hearings in each of its six districts, and publish the
objections that it receives together with its answers.

A separate proposal on cameras in the harbour was put off until autumn, since two of the committees could not agree on
who would keep the recordings.""".replace("\n\n", "¶")
    .replace("\n", " ")
    .split("¶")
)
LEAD = BODY[0]
TITLE = "Harbour Assembly to register automated decisions"


def page(
    paragraphs: list[str] = BODY,
    *,
    title: str = TITLE,
    head: str = "",
    extra: str = "",
    inside: str = "",
    language: str = "en",
) -> str:
    """A news page: menu, article with `inside` after its first paragraph, `extra`, comments, footer."""
    first, *rest = (f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"""<!doctype html><html lang="{language}"><head><title>{title} | The Tidewater Post</title>{head}
<script>var tracker = "never prose";</script></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/port">Port</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<main><article><h1>{title}</h1>{first}{inside}{"".join(rest)}</article>
{extra}
<section id="comments" class="comments"><h3>Comments</h3><div class="comment"><p>A reader writes at length that
the register will not help anybody, and that the cameras should have come first, as he has said for years.</p></div>
</section>
</main><footer><p>Copyright The Tidewater Post, Pier 4. All rights reserved, terms apply, imprint.</p></footer>
</body></html>"""


def pdf(text: str, title: str = "") -> bytes:
    """The smallest PDF with some lines of text in it."""
    lines = "".join(f"({line}) Tj T* " for line in text.replace("(", "").replace(")", "").split("\n"))
    return pdf_of_streams([f"BT /F1 12 Tf 14 TL 50 750 Td {lines}ET"], f"/Title ({title})")


def pdf_of_streams(streams: list[str], info: str = "") -> bytes:
    """A PDF with a page for each content stream; `/F1` is Helvetica."""
    first = 5
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(len(streams)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(streams)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< {info} >>".encode("latin-1"),
    ]
    for number, stream in enumerate(streams):
        body = stream.encode("latin-1")
        page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >>"
        objects.append(f"{page} /Contents {first + 2 * number + 1} 0 R >>".encode())
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(body), body))
    content, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    trailer = b"trailer << /Size %d /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, len(content))
    return content + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer


_CELL = "<table><tr><td>the ministry said on Monday that the rules apply "
TABLE_IN_TABLE = "<html><body>" + _CELL * 600 + "</td></tr></table>" * 600
"""Nested deeper than pages are extracted from."""
SLOW_PAGE = "<html><body>" + _CELL * 160 + "<p>b</p>" * 10_000 + "</td></tr></table>" * 160
"""A page of 100 kB that takes the extractor several seconds."""
