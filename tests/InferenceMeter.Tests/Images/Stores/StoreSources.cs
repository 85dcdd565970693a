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

    public static Task<BucketLocation> LocationAsync(string address) =>
        BucketLocation.OpenAsync(
            address,
            new Buckets(TimeProvider.System, retry: Soon),
            TimeProvider.System,
            CancellationToken.None
        );

    public static async Task<FetchingImageSource> OpenAsync(string address) =>
        new([await LocationAsync(address)], new ReadingOptions { Fetchers = 1 }, TimeProvider.System);

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
