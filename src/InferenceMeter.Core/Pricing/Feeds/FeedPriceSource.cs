namespace InferenceMeter.Pricing.Feeds;

/// <summary>
/// The price of one machine from the price service, or the last one that it named when it does not answer.
/// </summary>
/// <param name="feed">The service.</param>
/// <param name="key">The machine.</param>
/// <param name="folder">Where the last good price is kept; made when it is missing.</param>
/// <param name="refreshEvery">How often it is asked again, above 0; prices change by the day at most.</param>
/// <param name="time">Clock.</param>
public sealed class FeedPriceSource(
    AzureRetailPrices feed,
    FeedKey key,
    string folder,
    TimeSpan refreshEvery,
    TimeProvider time
) : IPriceSource
{
    private DateTimeOffset? _failingSince;

    /// <inheritdoc/>
    public TimeSpan? RefreshEvery { get; } =
        refreshEvery > TimeSpan.Zero ? refreshEvery : throw new ArgumentOutOfRangeException(nameof(refreshEvery));

    /// <inheritdoc/>
    /// <remarks>One call at a time. A kept price has the day it was fetched on as its own, so its age shows.</remarks>
    public async Task<Price> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            var kept = KeptPrice.Of(key, await feed.FindAsync(key, cancellation), time.GetUtcNow());
            _failingSince = null;
            return kept.ToPrice(FeedFolder.Write(folder, kept));
        }
        catch (PriceException failed)
        {
            key.Validate();
            _failingSince ??= time.GetUtcNow();
            if (FeedFolder.Read(folder, key) is not { } kept)
                throw;
            return kept.ToPrice(
                $"fetched {kept.Fetched.UtcDateTime:yyyy-MM-dd HH:mm} UTC and not renewed since "
                    + $"{_failingSince.Value.UtcDateTime:yyyy-MM-dd HH:mm} UTC: {failed.Message}"
            );
        }
    }
}
