using System.CommandLine;
using InferenceMeter.Errors;
using InferenceMeter.Settings;

namespace InferenceMeter.Cli;

/// <summary><c>health</c>: asks a meter whether it is ready, for containers without a shell or curl.</summary>
internal static class HealthCommand
{
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
                RunAsync(parsed.GetValue(address) ?? Local(settings.Service.Urls), cancellation)
        );
        return command;
    }

    private static async Task<int> RunAsync(string address, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new UserException($"'{address}' is no address of a meter; accepted: such as http://localhost:8080");
        using var client = new HttpClient { Timeout = AnswerTimeout };
        try
        {
            using var answer = await client.GetAsync(new Uri(url, "/healthz/ready"), cancellation);
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

    /// <summary>The first address that the meter listens on, as this machine reaches it.</summary>
    private static string Local(string urls) =>
        ListenAddress
            .Split(urls)[0]
            .Replace("//0.0.0.0", "//127.0.0.1", StringComparison.Ordinal)
            .Replace("//[::]", "//[::1]", StringComparison.Ordinal)
            .Replace("//*", "//127.0.0.1", StringComparison.Ordinal)
            .Replace("//+", "//127.0.0.1", StringComparison.Ordinal);
}
