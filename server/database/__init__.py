"""Where projects, uploads, jobs, publications and accounts are kept: SQLite by default, PostgreSQL by URL."""
