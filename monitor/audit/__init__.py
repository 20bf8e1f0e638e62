"""Use-case: how much the rules miss. Ranks unmatched articles, draws samples, and keeps what readers judged."""
