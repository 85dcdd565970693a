using System.Net;

namespace InferenceMeter.Pricing.Clouds;

/// <summary>
/// Finds out which rented machine this is by asking the metadata services of AWS, Azure and Google Cloud side by side.
/// </summary>
/// <param name="clients">Makes the client of <see cref="MetadataClient.Name"/>.</param>
/// <param name="endpoint">Asked instead of all three; <see langword="null"/> for their own addresses.</param>
/// <param name="time">Clock of the time limit.</param>
public sealed class CloudMetadata(IHttpClientFactory clients, Uri? endpoint, TimeProvider time)
{
    /// <summary>In all: the services are one hop away, and where there is none, nobody should wait.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(1);

    private static readonly Uri LinkLocal = new("http://169.254.169.254");
    private static readonly Uri Google = new("http://metadata.google.internal");

    /// <summary>This machine.</summary>
    /// <returns>What the first cloud that knows it says, within a second.</returns>
    /// <exception cref="PriceException">None knows it; one line with what each said.</exception>
    /// <exception cref="OperationCanceledException">The caller wished so.</exception>
    public async Task<CloudMachine> DetectAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var http = clients.CreateClient(MetadataClient.Name);
        var client = new MetadataClient(http);
        using var late = new CancellationTokenSource(Budget, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        Task<Answer>[] probes =
        [
            ProbeAsync("aws", LinkLocal, CloudProbes.AwsAsync),
            ProbeAsync("azure", LinkLocal, CloudProbes.AzureAsync),
            ProbeAsync("gcp", Google, CloudProbes.GcpAsync),
        ];
        var machine = default(CloudMachine);
        await foreach (var probe in Task.WhenEach(probes))
        {
            machine = (await probe).Machine;
            if (machine is not null)
                break;
        }

        await either.CancelAsync();
        // Those that are still asking have just been told to stop, so this takes no time.
        var answers = await Task.WhenAll(probes);
        cancellation.ThrowIfCancellationRequested();
        return machine
            ?? throw new PriceException(
                "no cloud knows this machine "
                    + $"({string.Join("; ", answers.Select(answer => $"{answer.Cloud}: {answer.Said}"))}); give "
                    + "its name or its price yourself"
            );

        Task<Answer> ProbeAsync(
            string cloud,
            Uri root,
            Func<MetadataClient, Uri, CancellationToken, Task<CloudMachine>> ask
        ) => AskAsync(cloud, token => ask(client, endpoint ?? root, token), either.Token);
    }

    private static async Task<Answer> AskAsync(
        string cloud,
        Func<CancellationToken, Task<CloudMachine>> ask,
        CancellationToken cancellation
    )
    {
        try
        {
            // On another thread and given up on by the clock: a name that is being looked up does not let itself be
            // stopped.
            return new Answer(cloud, await Task.Run(() => ask(cancellation), cancellation).WaitAsync(cancellation), "");
        }
        catch (OperationCanceledException)
        {
            return new Answer(cloud, null, $"no answer within {Budget.TotalSeconds:0} s");
        }
        catch (Exception failed)
        {
            // Whatever a stranger answers, it is only ever a reason why this is not the cloud.
            return new Answer(cloud, null, Reason(failed));
        }
    }

    private static string Reason(Exception failed) =>
        failed switch
        {
            MetadataException { Status: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden } refused =>
                $"refused: {refused.Message}",
            MetadataException other => other.Message,
            HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } =>
                "it answered with more than 64 KB",
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
                "its name is not known here",
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } =>
                "there is no such service here",
            HttpRequestException broken => $"the connection broke ({broken.HttpRequestError})",
            _ => "it answered nonsense",
        };

    private readonly record struct Answer(string Cloud, CloudMachine? Machine, string Said);
}
