using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace InferenceMeter.Tests;

/// <summary>
/// An emulator of an object store out of <c>tests/tools</c>: a process of its own on a free port of this machine. It
/// ends with the test, also when the test host is killed, since it watches its standard input.
/// </summary>
internal sealed partial class Emulator : IAsyncDisposable
{
    /// <summary>The storage account of Azurite.</summary>
    public const string AzureAccount = "meter";

    private const string RunsUntilInputEnds =
        "process.stdin.resume().on('end', () => process.exit()); require(process.argv[1])";

    private static readonly string Modules = Path.Combine(Repository.Root, "tests", "tools", "node_modules");
    private static readonly string Azurite = Path.Combine(Modules, "azurite", "dist", "src", "blob", "main.js");
    private static readonly string S3rver = Path.Combine(Modules, "s3rver", "bin", "s3rver.js");

    private readonly Process _process;
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<string> _said = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("inferencemeter-emulator-");

    private Emulator(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("node")
        {
            WorkingDirectory = _folder.FullName,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["AZURITE_ACCOUNTS"] = $"{AzureAccount}:{AzureKey}",
                // s3rver makes the marks between pages with a cipher that OpenSSL 3 takes for legacy.
                ["NODE_OPTIONS"] = "--openssl-legacy-provider",
            },
        };
        foreach (var argument in (string[])["-e", RunsUntilInputEnds, script, .. arguments])
            start.ArgumentList.Add(argument);
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.Exited += (_, _) => _address.TrySetException(new InvalidOperationException(Said()));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Why there are none; <see langword="null"/> where there are.</summary>
    public static string? Missing { get; } =
        ToolFactAttribute.Find("node") is not null && File.Exists(Azurite) && File.Exists(S3rver)
            ? null
            : "needs Node.js and tests/tools (bash tests/run.sh installs the latter)";

    /// <summary>The key of the storage account of Azurite, made up for this run.</summary>
    public static string AzureKey { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>Where it answers: <c>http://127.0.0.1:41277/</c>.</summary>
    public Uri Address => _address.Task.Result;

    /// <summary>
    /// Starts Azurite, the emulator of Azure's blob storage. Its account is <see cref="AzureAccount"/>, whose endpoint
    /// is the address with the account's name.
    /// </summary>
    public static Task<Emulator> StartAzuriteAsync() =>
        StartAsync(
            new Emulator(
                Azurite,
                "--blobPort",
                "0",
                "--inMemoryPersistence",
                "--skipApiVersionCheck",
                "--disableTelemetry",
                "--silent"
            )
        );

    /// <summary>Starts s3rver, an emulator of S3. It takes the keys S3RVER and S3RVER, and has no bucket yet.</summary>
    public static Task<Emulator> StartS3Async() =>
        StartAsync(new Emulator(S3rver, "--directory", "buckets", "--address", "127.0.0.1", "--port", "0", "--silent"));

    /// <summary>The connection string of the storage account of Azurite.</summary>
    public string AzureConnection =>
        $"DefaultEndpointsProtocol=http;AccountName={AzureAccount};AccountKey={AzureKey};"
        + $"BlobEndpoint={Address}{AzureAccount};";

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static async Task<Emulator> StartAsync(Emulator emulator)
    {
        try
        {
            await emulator._address.Task.WaitAsync(Eventually.Deadline);
            return emulator;
        }
        catch
        {
            await emulator.DisposeAsync();
            throw;
        }
    }

    private void Hear(string? line)
    {
        if (line is null)
            return;
        lock (_said)
            _said.Enqueue(line);
        if (Listening().Match(line) is { Success: true } match)
        {
            var port = int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture);
            _address.TrySetResult(new Uri($"http://127.0.0.1:{port}/"));
        }
    }

    private string Said()
    {
        lock (_said)
            return $"it ended: {string.Join(' ', _said)}";
    }

    [GeneratedRegex(@"listen(s|ing) on .*127\.0\.0\.1:(?<port>[1-9]\d*)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Listening();
}

/// <summary>A fact that needs an emulator of an object store; skipped by name where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class EmulatorFactAttribute : FactAttribute
{
    public EmulatorFactAttribute() => Skip = Emulator.Missing;
}

/// <summary>A theory that needs an emulator of an object store; skipped by name where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class EmulatorTheoryAttribute : TheoryAttribute
{
    public EmulatorTheoryAttribute() => Skip = Emulator.Missing;
}
