using InferenceMeter.Benchmarks.Pairing;

namespace InferenceMeter.Benchmarks.Decoding;

/// <summary>A Python process that decodes with Pillow when it is told to, and waits otherwise.</summary>
internal sealed class PillowProcess : IDisposable
{
    private readonly LineProcess _python;
    private readonly string _list = Path.GetTempFileName();

    /// <summary>Starts it and waits until it holds the files in memory.</summary>
    /// <exception cref="InvalidOperationException">It does not run, or has no Pillow.</exception>
    public PillowProcess(string python, IEnumerable<string> files)
    {
        File.WriteAllLines(_list, files);
        _python = LineProcess.Python(python, Path.Combine("Decoding", "pillow_decode.py"), _list);
        Version = _python.Line();
    }

    public string Version { get; }

    /// <param name="kind"><c>plain</c>, or <c>draft</c> to let it scale down while it decodes.</param>
    /// <param name="seconds">Length of the segment.</param>
    public DecodeSegment Run(string kind, double seconds)
    {
        var answer = _python.Ask($"{kind} {seconds}").Split(' ');
        return new(long.Parse(answer[0]), double.Parse(answer[1]));
    }

    public void Dispose()
    {
        _python.Dispose();
        File.Delete(_list);
    }
}
