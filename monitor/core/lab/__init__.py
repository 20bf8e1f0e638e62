"""Rules held against what is known already: the archive, a stored hit, labelled documents."""
