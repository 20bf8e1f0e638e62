"""The long-running process: fixed jobs on a timer, signals and reload; scheduler and workers on PostgreSQL."""
