using Parquet;
using Parquet.Schema;

namespace InferenceMeter.Tests.Images.Archives;

/// <summary>Writes Parquet files with a column of images.</summary>
internal static class ParquetFile
{
    /// <summary>Schema of a data set of Hugging Face: <c>image.bytes</c>, <c>image.path</c> and <c>label</c>.</summary>
    public static ParquetSchema HuggingFace { get; } =
        new(
            new StructField("image", new DataField<byte[]>("bytes"), new DataField<string>("path")),
            new DataField<long?>("label")
        );

    /// <summary>Images and labels in one row group after another; without an image where it is null.</summary>
    public static async Task<byte[]> HuggingFaceBytes(
        CompressionMethod compression,
        params (byte[]? Image, long? Label)[][] groups
    )
    {
        using var bytes = new MemoryStream();
        var options = new ParquetOptions { CompressionMethod = compression };
        await using (var writer = await ParquetWriter.CreateAsync(HuggingFace, bytes, options))
        {
            var fields = HuggingFace.DataFields;
            foreach (var group in groups)
            {
                using var rows = writer.CreateRowGroup();
                await rows.WriteAsync(fields[0], group.Select(row => row.Image).ToArray());
                await rows.WriteAsync(fields[1], group.Select(row => row.Image is null ? null : "a.jpg").ToArray());
                await rows.WriteAsync<long>(fields[2], group.Select(row => row.Label).ToArray());
            }
        }

        return bytes.ToArray();
    }

    /// <summary>A single group of a column of images, and perhaps one of labels.</summary>
    public static async Task Write(string path, DataField image, byte[]?[] images, DataField? label, int[] labels)
    {
        var schema = label is null ? new ParquetSchema(image) : new ParquetSchema(image, label);
        using var bytes = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(schema, bytes))
        {
            using var rows = writer.CreateRowGroup();
            await rows.WriteAsync(image, images);
            if (label?.ClrType == typeof(long))
                await rows.WriteAsync<long>(label, labels.Select(index => (long)index).ToArray());
            else if (label is not null)
                await rows.WriteAsync<int>(label, labels);
        }

        await File.WriteAllBytesAsync(path, bytes.ToArray());
    }
}
