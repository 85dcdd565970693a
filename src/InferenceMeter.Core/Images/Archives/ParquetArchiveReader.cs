using System.Buffers;
using System.Runtime.CompilerServices;
using InferenceMeter.Images.Stores;
using Parquet;
using Parquet.Schema;

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
        await using var file = await archive.Store.OpenSeekableAsync(archive, stop);
        await using var content = await GuardAsync(archive, () => ParquetContent.OpenAsync(file, stop));
        await using var parquet = await GuardAsync(
            archive,
            () => ParquetReader.CreateAsync(content, new ParquetOptions(), leaveStreamOpen: true, stop)
        );
        var columns =
            await GuardAsync(archive, () => Task.FromResult(ParquetColumns.Find(parquet.Schema)))
            ?? throw new ArchiveException(
                ImageFailure.None,
                $"{archive.Name} has no column of images such as image.bytes; it has {NamesOf(parquet.Schema)}"
            );
        var part = ParquetPart.Of(options.Part, parquet.RowGroupCount);
        var row = 0L;
        for (var group = 0; group < parquet.RowGroupCount; group++)
        {
            using var rows = parquet.OpenRowGroupReader(group);
            var first = row;
            row += rows.RowCount;
            if (!part.HasGroup(group) || !IsAnyWanted(first, rows.RowCount))
                continue;
            var bytes = BytesOf(rows, columns);
            await options.Budget.TakeAsync(bytes, stop);
            try
            {
                var (images, classes) = await GuardAsync(archive, () => columns.ReadAsync(content, rows, stop));
                for (var i = 0; i < images.Length; i++)
                {
                    if (IsWanted(first + i))
                        yield return Take(Name(first + i), images[i], options.MaxEncodedBytes) with
                        {
                            TrueClass = classes[i] is >= 0 and <= int.MaxValue and var index ? (int)index : null,
                        };
                    images[i] = null;
                }
            }
            finally
            {
                options.Budget.Return(bytes);
            }
        }

        string Name(long place) => $"{archive.Name}/{place}";

        bool IsWanted(long place) => part.HasRow(place) && options.IsWanted(Name(place));

        // After a run that was broken off, most row groups are done. One with too many rows fails when it is read.
        bool IsAnyWanted(long from, long count)
        {
            for (var place = from; place < from + count; place++)
            {
                if (count > ParquetContent.MostRows || IsWanted(place))
                    return true;
            }

            return count < 0;
        }
    }

    /// <summary>What a row group takes in memory, about.</summary>
    private static long BytesOf(ParquetRowGroupReader rows, ParquetColumns columns) =>
        rows.GetMetadata(columns.Image)?.MetaData is { } column
            ? Math.Clamp(column.TotalCompressedSize, 0, ParquetContent.MostBytes)
                + Math.Clamp(column.TotalUncompressedSize, 0, ParquetContent.MostBytes)
            : 0;

    private static string NamesOf(ParquetSchema schema)
    {
        const int Most = 20;
        var names = schema.DataFields.Select(field => field.Path.ToString().Replace('/', '.').ReplaceLineEndings(" "));
        return string.Join(", ", names.Take(Most)) + (schema.DataFields.Length > Most ? " and more" : "");
    }

    private static FetchedImage Take(string name, ReadOnlyMemory<byte>? image, int most)
    {
        // Only the place of the image is in the file, and not the image.
        if (image is not { } bytes)
            return FetchedImage.Failed(name, ImageFailure.NotFound);
        if (bytes.Length > most)
            return FetchedImage.Failed(name, ImageFailure.TooLarge);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(bytes.Length, 1));
        bytes.CopyTo(buffer);
        return new FetchedImage(name, buffer, bytes.Length, ImageFailure.None);
    }

    /// <summary>What the store failed at is no fault of the file; all else that the reader stumbles over is.</summary>
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
