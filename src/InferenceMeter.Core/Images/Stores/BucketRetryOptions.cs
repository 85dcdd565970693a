namespace InferenceMeter.Images.Stores;

/// <summary>How often and how long a store is asked again when it is overloaded or a connection breaks.</summary>
internal sealed record BucketRetryOptions
{
    /// <summary>Tries after the first one.</summary>
    public int Retries { get; init; } = 6;

    /// <summary>Before the second try, about; each delay after it is twice as long, and all are random.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Delays grow no further.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A connection on which nothing arrives for so long is given up, and made again.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(30);
}
