"""Pairs of articles with invented texts: similar texts about different news, and copies that look different."""

# ruff: noqa: RUF001 - full-width marks as East Asian publishers print them
from __future__ import annotations

import random
from typing import NamedTuple


class Pair(NamedTuple):
    """Two articles, each a title and a text."""

    one: tuple[str, str]
    other: tuple[str, str]
    language: str = "en"


def prose(seed: int, count: int) -> str:
    """Return words of a text for each seed; two texts share words only by chance."""
    chance = random.Random(seed)
    words = (f"{chance.choice('bcdfgklmnprst')}{chance.choice('aeiou')}{chance.randrange(400)}" for _ in range(count))
    return " ".join(words)


def han(seed: int, count: int) -> str:
    chance = random.Random(seed)
    return "".join(chr(0x4E00 + chance.randrange(3000)) for _ in range(count))


def naming(word: str, every: int) -> str:
    """Return a report that repeats one name and is otherwise always the same."""
    words = prose(1, 400).split()
    words[3::every] = [word] * len(words[3::every])
    return " ".join(words)


WIRE = prose(1, 400)
LEGAL = prose(3, 350)
FILING = (
    "国家互联网信息办公室今日发布公告，根据生成式人工智能服务管理暂行办法，{}公司的大模型服务已完成备案，"
    "可以面向公众提供服务，相关信息可在网站查询。"
)
GUIDANCE = (
    "総務省は二十四日、{}に対し、生成ＡＩサービスにおける個人情報の取り扱いについて行政指導を行ったと発表した。"
    "同省は再発防止策の報告を求めている。"
)

DIFFERENT_TEXTS = {
    "a weekly letter with much the same text each week": Pair(
        ("Weekly round-up 46", f"{prose(10, 100)} {LEGAL}"), ("Weekly round-up 47", f"{prose(11, 100)} {LEGAL}")
    ),
    "the same with its number spelled out": Pair(
        ("Chip Letter: edition forty-six", f"{prose(10, 100)} {LEGAL}"),
        ("Chip Letter: edition forty-seven", f"{prose(11, 100)} {LEGAL}"),
    ),
    "the same wire text with another country's name": Pair(
        ("Commission approves German scheme to support chip plants", naming("german", 60)),
        ("Commission approves French scheme to support chip plants", naming("french", 60)),
    ),
    "a report on a country that is on no list": Pair(
        ("Country report on digital rights: Lesotho", naming("lesotho", 40)),
        ("Country report on digital rights: Botswana", naming("botswana", 40)),
    ),
    "one press release of two states": Pair(
        ("Attorney General Smith joins coalition on chatbots in Texas", naming("texas", 30)),
        ("Attorney General Brown joins coalition on chatbots in Kansas", naming("kansas", 30)),
    ),
    "a calendar of two weeks that share a day": Pair(
        ("Robotics calendar, Aug. 16-23", f"{prose(95, 40)} {LEGAL}"),
        ("Robotics calendar, Aug. 9-16", f"{prose(96, 40)} {LEGAL}"),
    ),
    "two days of a live blog with one background": Pair(
        ("Summit live: leaders arrive", f"{prose(260, 400)} {prose(261, 500)}"),
        ("Summit live: leaders sign", f"{prose(262, 400)} {prose(261, 500)}"),
    ),
    "two days of a live blog": Pair(
        ("AI Action Summit live: day one in Paris", prose(20, 800)),
        ("AI Action Summit live: day two in Paris", prose(21, 800)),
    ),
    "two decisions above the same law": Pair(
        ("Order against Vesta Robotics", f"{prose(30, 120)} {LEGAL}"),
        ("Order against Orion Semiconductors", f"{prose(31, 120)} {LEGAL}"),
    ),
    "two rulings on one matter": Pair(
        ("Court upholds ban on facial recognition at Harbour station", f"{prose(80, 150)} {LEGAL[:1400]}"),
        ("Court lifts ban on facial recognition at Harbour station", f"{prose(81, 150)} {LEGAL[:1400]}"),
    ),
    "what came next, with the background of before": Pair(
        ("Senate votes on moratorium", f"{prose(82, 90)} {LEGAL}"),
        ("President signs moratorium", f"{prose(83, 90)} {LEGAL}"),
    ),
    "two notices of one office": Pair(
        ("Agency Information Collection Activities; Proposed Collection; Robots", f"{prose(90, 60)} {LEGAL}"),
        ("Agency Information Collection Activities; Proposed Collection; Ships", f"{prose(91, 60)} {LEGAL}"),
    ),
    "a daily press conference, dated": Pair(
        ("Spokesperson Mao Ning's Regular Press Conference on November 24, 2026", prose(40, 900)),
        ("Spokesperson Mao Ning's Regular Press Conference on November 25, 2026", prose(41, 900)),
    ),
    "a daily press conference under one title": Pair(
        ("Foreign Ministry Spokesperson Mao Ning's Regular Press Conference", prose(40, 900)),
        ("Foreign Ministry Spokesperson Mao Ning's Regular Press Conference", prose(41, 900)),
    ),
    "two vacancies of one employer": Pair(
        ("Senior Policy Adviser (AI Safety), DG Connect", f"{prose(60, 110)} {LEGAL}"),
        ("Legal Officer (Data Protection), DG Connect", f"{prose(61, 110)} {LEGAL}"),
    ),
    "one vacancy in two cities": Pair(
        ("Research Engineer, Frontier Safety - Berlin", naming("berlin", 50)),
        ("Research Engineer, Frontier Safety - London", naming("london", 50)),
    ),
    "two short notices with one ending": Pair(
        ("Antitrust: Commission closes case on Vesta", f"{prose(70, 25)} {prose(71, 60)}"),
        ("Antitrust: Commission closes case on Orion", f"{prose(72, 25)} {prose(71, 60)}"),
    ),
    "two press releases of one company": Pair(
        ("Vesta Robotics reports third-quarter sales", f"{prose(73, 30)} {prose(71, 60)}"),
        ("Vesta Robotics names new head of sales", f"{prose(74, 30)} {prose(71, 60)}"),
    ),
    "two Chinese filings": Pair(
        ("网信办批准百度大模型备案", FILING.format("百度")),
        ("网信办批准阿里大模型备案", FILING.format("阿里巴巴")),
        "zh",
    ),
    "two batches of Chinese filings": Pair(
        ("国家网信办公布生成式人工智能服务备案信息（第十批）", FILING.format("百度")),
        ("国家网信办公布生成式人工智能服务备案信息（第十一批）", FILING.format("阿里巴巴")),
        "zh",
    ),
    "two Japanese warnings": Pair(
        ("総務省、生成ＡＩで富士通に行政指導", GUIDANCE.format("富士通株式会社")),
        ("総務省、生成ＡＩで楽天に行政指導", GUIDANCE.format("楽天グループ株式会社")),
        "ja",
    ),
}

