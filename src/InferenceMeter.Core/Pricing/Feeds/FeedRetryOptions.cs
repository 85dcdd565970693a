namespace InferenceMeter.Pricing.Feeds;

/// <summary>How long and how often a price service is asked.</summary>
internal sealed record FeedRetryOptions
{
    /// <summary>Tries after the first one.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>Before the first retry; doubled for each further one, with jitter.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// The longest wait that a server may ask for; when it asks for more, it is not waited for at all.
    /// </summary>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>For one try of one page, its body included.</summary>
    public TimeSpan PerTry { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For one price: all pages, all tries and the waiting between them.</summary>
    public TimeSpan Total { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After so many tries in <see cref="CircuitWindow"/>, most of them failed, it is left alone.</summary>
    public int CircuitTries { get; init; } = 8;

    /// <summary>See <see cref="CircuitTries"/>.</summary>
    public TimeSpan CircuitWindow { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>For how long it is left alone.</summary>
    public TimeSpan CircuitBreak { get; init; } = TimeSpan.FromMinutes(1);
}
