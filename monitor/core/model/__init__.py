"""The values that flow through the program, all frozen.

    Feed --fetch--> Response --parse--> Changed | Unchanged | Failed
    Entry --fetch, extract--> Article --match--> Match --record--> Hit
    Hits --group, compose--> Digest --render--> Message --send--> Delivery

Every datetime is aware and in UTC. Text is cleaned (see core.text.clean) before it gets into one of these.
"""

from __future__ import annotations

from monitor.core.model.articles import (
    NO_TERMS,
    PRIORITIES,
    STATUSES,
    Article,
    Evidence,
    FoundArticle,
    Match,
    Opening,
    RuleId,
    Source,
    Spans,
    StoryTerms,
    has_time_of_day,
)
from monitor.core.model.audit import (
    CHOSEN,
    WANTED_WIDTH,
    AuditArticle,
    AuditRanking,
    AuditSample,
    JudgedHit,
    Judgement,
    ListedArticle,
    PossibleMiss,
    RecallEstimate,
    RecallReport,
    SampledArticle,
    percent,
)
from monitor.core.model.configuration import (
    ConfigTexts,
    Refusal,
    StoredConfiguration,
    refusals_of_folder,
    summarize_refusals,
    texts_digest,
)
from monitor.core.model.digests import (
    AlertConfig,
    AlertReader,
    Coverage,
    DigestConfig,
    DigestRun,
    FeedCoverage,
    TranslateConfig,
    bare_address,
    repeated_address,
)
from monitor.core.model.feeds import Feed, FeedId, FeedState, Health, ItemFields, Tier
from monitor.core.model.hits import Hit, LabelCounts, Story, StoryArticle
from monitor.core.model.ledger import (
    EntryCounts,
    HitClaim,
    Ledger,
    LedgerAccount,
    LedgerCounts,
    LedgerDifference,
    LedgerHit,
    LedgerKind,
    LedgerLine,
    LineKind,
    StoredCounts,
)
from monitor.core.model.messages import (
    HELD,
    NO_ERRORS,
    WAITS_FOR_EARLIER,
    ChannelState,
    Delivery,
    DeliveryState,
    Message,
    ReportedCondition,
    UndeliveredCounts,
)
from monitor.core.model.polls import DailyUsage, KnownEntry, PartialArticle, Poll, RecheckDue, StoredArticle
from monitor.core.model.responses import Changed, Entry, Failed, Outcome, Response, Severity, Unchanged, Validators
from monitor.core.model.uptimes import Uptime, to_present_clock
