using System.Buffers;
using System.IO.Compression;
using System.IO.Hashing;
using InferenceMeter.Images.Stores;

namespace InferenceMeter.Images.Archives;

/// <summary>
/// The files in a zip archive, in the order of its directory. One that is broken fails alone: the directory still says
/// where the next one begins.
/// </summary>
/// <param name="zip">The archive.</param>
/// <param name="bytes">Its length.</param>
internal sealed class ZipMembers(ZipArchive zip, long bytes) : IArchiveMembers
{
    /// <summary>Deflate makes at most so many bytes of one.</summary>
    private const long MostRatio = 1032;

    private int _next;
    private ZipArchiveEntry? _entry;

    /// <inheritdoc/>
    public string Path { get; private set; } = "";

    /// <inheritdoc/>
    public long Length => _entry!.Length;

    /// <summary>Images that cannot be read without a password.</summary>
    public long Encrypted { get; private set; }

    /// <inheritdoc/>
    public ValueTask<bool> NextAsync(CancellationToken stop)
    {
        while (_next < zip.Entries.Count)
        {
            _entry = zip.Entries[_next++];
            // Windows programs wrote other slashes; a folder ends with one.
            Path = _entry.FullName.Replace('\\', '/').TrimStart('/');
            if (!Path.EndsWith('/') && !IsLink(_entry))
                return ValueTask.FromResult(true);
        }

        return ValueTask.FromResult(false);
    }

    /// <inheritdoc/>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public async ValueTask<FetchedImage> ReadAsync(string name, CancellationToken stop)
    {
        var entry = _entry!;
        if (entry.IsEncrypted)
        {
            Encrypted++;
            return FetchedImage.Failed(name, ImageFailure.Forbidden);
        }

        // A few bytes may claim as much as the limit allows.
        if (entry.CompressedLength > bytes || entry.Length / MostRatio > entry.CompressedLength)
            return FetchedImage.Failed(name, ImageFailure.Corrupt);
        var length = checked((int)entry.Length);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(length, 1));
        try
        {
            var failure = await FillAsync(entry, buffer.AsMemory(0, length), stop);
            if (failure == ImageFailure.None)
                return new FetchedImage(name, buffer, length, ImageFailure.None);
            ArrayPool<byte>.Shared.Return(buffer);
            return FetchedImage.Failed(name, failure);
        }
        catch (Exception e) when (IsBroken(e))
        {
            ArrayPool<byte>.Shared.Return(buffer);
            return FetchedImage.Failed(name, ImageFailure.Corrupt);
        }
    }

    /// <summary>What the store failed at is no fault of the archive.</summary>
    public static bool IsBroken(Exception failure) =>
        failure is IOException or InvalidDataException or NotSupportedException or ArgumentException
        && failure is not StoreException;

    private static async ValueTask<ImageFailure> FillAsync(
        ZipArchiveEntry entry,
        Memory<byte> wanted,
        CancellationToken stop
    )
    {
        await using var data = await entry.OpenAsync(stop);
        if (await data.ReadAtLeastAsync(wanted, wanted.Length, throwOnEndOfStream: false, stop) < wanted.Length)
            return ImageFailure.Truncated;
        // The checksum is there to be compared, and nothing else does.
        return Crc32.HashToUInt32(wanted.Span) == entry.Crc32 ? ImageFailure.None : ImageFailure.Corrupt;
    }

    /// <summary>Unix programs write the path that a link leads to as its content.</summary>
    private static bool IsLink(ZipArchiveEntry entry) => ((entry.ExternalAttributes >> 16) & 0xF000) == 0xA000;
}
