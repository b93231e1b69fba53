"""Test databases are made and dropped by the owner; the tests themselves run as the runtime role."""

from typing import Any

from django.db.backends.postgresql import creation


class _Ending(creation.DatabaseCreation):
    """Ends what a thread of some test left open: a session must not keep a database that nobody uses any more."""

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        nodb: Any = self.connection
        with nodb._nodb_cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [test_database_name]
            )
        super()._destroy_test_db(test_database_name, verbosity)  # type: ignore[misc] # not in the stubs


class DatabaseCreation(_Ending):
    def _execute_as_owner(self, method: str, *args: Any) -> Any:  # noqa: ANN401 (Django's own signatures)
        options = self.connection.settings_dict["OPTIONS"]
        role = options.pop("assume_role", None)
        try:
            return getattr(super(), method)(*args)
        finally:
            if role is not None:
                options["assume_role"] = role

    def _create_test_db(self, verbosity: int, autoclobber: bool, keepdb: bool = False) -> str:
        name: str = self._execute_as_owner("_create_test_db", verbosity, autoclobber, keepdb)
        return name

    def _clone_test_db(self, suffix: str, verbosity: int, keepdb: bool = False) -> None:
        self._execute_as_owner("_clone_test_db", suffix, verbosity, keepdb)

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        self._execute_as_owner("_destroy_test_db", test_database_name, verbosity)