SAME_TEXTS = {
    "cut to a quarter": Pair(
        ("Brightwave fined over chatbot", WIRE), ("Fine for Brightwave", " ".join(WIRE.split()[:110]))
    ),
    "retitled in another language": Pair(
        ("EU fines Meta over market rules", WIRE), ("Brüssel straft Facebook-Konzern ab", WIRE)
    ),
    "with as much again appended": Pair(
        ("EU fines Meta over market rules", WIRE), ("Brussels hits Facebook owner", f"{WIRE} {prose(5, 800)}")
    ),
    "with an intro of its own": Pair(
        ("EU fines Meta over market rules", WIRE), ("Brussels hits Facebook owner", f"{prose(300, 120)} {WIRE}")
    ),
    "with its first paragraph written anew": Pair(
        ("EU fines Meta over market rules", WIRE),
        ("Brussels hits Facebook owner", f"{prose(300, 50)} {' '.join(WIRE.split()[50:])}"),
    ),
    "cut to half, each with a footer": Pair(
        ("EU fines Meta over market rules", f"{WIRE} {prose(301, 40)}"),
        ("Brussels hits Facebook owner", f"{' '.join(WIRE.split()[:200])} {prose(302, 40)}"),
    ),
    "with its halves in another order": Pair(
        ("EU fines Meta over market rules", WIRE),
        ("Brussels hits Facebook owner", " ".join([*WIRE.split()[200:], *WIRE.split()[:200]])),
    ),
    "with the sum in another currency": Pair(
        ("Meta fined €200m by EU over market rules", WIRE), ("EU fines Meta $228m for breach of market rules", WIRE)
    ),
    "with the end of its title changed": Pair(
        ("Nvidia to resume H20 chip sales to China after licence assurances", WIRE),
        ("Nvidia to resume H20 chip sales to China following pledge", f"{WIRE} {prose(303, 40)}"),
    ),
    "under one kicker": Pair(
        ("EU AI Act: Mistral pleads for delay", WIRE), ("EU AI Act under fire from Siemens", WIRE)
    ),
    "in Chinese, retitled": Pair(
        ("网信办约谈平台", han(5, 800)), ("监管部门要求整改算法", f"{han(5, 760)}{han(6, 60)}"), "zh"
    ),
}
