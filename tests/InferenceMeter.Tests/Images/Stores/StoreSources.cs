using System.Text;
using InferenceMeter.Images;
using InferenceMeter.Images.Stores;

namespace InferenceMeter.Tests.Images.Stores;

/// <summary>Images of buckets, opened as the program does it.</summary>
internal static class StoreSources
{
    /// <summary>As often as usual, without the delays.</summary>
    private static readonly BucketRetryOptions Soon = new()
    {
        FirstDelay = TimeSpan.FromMilliseconds(1),
        LongestDelay = TimeSpan.FromMilliseconds(2),
    };

    public static BucketStore Store(IBucket bucket) => new(bucket, TimeProvider.System, Soon);

    /// <param name="address">Of a bucket.</param>
    /// <param name="provider">Opens it; <see langword="null"/>: the program's own, by the environment.</param>
    public static Task<BucketLocation> LocationAsync(string address, IBucketProvider? provider = null) =>
        BucketLocation.OpenAsync(
            address,
            new Buckets(TimeProvider.System, provider is null ? null : [provider], Soon),
            TimeProvider.System,
            CancellationToken.None
        );

    /// <inheritdoc cref="LocationAsync"/>
    /// <param name="options">How images are read.</param>
    /// <param name="time">Clock of what is lost and looked for again.</param>
    public static async Task<FetchingImageSource> OpenAsync(
        string address,
        IBucketProvider? provider = null,
        ReadingOptions? options = null,
        TimeProvider? time = null
    ) =>
        new(
            [await LocationAsync(address, provider)],
            options ?? new ReadingOptions { Fetchers = 1 },
            time ?? TimeProvider.System
        );

    /// <summary>The contents of all images, as text.</summary>
    public static async Task<List<string>> ReadAsync(string address)
    {
        using var source = await OpenAsync(address);
        return Contents(source);
    }

    /// <inheritdoc cref="ReadAsync"/>
    public static List<string> Contents(FetchingImageSource source)
    {
        var contents = new List<string>();
        while (source.TryNext(out var image))
        {
            contents.Add(Encoding.UTF8.GetString(image.Bytes.Span));
            image.Release();
        }

        return contents;
    }
}
