using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>The program as a process of its own, as a user starts it.</summary>
internal sealed partial class RunningMeter : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    public RunningMeter(
        IEnumerable<string> arguments,
        string? folder = null,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        var start = new ProcessStartInfo(Command[0], [.. Command[1..], .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = folder ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
            start.Environment[name] = value;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_errors, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>
    /// Runs bench and stops it with Ctrl-C once it has begun: it keeps what it has, and a test that is not about rates
    /// does not wait until they are steady.
    /// </summary>
    /// <param name="arguments">After <c>bench</c>.</param>
    /// <param name="folder">In which it runs.</param>
    public static async Task RunAndStopBench(IEnumerable<string> arguments, string folder)
    {
        await using var bench = new RunningMeter(["bench", .. arguments], folder);
        await bench.Until(() => Task.FromResult(bench.Output.Contains("price ", StringComparison.Ordinal)));
        bench.Signal(2);
        await bench.Exit();
    }

    public static string Executable { get; } = Path.Combine(AppContext.BaseDirectory, "inferencemeter");

    /// <summary>
    /// How the program is started. Where the tests run in the background of a shell, they and all they start ignore
    /// Ctrl-C; the program must not.
    /// </summary>
    private static string[] Command { get; } =
        IsInterruptIgnored() ? ["env", "--default-signal=INT", Executable] : [Executable];

    private static bool IsInterruptIgnored()
    {
        const string Ignored = "SigIgn:";
        const ulong Interrupt = 1 << (2 - 1);
        var mask = File.Exists("/proc/self/status")
            ? File.ReadLines("/proc/self/status")
                .FirstOrDefault(line => line.StartsWith(Ignored, StringComparison.Ordinal))
            : null;
        return mask is not null && (Convert.ToUInt64(mask[Ignored.Length..].Trim(), 16) & Interrupt) != 0;
    }

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public string Errors
    {
        get
        {
            lock (_errors)
                return _errors.ToString();
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Waits until a condition holds, as long as the program runs.</summary>
    /// <param name="condition">Asked again and again.</param>
    /// <param name="deadline">Longest wait; by default <see cref="Eventually.Deadline"/>.</param>
    /// <param name="expected">What the failure says was waited for.</param>
    public Task Until(
        Func<Task<bool>> condition,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(condition))] string expected = ""
    ) =>
        Eventually.GetAsync(
            condition,
            held => held,
            giveUp: () => _process.HasExited ? $"the program ended with {_process.ExitCode}: {Output}{Errors}" : null,
            deadline: deadline,
            expected: expected
        );

    /// <summary>Sends a signal: 2 is Ctrl-C, 9 kill, 15 what containers send.</summary>
    public void Signal(int signal) => Assert.Equal(0, Kill(_process.Id, signal));

    public async Task<int> Exit()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static void Append(StringBuilder text, string? line)
    {
        if (line is null)
            return;
        lock (text)
            text.AppendLine(line);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Kill(int process, int signal);
}
