using Microsoft.Data.Sqlite;

namespace InferenceMeter.History;

/// <summary>
/// The tables, and how a file of an older version gets those of a newer one. PRAGMA user_version is the version.
/// </summary>
internal static class HistorySchema
{
    // In order, each once and never changed: files are out there at every one of these versions.
    private static readonly string[] Migrations =
    [
        """
            CREATE TABLE runs (
                id TEXT NOT NULL PRIMARY KEY,
                started_at TEXT NOT NULL,
                finished_at TEXT,
                machine TEXT NOT NULL,
                model TEXT NOT NULL,
                precision TEXT NOT NULL,
                scope TEXT NOT NULL,
                verdict TEXT NOT NULL,
                images_per_second REAL,
                usd_per_billion_images TEXT,
                document TEXT NOT NULL);
            CREATE INDEX runs_by_time ON runs (started_at, id);
            """,
        """
            CREATE TABLE hours (
                hour TEXT NOT NULL,
                machine TEXT NOT NULL,
                wall_seconds REAL NOT NULL,
                busy_seconds REAL NOT NULL,
                images_ok INTEGER NOT NULL,
                images_failed INTEGER NOT NULL,
                spent_usd TEXT NOT NULL,
                energy_joules REAL,
                PRIMARY KEY (hour, machine)) WITHOUT ROWID;
            CREATE TABLE totals (
                name TEXT NOT NULL PRIMARY KEY,
                usd TEXT NOT NULL,
                since TEXT NOT NULL) WITHOUT ROWID;
            """,
    ];

    /// <summary>The newest version, which this program reads and writes.</summary>
    public static int Latest => Migrations.Length;

    public static long Version(SqliteConnection connection) => (long)Scalar(connection, "PRAGMA user_version")!;

    /// <summary>A file without a version that has tables is another program's.</summary>
    public static bool IsForeign(SqliteConnection connection)
    {
        // Both of one moment: between two reads another meter may have made the tables.
        using var moment = connection.BeginTransaction(deferred: true);
        var hasTables = (long)Scalar(connection, "SELECT count(*) FROM sqlite_master")! > 0;
        return hasTables && Version(connection) == 0;
    }

    /// <summary>Brings the file to <paramref name="version"/>; each step is done whole or not at all.</summary>
    public static void Migrate(SqliteConnection connection, int version)
    {
        while (Version(connection) < version)
        {
            // Another meter may have made this step while the write lock was awaited: the version is read again under
            // it.
            using var step = connection.BeginTransaction(deferred: false);
            var from = Version(connection);
            if (from < version)
            {
                Scalar(connection, Migrations[from]);
                Scalar(connection, $"PRAGMA user_version = {from + 1}");
            }

            step.Commit();
        }
    }

    /// <summary>Runs a statement of this program's own text, never of values.</summary>
    public static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();

#pragma warning disable CA2100 // the text is constant or a number of ours
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
