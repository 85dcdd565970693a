using System.IO.Compression;
using System.Runtime.CompilerServices;
using InferenceMeter.Images.Stores;

namespace InferenceMeter.Images.Archives;

/// <summary>Tar archives as WebDataset, GNU tar and bsdtar write them, read in one go from front to back.</summary>
internal sealed class TarArchiveReader(bool isGzip) : IArchiveReader
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>How much after the end of a compressed archive is looked at, for whether it is whole.</summary>
    private const int MostAfterEnd = 1024 * 1024;

    /// <inheritdoc/>
    public async IAsyncEnumerable<FetchedImage> ReadAsync(
        StoredObject archive,
        ArchiveOptions options,
        [EnumeratorCancellation] CancellationToken stop
    )
    {
        await using var content = await archive.Store.OpenAsync(archive, stop);
        await using var plain = isGzip
            ? new GZipStream(new BufferedStream(content, BufferBytes), CompressionMode.Decompress)
            : content;
        var members = new TarMembers(plain);
        await using var images = new ArchiveMembers(members, archive, options)
            .ReadAsync(stop)
            .GetAsyncEnumerator(CancellationToken.None);
        while (await GuardAsync(archive, images.MoveNextAsync))
            yield return images.Current;
        if (isGzip)
            await GuardAsync(archive, () => IsWholeAsync(plain, stop));
        if (Remark(members) is { } remark)
            throw new ArchiveException(ImageFailure.None, $"{archive.Name} {remark}");
    }

    /// <summary>What a user should know of an archive that was read to its end.</summary>
    private static string? Remark(TarMembers members)
    {
        var end = members.HasEndMark ? null : "has no end mark: if it was cut, files are missing";
        var links = members.Links > 0 ? $"has {members.Links:#,0} links to other files, which are passed over" : null;
        return end is null ? links : string.Join(", and ", new[] { links, end }.OfType<string>());
    }

    /// <summary>Reads on to the checksum, which is behind the last image.</summary>
    private static async ValueTask<bool> IsWholeAsync(Stream plain, CancellationToken stop)
    {
        var rest = new byte[BufferBytes];
        for (var read = 0; read < MostAfterEnd; )
        {
            var more = await plain.ReadAsync(rest, stop);
            if (more == 0)
                break;
            read += more;
        }

        return true;
    }

    /// <summary>What the store failed at is no fault of the archive.</summary>
    private static async ValueTask<bool> GuardAsync(StoredObject archive, Func<ValueTask<bool>> read)
    {
        try
        {
            return await read();
        }
        catch (EndOfStreamException e)
        {
            throw new ArchiveException(
                ImageFailure.Truncated,
                $"{archive.Name} is cut off: it ends in the middle of a file",
                e
            );
        }
        catch (Exception e) when (e is IOException or InvalidDataException && e is not StoreException)
        {
            throw new ArchiveException(
                ImageFailure.Corrupt,
                $"{archive.Name} is not a whole tar archive: {e.Message.ReplaceLineEndings(" ")}",
                e
            );
        }
    }
}
