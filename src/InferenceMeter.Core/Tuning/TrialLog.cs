using System.Text.Json;
using InferenceMeter.Errors;

namespace InferenceMeter.Tuning;

/// <summary>Trials on disk, a JSON line each, so that an interrupted search can go on.</summary>
internal sealed class TrialLog : IDisposable
{
    private readonly string _path;
    private readonly StreamWriter _writer;
    private readonly Dictionary<(Candidate, double), Trial> _known = [];

    private TrialLog(string path, StreamWriter writer) => (_path, _writer) = (path, writer);

    /// <summary>Opens it; what is in it counts only when it is of the same search.</summary>
    /// <param name="search">Models, machine and images: the same text when they are.</param>
    /// <exception cref="TuningException">It cannot be written, or is of another search.</exception>
    public static TrialLog Open(string path, bool resume, string search)
    {
        try
        {
            var lines = resume && File.Exists(path) ? File.ReadAllLines(path) : [];
            if (lines.Length > 0 && lines[0] != JsonSerializer.Serialize(search))
                throw new TuningException(
                    $"{path} is of other models, images or another machine; begin anew, or give another file"
                )
                {
                    Subject = ErrorSubject.Resume,
                };
            var log = new TrialLog(path, new StreamWriter(path, append: false) { AutoFlush = true });
            log._writer.WriteLine(JsonSerializer.Serialize(search));
            foreach (var line in lines.Skip(1))
            {
                // A line that a kill has cut is measured again.
                if (Parse(line) is { } entry)
                    log.Keep(entry.Trial, entry.Asked);
            }

            return log;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new TuningException(
                $"{path} cannot be written: {e.Message}; give a file in a folder that exists and is yours",
                e
            );
        }
    }

    /// <summary>The trial of so many seconds that was made before.</summary>
    public Trial? Find(Candidate candidate, double seconds) => _known.GetValueOrDefault((candidate, seconds));

    /// <summary>Keeps one.</summary>
    public Trial Add(Trial trial, double asked)
    {
        Keep(trial, asked);
        return trial;
    }

    /// <summary>It is no longer needed.</summary>
    public void Delete()
    {
        _writer.Dispose();
        File.Delete(_path);
    }

    public void Dispose() => _writer.Dispose();

    private void Keep(Trial trial, double asked)
    {
        _known[(trial.Candidate, asked)] = trial;
        _writer.WriteLine(JsonSerializer.Serialize(new Entry(asked, trial)));
    }

    private static Entry? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Entry>(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Entry(double Asked, Trial Trial);
}
