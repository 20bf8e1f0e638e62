"""docs/sources.md: each source of its examples reads an answer of the form that its publisher documents."""

import json
import re
from pathlib import Path

import pytest
import yaml

from monitor.settings import parse_feed
from tests.core.sources.samples import NOW, Response, rows, sources

TEXT = (Path(__file__).parents[1] / "docs" / "sources.md").read_text(encoding="utf-8")
EXAMPLES = {
    each["id"]: each
    for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    for each in yaml.safe_load(re.sub(r"\$\{\w+:-(\w+)\}", r"\1", block))["feeds"]
}
REGISTER = {"document_number": "2026-1", "title": "Rule on chips", "html_url": "https://register.example/d/2026-1"}
ANSWERS = {
    "federal-register-ai": {"results": [{**REGISTER, "publication_date": "2026-11-24", "abstract": "About chips."}]},
    "uk-dsit": {
        "results": [
            {"title": "Rule on chips", "link": "/g/1", "description": "…",
             "public_timestamp": "2026-11-24T10:00:00+00:00"}
        ]
    },
    "us-congress-bills": {
        "bills": [
            {"congress": 119, "type": "HR", "number": "5", "title": "Rule on chips", "url": "https://x.example/?api_key=1",
             "latestAction": {"actionDate": "2026-11-24", "text": "Referred."}}
        ]
    },
    "regulations-gov-ai": {
        "data": [
            {"id": "FTC-1", "type": "documents",
             "attributes": {"title": "Rule on chips", "postedDate": "2026-11-24T05:00:00Z", "docketId": "FTC"}}
        ]
    },
    "govinfo-hearings": {
        "count": 1, "nextPage": None,
        "packages": [
            {"packageId": "CHRG-119hhrg1", "lastModified": "2026-11-25T02:00:00Z", "docClass": "HHRG",
             "packageLink": "https://api.govinfo.example/packages/CHRG-119hhrg1/summary", "title": "Rule on chips",
             "congress": "119", "dateIssued": "2026-11-24"}
        ],
    },
    "eu-cellar-ai": {
        "head": {"vars": ["celex", "title", "date"]},
        "results": {
            "distinct": False, "ordered": True,
            "bindings": [
                {"celex": {"type": "literal", "value": "32026R0001"},
                 "title": {"type": "literal", "xml:lang": "en", "value": "Rule on chips"},
                 "date": {"type": "typed-literal", "datatype": "http://www.w3.org/2001/XMLSchema#date",
                          "value": "2026-11-24"}}
            ],
        },
    },
    "any-wordpress-site": [
        {"id": 3, "date_gmt": "2026-11-24T10:00:00", "link": "https://ngo.example/3",
         "title": {"rendered": "Rule on chips"},
         "excerpt": {"rendered": "<p>…</p>"}}
    ],
    "parliament-questions": {
        "results": [{"value": {"heading": "Rule on chips", "dateTabled": "2026-11-24T00:00:00", "uin": "9"}}]
    },
}  # fmt: skip
LINKS = {
    "uk-dsit": "https://www.gov.uk/g/1",
    "us-congress-bills": "https://www.congress.gov/search?q=%7B%22search%22%3A%22HR5%22%2C%22congress%22%3A119%7D",
    "regulations-gov-ai": "https://www.regulations.gov/document/FTC-1",
    "govinfo-hearings": "https://www.govinfo.gov/app/details/CHRG-119hhrg1",
    "eu-cellar-ai": "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:32026R0001",
    "any-wordpress-site": "https://ngo.example/3",
    "parliament-questions": "https://parliament.example/questions/2026-11-24/9",
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_a_valid_source(name):
    assert parse_feed(EXAMPLES[name]).url


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_of_the_api_gives_title_address_and_date(name):
    feed = parse_feed(EXAMPLES[name])
    response = Response(url=feed.url, status=200, headers={}, body=json.dumps(ANSWERS[name]).encode())
    parsed = sources.kind_of(feed).parse(feed, response, NOW, b"")
    assert rows(parsed) == [(LINKS.get(name, "https://register.example/d/2026-1"), "Rule on chips", "2026-11-24")]
