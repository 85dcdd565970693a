using System.Text.Json;
using InferenceMeter.Documents;
using InferenceMeter.Errors;
using InferenceMeter.Settings;

namespace InferenceMeter.LoadTargets;

/// <summary>The target as a meter: its price, and the rate that it is told.</summary>
/// <param name="client">A client with the meter's address and key; it is disposed of with this.</param>
internal sealed class RemoteMeter(HttpClient client) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>A meter that is asked over HTTP.</summary>
    public static RemoteMeter At(TargetAddress server) => new(server.CreateClient(Patience));

    /// <summary>
    /// Price of a working hour and its source; <see langword="null"/> when the target is no InferenceMeter or does not
    /// tell.
    /// </summary>
    public async Task<(decimal UsdPerHour, string Source)?> PriceAsync(CancellationToken cancellation)
    {
        try
        {
            var price = await client.GetFromJsonAsync<JsonElement>("api/v1/price", cancellation);
            var working = price.TryGetProperty("usdPerWorkingHour", out var given)
                ? given
                : price.GetProperty("usdPerHour");
            return (working.GetDecimal(), $"the target's, {price.GetProperty("source").GetString()}");
        }
        catch (Exception none) when (IsNoAnswer(none, cancellation) || IsNoPrice(none))
        {
            return null;
        }
    }

    /// <summary>Tells the target the highest rate that it bears, whose cost then has the basis <c>slo</c>.</summary>
    /// <param name="peak">The run that confirmed the rate.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="UserException">The target does not take it.</exception>
    public async Task PublishAsync(LoadDocument peak, CancellationToken cancellation)
    {
        try
        {
            using var answer = await client.PutAsJsonAsync(
                "api/v1/slo",
                new SloRequest(peak.Rate * peak.SamplesPerQuery, peak.BoundSeconds, peak.LatencySeconds!.P99),
                cancellation
            );
            if (!answer.IsSuccessStatusCode)
                throw new UserException(
                    $"{client.BaseAddress} does not take the rate: {(int)answer.StatusCode}; changes need its key in "
                        + $"{ServiceSettings.ApiKeyVariable} or --api-key-file"
                );
        }
        catch (Exception broken) when (IsNoAnswer(broken, cancellation))
        {
            throw new UserException($"{client.BaseAddress} does not take the rate: {broken.Message}");
        }
    }

    public void Dispose() => client.Dispose();

    /// <summary>Whether the target is not there, or keeps silent.</summary>
    private static bool IsNoAnswer(Exception error, CancellationToken cancellation) =>
        error is HttpRequestException || (error is OperationCanceledException && !cancellation.IsCancellationRequested);

    private static bool IsNoPrice(Exception error) =>
        error
            is JsonException
                or KeyNotFoundException
                or InvalidOperationException
                or NotSupportedException
                or FormatException;
}
