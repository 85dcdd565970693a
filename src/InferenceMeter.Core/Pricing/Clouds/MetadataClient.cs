using System.Net;
using System.Text;
using Polly;
using Polly.Retry;

namespace InferenceMeter.Pricing.Clouds;

/// <summary>
/// Asks metadata services, which are near, plain and small: no proxy, no redirects, no cookies, little text.
/// </summary>
internal sealed class MetadataClient : IDisposable
{
    private const int MaxBytes = 64 * 1024;

    private readonly HttpClient _http = new(
        new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            MaxResponseHeadersLength = 16,
        }
    )
    {
        MaxResponseContentBufferSize = MaxBytes,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>
    /// Again at once, and once only: a service that closes a kept connection just as the next question is sent is well.
    /// </summary>
    private static readonly ResiliencePipeline Tries = new ResiliencePipelineBuilder()
        .AddRetry(
            new RetryStrategyOptions
            {
                MaxRetryAttempts = 1,
                Delay = TimeSpan.Zero,
                ShouldHandle = new PredicateBuilder().Handle<HttpRequestException>(broken =>
                    broken.HttpRequestError
                        is HttpRequestError.ResponseEnded
                            or HttpRequestError.Unknown
                            or HttpRequestError.InvalidResponse
                ),
            }
        )
        .Build();

    /// <summary>The text at an address.</summary>
    /// <param name="method">How it is asked for.</param>
    /// <param name="address">Where.</param>
    /// <param name="header">The header that a forged request would lack.</param>
    /// <param name="answerHas">A header that the answer must carry; <see langword="null"/> for none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="MetadataException">It was answered, but not like that.</exception>
    /// <exception cref="HttpRequestException">It was not answered.</exception>
    public async Task<string> AskAsync(
        HttpMethod method,
        Uri address,
        (string Name, string Value) header,
        (string Name, string Value)? answerHas,
        CancellationToken cancellation
    ) =>
        await Tries.ExecuteAsync(
            async token => await AskOnceAsync(method, address, header, answerHas, token),
            cancellation
        );

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<string> AskOnceAsync(
        HttpMethod method,
        Uri address,
        (string Name, string Value) header,
        (string Name, string Value)? answerHas,
        CancellationToken cancellation
    )
    {
        using var request = new HttpRequestMessage(method, address);
        if (!request.Headers.TryAddWithoutValidation(header.Name, header.Value))
            throw new MetadataException($"'{header.Name}' cannot be sent");
        using var answer = await _http.SendAsync(request, cancellation);
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new MetadataException(
                $"{address.AbsolutePath} answered {(int)answer.StatusCode} {answer.StatusCode}",
                answer.StatusCode
            );
        if (
            answerHas is { } sign
            && !(answer.Headers.TryGetValues(sign.Name, out var values) && values.Contains(sign.Value))
        )
            throw new MetadataException($"the answer does not carry '{sign.Name}: {sign.Value}'");
        return Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync(cancellation)).Trim();
    }
}

/// <summary>A metadata service answered, but not as one of this cloud does.</summary>
internal sealed class MetadataException(string message, HttpStatusCode? status = null) : Exception(message)
{
    /// <summary>With what it refused; <see langword="null"/> when it did not.</summary>
    public HttpStatusCode? Status => status;
}
