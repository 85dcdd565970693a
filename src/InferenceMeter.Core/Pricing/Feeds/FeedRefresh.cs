using System.Runtime.CompilerServices;

namespace InferenceMeter.Pricing.Feeds;

/// <summary>Fetches the prices of many machines to disk, and reads what is there.</summary>
/// <param name="feed">The service.</param>
/// <param name="folder">Where they are kept; made when it is missing.</param>
/// <param name="time">Clock.</param>
public sealed class FeedRefresh(AzureRetailPrices feed, string folder, TimeProvider time)
{
    /// <summary>Asks for each machine in turn, once; one that fails does not stop the others.</summary>
    /// <param name="keys">The machines.</param>
    /// <param name="cancellation">Ends it; what was fetched by then is kept.</param>
    /// <returns>
    /// The price, or a line that says why there is none. Both, when the price was fetched but could not be kept.
    /// </returns>
    public async IAsyncEnumerable<(FeedKey Key, Price? Price, string? Error)> RefreshAsync(
        IEnumerable<FeedKey> keys,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        foreach (var key in keys.Distinct())
            yield return await RefreshAsync(key, cancellation);
    }

    /// <summary>
    /// The prices on disk, each with the day it was fetched on; files that are not ours are passed over.
    /// </summary>
    /// <returns>Empty when there are none.</returns>
    public static IReadOnlyDictionary<FeedKey, Price> ReadAll(string folder)
    {
        var all = new Dictionary<FeedKey, Price>();
        foreach (var kept in FeedFolder.ReadAll(folder))
            all[kept.Key] = kept.ToPrice();
        return all;
    }

    private async Task<(FeedKey, Price?, string?)> RefreshAsync(FeedKey key, CancellationToken cancellation)
    {
        try
        {
            var kept = KeptPrice.Of(key, await feed.FindAsync(key, cancellation), time.GetUtcNow());
            var unkept = FeedFolder.Write(folder, kept);
            return (
                key,
                kept.ToPrice(unkept),
                unkept is null
                    ? null
                    : $"the price of {key} was fetched, but {unkept}; give a folder that can be written to"
            );
        }
        catch (PriceException failed)
        {
            return (key, null, failed.Message);
        }
    }
}
