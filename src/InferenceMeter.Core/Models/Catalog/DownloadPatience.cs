namespace InferenceMeter.Models.Catalog;

/// <summary>How long and how often a download is tried.</summary>
internal sealed record DownloadPatience
{
    /// <summary>Tries after the first one; each goes on where the one before it stopped.</summary>
    public int Retries { get; init; } = 8;

    /// <summary>Before the first retry; doubled for each further one, with jitter.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait between two tries, also when a server asks for more.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Without a byte for so long, a try has failed.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);
}
