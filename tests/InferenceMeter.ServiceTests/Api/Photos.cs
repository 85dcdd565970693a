using InferenceMeter.Images;

namespace InferenceMeter.ServiceTests.Api;

/// <summary>Synthetic photographs as JPEG files.</summary>
internal static class Photos
{
    private static readonly Lazy<byte[][]> Made = new(() =>
    {
        using var source = new SyntheticPhotoSource(4, TimeProvider.System);
        return [.. Enumerable.Range(0, 4).Select(_ => source.TryNext(out var image) ? image.Bytes.ToArray() : [])];
    });

    public static byte[] Jpeg(int index = 0) => Made.Value[index];
}
