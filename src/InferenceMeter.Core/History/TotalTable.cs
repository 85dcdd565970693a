using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace InferenceMeter.History;

/// <summary>
/// The counter's stored value. Written on the way to every scrape, so by SQLite's own calls: two statements that stay
/// prepared, and a
/// wait of 100 ms, where the ADO layer waits whole seconds.
/// </summary>
internal sealed class TotalTable : IDisposable
{
    public const int BusyMilliseconds = 100;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _save;
    private readonly sqlite3_stmt _read;

    public TotalTable(SqliteConnection connection)
    {
        _database = connection.Handle!;
        _save = Prepare(
            """
            INSERT INTO totals (name, usd, since) VALUES ('spent', ?1, ?2)
            ON CONFLICT (name) DO UPDATE SET usd = excluded.usd, since = excluded.since
            WHERE money_above(excluded.usd, usd)
            """
        );
        _read = Prepare("SELECT usd, since FROM totals WHERE name = 'spent'");
    }

    /// <summary>Stores it when it is above what is stored.</summary>
    public void Save(SpentTotal total)
    {
        Check(raw.sqlite3_bind_text(_save, 1, StoredText.Of(total.Usd)));
        Check(raw.sqlite3_bind_text(_save, 2, StoredText.Of(total.Since)));
        Step(_save, _ => true);
    }

    public SpentTotal? Read() =>
        Step(
            _read,
            row => new SpentTotal(
                StoredText.Money(raw.sqlite3_column_text(row, 0).utf8_to_string()),
                StoredText.Time(raw.sqlite3_column_text(row, 1).utf8_to_string())
            )
        );

    public void Dispose()
    {
        _save.Dispose();
        _read.Dispose();
    }

    private T? Step<T>(sqlite3_stmt statement, Func<sqlite3_stmt, T> row)
    {
        raw.sqlite3_busy_timeout(_database, BusyMilliseconds);
        try
        {
            var code = raw.sqlite3_step(statement);
            if (code == raw.SQLITE_ROW)
                return row(statement);
            if (code != raw.SQLITE_DONE)
                Check(code);
            return default;
        }
        finally
        {
            raw.sqlite3_reset(statement);
            raw.sqlite3_busy_timeout(_database, HistoryConnection.BusyMilliseconds);
        }
    }

    private sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_database, sql, out var statement));
        return statement;
    }

    private void Check(int code) => SqliteException.ThrowExceptionForRC(code, _database);
}
