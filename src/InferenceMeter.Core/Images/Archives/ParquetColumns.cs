using Parquet;
using Parquet.Schema;

namespace InferenceMeter.Images.Archives;

/// <summary>The columns of a Parquet file that hold images and their classes.</summary>
/// <param name="Image">Encoded bytes of an image.</param>
/// <param name="Class">Index of its class; <see langword="null"/> when there is no such column.</param>
internal sealed record ParquetColumns(DataField Image, DataField? Class)
{
    /// <summary>What data sets call a column of images, alone or with <c>bytes</c> in it.</summary>
    private static readonly string[] ImageNames =
    [
        "image",
        "img",
        "jpg",
        "jpeg",
        "png",
        "webp",
        "image_bytes",
        "bytes",
        "content",
    ];

    private static readonly string[] ClassNames =
    [
        "label",
        "labels",
        "cls",
        "class",
        "class_index",
        "class_id",
        "target",
        "fine_label",
    ];

    /// <summary>Finds them by their names.</summary>
    /// <returns><see langword="null"/> when there is no column of images.</returns>
    public static ParquetColumns? Find(ParquetSchema schema)
    {
        // Of lists there are several a row.
        var single = schema.DataFields.Where(field => field.MaxRepetitionLevel == 0).ToArray();
        var bytes = single.Where(IsBytes).ToArray();
        var image =
            Named(bytes, ImageNames, suffix: "/bytes")
            ?? Named(bytes, ImageNames, suffix: "")
            ?? bytes.FirstOrDefault(field => field.Path.ToString().EndsWith("/bytes", StringComparison.Ordinal));
        if (image is null)
            return null;
        var numbers = single.Where(field => field.ClrType == typeof(long) || field.ClrType == typeof(int)).ToArray();
        return new ParquetColumns(image, Named(numbers, ClassNames, suffix: ""));
    }

    /// <summary>Reads them.</summary>
    /// <param name="content">What the row group is read from.</param>
    /// <param name="rows">Of that row group.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>Of each row the image and its class, or <see langword="null"/> where there is none.</returns>
    public async Task<(ReadOnlyMemory<byte>?[] Images, long?[] Classes)> ReadAsync(
        ParquetContent content,
        ParquetRowGroupReader rows,
        CancellationToken stop
    )
    {
        var images = await ReadAsync<ReadOnlyMemory<byte>>(content, rows, Image, stop);
        if (Class is null)
            return (images, new long?[images.Length]);
        if (Class.ClrType == typeof(long))
            return (images, await ReadAsync<long>(content, rows, Class, stop));
        var classes = await ReadAsync<int>(content, rows, Class, stop);
        return (images, Array.ConvertAll(classes, index => (long?)index));
    }

    /// <summary>
    /// Values are written without those that are missing, and beside each row how much of its path is there: all of it
    /// where there is a value.
    /// </summary>
    private static async Task<T?[]> ReadAsync<T>(
        ParquetContent content,
        ParquetRowGroupReader rows,
        DataField column,
        CancellationToken stop
    )
        where T : struct
    {
        var description =
            rows.GetMetadata(column)?.MetaData ?? throw new InvalidDataException($"a row group has no {column.Path}");
        await content.LoadAsync(description, rows.RowCount, stop);
        var count = (int)rows.RowCount;
        var (present, values) = (new T[count], new T?[count]);
        // Without the cast it would be an empty piece of memory, and not none.
        var levels = column.MaxDefinitionLevel > 0 ? new int[count] : (Memory<int>?)null;
        if (count > 0)
            await rows.ReadRawAsync(column, present.AsMemory(), levels, null, stop);
        var whole = column.MaxDefinitionLevel;
        var next = 0;
        for (var row = 0; row < count; row++)
        {
            if (levels is null || levels.Value.Span[row] == whole)
                values[row] = present[next++];
        }

        return values;
    }

    /// <summary>Of columns that are read the library says the former, of those that are written the latter.</summary>
    private static bool IsBytes(DataField field) =>
        field.ClrType == typeof(ReadOnlyMemory<byte>) || field.ClrType == typeof(byte[]);

    private static DataField? Named(DataField[] fields, string[] names, string suffix) =>
        names
            .Select(name =>
                fields.FirstOrDefault(field =>
                    field.Path.ToString().Equals(name + suffix, StringComparison.OrdinalIgnoreCase)
                )
            )
            .FirstOrDefault(field => field is not null);
}
