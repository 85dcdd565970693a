using System.CommandLine;
using InferenceMeter.Errors;
using InferenceMeter.Settings;

namespace InferenceMeter.Cli;

/// <summary><c>health</c>: asks a meter whether it is ready, for containers without a shell or curl.</summary>
internal static class HealthCommand
{
    private const string Probe = "/healthz/ready";

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(4);

    public static Command Create(Action<Command, Func<MeterSettings, ParseResult, CancellationToken, Task<int>>> add)
    {
        var address = new Argument<string?>("URL")
        {
            Description = "of the meter; default: where a meter with these settings listens",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command(
            "health",
            "Ask a meter whether it is ready: exit code 0 or 1, for containers and scripts."
        )
        {
            address,
        };
        add(
            command,
            (settings, parsed, cancellation) =>
                parsed.GetValue(address) is { } typed
                    ? RunAsync(typed, isOwn: false, cancellation)
                    : RunAsync(Local(settings.Service.Urls), isOwn: true, cancellation)
        );
        return command;
    }

    private static async Task<int> RunAsync(string address, bool isOwn, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new UserException($"'{address}' is no address of a meter; accepted: such as http://localhost:8080");
        // A proxy that the environment names would look for the meter on its own machine.
        using var handler = new SocketsHttpHandler { UseProxy = !isOwn && !url.IsLoopback };
        using var client = new HttpClient(handler) { Timeout = AnswerTimeout };
        try
        {
            using var answer = await client.GetAsync(Ready(url), cancellation);
            await Console.Out.WriteLineAsync(
                (await answer.Content.ReadAsStringAsync(cancellation)).ReplaceLineEndings(" ")
            );
            return answer.IsSuccessStatusCode ? ExitCodes.Ok : ExitCodes.Failed;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            var reason = e is TaskCanceledException ? $"not within {AnswerTimeout.TotalSeconds:0} s" : e.Message;
            await Console.Error.WriteLineAsync($"error: {address} does not answer: {reason}");
            return ExitCodes.Failed;
        }
    }

    /// <summary>The address of the probe, below the path of the meter's own.</summary>
    private static Uri Ready(Uri url)
    {
        var root = url.GetLeftPart(UriPartial.Path).TrimEnd('/');
        return new Uri(root.EndsWith(Probe, StringComparison.Ordinal) ? root : root + Probe);
    }

    /// <summary>The first address that the meter listens on, as this machine reaches it.</summary>
    private static string Local(string urls) =>
        ListenAddress
            .Split(urls)[0]
            .Replace("//0.0.0.0", "//127.0.0.1", StringComparison.Ordinal)
            .Replace("//[::]", "//[::1]", StringComparison.Ordinal)
            .Replace("//*", "//127.0.0.1", StringComparison.Ordinal)
            .Replace("//+", "//127.0.0.1", StringComparison.Ordinal);
}
