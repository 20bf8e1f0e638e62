"""How a digest describes which rules changed since the last one."""

from __future__ import annotations

from monitor.core.digests.digest import RuleChange
from monitor.core.digests.rule_changes import compare_rules, rule_states
from monitor.core.rules import SourceFile, load

CHIPS = "- {id: chips, title: Chips, topic: acts, status: live, any: [export controls, accelerators]}\n"
DRAFT = "- {id: sketch, title: Sketch, topic: acts, status: draft, any: [robots at work]}\n"


def states(*rules):
    text = f"version: 1\ntopics: {{acts: Acts}}\nlists: {{sport: [football]}}\nrules:\n{''.join(rules)}"
    return rule_states(load([SourceFile("rules/acts.yaml", text)], warn=False)[0].rules)


def descriptions(before, after):
    return {change.rule_id: change.description for change in compare_rules(states(*before), states(*after))}


def test_without_a_change_nothing_is_reported():
    assert descriptions([CHIPS, DRAFT], [CHIPS, DRAFT]) == {}


def test_an_edit_names_rule_and_terms_and_who_made_it():
    after = states(CHIPS.replace("accelerators", "chip act"))
    assert compare_rules(states(CHIPS), after, lambda rule_id: f"author of {rule_id}") == (
        RuleChange(
            rule_id="chips",
            description="added “chip act”; removed “accelerators”",
            title="Chips",
            author="author of chips",
        ),
    )


def test_terms_that_exclude_articles_are_not_reported_as_added():
    before = CHIPS.replace("any:", "ignore: [chip shop], any:")
    after = CHIPS.replace("any:", "ignore: [bargain], none: [{in: title, any: [earnings]}, $sport], any:")
    assert descriptions([before], [after]) == {
        "chips": "excludes now “bargain”, “earnings”, “football”; no longer excludes “chip shop”"
    }
    assert descriptions([after], [CHIPS]) == {"chips": "no longer excludes “bargain”, “earnings”, “football”"}


def test_another_status_or_priority_is_reported():
    after = CHIPS.replace("status: live", "status: retired, priority: high")
    assert descriptions([CHIPS], [after]) == {"chips": "status live -> retired; priority normal -> high"}


def test_new_removed_and_renamed_rules_are_reported_and_drafts_are_not():
    fabs = CHIPS.replace("chips", "fabs").replace("Chips", "Fabs")
    after = [fabs, DRAFT.replace("robots at work", "robots at home")]
    assert descriptions([CHIPS, DRAFT], after) == {"chips": "removed", "fabs": "new, live"}


def test_a_new_title_and_a_new_condition_of_the_same_terms_are_reported():
    after = CHIPS.replace("title: Chips", "title: Chip exports").replace("any:", "all:")
    assert descriptions([CHIPS], [after]) == {"chips": "renamed from “Chips”; condition edited"}


def test_many_terms_are_counted():
    after = CHIPS.replace("accelerators]", "accelerators, term one, term two, term three, term four]")
    assert descriptions([CHIPS], [after]) == {"chips": "added “term one”, “term two”, “term three” and 1 more"}
