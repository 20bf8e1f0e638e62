"""Reads `sources` of a rule: the feeds and sites to which it is limited, or whose articles it never matches."""

from __future__ import annotations

import re
from collections.abc import Collection

from monitor.core.matching.rulebook import SourceFilter
from monitor.core.rules.fields import FieldReader
from monitor.core.yaml_characters import describe_lookalike
from monitor.core.yaml_errors import shorten_quotation
from monitor.core.yaml_nodes import MappingNode, ScalarNode

_SOURCE = re.compile(r"[\w-]+(?:\.[\w-]+)*")


def read_source_filter(node: MappingNode, fields: FieldReader, known: Collection[str] | None) -> SourceFilter:
    """Read the filter of a rule; `known` are ids, tiers and tags of feeds in lower case, None: not checked."""
    value = fields.mapping(node, "sources", "{only: [...], not: [...]}, with feed ids, domains, tiers or tags")
    if value is None:
        return SourceFilter()
    fields.check_keys(value, ("only", "not"))
    suppressed = node.entries.get("suppress")
    is_suppressed = isinstance(suppressed, MappingNode) and "W118" in suppressed.keys
    checked = None if is_suppressed else known
    listed = [fields.texts(value.entries.get(key), key) for key in ("only", "not")]
    only, never = (tuple(sorted({_read_source(each, fields, checked) for each in names})) for names in listed)
    if only and set(only) <= set(never):
        message = "sources can never be met: all that 'only' names is named by 'not', too"
        fields.problems.error(value.mark, "E030", message)
    return SourceFilter(only, never)


def _read_source(written: ScalarNode, fields: FieldReader, known: Collection[str] | None) -> str:
    """Read one domain, or the id, tier or tag of a feed; with a misspelt one the rule would match no article."""
    name = written.text.strip().lower().removeprefix("www.")
    if not _SOURCE.fullmatch(name):
        quoted, forms = shorten_quotation(written.text), "a domain (europa.eu), or a feed's id, tier or tag"
        message = f"'{quoted}' is not a source; write {forms}{describe_lookalike(written.text)}"
        fields.problems.error(written.mark, "E004", message)
    elif known is not None and "." not in name and name not in known:
        hint = fields.problems.did_you_mean(name, known)
        fields.problems.warning(written.mark, "W118", f"no feed has the id, tier or tag '{name}'{hint}")
    return name
