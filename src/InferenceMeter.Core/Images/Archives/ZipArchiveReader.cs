using System.Buffers;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using InferenceMeter.Images.Folders;
using InferenceMeter.Images.Stores;

namespace InferenceMeter.Images.Archives;

/// <summary>Zip archives. Their directory is at their end, so they are read here and there.</summary>
internal sealed class ZipArchiveReader : IArchiveReader
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<FetchedImage> ReadAsync(
        StoredObject archive,
        ArchiveOptions options,
        [EnumeratorCancellation] CancellationToken stop
    )
    {
        await using var content = await archive.Store.OpenSeekableAsync(archive, stop);
        await using var zip = await OpenAsync(content, archive, stop);
        var samples = new LabelledSamples();
        var place = 0L;
        foreach (var entry in zip.Entries)
        {
            var path = entry.FullName.Replace('\\', '/');
            if (
                path.EndsWith('/')
                || FolderListing.IsHidden(path)
                || path.StartsWith("__MACOSX/", StringComparison.Ordinal)
            )
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
                samples.Add(await ReadImageAsync(entry, name, options.MaxEncodedBytes, stop));
        }

        foreach (var complete in samples.Flush())
            yield return complete;
    }

    private static async ValueTask<ZipArchive> OpenAsync(Stream content, StoredObject archive, CancellationToken stop)
    {
        try
        {
            var zip = await ZipArchive.CreateAsync(content, ZipArchiveMode.Read, true, null, stop);
            // Reads the directory, which may be broken.
            _ = zip.Entries.Count;
            return zip;
        }
        catch (Exception e) when (IsBroken(e))
        {
            throw new ArchiveException(
                ImageFailure.Corrupt,
                $"{archive.Name} is not a whole zip archive: {e.Message.ReplaceLineEndings(" ")}",
                e
            );
        }
    }

    private static async ValueTask<FetchedImage> ReadImageAsync(
        ZipArchiveEntry entry,
        string name,
        int most,
        CancellationToken stop
    )
    {
        if (entry.Length > most)
            return FetchedImage.Failed(name, ImageFailure.TooLarge);
        var length = (int)entry.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(length, 1));
        try
        {
            await using var data = await entry.OpenAsync(stop);
            await data.ReadExactlyAsync(buffer.AsMemory(0, length), stop);
            return new FetchedImage(name, buffer, length, ImageFailure.None);
        }
        catch (Exception e) when (IsBroken(e))
        {
            // The directory still tells where the next one begins.
            ArrayPool<byte>.Shared.Return(buffer);
            return FetchedImage.Failed(name, e is EndOfStreamException ? ImageFailure.Truncated : ImageFailure.Corrupt);
        }
    }

    private static async ValueTask<byte[]> ReadLabelAsync(
        ZipArchiveEntry entry,
        StoredObject archive,
        CancellationToken stop
    )
    {
        try
        {
            var label = new byte[entry.Length];
            await using var data = await entry.OpenAsync(stop);
            await data.ReadExactlyAsync(label, stop);
            return label;
        }
        catch (Exception e) when (IsBroken(e))
        {
            throw new ArchiveException(ImageFailure.Corrupt, $"{archive.Name}: {entry.FullName} is broken", e);
        }
    }

    /// <summary>What the store failed at is no fault of the archive.</summary>
    private static bool IsBroken(Exception failure) =>
        failure is IOException or InvalidDataException or NotSupportedException or ArgumentException
        && failure is not StoreException;
}
