using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferenceMeter.Pricing.Feeds;

/// <summary>
/// The last good price of each machine, a small file each, for the days on which the service does not answer.
/// </summary>
internal static class FeedFolder
{
    private const string Format = "inference-meter-feed-price-1";
    private const string Cloud = "azure";
    private const int MaxBytes = 64 * 1024;

    /// <summary>Keeps a price; the file is never seen half written.</summary>
    /// <returns>
    /// <see langword="null"/>, or why it could not be kept: a price that is known is worth more than its copy.
    /// </returns>
    public static string? Write(string folder, KeptPrice price)
    {
        string? temporary = null;
        try
        {
            Directory.CreateDirectory(folder);
            var path = PathOf(folder, price.Key);
            temporary = $"{path}.{Guid.NewGuid():N}.tmp";
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                JsonSerializer.Serialize(stream, KeptFile.Of(price, Format, Cloud), KeptJson.Default.KeptFile);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            return null;
        }
        catch (Exception failed) when (IsOfDisk(failed))
        {
            Delete(temporary);
            return $"it could not be kept in '{FeedText.OneLine(folder)}' ({FeedText.OneLine(failed.Message)})";
        }
    }

    /// <summary>The kept price; <see langword="null"/> when there is none, or the file is not one of ours.</summary>
    public static KeptPrice? Read(string folder, FeedKey key) =>
        ReadFile(PathOf(folder, key)) is { } kept
        && Same(kept.Key.Instance, key.Instance)
        && Same(kept.Key.Region, key.Region)
        && kept.Key.Purchase == key.Purchase
            ? kept with
            {
                Key = key,
            }
            : null;

    /// <summary>All kept prices; other files are passed over.</summary>
    public static IEnumerable<KeptPrice> ReadAll(string folder)
    {
        try
        {
            return
            [
                .. Directory
                    .EnumerateFiles(folder, $"{Cloud}.*.json")
                    .Order(StringComparer.Ordinal)
                    .Select(ReadFile)
                    .OfType<KeptPrice>(),
            ];
        }
        catch (Exception failed) when (IsOfDisk(failed))
        {
            return [];
        }
    }

    private static KeptPrice? ReadFile(string path)
    {
        try
        {
            using var stream = new FileStream(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete
            );
            return stream.Length <= MaxBytes
                ? JsonSerializer.Deserialize(stream, KeptJson.Default.KeptFile)?.ToPrice(Format, Cloud)
                : null;
        }
        catch (Exception failed) when (IsOfDisk(failed) || failed is JsonException)
        {
            return null;
        }
    }

    // '@' is in no name, so two machines never share a file; small letters, for disks that do not tell the cases apart.
    private static string PathOf(string folder, FeedKey key) =>
        Path.Combine(folder, $"{Cloud}.{key.Instance}@{key.Region}.{key.Purchase.Label()}.json".ToLowerInvariant());

    private static void Delete(string? file)
    {
        try
        {
            if (file is not null)
                File.Delete(file);
        }
        catch (Exception failed) when (IsOfDisk(failed))
        {
            // It is in nobody's way.
        }
    }

    private static bool IsOfDisk(Exception failed) =>
        failed is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}

/// <summary>A price with the time at which the service named it.</summary>
internal sealed record KeptPrice
{
    public required FeedKey Key { get; init; }

    public required UsdPerMachineHour PerHour { get; init; }

    public required DateTimeOffset Fetched { get; init; }

    public required DateOnly EffectiveFrom { get; init; }

    public required Uri Query { get; init; }

    /// <summary>An answer of the service.</summary>
    public static KeptPrice Of(FeedKey key, FeedAnswer answer, DateTimeOffset fetched) =>
        new()
        {
            Key = key,
            PerHour = answer.PerHour,
            Fetched = fetched,
            EffectiveFrom = answer.EffectiveFrom,
            Query = answer.Query,
        };

    /// <summary>As the meter uses it.</summary>
    /// <param name="remark">What a user should know beyond what it is the price of.</param>
    public Price ToPrice(string? remark = null) =>
        new()
        {
            PerHour = PerHour,
            Source = PriceSource.Feed,
            AsOf = DateOnly.FromDateTime(Fetched.UtcDateTime),
            Note = $"{Key}; in force since {EffectiveFrom:yyyy-MM-dd}{(remark is null ? "" : $"; {remark}")}",
            Purchase = Key.Purchase,
            Cloud = "azure",
            Instance = Key.Instance,
            Region = Key.Region,
            SourceUrl = Query.AbsoluteUri,
        };
}

/// <summary>The file as written.</summary>
internal sealed record KeptFile
{
    public string? Format { get; init; }

    public string? Cloud { get; init; }

    public string? Instance { get; init; }

    public string? Region { get; init; }

    public string? Purchase { get; init; }

    public required decimal UsdPerHour { get; init; }

    public required DateTimeOffset Fetched { get; init; }

    public required DateOnly EffectiveFrom { get; init; }

    public string? Query { get; init; }

    public static KeptFile Of(KeptPrice price, string format, string cloud) =>
        new KeptFile
        {
            Format = format,
            Cloud = cloud,
            Instance = price.Key.Instance,
            Region = price.Key.Region,
            Purchase = price.Key.Purchase.Label(),
            UsdPerHour = price.PerHour.Usd,
            Fetched = price.Fetched.ToUniversalTime(),
            EffectiveFrom = price.EffectiveFrom,
            Query = price.Query.AbsoluteUri,
        };

    /// <summary>
    /// <see langword="null"/> when it is not what we write: it is a file, and anyone may have written it.
    /// </summary>
    public KeptPrice? ToPrice(string format, string cloud) =>
        Format == format
        && Cloud == cloud
        && FeedKey.IsName(Instance)
        && FeedKey.IsName(Region)
        && PurchaseOptions.Parse(Purchase) is { } purchase
        && UsdPerHour is > 0 and <= Price.MaxUsdPerHour
        && Fetched > DateTimeOffset.UnixEpoch
        && Uri.TryCreate(Query, UriKind.Absolute, out var query)
        && query.Scheme is "http" or "https"
            ? new KeptPrice
            {
                Key = new FeedKey(Instance!, Region!, purchase),
                PerHour = new UsdPerMachineHour(UsdPerHour),
                Fetched = Fetched,
                EffectiveFrom = EffectiveFrom,
                Query = query,
            }
            : null;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(KeptFile))]
internal sealed partial class KeptJson : JsonSerializerContext;
