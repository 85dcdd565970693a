using System.Diagnostics;

namespace InferenceMeter.Benchmarks.Pairing;

/// <summary>A program of ours in another process that answers a line with a line, and waits otherwise.</summary>
internal sealed class LineProcess : IDisposable
{
    private readonly Process _process;

    /// <summary>Starts it.</summary>
    /// <exception cref="InvalidOperationException">It does not run.</exception>
    public LineProcess(string command, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{command} did not start");
    }

    /// <summary>Starts a script under Python.</summary>
    /// <param name="python">The interpreter.</param>
    /// <param name="script">Below the program's folder.</param>
    /// <param name="arguments">Of the script.</param>
    /// <exception cref="InvalidOperationException">It does not run.</exception>
    public static LineProcess Python(string python, string script, params string[] arguments) =>
        new(python, [Path.Combine(AppContext.BaseDirectory, script), .. arguments]);

    /// <summary>Its next line.</summary>
    /// <exception cref="InvalidOperationException">It has ended.</exception>
    public string Line() =>
        _process.StandardOutput.ReadLine()
        ?? throw new InvalidOperationException($"{_process.StartInfo.FileName} ended; its error stands above");

    public string Ask(string line)
    {
        _process.StandardInput.WriteLine(line);
        return Line();
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
