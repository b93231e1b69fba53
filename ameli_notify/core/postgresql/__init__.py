"""Django database backend: PostgreSQL with an embedded server on need and a restricted runtime role."""
