using Microsoft.Data.Sqlite;

namespace InferenceMeter.History;

/// <summary>One open connection to a sound file of the newest version. Not thread-safe.</summary>
internal sealed class HistoryConnection : IDisposable
{
    public const int BusyMilliseconds = 2000;

    private HistoryConnection(SqliteConnection sqlite) => (Sqlite, Totals) = (sqlite, new TotalTable(sqlite));

    public SqliteConnection Sqlite { get; }

    public TotalTable Totals { get; }

    /// <summary>
    /// Opens or creates it. A damaged file is renamed aside, which <paramref name="aside"/> then names, and begun anew.
    /// </summary>
    /// <exception cref="SqliteException">It cannot be opened, locked or written.</exception>
    /// <exception cref="HistoryException">It is not ours to use.</exception>
    public static HistoryConnection Open(string path, TimeProvider time, TotalsLock totals, out string? aside)
    {
        aside = null;
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        try
        {
            return OpenSound(path);
        }
        catch (SqliteException e) when (HistoryTrouble.IsDamage(e))
        {
            return OpenAnew(path, time, totals, out aside);
        }
    }

    public void Dispose()
    {
        Totals.Dispose();
        Sqlite.Dispose();
    }

    private static HistoryConnection OpenAnew(string path, TimeProvider time, TotalsLock totals, out string? aside)
    {
        aside = null;
        var held = totals.IsHeld;
        if (!totals.TryTake())
            throw new HistoryException(
                "is damaged and another meter uses it: end that one, so that it can be set aside"
            );
        try
        {
            // Another meter may have begun it anew before this one had the lock.
            return OpenSound(path);
        }
        catch (SqliteException e) when (HistoryTrouble.IsDamage(e))
        {
            aside = $"{path}.corrupt-{time.GetUtcNow().UtcDateTime:yyyyMMddHHmmss}";
            File.Move(path, aside);
            foreach (var suffix in (string[])["-wal", "-shm"])
            {
                if (File.Exists(path + suffix))
                    File.Move(path + suffix, aside + suffix);
            }

            return OpenSound(path);
        }
        finally
        {
            if (!held)
                totals.Dispose();
        }
    }

    private static HistoryConnection OpenSound(string path)
    {
        // No pool: closing must give the file back. A timeout of a second adds nothing to SQLite's own wait of two.
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Pooling = false,
                DefaultTimeout = 1,
            }.ToString()
        );
        try
        {
            connection.Open();
            HistorySchema.Scalar(connection, $"PRAGMA busy_timeout = {BusyMilliseconds}");
            Check(connection);
            HistorySchema.Scalar(connection, "PRAGMA journal_mode = WAL");
            HistorySchema.Scalar(connection, "PRAGMA synchronous = NORMAL");
            HistorySchema.Migrate(connection, HistorySchema.Latest);

            // Money is text: these add and compare it as decimals, inside the one statement that changes a row.
            connection.CreateFunction(
                "money_sum",
                (string a, string b) => StoredText.Of(StoredText.Money(a) + StoredText.Money(b)),
                isDeterministic: true
            );
            connection.CreateFunction(
                "money_above",
                (string a, string b) => StoredText.Money(a) > StoredText.Money(b),
                isDeterministic: true
            );
            return new HistoryConnection(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // Only reads: a file of a newer or another program must stay as it is.
    private static void Check(SqliteConnection connection)
    {
        var version = HistorySchema.Version(connection);
        if (version > HistorySchema.Latest)
            throw new HistoryException(
                $"has version {version} and this program knows {HistorySchema.Latest}: use the newer "
                    + "program, or name another file"
            );
        if (HistorySchema.Scalar(connection, "PRAGMA quick_check(1)") is not "ok")
            throw new SqliteException("quick_check failed", errorCode: 11);
        if (HistorySchema.IsForeign(connection))
            throw new HistoryException("is another program's database: name another file");
    }
}
