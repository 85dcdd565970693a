using System.Diagnostics;

namespace InferenceMeter.Benchmarks.Pairing;

/// <summary>A script of ours under Python that answers a line with a line, and waits otherwise.</summary>
internal sealed class PythonProcess : IDisposable
{
    private readonly Process _python;

    /// <summary>Starts it.</summary>
    /// <param name="script">Below the program's folder.</param>
    /// <exception cref="InvalidOperationException">It does not run.</exception>
    public PythonProcess(string python, string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(python, [Path.Combine(AppContext.BaseDirectory, script), .. arguments]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        _python = Process.Start(start) ?? throw new InvalidOperationException($"{python} did not start");
    }

    /// <summary>Its next line.</summary>
    /// <exception cref="InvalidOperationException">It has ended.</exception>
    public string Line() => _python.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the Python process ended; its error stands above");

    public string Ask(string line)
    {
        _python.StandardInput.WriteLine(line);
        return Line();
    }

    public void Dispose()
    {
        _python.StandardInput.Close();
        _python.WaitForExit();
        _python.Dispose();
    }
}
