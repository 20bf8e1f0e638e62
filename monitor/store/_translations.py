"""Machine translations of headlines: each is made once, and read by every digest that shows the headline."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.digests.translations import Headline, to_headline
from monitor.store._database import Database
from monitor.store._incoming_tables import ArticleRow, HitRow
from monitor.store._outgoing_tables import TranslationRow
from monitor.store._statements import among, save_rows

_READ_AT_MOST = 1_000
"""Headlines that are compared with the stored translations, the newest ones."""
_FOREIGN = (
    select(col(ArticleRow.language), col(ArticleRow.title), func.max(col(HitRow.found_at)).label("at"))
    .join(HitRow, col(HitRow.article_id) == col(ArticleRow.id))
    .where(
        col(HitRow.status) == "live",
        col(HitRow.found_at) > bindparam("since"),
        col(ArticleRow.language) != "",
        col(ArticleRow.language) != bindparam("target"),
    )
    .group_by(col(ArticleRow.language), col(ArticleRow.title))
    .order_by(func.max(col(HitRow.found_at)).desc())
    .limit(_READ_AT_MOST)
)
_STORED = select(col(TranslationRow.key), col(TranslationRow.translated)).where(among(col(TranslationRow.key), "keys"))


class Translations(Database):
    """Machine translations of headlines."""

    def untranslated(self, target: str, since: datetime) -> list[Headline]:
        """Return headlines of hits found since an instant that were never translated into a language, newest first."""
        with self._reading() as connection:
            rows = connection.execute(_FOREIGN, {"target": target, "since": since})
            all_headlines = (to_headline(row.language, row.title, target) for row in rows)
            headlines = list(dict.fromkeys(headline for headline in all_headlines if headline))
            stored = _stored_translations(connection, headlines, target)
            return [headline for headline in headlines if headline not in stored]

    def translations(self, headlines: Collection[Headline], target: str) -> dict[Headline, str]:
        """Return the translations of these headlines that there are; an empty one means that there is none to show."""
        with self._reading() as connection:
            return _stored_translations(connection, headlines, target)

    def store_translations(self, translations: Mapping[Headline, str], target: str, now: datetime) -> None:
        """Store translations, which replace earlier ones."""
        rows = [
            {"key": headline.key(target), "translated": text, "made_at": now}
            for headline, text in sorted(translations.items())
        ]
        with self._writing() as connection:
            save_rows(connection, TranslationRow, rows)


def _stored_translations(connection: Connection, headlines: Collection[Headline], target: str) -> dict[Headline, str]:
    by_key = {headline.key(target): headline for headline in headlines}
    return {by_key[row.key]: row.translated for row in connection.execute(_STORED, {"keys": list(by_key)})}
