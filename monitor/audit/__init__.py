"""Use-case: measure what the rules miss. Ranks unmatched articles, draws samples, and stores readers' judgements."""
