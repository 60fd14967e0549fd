"""The tables of embedded buckets, and the triggers that sync them with the objects.

The storage code does not depend on embeddings. Triggers mark a file as `queued` in the same
transaction that adds or replaces its object, and foreign keys delete its chunks with the object.

The triggers are temporary: they are created each time the data is opened, depending on the quirks.
They also record changes, so that the caches in memory (`file_list`, `index`) update at a cost that
does not grow with the bucket.
"""

from langchain_telnyx.emulator.quirks import Quirks

SCHEMA = """
CREATE TABLE IF NOT EXISTS embedded_buckets (
    bucket TEXT PRIMARY KEY REFERENCES buckets (name) ON DELETE CASCADE,
    chunk_size INTEGER NOT NULL,
    overlap INTEGER NOT NULL,
    model TEXT NOT NULL,
    loader TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS embedded_files (
    bucket TEXT NOT NULL REFERENCES embedded_buckets (bucket) ON DELETE CASCADE,
    key TEXT NOT NULL,
    status TEXT NOT NULL,
    error_reason TEXT,
    recipe TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    last_embedded_at TEXT,
    PRIMARY KEY (bucket, key),
    FOREIGN KEY (bucket, key) REFERENCES objects (bucket, key) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS embedded_files_by_status ON embedded_files (bucket, status, key);
CREATE TABLE IF NOT EXISTS chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    text TEXT NOT NULL,
    loader_metadata TEXT NOT NULL,
    vector BLOB NOT NULL,
    keys BLOB NOT NULL,
    FOREIGN KEY (bucket, key) REFERENCES embedded_files (bucket, key) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS chunks_of_bucket ON chunks (bucket, id);
CREATE INDEX IF NOT EXISTS chunks_of_file ON chunks (bucket, key);
CREATE TABLE IF NOT EXISTS embedded_again (
    bucket TEXT PRIMARY KEY REFERENCES embedded_buckets (bucket) ON DELETE CASCADE,
    status TEXT NOT NULL,
    begun_at TEXT NOT NULL,
    ended_at TEXT
);
CREATE TABLE IF NOT EXISTS deleted_files (
    bucket TEXT NOT NULL REFERENCES embedded_buckets (bucket) ON DELETE CASCADE,
    key TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    last_embedded_at TEXT,
    day REAL NOT NULL,
    PRIMARY KEY (bucket, key)
);
DROP TRIGGER IF EXISTS main.object_added;
DROP TRIGGER IF EXISTS main.object_replaced
"""

_NOTES = """
CREATE TEMP TABLE IF NOT EXISTS searched_buckets (bucket TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS gone_chunks (
    bucket TEXT, id INTEGER, PRIMARY KEY (bucket, id)
) WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS young_chunks (
    bucket TEXT, id INTEGER, day REAL, PRIMARY KEY (bucket, id)
) WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS changed_files (
    bucket TEXT, key TEXT, PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS uploaded (
    bucket TEXT, key TEXT, day REAL, PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
DELETE FROM searched_buckets;
DELETE FROM gone_chunks;
DELETE FROM young_chunks;
DELETE FROM changed_files;
DELETE FROM uploaded;
"""

_ADDED = """
    INSERT INTO embedded_files (bucket, key, status, created_at, updated_at)
    SELECT new.bucket, new.key, 'queued', new.modified_at, new.modified_at
    WHERE EXISTS (SELECT 1 FROM embedded_buckets WHERE bucket = new.bucket);
"""
_REPLACED = """
    UPDATE embedded_files SET status = 'queued', updated_at = new.modified_at
    WHERE bucket = new.bucket AND key = new.key;
"""
_UPLOADED = """
    DELETE FROM uploaded WHERE bucket = new.bucket AND key = new.key;
    INSERT INTO uploaded VALUES (new.bucket, new.key, julianday('now'));
"""
_BACK = "DELETE FROM deleted_files WHERE bucket = new.bucket AND key = new.key;"
_DELETED = """
    INSERT INTO deleted_files
    SELECT bucket, key, created_at, updated_at, last_embedded_at, julianday('now')
    FROM embedded_files WHERE bucket = old.bucket AND key = old.key;
"""
_GONE = """
    INSERT INTO gone_chunks SELECT old.bucket, old.id
    WHERE EXISTS (SELECT 1 FROM searched_buckets WHERE bucket = old.bucket);
"""
_YOUNG = "INSERT INTO young_chunks VALUES (new.bucket, new.id, julianday('now'));"


def temporary(quirks: Quirks) -> str:
    """Return SQL that creates the temporary tables and triggers anew."""
    automatic = quirks.automatic_embedding
    uploaded = _UPLOADED if quirks.embedding_delay else ""
    triggers = {
        "object_added": ("AFTER INSERT ON main.objects", _ADDED * automatic + uploaded + _BACK),
        "object_replaced": ("AFTER UPDATE ON main.objects", _REPLACED * automatic + uploaded),
        # Before the deletion, which deletes the file's row as well.
        "object_deleted": (
            "BEFORE DELETE ON main.objects",
            _DELETED * (quirks.deleted_files == "listed"),
        ),
        "file_added": ("AFTER INSERT ON main.embedded_files", _changed("new")),
        "file_changed": ("AFTER UPDATE ON main.embedded_files", _changed("new")),
        "file_gone": ("AFTER DELETE ON main.embedded_files", _changed("old")),
        "chunk_added": ("AFTER INSERT ON main.chunks", _YOUNG * bool(quirks.search_delay)),
        "chunk_gone": ("AFTER DELETE ON main.chunks", _GONE),
    }
    statements = [_NOTES]
    for name, (event, body) in triggers.items():
        statements.append(f"DROP TRIGGER IF EXISTS temp.{name};\n")
        if body:
            statements.append(f"CREATE TEMP TRIGGER {name} {event} BEGIN {body} END;\n")
    return "".join(statements)


def _changed(row: str) -> str:
    # No `OR IGNORE`: in a trigger, the outer statement's conflict clause applies.
    return f"""
        INSERT INTO changed_files SELECT {row}.bucket, {row}.key
        WHERE NOT EXISTS (
            SELECT 1 FROM changed_files WHERE bucket = {row}.bucket AND key = {row}.key
        );
    """  # noqa: S608 - fixed words
