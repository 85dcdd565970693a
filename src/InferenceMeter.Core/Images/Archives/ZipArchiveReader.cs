using System.IO.Compression;
using System.Runtime.CompilerServices;
using InferenceMeter.Images.Stores;

namespace InferenceMeter.Images.Archives;

/// <summary>Zip archives. Their directory is at their end, so they are read here and there.</summary>
internal sealed class ZipArchiveReader : IArchiveReader
{
    private const int BufferBytes = 64 * 1024;

    /// <inheritdoc/>
    public async IAsyncEnumerable<FetchedImage> ReadAsync(
        StoredObject archive,
        ArchiveOptions options,
        [EnumeratorCancellation] CancellationToken stop
    )
    {
        // Before each file is a header, of which a part is jumped over. Buffered, a store sees reads without jumps.
        await using var content = new BufferedStream(await archive.Store.OpenSeekableAsync(archive, stop), BufferBytes);
        await using var zip = await OpenAsync(content, archive, stop);
        var members = new ZipMembers(zip, content.Length);
        await foreach (var image in new ArchiveMembers(members, archive, options).ReadAsync(stop))
            yield return image;
        if (members.Encrypted > 0)
            throw new ArchiveException(
                ImageFailure.None,
                $"{archive.Name} has {members.Encrypted:#,0} files that are encrypted; pack them without a password"
            );
    }

    private static async ValueTask<ZipArchive> OpenAsync(Stream content, StoredObject archive, CancellationToken stop)
    {
        ZipArchive? zip = null;
        try
        {
            zip = await ZipArchive.CreateAsync(content, ZipArchiveMode.Read, leaveOpen: true, null, stop);
            // Reads the directory, which may be broken.
            _ = zip.Entries.Count;
            return zip;
        }
        catch (Exception e) when (ZipMembers.IsBroken(e))
        {
            if (zip is not null)
                await zip.DisposeAsync();
            // Of a file that is too short the reader says which of its own parameters is wrong.
            var reason = e is ArgumentException ? "it is too short" : e.Message.ReplaceLineEndings(" ");
            throw new ArchiveException(ImageFailure.Corrupt, $"{archive.Name} is not a whole zip archive: {reason}", e);
        }
    }
}
