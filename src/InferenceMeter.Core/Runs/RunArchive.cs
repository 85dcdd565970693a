using InferenceMeter.History;

namespace InferenceMeter.Runs;

/// <summary>
/// Finished runs: all of them where there is a history file, else the last hundred of this process. Thread-safe.
/// </summary>
internal sealed class RunArchive(HistoryFile? history)
{
    private const int Remembered = 100;

    private readonly List<RunRecord> _recent = [];
    private readonly Lock _gate = new();

    /// <summary>Keeps a run.</summary>
    public void Save(RunRecord record)
    {
        history?.Save(record);
        lock (_gate)
        {
            _recent.Insert(0, record);
            if (_recent.Count > Remembered)
                _recent.RemoveAt(Remembered);
        }
    }

    /// <summary>The run of this id; <see langword="null"/> when there is none.</summary>
    public RunRecord? Find(string id)
    {
        lock (_gate)
        {
            if (_recent.Find(run => run.Id == id) is { } known)
                return known;
        }

        return history?.FindRun(id);
    }

    /// <summary>Newest first.</summary>
    /// <param name="limit">At most so many.</param>
    /// <param name="before">Only those before this one; <see langword="null"/> to begin with the newest.</param>
    public IReadOnlyList<RunRecord> List(int limit, string? before)
    {
        // A file that cannot be read has nothing; then what this process did is still here.
        if (history is { Trouble: null })
            return history.Runs(limit, before);
        lock (_gate)
            return [.. _recent.Where(run => before is null || string.CompareOrdinal(run.Id, before) < 0).Take(limit)];
    }
}
