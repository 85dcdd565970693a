using System.Buffers;
using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using InferenceMeter.Images.Folders;
using InferenceMeter.Images.Stores;

namespace InferenceMeter.Images.Archives;

/// <summary>Tar archives as WebDataset, GNU tar and bsdtar write them, read in one go from front to back.</summary>
internal sealed class TarArchiveReader(bool isGzip) : IArchiveReader
{
    /// <summary>Headers are read in pieces of 512 bytes, a file system is better asked for more.</summary>
    private const int BufferBytes = 64 * 1024;

    /// <inheritdoc/>
    public async IAsyncEnumerable<FetchedImage> ReadAsync(
        StoredObject archive,
        ArchiveOptions options,
        [EnumeratorCancellation] CancellationToken stop
    )
    {
        await using var content = new BufferedStream(await archive.Store.OpenAsync(archive, stop), BufferBytes);
        await using Stream plain = isGzip ? new GZipStream(content, CompressionMode.Decompress) : content;
        await using var tar = new TarReader(plain, leaveOpen: true);
        var samples = new LabelledSamples();
        var place = 0L;
        while (await NextAsync(tar, archive, stop) is { } entry)
        {
            var path = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
            if (!IsFile(entry) || FolderListing.IsHidden(path))
                continue;
            foreach (var complete in samples.Begin(path))
                yield return complete;
            if (LabelledSamples.IsLabel(path) && entry.Length <= LabelledSamples.MaxLabelBytes)
                samples.AddLabel(await ReadLabelAsync(entry, archive, stop));
            else if (
                FolderListing.IsImage(path)
                && options.Part?.Contains(place++) != false
                && $"{archive.Name}/{path}" is var name
                && options.IsWanted(name)
            )
                samples.Add(await ReadImageAsync(entry, name, archive, options.MaxEncodedBytes, stop));
        }

        foreach (var complete in samples.Flush())
            yield return complete;
    }

    private static bool IsFile(TarEntry entry) =>
        entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile;

    private static async ValueTask<TarEntry?> NextAsync(TarReader tar, StoredObject archive, CancellationToken stop)
    {
        try
        {
            return await tar.GetNextEntryAsync(copyData: false, stop);
        }
        catch (Exception e) when (IsBroken(e))
        {
            throw Broken(archive, e);
        }
    }

    private static async ValueTask<FetchedImage> ReadImageAsync(
        TarEntry entry,
        string name,
        StoredObject archive,
        int most,
        CancellationToken stop
    )
    {
        if (entry.Length > most)
            return FetchedImage.Failed(name, ImageFailure.TooLarge);
        var length = (int)entry.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(length, 1));
        await FillAsync(entry, buffer.AsMemory(0, length), archive, stop);
        return new FetchedImage(name, buffer, length, ImageFailure.None);
    }

    private static async ValueTask<byte[]> ReadLabelAsync(TarEntry entry, StoredObject archive, CancellationToken stop)
    {
        var label = new byte[entry.Length];
        await FillAsync(entry, label, archive, stop);
        return label;
    }

    private static async ValueTask FillAsync(
        TarEntry entry,
        Memory<byte> buffer,
        StoredObject archive,
        CancellationToken stop
    )
    {
        // An empty file has no stream.
        if (entry.DataStream is not { } data)
            return;
        try
        {
            await data.ReadExactlyAsync(buffer, stop);
        }
        catch (Exception e) when (IsBroken(e))
        {
            throw Broken(archive, e);
        }
    }

    /// <summary>What the store failed at is no fault of the archive.</summary>
    private static bool IsBroken(Exception failure) =>
        failure is IOException or InvalidDataException or FormatException or ArgumentException
        && failure is not StoreException;

    private static ArchiveException Broken(StoredObject archive, Exception failure) =>
        failure is EndOfStreamException
            ? new ArchiveException(ImageFailure.Truncated, $"{archive.Name} ends in the middle of a file", failure)
            : new ArchiveException(
                ImageFailure.Corrupt,
                $"{archive.Name} is not a whole tar archive: {failure.Message.ReplaceLineEndings(" ")}",
                failure
            );
}
