using System.Diagnostics;

namespace InferenceMeter.Benchmarks.Decoding;

/// <summary>A Python process that decodes with Pillow when it is told to, and waits otherwise.</summary>
internal sealed class PillowProcess : IDisposable
{
    private readonly Process _python;
    private readonly string _list = Path.GetTempFileName();

    /// <summary>Starts it and waits until it holds the files in memory.</summary>
    /// <exception cref="InvalidOperationException">It does not run, or has no Pillow.</exception>
    public PillowProcess(string python, IEnumerable<string> files)
    {
        File.WriteAllLines(_list, files);
        var start = new ProcessStartInfo(python, [Path.Combine(AppContext.BaseDirectory, "Decoding", "pillow_decode.py"), _list])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _python = Process.Start(start) ?? throw new InvalidOperationException($"{python} did not start");
        Version = Line();
    }

    public string Version { get; }

    /// <param name="kind"><c>plain</c>, or <c>draft</c> to let it scale down while it decodes.</param>
    /// <param name="seconds">Length of the segment.</param>
    public DecodeSegment Run(string kind, double seconds)
    {
        _python.StandardInput.WriteLine($"{kind} {seconds}");
        var answer = Line().Split(' ');
        return new(long.Parse(answer[0]), double.Parse(answer[1]));
    }

    public void Dispose()
    {
        _python.StandardInput.Close();
        _python.WaitForExit();
        _python.Dispose();
        File.Delete(_list);
    }

    private string Line() => _python.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the Python process ended; its error stands above");
}
