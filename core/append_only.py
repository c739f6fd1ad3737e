"""Tables that only grow: a trigger refuses updates and deletes, whatever the code forgets."""

from django.db import migrations


def append_only(table: str) -> migrations.RunSQL:
    """A migration step that makes `table` append-only."""
    return migrations.RunSQL(
        sql=f"""
        CREATE OR REPLACE FUNCTION rashinban_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
                USING ERRCODE = 'integrity_constraint_violation';
        END $$;
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION rashinban_append_only();
        """,
        reverse_sql=f"DROP TRIGGER {table}_append_only ON {table};",
    )
