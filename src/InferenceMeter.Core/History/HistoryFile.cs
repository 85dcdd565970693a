namespace InferenceMeter.History;

/// <summary>
/// Runs, hours and the money counter in one SQLite file. Nothing here throws about the file: what is wrong with it
/// stands in
/// <see cref="Trouble"/>, and until it is mended, tried at most every 30 s, reads are empty and writes are
/// <see langword="false"/>.
/// Thread-safe; any number of processes may use one file, but only one counts its money.
/// </summary>
public sealed class HistoryFile : IDisposable
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(30);

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly TotalsLock _totalsLock;
    private readonly Lock _gate = new();
    private HistoryConnection? _connection;
    private long _failedAt;
    private bool _disposed;
    private volatile string? _trouble;
    private volatile string? _aside;
    private volatile string? _otherMeter;

    private HistoryFile(string path, TimeProvider time)
    {
        _path = path;
        _time = time;
        _totalsLock = new TotalsLock(path);
    }

    /// <summary>
    /// What is wrong with the file, where, and how to mend it, in one line; <see langword="null"/> when nothing is.
    /// </summary>
    public string? Trouble => _trouble;

    /// <summary>
    /// What the user should know though all works: a damaged file that was set aside, another meter that counts the
    /// money.
    /// </summary>
    public string? Note =>
        (_aside, _otherMeter) is ({ } aside, { } other) ? $"{aside}; {other}" : _aside ?? _otherMeter;

    /// <summary>Whether the money counter of this file is this meter's; see <see cref="TryOwnTotals"/>.</summary>
    public bool OwnsTotals => _totalsLock.IsHeld;

    /// <summary>
    /// Opens the file at <paramref name="path"/>, creating it and its folder when they are not there.
    /// </summary>
    public static HistoryFile Open(string path, TimeProvider time)
    {
        var file = new HistoryFile(path, time);
        file.Call(_ => true, otherwise: false);
        return file;
    }

    /// <summary>Stores a run, in place of the one with its id.</summary>
    public bool Save(RunRecord run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Call(file => RunTable.Save(file.Sqlite, run), otherwise: false);
    }

    /// <summary>The run with this id.</summary>
    public RunRecord? FindRun(string id) => Call(file => RunTable.Find(file.Sqlite, id), otherwise: null);

    /// <summary>
    /// At most <paramref name="limit"/> runs, newest first; with <paramref name="beforeId"/> those older than that run.
    /// </summary>
    public IReadOnlyList<RunRecord> Runs(int limit, string? beforeId = null) =>
        Call(file => RunTable.Newest(file.Sqlite, limit, beforeId), otherwise: []);

    /// <summary>Adds to the hour and machine of <paramref name="delta"/>, whole or not at all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A figure is not a number.</exception>
    public bool Add(HourRecord delta)
    {
        ArgumentNullException.ThrowIfNull(delta);
        if (!double.IsFinite(delta.WallSeconds + delta.BusySeconds + (delta.EnergyJoules ?? 0)))
            throw new ArgumentOutOfRangeException(nameof(delta), delta, "seconds and joules must be numbers");
        return Call(file => HourTable.Add(file.Sqlite, delta), otherwise: false);
    }

    /// <summary>
    /// Hours that start at <paramref name="from"/> or later and before <paramref name="to"/>, oldest first, of all
    /// machines.
    /// </summary>
    public IReadOnlyList<HourRecord> Hours(DateTimeOffset from, DateTimeOffset to) =>
        Call(file => HourTable.Between(file.Sqlite, from, to), otherwise: []);

    /// <summary>
    /// Makes the money counter of this file this meter's until <see cref="Dispose"/> or the end of the process;
    /// <see langword="false"/> when it is another's, which <see cref="Note"/> then says. Read the total after it, not
    /// before.
    /// </summary>
    public bool TryOwnTotals() =>
        Call(
            _ =>
            {
                var owns = _totalsLock.TryTake();
                _otherMeter = owns
                    ? null
                    : $"another meter counts its money into {_path} (it holds {_totalsLock.Path}): end it, "
                        + "or give this one a file of its own";
                return owns;
            },
            otherwise: false
        );

    /// <summary>The stored money; <see langword="null"/> when none is.</summary>
    public SpentTotal? ReadTotal() => CallSoon(file => file.Totals.Read(), otherwise: null);

    /// <summary>
    /// Stores the money about to be exported, within 100 ms or not. <see langword="true"/> when at least that much is
    /// stored now: a
    /// smaller value leaves the greater one. <see langword="false"/> also when this meter does not own the totals.
    /// </summary>
    public bool SaveTotal(SpentTotal total)
    {
        ArgumentNullException.ThrowIfNull(total);
        return OwnsTotals
            && CallSoon(
                file =>
                {
                    file.Totals.Save(total);
                    return true;
                },
                otherwise: false
            );
    }

    /// <summary>Closes the file and gives up the totals; calls after it do nothing.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _connection?.Dispose();
            _connection = null;
            _totalsLock.Dispose();
        }
    }

    /// <summary>For tests of a full disk.</summary>
    internal void LimitPages(int pages)
    {
        lock (_gate)
            HistorySchema.Scalar(_connection!.Sqlite, $"PRAGMA max_page_count = {pages}");
    }

    private T Call<T>(Func<HistoryConnection, T> action, T otherwise)
    {
        lock (_gate)
            return CallAlone(action, otherwise);
    }

    private T CallSoon<T>(Func<HistoryConnection, T> action, T otherwise)
    {
        // Another thread may be waiting for the file for longer than this caller can.
        if (!_gate.TryEnter(TotalTable.BusyMilliseconds))
            return otherwise;
        try
        {
            return CallAlone(action, otherwise);
        }
        finally
        {
            _gate.Exit();
        }
    }

    private T CallAlone<T>(Func<HistoryConnection, T> action, T otherwise)
    {
        if (_disposed || (_trouble is not null && _time.GetElapsedTime(_failedAt) < RetryEvery))
            return otherwise;
        try
        {
            var result = action(_connection ??= Connect());
            _trouble = null;
            return result;
        }
        catch (Exception e)
        {
            // Whatever fails here, even a missing native library, the meter must go on measuring.
            (_trouble, _failedAt) = (HistoryTrouble.Text(_path, e), _time.GetTimestamp());
            if (!HistoryTrouble.IsPassing(e))
            {
                _connection?.Dispose();
                _connection = null;
            }

            return otherwise;
        }
    }

    private HistoryConnection Connect()
    {
        var connection = HistoryConnection.Open(_path, _time, _totalsLock, out var aside);
        if (aside is not null)
            _aside = $"history {_path} was damaged: it was renamed {aside} and begun anew";
        return connection;
    }
}
