namespace InferenceMeter.Models.Catalog;

/// <summary>How often and how long a download is retried before it has failed.</summary>
internal sealed record DownloadRetryOptions
{
    /// <summary>Retries of the last or only mirror; each continues where the one before it stopped.</summary>
    public int Retries { get; init; } = 8;

    /// <summary>Retries of a mirror that others stand behind.</summary>
    public int RetriesBeforeNextMirror { get; init; } = 3;

    /// <summary>Retries of a mirror that cannot be reached at all, as without a network.</summary>
    public int RetriesOfUnreachable { get; init; } = 1;

    /// <summary>Delay before the first retry; doubled for each further one, with jitter.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest delay between two tries, also when a server asks for more.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Time without a byte after which a try has failed.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Delay between two looks at a file that another process is downloading.</summary>
    public TimeSpan BusyDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Looks at such a file until it is given up.</summary>
    public int BusyLooks { get; init; } = 900;
}
