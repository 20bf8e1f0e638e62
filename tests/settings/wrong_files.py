"""Wrong files by what is wrong with them: files that differ from a sound folder, environment, printed lines."""

# ruff: noqa: E501  # the lines are as long as a user sees them

from monitor.channels import CHANNEL_TYPES
from monitor.config_types.values import HOME_FOLDER

CHANNEL_NAMES = ", ".join(CHANNEL_TYPES)

CASES = {
    "nothing at all is wrong": ({}, {}, []),
    "a required file is missing": (
        {"monitor.yaml": None, "feeds.yaml": None},
        {},
        [
            "config/feeds.yaml: error: C001 is missing; it lists what is watched",
            (
                "config/monitor.yaml: error: C001 is missing; it says where the database is and how publishers are requested; "
                "an empty one takes all defaults"
            ),
        ],
    ),
    "channels are missing and named": (
        {"channels.yaml": None},
        {},
        ["config/digests.yaml:5:16: error: C021 channels: 'outbox' is not a known channel; channels.yaml has none"],
    ),
    "a selector of the text is not CSS": (
        {"feeds.yaml": "feeds:\n  - {id: a, url: https://a.example/, fulltext_select: 'div['}\n"},
        {},
        [
            "config/feeds.yaml:2:55: error: C006 fulltext_select: 'div[' is not a valid CSS selector: Expected ident or '*', got <EOF at 4>"
        ],
    ),
    "a file is a list": (
        {"monitor.yaml": "- a\n"},
        {},
        ["config/monitor.yaml:1:1: error: C004 the file must be a mapping (key: value)"],
    ),
    "bytes are not UTF-8": (
        {"monitor.yaml": b"# ok\n# \xe9\n"},
        {},
        ["config/monitor.yaml: error: C001 is not text in UTF-8: line 2 holds a byte that is not; save it as UTF-8"],
    ),
    "rules are saved by a text processor": (
        {"rules/ai.yaml": "lists: {ai: [AI]}\n".encode("utf-16"), "rules/b.yaml": "lists: {b: [$ai, chips]}\n"},
        {},
        ["config/rules/ai.yaml: error: C001 is text in UTF-16; save it as UTF-8"],
    ),
    "files are documents of a text processor": (
        {"rules/ai.yaml": b"PK\x03\x04\x14\x00\x06\x00", "rules/b.yaml": b"{\\rtf1\\ansi version: 1\\par}"},
        {},
        [
            "config/rules/ai.yaml: error: C001 is a document of a word processor; save it as plain text, in UTF-8",
            "config/rules/b.yaml: error: C001 is a document of a word processor; save it as plain text, in UTF-8",
        ],
    ),
    "quotes and spaces come from a text processor": (
        {"feeds.yaml": "feeds:\n- {id: “ec”, url: https://example.org/f, country: UK,\n  \u00a0title: x}\n"},
        {},
        [
            (
                "config/feeds.yaml:2:8: error: C010 id: '“ec”' must consist of lowercase letters, digits, "
                "hyphens and underscores, 64 at most, as in ec-digital; “ is not a quote in YAML, type \" or '"
            ),
            "config/feeds.yaml:2:51: error: C006 country: 'UK' is not a country of ISO 3166; write GB",
            (
                "config/feeds.yaml:3:3: error: C002 unknown key '?title'; "
                "U+00A0 in it is not an ordinary space, type one or delete it"
            ),
        ],
    ),
    "keys are unknown or come twice": (
        {"monitor.yaml": "fetch:\n  timout: 5s\n  per_host: 1\n  per_host: 2\nnonsense:\n"},
        {},
        [
            "config/monitor.yaml:2:3: error: C002 unknown key 'timout'; did you mean 'timeout'?",
            "config/monitor.yaml:4:3: error: E003 duplicate key 'per_host' (YAML would silently keep only the last)",
            (
                "config/monitor.yaml:5:1: error: C002 unknown key 'nonsense'; "
                "the keys here are database, timezone, fetch, extract, retention, backup, catch_up, coverage, rules, operator, audit, web, log"
            ),
        ],
    ),
    "keys are in another section": (
        {
            "monitor.yaml": "retention:\narticles: 30d\ntimeout: 5s\nweb: {timezone: UTC}\noperator: {channels: [Outbox]}\n",
            "digests.yaml": "digests:\n- {id: d, title: D, schedule: 0 8 * * *, channels: [outbox], cooldown: 2h}\n",
        },
        {},
        [
            "config/digests.yaml:2:62: error: C002 unknown key 'cooldown'; it belongs below alerts:, indented",
            "config/monitor.yaml:2:1: error: C002 unknown key 'articles'; it belongs below retention:, indented",
            "config/monitor.yaml:3:1: error: C002 unknown key 'timeout'; it belongs below fetch: or extract:, indented",
            (
                "config/monitor.yaml:4:7: error: C002 unknown key 'timezone'; "
                "it belongs at the top level of the file, without indentation"
            ),
            "config/monitor.yaml:5:23: error: C021 channels: 'Outbox' is not a known channel; did you mean 'outbox'?",
        ],
    ),
    "types are wrong": (
        {
            "monitor.yaml": "fetch: 5\nretention: [7d]\nextract: {timeout: [1s]}\nlog: {level: {a: b}}\nweb: {listen: }\n"
        },
        {},
        [
            "config/monitor.yaml:1:8: error: C004 fetch: '5' must be a mapping (key: value)",
            "config/monitor.yaml:2:12: error: C004 retention: must be a mapping (key: value), not a list",
            "config/monitor.yaml:3:20: error: C004 timeout: must be text, not a list",
            "config/monitor.yaml:4:14: error: C005 level: must be one of debug, info, warning, error",
        ],
    ),
    "values of monitor.yaml are wrong": (
        {
            "monitor.yaml": """
            database: mysql://host/monitor
            timezone: Europe/Brusels
            fetch: {timeout: 30 sec, max_body: 10, min_gap: 5, concurrency: lots, per_host: 0, user_agent: "a\\nb"}
            extract: {workers: 0, timeout: 1h}
            retention: {articles: 1h}
            web: {listen: localhost}
            log: {level: WARN, format: Json}
            """
        },
        {},
        [
            (
                "config/monitor.yaml:1:11: error: C011 database: is not a database; write sqlite:///data/monitor.db "
                "or postgresql+psycopg://user:password@host/name"
            ),
            (
                "config/monitor.yaml:2:11: error: C013 timezone: 'Europe/Brusels' is not a time zone; "
                "did you mean 'Europe/Brussels'?"
            ),
            (
                "config/monitor.yaml:3:18: error: C006 timeout: '30 sec' is not a duration; "
                "write a whole number and its unit: 30s, 15m, 6h, 7d or 2w"
            ),
            "config/monitor.yaml:3:36: error: C006 max_body: '10' has no unit; write it like 500KB or 10MB",
            "config/monitor.yaml:3:49: error: C006 min_gap: '5' has no unit; write it like 30s, 15m, 6h, 7d or 2w",
            "config/monitor.yaml:3:65: error: C004 concurrency: 'lots' must be a whole number",
            "config/monitor.yaml:3:81: error: C007 per_host: '0' must be 1 or more",
            "config/monitor.yaml:3:96: error: C018 user_agent: 'a?b' must be one line of plain ASCII text, and not empty",
            (
                "config/monitor.yaml:4:20: error: C006 workers: '0' must be auto (one for each processor) "
                "or a whole number from 1 to 999"
            ),
            "config/monitor.yaml:4:32: error: C007 timeout: '1h' must be between 100ms and 10m",
            "config/monitor.yaml:5:23: error: C007 articles: '1h' must be between 1d and 36500d",
            (
                "config/monitor.yaml:6:15: error: C006 listen: 'localhost' is not a host and a port; "
                "write 127.0.0.1:8080, 0.0.0.0:8080 to be reached from outside, or off"
            ),
            (
                "config/monitor.yaml:7:14: error: C005 level: 'WARN' must be one of debug, info, warning, error; "
                "did you mean 'warning'?"
            ),
        ],
    ),
    "networks are wrong": (
        {"monitor.yaml": "fetch: {allow_networks: [10.1.2.3/8, here, 10.1.2.3, 192.168.7.20/24]}\n"},
        {},
        [
            (
                "config/monitor.yaml:1:26: error: C014 allow_networks: '10.1.2.3/8' is one address and a network at once; "
                "write 10.0.0.0/8, or 10.1.2.3 alone"
            ),
            (
                "config/monitor.yaml:1:38: error: C014 allow_networks: 'here' is not a network; "
                "write it like 10.0.0.0/8, 192.168.1.20 or fd00::/8"
            ),
            (
                "config/monitor.yaml:1:54: error: C014 allow_networks: '192.168.7.20/24' is one address and a network at "
                "once; write 192.168.7.0/24, or 192.168.7.20 alone"
            ),
        ],
    ),
    "feeds are wrong": (
        {
            "feeds.yaml": """
            feeds:
              - id: Gazette
                url: gazette.example/feed
                language: jp
                country: Belgium
                tier: offical
                tags: [EU, ok]
                fulltext: sometimes
              - id: a
                url: https://user:canary@a.example/feed
                interval: 1h30m
                headers: {Host: a.example, X Y: b, Accept: "é"}
              - id: a
                url: "https:///feed"
                language: pt-BR
                title: "a\\u0007b"
              - https://b.example/feed
              -
              - {id: b, url: "ftp://b.example/", fultext: never}
              - {id: c, url: "https://c.example/a b"}
              - {id: d, url: "https://d.example:port/"}
            """
        },
        {},
        [
            (
                "config/feeds.yaml:2:9: error: C010 id: 'Gazette' must consist of lowercase letters, digits, "
                "hyphens and underscores, 64 at most, as in ec-digital"
            ),
            "config/feeds.yaml:3:10: error: C011 url: must start with https:// or http://",
            "config/feeds.yaml:4:15: error: C017 language: 'jp' is not a language code; did you mean 'ja'?",
            (
                "config/feeds.yaml:5:14: error: C006 country: 'Belgium' is not a country; "
                "write its two capital letters (DE, GB, CN), EU, or INT for international bodies"
            ),
            (
                "config/feeds.yaml:6:11: error: C005 tier: 'offical' must be one of "
                "official, agency, press, think_tank, civil_society, newsletter; did you mean 'official'?"
            ),
            (
                "config/feeds.yaml:7:12: error: C010 tags: 'EU' must consist of lowercase letters, digits, "
                "hyphens and underscores, 64 at most, as in ec-digital"
            ),
            "config/feeds.yaml:8:15: error: C005 fulltext: 'sometimes' must be one of auto, always, never",
            (
                "config/feeds.yaml:10:10: error: C011 url: must not hold a user name or password; "
                'use headers: {Authorization: "Basic ${NAME}"}'
            ),
            (
                "config/feeds.yaml:11:15: error: C006 interval: '1h30m' is not a duration; "
                "write a whole number and its unit: 30s, 15m, 6h, 7d or 2w"
            ),
            "config/feeds.yaml:12:15: error: C018 Host: this header is set by the program itself; leave it out",
            "config/feeds.yaml:12:32: error: C018 X Y: is not a valid header name",
            "config/feeds.yaml:12:48: error: C018 Accept: must be one line of plain ASCII text, and not empty",
            "config/feeds.yaml:13:9: error: C019 id: 'a' is already used in line 9",
            "config/feeds.yaml:14:10: error: C011 url: is not an address: there is no host after ://",
            "config/feeds.yaml:15:15: error: C017 language: 'pt-BR' is more than a language code; write pt",
            "config/feeds.yaml:16:12: error: C006 title: 'a?b' must be one line of plain text",
            "config/feeds.yaml:17:5: error: C004 feeds: 'https://b.example/feed' must be a mapping (key: value)",
            "config/feeds.yaml:18:4: error: C004 feeds: must be a mapping (key: value), but it is empty",
            "config/feeds.yaml:19:18: error: C011 url: must start with https:// or http://",
            "config/feeds.yaml:19:38: error: C002 unknown key 'fultext'; did you mean 'fulltext'?",
            "config/feeds.yaml:20:18: error: C011 url: is not an address: it holds a space or a control character",
            (
                "config/feeds.yaml:21:18: error: C011 url: is not an address: "
                "the part between // and the next / is not a host and a port"
            ),
        ],
    ),
    "channels are wrong": (
        {
            "channels.yaml": """
            channels:
              outbox: {type: file}
              Team: {type: console}
              mail: {type: email, smtp: mail.example, from: nobody, to: [a@b.example, "c d@e", "a@b.example; c@d.example", Jo <jo@müller.example>]}
              alone: {type: email, smtp: "smtp://localhost", from: a@b.example}
              twice: {type: email, smtp: "smtp://localhost", from: a@b.example, to: [c@d.example], bcc: Jo <C@d.example>}
              slack: {type: slak}
              both: {type: slack}
              bot: {type: slack, token: "${T}"}
              hook: {type: webhook, url: hook}
              teams: {type: apprise, url: "${EMPTY}"}
              odd: {type: [file], dir: out}
              bare: {dir: out}
              none:
              file: {type: email, smpt: x}
            """
        },
        {"T": "xoxb", "EMPTY": ""},
        [
            "config/channels.yaml:2:11: error: C003 key 'dir' is missing",
            (
                "config/channels.yaml:3:3: error: C010 Team: must consist of lowercase letters, digits, "
                "hyphens and underscores, 64 at most, as in ec-digital"
            ),
            (
                "config/channels.yaml:4:29: error: C015 smtp: "
                "must start with smtp:// (STARTTLS) or smtps:// (TLS from the start)"
            ),
            (
                "config/channels.yaml:4:49: error: C016 from: 'nobody' is not an e-mail address; "
                "write team@example.org or Policy team <team@example.org>"
            ),
            (
                "config/channels.yaml:4:75: error: C016 to: 'c d@e' is not an e-mail address; "
                "write team@example.org or Policy team <team@example.org>"
            ),
            (
                "config/channels.yaml:4:84: error: C016 to: 'a@b.example; c@d.example' is more than one address; "
                "write a list: [a@b.example, c@d.example]"
            ),
            (
                "config/channels.yaml:4:112: error: C016 to: 'Jo <jo@müller.example>' has a domain with letters beyond "
                "ASCII; write Jo <jo@xn--mller-kva.example>"
            ),
            "config/channels.yaml:5:10: error: C020 alone: has no recipient; name one in to or in bcc",
            "config/channels.yaml:6:10: error: C020 twice: names the recipient c@d.example twice in to and bcc",
            (
                "config/channels.yaml:7:17: error: C005 type: 'slak' must be one of "
                f"{CHANNEL_NAMES}; did you mean 'slack'?"
            ),
            "config/channels.yaml:8:9: error: C020 both: needs either webhook, or token and channel",
            "config/channels.yaml:9:8: error: C020 bot: has a token but no channel; add channel: '#name'",
            "config/channels.yaml:10:30: error: C011 url: must start with https:// or http://",
            "config/channels.yaml:11:31: error: C006 url: is empty; is the variable that it comes from set?",
            f"config/channels.yaml:12:15: error: C005 type: must be one of {CHANNEL_NAMES}",
            f"config/channels.yaml:13:9: error: C003 bare: key 'type' is missing; it is one of {CHANNEL_NAMES}",
            "config/channels.yaml:14:8: error: C004 none: must be a mapping (key: value), but it is empty",
            "config/channels.yaml:15:9: error: C003 key 'from' is missing",
            "config/channels.yaml:15:9: error: C003 key 'smtp' is missing",
            "config/channels.yaml:15:23: error: C002 unknown key 'smpt'; did you mean 'smtp'?",
        ],
    ),
    "digests are wrong": (
        {
            "digests.yaml": """
            digests:
              - id: daily
                title: ""
                schedule: "0 8 * *"
                timezone: CEST
                topics: [eu-ai-akt, nothing]
                rules: ai-akt
                feeds: [gazete]
                tiers: [pres]
                languages: [english]
                min_priority: hi
                channels: [outbx]
                when_empty: never
                max_stories: 0
              - {id: daily, title: b, schedule: "0 8 * * funday", channels: []}
              - {id: alerts, title: c, schedule: "0 0 30 2 *"}
            alerts: {chanels: outbox, window: 2d}
            """
        },
        {},
        [
            "config/digests.yaml:3:12: error: C006 title: must not be empty",
            (
                "config/digests.yaml:4:15: error: C012 schedule: '0 8 * *' is not a schedule of five fields; "
                "write minute, hour, day of month, month and day of week: '0 8 * * mon-fri' is 8:00 from Monday to Friday"
            ),
            (
                "config/digests.yaml:5:15: error: C013 timezone: 'CEST' is not a time zone; "
                "write it like Europe/Brussels or UTC"
            ),
            "config/digests.yaml:6:14: error: C021 topics: 'eu-ai-akt' is not a known topic; did you mean 'eu-ai-act'?",
            "config/digests.yaml:6:25: error: C021 topics: 'nothing' is not a known topic; rules/ has eu-ai-act",
            "config/digests.yaml:7:12: error: C021 rules: 'ai-akt' is not a known rule; did you mean 'ai-act'?",
            "config/digests.yaml:8:13: error: C021 feeds: 'gazete' is not a known feed; did you mean 'gazette'?",
            (
                "config/digests.yaml:9:13: error: C005 tiers: 'pres' must be one of "
                "official, agency, press, think_tank, civil_society, newsletter; did you mean 'press'?"
            ),
            "config/digests.yaml:10:17: error: C017 languages: 'english' is not a language code; did you mean 'en'?",
            (
                "config/digests.yaml:11:19: error: C005 min_priority: 'hi' must be one of low, normal, high, urgent; "
                "did you mean 'high'?"
            ),
            "config/digests.yaml:12:16: error: C021 channels: 'outbx' is not a known channel; did you mean 'outbox'?",
            "config/digests.yaml:13:17: error: C005 when_empty: 'never' must be one of skip, send",
            "config/digests.yaml:14:18: error: C007 max_stories: '0' must be 1 or more",
            "config/digests.yaml:15:10: error: C019 id: 'daily' is already used in line 2",
            (
                "config/digests.yaml:15:37: error: C012 schedule: '0 8 * * funday' is not a schedule: bad day-of-week; "
                "write minute, hour, day of month, month and day of week: '0 8 * * mon-fri' is 8:00 from Monday to Friday"
            ),
            (
                "config/digests.yaml:16:10: error: C010 id: 'alerts' is the name of the alerts in the database; "
                "choose another id"
            ),
            (
                "config/digests.yaml:16:38: error: C012 schedule: '0 0 30 2 *' is not a schedule: bad day-of-month; "
                "write minute, hour, day of month, month and day of week: '0 8 * * mon-fri' is 8:00 from Monday to Friday"
            ),
            "config/digests.yaml:17:10: error: C002 unknown key 'chanels'; did you mean 'channels'?",
            "config/digests.yaml:17:35: error: C007 window: '2d' must be between 0s and 1d",
        ],
    ),
    "paths begin with a tilde": (
        {
            "monitor.yaml": "database: sqlite:///~/m.db\nbackup: {dir: ~/backups}\n",
            "channels.yaml": "channels: {outbox: {type: file, dir: '~ana/mail'}}",
        },
        {},
        [
            f"config/channels.yaml:1:38: error: C006 dir: '~ana/mail' {HOME_FOLDER}",
            f"config/monitor.yaml:1:11: error: C011 database: has a path that {HOME_FOLDER}",
            f"config/monitor.yaml:2:15: error: C006 dir: '~/backups' {HOME_FOLDER}",
        ],
    ),
    "former ids of digests are wrong": (
        {
            "channels.yaml": "channels: {out: {type: console}}",
            "digests.yaml": """
            digests:
              - {id: daily, title: a, schedule: "0 8 * * *", channels: [out], was: brief}
              - {id: weekly, title: b, schedule: "0 9 * * *", channels: [out], was: daily}
              - {id: monthly, title: c, schedule: "0 9 1 * *", channels: [out], was: brief}
              - {id: yearly, title: d, schedule: "0 9 1 1 *", channels: [out], was: [brief]}
            """,
        },
        {},
        [
            "config/digests.yaml:3:73: error: C025 was: 'daily' is the id of a digest; name one that is gone",
            "config/digests.yaml:4:74: error: C025 was: 'brief' is the former id of another digest, too",
            "config/digests.yaml:5:73: error: C004 was: must be text, not a list",
        ],
    ),
    "variables are wrong": (
        {
            "monitor.yaml": 'database: "${DATABSE}"\nweb: {token: "${WEB TOKEN}", listen: "${LISTEN"}\n',
            "channels.yaml": """
            channels:
              outbox: {type: file, dir: "${file:/nonexistent/dir}"}
            """,
        },
        {"DATABASE": "sqlite:///x.db"},
        [
            "config/channels.yaml:2:29: error: C008 file /nonexistent/dir cannot be read: no such file or directory",
            "config/monitor.yaml:1:11: error: C008 variable DATABSE is not set; did you mean 'DATABASE'?",
            (
                "config/monitor.yaml:2:14: error: C008 '${' begins a variable: "
                "${NAME}, ${NAME:-default} or ${file:/path}; $${ is a plain ${"
            ),
            (
                "config/monitor.yaml:2:38: error: C008 '${' begins a variable: "
                "${NAME}, ${NAME:-default} or ${file:/path}; $${ is a plain ${"
            ),
        ],
    ),
    "overriding variables are wrong": (
        {},
        {
            "MONITOR_FETCH__TIMOUT": "5s",
            "MONITOR_FETCH__TIMEOUT": "soon",
            "MONITOR_NONSENSE__X": "",
            "MONITOR_TIMEZONE": "x",
        },
        [
            (
                "MONITOR_FETCH__TIMEOUT: error: C006 timeout: '${MONITOR_FETCH__TIMEOUT}' is not a duration; "
                "write a whole number and its unit: 30s, 15m, 6h, 7d or 2w"
            ),
            (
                "MONITOR_FETCH__TIMOUT: error: C009 this variable overrides no key of monitor.yaml; "
                "did you mean 'MONITOR_FETCH__TIMEOUT'?"
            ),
            "MONITOR_NONSENSE__X: error: C009 this variable overrides no key of monitor.yaml",
            (
                "MONITOR_TIMEZONE: error: C013 timezone: '${MONITOR_TIMEZONE}' is not a time zone; "
                "write it like Europe/Brussels or UTC"
            ),
        ],
    ),
    "seeds are wrong": (
        {
            "seeds/a.yaml": "- a\n",
            "seeds/b.yaml": "title: b\n",
            "seeds/c.yaml": "id: c\n",
            "seeds/d.yaml": "id: d\nthemes: [{id: x}, {id: x}, y]\n",
        },
        {},
        [
            "config/seeds/a.yaml:1:1: error: C022 a seed must be a mapping with id and themes",
            "config/seeds/b.yaml:1:1: error: C022 a seed must have an id",
            "config/seeds/c.yaml:1:1: error: C022 a seed must have themes, a list",
            "config/seeds/d.yaml:2:19: error: C022 a theme must have an id that no other theme of the seed has",
            "config/seeds/d.yaml:2:28: error: C022 a theme must have an id that no other theme of the seed has",
        ],
    ),
    "things are odd, and allowed": (
        {
            "monitor.yaml": """
            database: postgresql://u:pw@db/monitor
            web: {listen: "off"}
            """,
            "feeds.yml": "feeds: []\n",
            "feeds.yaml": """
            feeds:
              - {id: a, url: https://a.example/, interval: 10s}
              - {id: b, url: https://a.example/}
            """,
            "channels.yaml": """
            channels:
              outbox: {type: file, dir: out}
              slack: {type: slack, webhook: https://hooks.example/secret}
              hook: {type: webhook, url: https://hook.example/, secret: s}
              mail: {type: email, smtp: "smtp://u:p@mail.example/?starttls=off", from: a@b.example, to: [c@d.example]}
              fine: {type: email, smtp: "smtp://u:${PASSWORD}@localhost", from: a@b.example, to: [c@d.example]}
            """,
        },
        {"PASSWORD": "p"},
        [
            (
                "config/channels.yaml:3:33: warning: C101 webhook: is written in the file; "
                "put it into a variable and write ${NAME}, or into a file and ${file:/path}"
            ),
            (
                "config/channels.yaml:4:61: warning: C101 secret: is written in the file; "
                "put it into a variable and write ${NAME}, or into a file and ${file:/path}"
            ),
            (
                "config/channels.yaml:5:29: warning: C101 smtp: is written in the file; "
                "put it into a variable and write ${NAME}, or into a file and ${file:/path}"
            ),
            (
                "config/channels.yaml:5:29: warning: C104 smtp: the password goes over the network in plain text; "
                "drop starttls=off if you can"
            ),
            (
                "config/feeds.yaml:2:48: warning: C103 interval: is less than a minute; "
                "most publishers take that for an attack"
            ),
            (
                "config/feeds.yaml:3:18: warning: C102 url: the same as that of a; "
                "it is polled twice, and its articles come twice"
            ),
            "config/feeds.yml: warning: C107 is not read; did you mean 'feeds.yaml'?",
            (
                "config/monitor.yaml:1:11: warning: C101 database: is written in the file; "
                "put it into a variable and write ${NAME}, or into a file and ${file:/path}"
            ),
        ],
    ),
    "a host is an address": (
        {"monitor.yaml": 'timezone: UTC\nweb: {token: "", listen: "0.0.0.0:80", hosts: ["https://a.example"]}\n'},
        {},
        [
            (
                "config/monitor.yaml:2:48: error: C006 hosts: 'https://a.example' is not the name of a host; "
                "write monitor.example.org, without https:// and port"
            ),
        ],
    ),
    "the page is open to everybody": (
        {"monitor.yaml": 'timezone: UTC\nweb: {token: "", listen: "0.0.0.0:80"}\n'},
        {},
        [
            (
                "config/monitor.yaml:2:26: error: C023 listen: everyone who can reach this address could read the page; "
                "set web.token"
            ),
        ],
    ),
    "the page is open to everybody, and another key is wrong": (
        {"monitor.yaml": 'timezone: UTC\nfoo: 1\nweb: {listen: "0.0.0.0:80"}\n'},
        {},
        [
            (
                "config/monitor.yaml:2:1: error: C002 unknown key 'foo'; the keys here are database, timezone, fetch, "
                "extract, retention, backup, catch_up, coverage, rules, operator, audit, web, log"
            ),
            (
                "config/monitor.yaml:3:15: error: C023 listen: everyone who can reach this address could read the page; "
                "set web.token"
            ),
        ],
    ),
    "the token of a page for everybody is not set": (
        {"monitor.yaml": 'timezone: UTC\nweb: {listen: "0.0.0.0:80", token: "${NOT_SET}"}\n'},
        {},
        [
            (
                "config/monitor.yaml:2:36: error: C008 variable NOT_SET is not set; "
                "set it, or give a default: ${NOT_SET:-default}"
            ),
        ],
    ),
    "paths of a source cannot be compiled, and its title is a list": (
        {
            "feeds.yaml": (
                "feeds:\n  - {id: a, url: https://a.example/, select: 'div[', title: [x]}\n"
                "  - {id: b, url: https://b.example/, items: '[', title: [x]}\n"
            )
        },
        {},
        [
            (
                "config/feeds.yaml:2:46: error: C006 select: 'div[' is not a valid CSS selector: "
                "Expected ident or '*', got <EOF at 4>"
            ),
            "config/feeds.yaml:2:61: error: C004 title: must be text, not a list",
            (
                "config/feeds.yaml:3:45: error: C006 items: '[' is not a valid JMESPath expression: "
                "Invalid jmespath expression: Incomplete expression:"
            ),
            "config/feeds.yaml:3:57: error: C004 title: must be text, not a list",
        ],
    ),
    "addresses are odd": (
        {
            "monitor.yaml": 'database: "postgresql+psycopg://["\nweb: {token: "${T}", listen: "0.0.0.0:80"}\n',
            "feeds.yaml": "feeds: [{id: a, url: ''}, {id: b, url: 'https://b.example', interval: soon}]\n",
        },
        {"T": "t" * 24},
        [
            "config/feeds.yaml:1:22: error: C011 url: is empty; write an address that starts with https://",
            (
                "config/feeds.yaml:1:71: error: C006 interval: 'soon' is not a duration; "
                "write a whole number and its unit: 30s, 15m, 6h, 7d or 2w"
            ),
        ],
    ),
    "numbers are too large": (
        {"monitor.yaml": "fetch: {per_host: 101, concurrency: 99999999999999999999999}\n"},
        {},
        [
            "config/monitor.yaml:1:19: error: C007 per_host: '101' must be 100 or less",
            "config/monitor.yaml:1:37: error: C007 concurrency: '99999999999999999999999' must be 1000 or less",
        ],
    ),
    "the database has a slash too few": (
        {"monitor.yaml": "database: sqlite://monitor.db\nweb: {token: literal}\n"},
        {},
        [
            (
                "config/monitor.yaml:1:11: error: C011 database: is not a database; "
                "write sqlite:///data/monitor.db, with three slashes (four for a full path)"
            ),
            (
                "config/monitor.yaml:2:14: warning: C101 token: is written in the file; "
                "put it into a variable and write ${NAME}, or into a file and ${file:/path}"
            ),
            (
                "config/monitor.yaml:2:14: warning: C108 token: has fewer than 16 characters and can be guessed; "
                "make one with: openssl rand -hex 24"
            ),
        ],
    ),
    "the token is short": (
        {"monitor.yaml": 'web: {token: "${T}"}\n'},
        {"T": "short"},
        [
            (
                "config/monitor.yaml:1:14: warning: C108 token: has fewer than 16 characters and can be guessed; "
                "make one with: openssl rand -hex 24"
            ),
        ],
    ),
    "a proxy is let in without a token": (
        {"monitor.yaml": "web: {hosts: [Monitor.example.org]}\n"},
        {},
        [
            (
                "config/monitor.yaml:1:14: warning: C105 hosts: everyone whom the proxy admits can read the page; "
                "set web.token unless the proxy has a login"
            ),
        ],
    ),
    "a token stands in the file": (
        {"monitor.yaml": "web: {token: literal-and-long}\n"},
        {},
        [
            (
                "config/monitor.yaml:1:14: warning: C101 token: is written in the file; "
                "put it into a variable and write ${NAME}, or into a file and ${file:/path}"
            ),
        ],
    ),
    "there is no rule": (
        {"rules/ai.yaml": ""},
        {},
        [
            "config/rules: warning: C109 no rule is live (there is none), so no hits are sent; set status: live on at least one",
            "config/rules/ai.yaml: warning: W122 holds no rule, list or topic: is it empty, or is all of it commented out?",
        ],
    ),
    "no rule is live": (
        {"rules/ai.yaml": "rules: [{id: abc, title: t, topic: t, status: draft, any: [AI Act]}]\n"},
        {},
        [
            "config/rules: warning: C109 no rule is live (1 draft), so no hits are sent; set status: live on at least one",
        ],
    ),
    "no digest includes a live rule, and no alert is sent about an urgent one": (
        {
            "rules/more.yaml": """
            version: 1
            topics: {water: Water, eu-ai-act: AI Act}
            rules:
              - {id: water-use, title: W, topic: water, status: live, any: [water use], tests: [{hit: Water use}, {miss: x}]}
              - {id: water-ban, title: W, topic: eu-ai-act, priority: urgent, status: live, any: [water ban], tests: [{hit: Water ban}, {miss: x}]}
              - {id: water-test, title: W, topic: water, any: [water test], tests: [{hit: Water test}, {miss: x}]}
            """,
            "digests.yaml": "# filtered\ndigests:\n  - {id: d, title: D, schedule: '0 8 * * *', channels: [outbox], topics: [eu-ai-act]}\n",
        },
        {},
        [
            (
                "config/digests.yaml:2:1: warning: C112 no digest includes the hits of the live rule 'water-use' (topic water); "
                "name the topic or the rule in one to send them"
            ),
            (
                "config/digests.yaml:2:1: warning: C113 no alert is sent about the urgent hits of the live rule 'water-ban' "
                "(topic eu-ai-act); name `channels` below alerts:"
            ),
        ],
    ),
    "hits are removed before a digest is sent": (
        {
            "monitor.yaml": "retention: {hits: 6d, articles: 30d}\n",
            "digests.yaml": """
            digests:
              - {id: d, title: D, schedule: '0 8 * * mon-fri', channels: [outbox]}
              - {id: w, title: W, schedule: '0 16 * * fri', channels: [outbox]}
              - id: m
                title: M
                schedule: '0 9 * * *'
                via: policy-team
                recipients: [anna@example.org, {address: b@example.org, schedule: '0 9 1 * *'}]
            """,
            "channels.yaml": """
            channels:
              outbox: {type: file, dir: data/outbox}
              policy-team: {type: email, smtp: 'smtp://localhost:25', from: m@example.org, to: [t@example.org]}
            """,
        },
        {},
        [
            (
                "config/digests.yaml:3:33: warning: C117 schedule: hits are removed, sent or not, after 6d (retention.hits in "
                "monitor.yaml), and up to 7d pass between two of these digests; keep them longer"
            ),
            (
                "config/digests.yaml:6:15: warning: C117 schedule: hits are removed, sent or not, after 6d (retention.hits in "
                "monitor.yaml), and up to 31d pass between two of these digests; keep them longer"
            ),
            (
                "config/digests.yaml:6:15: warning: C117 schedule: texts, which say what happened, are removed after 30d "
                "(retention.articles in monitor.yaml), and up to 31d pass between two of these digests; keep them longer"
            ),
        ],
    ),
    "alerts with a daily limit include what no digest does": (
        {
            "rules/more.yaml": """
            version: 1
            topics: {water: Water, eu-ai-act: AI Act}
            rules:
              - {id: water-ban, title: W, topic: water, priority: urgent, status: live, any: [water ban], tests: [{hit: Water ban}, {miss: x}]}
              - {id: river-ban, title: W, topic: eu-ai-act, priority: urgent, status: live, any: [river ban], tests: [{hit: River ban}, {miss: x}]}
            """,
            "digests.yaml": """
            digests:
              - {id: d, title: D, schedule: '0 8 * * *', channels: [outbox], topics: [eu-ai-act]}
            alerts: {channels: [outbox], max_per_day: 20}
            """,
        },
        {},
        [
            (
                "config/digests.yaml:1:1: warning: C116 no digest includes the hits of the live rule 'water-ban' (topic water), "
                "so those that `max_per_day` leaves to a digest are sent to nobody; name the topic or the rule in one"
            ),
        ],
    ),
    "rules with a daily limit of alerts are in no digest": (
        {
            "rules/more.yaml": """
            version: 1
            topics: {water: Water, eu-ai-act: AI Act}
            rules:
              - {id: water-ban, title: W, topic: water, priority: urgent, status: live, max_per_day: 3, any: [water ban], tests: [{hit: Water ban}, {miss: x}]}
            """,
            "digests.yaml": """
            digests:
              - {id: d, title: D, schedule: '0 8 * * *', channels: [outbox], topics: [eu-ai-act]}
            alerts: {channels: [outbox]}
            """,
        },
        {},
        [
            (
                "config/digests.yaml:1:1: warning: C116 no digest includes the hits of the live rule 'water-ban' (topic water), "
                "so those that `max_per_day` leaves to a digest are sent to nobody; name the topic or the rule in one"
            ),
        ],
    ),
    "alerts include what no digest does": (
        {
            "rules/more.yaml": """
            version: 1
            topics: {water: Water, eu-ai-act: AI Act}
            rules:
              - {id: water-ban, title: W, topic: water, priority: high, status: live, any: [water ban], tests: [{hit: Water ban}, {miss: x}]}
            """,
            "digests.yaml": """
            digests:
              - {id: d, title: D, schedule: '0 8 * * *', channels: [outbox], topics: [eu-ai-act]}
            alerts: {min_priority: high, channels: [outbox]}
            """,
        },
        {},
        [],
    ),
    "a digest asks for tags and countries that no feed has": (
        {
            "feeds.yaml": "feeds: [{id: a, url: 'https://a.example/', country: DE, tags: 'law, energy'}]\n",
            "digests.yaml": "digests:\n  - {id: d, title: D, schedule: '0 8 * * *', channels: [outbox], tags: [law, enrgy], countries: [DE, FR]}\n",
        },
        {},
        [
            "config/digests.yaml:2:72: warning: C110 tags: no feed in feeds.yaml has 'enrgy'; did you mean 'energy'?",
            "config/digests.yaml:2:97: warning: C110 countries: no feed in feeds.yaml has 'FR'",
        ],
    ),
    "a digest is due every minute": (
        {
            "digests.yaml": "digests:\n  - {id: d, title: D, schedule: '* 8 * * mon', channels: [outbox]}\n",
        },
        {},
        [
            "config/digests.yaml:2:33: warning: C114 schedule: is due every minute of its hours; for once an hour write '0 8 * * mon'",
        ],
    ),
    "a translator is no program of this machine": (
        {
            "digests.yaml": "digests:\n  - {id: d, title: D, schedule: '0 8 * * *', channels: [outbox], translate: {command: trans -b}}\n",
        },
        {},
        [
            "config/digests.yaml:2:87: warning: C115 command: its program cannot be run on this machine; the first item is the program with its whole path, and each argument is an item of its own: [/opt/translate/run, --fast, '{source}', '{target}']"
        ],
    ),
    "a digest leads to a web page without an address": (
        {
            "digests.yaml": "digests:\n  - {id: d, title: D, schedule: '0 8 * * *', channels: [outbox], see_more: web}\n",
        },
        {},
        [
            "config/digests.yaml:2:76: warning: C111 see_more: there are no links to the web page without web.base_url in monitor.yaml; set it"
        ],
    ),
    "there is no feed yet": (
        {"feeds.yaml": "feeds:\n  # - id: a\n"},
        {},
        ["config/feeds.yaml:1:1: warning: C106 there is no feed yet; add one with: monitor feeds add URL"],
    ),
}
