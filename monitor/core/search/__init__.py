"""Search over the archive: the query language, what of an article is indexed, and how answers are ranked and quoted."""
