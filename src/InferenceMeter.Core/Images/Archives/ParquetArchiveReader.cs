using System.Buffers;
using System.Runtime.CompilerServices;
using InferenceMeter.Images.Stores;
using Parquet;

namespace InferenceMeter.Images.Archives;

/// <summary>
/// Parquet files with the bytes of images in a column, as Hugging Face publishes data sets (<c>image.bytes</c>,
/// <c>label</c>). A row group is read at a time; an image is named after its row in the file, from 0.
/// </summary>
internal sealed class ParquetArchiveReader : IArchiveReader
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<FetchedImage> ReadAsync(
        StoredObject archive,
        ArchiveOptions options,
        [EnumeratorCancellation] CancellationToken stop
    )
    {
        await using var content = await archive.Store.OpenSeekableAsync(archive, stop);
        await using var parquet = await GuardAsync(
            archive,
            () => ParquetReader.CreateAsync(content, new ParquetOptions(), leaveStreamOpen: true, stop)
        );
        var columns =
            ParquetColumns.Find(parquet.Schema)
            ?? throw new ArchiveException(
                ImageFailure.None,
                $"{archive.Name} has no column of images such as image.bytes; it has "
                    + string.Join(
                        ", ",
                        parquet.Schema.DataFields.Select(field => field.Path.ToString().Replace('/', '.'))
                    )
            );
        var part = ParquetPart.Of(options.Part, parquet.RowGroupCount);
        var row = 0L;
        for (var group = 0; group < parquet.RowGroupCount; group++)
        {
            using var rows = parquet.OpenRowGroupReader(group);
            var first = row;
            row += rows.RowCount;
            if (!part.HasGroup(group))
                continue;
            var bytes = rows.GetMetadata(columns.Image)?.MetaData?.TotalUncompressedSize ?? 0;
            await options.Budget.TakeAsync(bytes, stop);
            try
            {
                var (images, classes) = await GuardAsync(archive, () => columns.ReadAsync(rows, stop));
                for (var i = 0; i < images.Length; i++)
                {
                    var name = $"{archive.Name}/{first + i}";
                    if (part.HasRow(first + i) && options.IsWanted(name))
                        yield return Take(name, images[i], options.MaxEncodedBytes) with
                        {
                            TrueClass = classes[i],
                        };
                    images[i] = null;
                }
            }
            finally
            {
                options.Budget.Return(bytes);
            }
        }
    }

    private static FetchedImage Take(string name, byte[]? image, int most)
    {
        // Only the place of the image is in the file, and not the image.
        if (image is null)
            return FetchedImage.Failed(name, ImageFailure.NotFound);
        if (image.Length > most)
            return FetchedImage.Failed(name, ImageFailure.TooLarge);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(image.Length, 1));
        image.CopyTo(buffer, 0);
        return new FetchedImage(name, buffer, image.Length, ImageFailure.None);
    }

    /// <summary>What the store failed at is no fault of the file; all else is, whatever the reader stumbled over.</summary>
    private static async Task<T> GuardAsync<T>(StoredObject archive, Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            if (e.GetBaseException() is StoreException failure)
                throw failure;
            throw new ArchiveException(
                ImageFailure.Corrupt,
                $"{archive.Name} is not a whole Parquet file: {e.Message.ReplaceLineEndings(" ")}",
                e
            );
        }
    }
}
