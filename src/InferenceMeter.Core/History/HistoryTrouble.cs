using Microsoft.Data.Sqlite;

namespace InferenceMeter.History;

/// <summary>What is wrong with the file, in one line that says what to do.</summary>
internal static class HistoryTrouble
{
    private const int Busy = 5,
        LockedTable = 6,
        ReadOnly = 8,
        InputOutput = 10,
        Corrupt = 11,
        Full = 13,
        CannotOpen = 14,
        NotADatabase = 26;

    public static bool IsDamage(SqliteException e) => e.SqliteErrorCode is Corrupt or NotADatabase;

    /// <summary>Whether the connection is as good as before; otherwise the next try opens the file again.</summary>
    public static bool IsPassing(Exception e) => e is SqliteException { SqliteErrorCode: Busy or LockedTable or Full };

    public static string Text(string path, Exception e) =>
        OneLine(
            $"history {path} "
                + (
                    e switch
                    {
                        HistoryException => e.Message,
                        SqliteException sqlite => sqlite.SqliteErrorCode switch
                        {
                            Busy or LockedTable =>
                                "is locked by another program: end that one, or give this meter a file of its own",
                            Full => "cannot grow, the disk is full: free some space",
                            Corrupt or NotADatabase => "is damaged: it is set aside and begun anew at the next try",
                            CannotOpen => "cannot be opened or created: check that the folder exists, that it may "
                                + "be written, and that this is not a folder",
                            ReadOnly => "is read-only: allow this user to write the file and its folder",
                            InputOutput => $"cannot be read or written ({e.Message}): check the disk",
                            _ => $"failed ({e.Message}): move the file away if this stays",
                        },
                        UnauthorizedAccessException =>
                            "may not be written by this user: allow it, or name another file",
                        IOException =>
                            $"cannot be opened or created ({e.Message}): check the path, or name another file",
                        _ => $"failed ({e.GetType().Name}: {e.Message}): move the file away if this stays",
                    }
                )
        );

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
