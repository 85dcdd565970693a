using System.Net;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace InferenceMeter.Pricing.Feeds;

/// <summary>
/// Gets pages of a price service with patience: a try has a time limit, what may pass is tried again after the time
/// that the server asks for,
/// and a service that keeps failing is left alone for a while.
/// </summary>
internal sealed class FeedHttp
{
    private const int MaxPageBytes = 8 * 1024 * 1024;

    private readonly HttpClient _http;
    private readonly Uri _endpoint;
    private readonly TimeProvider _time;
    private readonly FeedRetryOptions _patience;
    private readonly ResiliencePipeline _whole;
    private readonly ResiliencePipeline _page;

    public FeedHttp(HttpClient http, Uri endpoint, TimeProvider time, FeedRetryOptions patience)
    {
        (_http, _endpoint, _time, _patience) = (http, endpoint, time, patience);
        _whole = Builder().AddTimeout(patience.Total).Build();
        _page = Builder()
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = new PredicateBuilder().Handle<Exception>(e =>
                        MayPass(e) && !(RetryAfterOf(e) > patience.MaxRetryAfter)
                    ),
                    MaxRetryAttempts = patience.Retries,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = patience.FirstDelay,
                    DelayGenerator = failed => new(RetryAfterOf(failed.Outcome.Exception)),
                }
            )
            .AddCircuitBreaker(
                new CircuitBreakerStrategyOptions
                {
                    ShouldHandle = new PredicateBuilder().Handle<Exception>(MayPass),
                    FailureRatio = 0.6,
                    MinimumThroughput = patience.CircuitTries,
                    SamplingDuration = patience.CircuitWindow,
                    BreakDuration = patience.CircuitBreak,
                }
            )
            .AddTimeout(patience.PerTry)
            .Build();

        ResiliencePipelineBuilder Builder() => new() { TimeProvider = time };
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
            throw new PriceException(
                $"{_endpoint.Host} keeps failing{last} and is not asked again for "
                    + $"{(open.RetryAfter ?? _patience.CircuitBreak).TotalSeconds:0} s; wait, or give the price yourself",
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
    public ValueTask<MemoryStream> GetAsync(Uri page, CancellationToken cancellation) =>
        _page.ExecuteAsync(
            static (state, cancellation) => state.Self.TryAsync(state.page, cancellation),
            (Self: this, page),
            cancellation
        );

    private async ValueTask<MemoryStream> TryAsync(Uri page, CancellationToken cancellation)
    {
        using var answer = await _http.GetAsync(page, HttpCompletionOption.ResponseHeadersRead, cancellation);
        // A redirect that the client followed must not lead away either.
        if (answer.RequestMessage?.RequestUri is { } from && !IsOurs(from))
            throw new PriceException(
                $"{_endpoint.Host} sent us on to {FeedText.OneLine(from.Host)}, which is not asked; check "
                    + "the address of the price service"
            );
        if (!answer.IsSuccessStatusCode)
            throw new FeedRefusal(answer.StatusCode, RetryAfter(answer));
        var body = new MemoryStream();
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[32 * 1024];
        for (int read; (read = await stream.ReadAsync(buffer, cancellation)) > 0; )
        {
            // Counted as they are read: the length in the header may be absent, a lie, or that of compressed bytes.
            if (body.Length + read > MaxPageBytes)
                throw new PriceException(
                    $"{_endpoint.Host} answered with more than {MaxPageBytes / 1024 / 1024} MB for one "
                        + "page, which no price needs; check the address of the price service"
                );
            body.Write(buffer, 0, read);
        }

        body.Position = 0;
        return body;
    }

    /// <summary>Whether an address is on the host, port and scheme of the price service.</summary>
    public bool IsOurs(Uri address) =>
        Uri.Compare(
            address,
            _endpoint,
            UriComponents.SchemeAndServer,
            UriFormat.Unescaped,
            StringComparison.OrdinalIgnoreCase
        ) == 0;

    private TimeSpan? RetryAfter(HttpResponseMessage answer)
    {
        var after = answer.Headers.RetryAfter?.Delta ?? answer.Headers.RetryAfter?.Date - _time.GetUtcNow();
        return after < TimeSpan.Zero ? TimeSpan.Zero : after;
    }

    private static TimeSpan? RetryAfterOf(Exception? failed) => (failed as FeedRefusal)?.RetryAfter;

    private static bool MayPass(Exception failed) =>
        failed switch
        {
            FeedRefusal refusal => refusal.Status
                is HttpStatusCode.TooManyRequests
                    or HttpStatusCode.RequestTimeout
                    or >= HttpStatusCode.InternalServerError,
            // The client's own limit, not the caller's wish.
            OperationCanceledException cancelled => cancelled.InnerException is TimeoutException,
            _ => failed is HttpRequestException or IOException or TimeoutRejectedException,
        };

    private static string Reason(Exception failed) =>
        failed switch
        {
            FeedRefusal { RetryAfter: { } after } refusal =>
                $"it answered {(int)refusal.Status} {refusal.Status} and asks to wait {after.TotalSeconds:0} s",
            FeedRefusal refusal => $"it answered {(int)refusal.Status} {refusal.Status}",
            TimeoutRejectedException late => $"it did not answer within {late.Timeout.TotalSeconds:0.##} s",
            OperationCanceledException => "it did not answer in time",
            _ => FeedText.OneLine(failed.Message),
        };

    /// <summary>The service answered, but not with a price.</summary>
    private sealed class FeedRefusal(HttpStatusCode status, TimeSpan? retryAfter) : Exception
    {
        public HttpStatusCode Status => status;

        public TimeSpan? RetryAfter => retryAfter;
    }
}
