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
        var bytes = single.Where(field => field.ClrType == typeof(byte[])).ToArray();
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
    /// <returns>Of each row the image and its class, or <see langword="null"/> where there is none.</returns>
    public async Task<(byte[]?[] Images, int?[] Classes)> ReadAsync(ParquetRowGroupReader rows, CancellationToken stop)
    {
        var images = new byte[]?[rows.RowCount];
        await rows.ReadAsync(Image, images!, null, stop);
        var classes = new int?[rows.RowCount];
        if (Class is null)
            return (images, classes);
        var numbers =
            Class.ClrType == typeof(long)
                ? await ReadAsync<long>(rows, Class, stop)
                : [.. (await ReadAsync<int>(rows, Class, stop)).Select(number => (long?)number)];
        for (var i = 0; i < classes.Length; i++)
            classes[i] = numbers[i] is >= 0 and <= int.MaxValue and var index ? (int)index : null;
        return (images, classes);
    }

    private static async Task<T?[]> ReadAsync<T>(ParquetRowGroupReader rows, DataField column, CancellationToken stop)
        where T : struct
    {
        var values = new T?[rows.RowCount];
        if (column.IsNullable)
        {
            await rows.ReadAsync<T>(column, values, null, stop);
            return values;
        }

        var present = new T[rows.RowCount];
        await rows.ReadAsync<T>(column, present, null, stop);
        for (var i = 0; i < values.Length; i++)
            values[i] = present[i];
        return values;
    }

    private static DataField? Named(DataField[] fields, string[] names, string suffix) =>
        names
            .Select(name =>
                fields.FirstOrDefault(field =>
                    field.Path.ToString().Equals(name + suffix, StringComparison.OrdinalIgnoreCase)
                )
            )
            .FirstOrDefault(field => field is not null);
}
