using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace InferenceMeter.Pricing.Feeds;

/// <summary>
/// Gets pages of a price service within the time that one price may take, and words what goes wrong. Retries, the time
/// limit of a try and the circuit breaker are the client's: <see cref="FeedServices"/>.
/// </summary>
internal sealed class FeedHttp
{
    /// <summary>Name of the client.</summary>
    public const string ClientName = "feed";

    private readonly IHttpClientFactory _clients;
    private readonly Uri _endpoint;
    private readonly FeedRetryOptions _options;
    private readonly ResiliencePipeline _whole;

    public FeedHttp(IHttpClientFactory clients, Uri endpoint, TimeProvider time, FeedRetryOptions options)
    {
        _clients = clients;
        _endpoint = endpoint;
        _options = options;
        // Not the client's: the limit is that of one price, which may take several requests.
        _whole = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddTimeout(options.Total)
            .Build();
    }

    /// <summary>
    /// Runs work that gets pages within the time that one price may take, and says in one line why it failed.
    /// </summary>
    /// <exception cref="PriceException">The service cannot be reached, refuses, or does not answer in time.</exception>
    public async Task<T> WithinTimeAsync<T>(Func<CancellationToken, ValueTask<T>> work, CancellationToken cancellation)
    {
        try
        {
            return await _whole.ExecuteAsync(work, cancellation);
        }
        catch (BrokenCircuitException open)
        {
            var last = open.InnerException is { } cause ? $" (last: {Reason(cause)})" : "";
            var seconds = (open.RetryAfter ?? _options.CircuitBreak).TotalSeconds;
            throw new PriceException(
                $"{_endpoint.Host} keeps failing{last} and is not asked again for {seconds:0} s; wait, or give the "
                    + "price yourself",
                open
            );
        }
        catch (Exception failed) when (MayPass(failed) || failed is FeedRefusal)
        {
            throw new PriceException(
                $"no price from {_endpoint.Host}: {Reason(failed)}; check the network and the address of "
                    + "the price service, or give the price yourself",
                failed
            );
        }
    }

    /// <summary>
    /// The bytes of one page; throws whatever happens on the way, for <see cref="WithinTimeAsync"/> to word.
    /// </summary>
    public async ValueTask<MemoryStream> GetAsync(Uri page, CancellationToken cancellation)
    {
        using var client = _clients.CreateClient(ClientName);
        var body = await client.GetByteArrayAsync(page, cancellation);
        return new MemoryStream(body, 0, body.Length, writable: false, publiclyVisible: true);
    }

    /// <summary>Whether an address is on the host, port and scheme of the price service.</summary>
    public bool IsOurs(Uri address) => IsSameServer(address, _endpoint);

    /// <summary>Whether two addresses have the same scheme, host and port.</summary>
    public static bool IsSameServer(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase)
        == 0;

    /// <summary>Whether what went wrong may be well on another try.</summary>
    public static bool MayPass(Exception? failed) =>
        failed is FeedRefusal { MayPass: true } or HttpRequestException or IOException or TimeoutRejectedException;

    private static string Reason(Exception failed) =>
        failed switch
        {
            FeedRefusal { RetryAfter: { } after } refusal =>
                $"it answered {(int)refusal.Status} {refusal.Status} and asks to wait {after.TotalSeconds:0} s",
            FeedRefusal refusal => $"it answered {(int)refusal.Status} {refusal.Status}",
            TimeoutRejectedException late => $"it did not answer within {late.Timeout.TotalSeconds:0.##} s",
            _ => FeedText.OneLine(failed.Message),
        };
}
