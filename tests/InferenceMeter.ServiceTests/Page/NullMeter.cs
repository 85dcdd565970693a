using InferenceMeter.ServiceTests.Program;

namespace InferenceMeter.ServiceTests.Page;

/// <summary>The program with no model, in a process of its own. It leaves a core to the browser.</summary>
internal sealed class NullMeter : IAsyncDisposable
{
    private const int KillSignal = 9;

    private readonly RunningMeter _process;

    private NullMeter(RunningMeter process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Starts one and waits until it is ready.</summary>
    /// <param name="port">Where it listens; by default a port that is free.</param>
    /// <param name="apiKey">The key that changes need; by default there is none.</param>
    /// <param name="more">Further arguments.</param>
    public static async Task<NullMeter> StartAsync(int? port = null, string? apiKey = null, params string[] more)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        if (apiKey is not null)
            environment["INFERENCEMETER_API_KEY"] = apiKey;
        var at = port ?? RunningMeter.FreePort();
        string[] arguments = ["--session", "null", "--urls", $"http://127.0.0.1:{at}", "--synthetic-photos", "8"];
        var meter = new NullMeter(
            new RunningMeter([.. arguments, "--decoders", "1", .. more], environment: environment),
            at
        );
        using var client = meter.Client();
        await meter._process.Until(() => ServeTests.Answers(client, "/healthz/ready"));
        return meter;
    }

    public HttpClient Client() => new() { BaseAddress = new Uri(Url) };

    /// <summary>Ends it as a crash would.</summary>
    public async Task KillAsync()
    {
        _process.Signal(KillSignal);
        await _process.Exit();
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
