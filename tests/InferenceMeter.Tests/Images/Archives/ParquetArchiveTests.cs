using System.Buffers.Binary;
using InferenceMeter.Images;
using InferenceMeter.Images.Archives;
using InferenceMeter.Tests.Models;
using Parquet;
using Parquet.Schema;
using static InferenceMeter.Tests.Images.Archives.ReadArchive;

namespace InferenceMeter.Tests.Images.Archives;

[Collection(AloneCollection.Name)]
public sealed class ParquetArchiveTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Gzip)]
    [InlineData(CompressionMethod.Brotli)]
    [InlineData(CompressionMethod.Zstd)]
    [InlineData(CompressionMethod.Lz4Raw)]
    public async Task Each_image_of_all_row_groups_comes_once_named_after_its_row(CompressionMethod compression)
    {
        var groups = Enumerable.Range(0, 4).Select(Group).ToArray();
        File.WriteAllBytes(_folder.File("a.parquet"), await ParquetFile.HuggingFaceBytes(compression, groups));

        var read = await Of(_folder.File("a.parquet"));

        Assert.Null(read.Failure);
        var expected = groups.SelectMany(group => group).Select((row, i) => Expected(i, row.Image, row.Label));
        Assert.Equal(expected, read.Images);

        static (byte[]? Image, long? Label)[] Group(int number) =>
            [
                .. Enumerable
                    .Range(number * 25, 25)
                    .Select(i => (i % 6 == 4 ? null : Bytes(i % 50, i * 20), i % 7 == 3 ? null : (long?)i)),
            ];
    }

    [Theory]
    [InlineData("arrow-snappy.parquet")]
    [InlineData("arrow-zstd.parquet")]
    public async Task A_file_of_Apache_Arrow_gives_its_images_and_classes(string name)
    {
        // With a dictionary that is given up on the way, several pages, a row group without rows, and rows in which the
        // image is missing or only its bytes are. Written by the library below pyarrow.
        var path = Path.Combine(Repository.Root, "tests", "InferenceMeter.Tests", "Images", "Archives", name);

        var read = await Of(path);

        Assert.Null(read.Failure);
        Assert.Equal(
            Enumerable
                .Range(0, 60)
                .Select(i =>
                    Expected(i, i % 11 == 5 || i % 13 == 3 ? null : Content(i % 20), i % 7 == 6 ? null : i % 3)
                ),
            read.Images
        );

        static byte[] Content(int number) =>
            [.. Enumerable.Range(0, 40 + number * 7 % 200).Select(at => (byte)(number * 31 + at * 7))];
    }

    [ToolFact("python3:pyarrow")]
    public async Task A_file_of_pyarrow_gives_its_images_and_classes()
    {
        await OtherWriters.Run(
            _folder.Root,
            "/usr/bin/python3",
            "-c",
            """
            import pyarrow as pa, pyarrow.parquet as pq
            rows = [None if i % 11 == 5 else {"bytes": None if i % 13 == 3 else bytes([i]) * (i * 9), "path": "a.jpg"}
                    for i in range(60)]
            image = pa.array(rows, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
            table = pa.table({"image": image, "label": pa.array(range(60), pa.int64())})
            pq.write_table(table, "1.parquet", row_group_size=25)
            pq.write_table(table, "2.parquet", row_group_size=25, data_page_version="2.0", compression="zstd",
                           use_dictionary=False, data_page_size=500)
            """
        );

        foreach (var name in new[] { "1.parquet", "2.parquet" })
        {
            var read = await Of(_folder.File(name));
            Assert.Null(read.Failure);
            Assert.Equal(
                Enumerable
                    .Range(0, 60)
                    .Select(i =>
                        Expected(i, i % 11 == 5 || i % 13 == 3 ? null : [.. Enumerable.Repeat((byte)i, i * 9)], i)
                    ),
                read.Images
            );
        }
    }

    [Fact]
    public async Task Columns_are_found_by_what_data_sets_call_them_and_may_be_required_or_not()
    {
        await Check(new DataField<byte[]>("image", nullable: false), new DataField<long>("label"));
        await Check(new DataField<byte[]>("IMG", nullable: true), new DataField<int>("fine_label"));
        await Check(new DataField<byte[]>("jpg", nullable: false), new DataField<int>("cls"));
        await Check(new DataField<byte[]>("content", nullable: true), label: null);
        await Check(new DataField<byte[]>("image_bytes", nullable: true), new DataField<long>("target"));

        async Task Check(DataField image, DataField? label)
        {
            byte[][] images =
            [
                [1],
                [2, 2],
                [],
            ];
            await ParquetFile.Write(_folder.File("a.parquet"), image, images, label, [5, -1, 7]);

            var read = await Of(_folder.File("a.parquet"));

            Assert.Null(read.Failure);
            Assert.Equal(["01", "0202", ""], read.Images.Select(row => row.Content));
            Assert.Equal(label is null ? [null, null, null] : [5, null, 7], read.Images.Select(row => row.Class));
        }
    }

    [Fact]
    public async Task A_file_without_a_column_of_images_says_what_it_has_and_is_not_counted()
    {
        var schema = new ParquetSchema(
            new StructField("photo", new DataField<string>("path"), new DataField<int>("width")),
            new DataField<string>("image"),
            new DataField<long>("label")
        );
        using var bytes = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(schema, bytes))
        {
            using var rows = writer.CreateRowGroup();
            await rows.WriteAsync(schema.DataFields[0], new[] { "a.jpg" });
            await rows.WriteAsync<int>(schema.DataFields[1], new int?[] { 1 });
            await rows.WriteAsync(schema.DataFields[2], new[] { "a.jpg" });
            await rows.WriteAsync<long>(schema.DataFields[3], new long[] { 1 });
        }

        File.WriteAllBytes(_folder.File("a.parquet"), bytes.ToArray());

        var read = await Of(_folder.File("a.parquet"));

        Assert.Equal(ImageFailure.None, read.Failure?.Failure);
        Assert.EndsWith(
            "has no column of images such as image.bytes; it has photo.path, photo.width, image, label",
            read.Failure!.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_image_above_the_limit_is_too_large_and_one_at_the_limit_is_not()
    {
        var rows = new[] { 1000, 1001, 3 }.Select(length => ((byte[]?)Bytes(length, length), (long?)1)).ToArray();
        File.WriteAllBytes(
            _folder.File("a.parquet"),
            await ParquetFile.HuggingFaceBytes(CompressionMethod.Snappy, rows)
        );

        var read = await Of(_folder.File("a.parquet"), Everything with { MaxEncodedBytes = 1000 });

        Assert.Equal(
            [ImageFailure.None, ImageFailure.TooLarge, ImageFailure.None],
            read.Images.Select(image => image.Failure)
        );
    }

    [Fact]
    public async Task The_memory_of_a_row_group_is_taken_before_and_given_back_also_when_nobody_reads_on()
    {
        var rows = Enumerable.Range(0, 10).Select(i => ((byte[]?)Bytes(i, 10_000), (long?)i)).ToArray();
        File.WriteAllBytes(
            _folder.File("a.parquet"),
            await ParquetFile.HuggingFaceBytes(CompressionMethod.None, rows, rows)
        );
        var budget = new ByteBudget(1);
        var archive = new InferenceMeter.Images.Stores.StoredObject(
            new InferenceMeter.Images.Stores.FileStore(new SourceTraffic("file")),
            _folder.File("a.parquet"),
            "a",
            null
        );
        var options = Everything with { Budget = budget };

        await foreach (var image in new ParquetArchiveReader().ReadAsync(archive, options, CancellationToken.None))
        {
            image.Release();
            Assert.InRange(budget.Held, 100_000, 300_000);
            break;
        }

        Assert.Equal(0, budget.Held);
    }

    [Fact]
    public async Task Row_groups_of_which_no_image_is_wanted_are_not_read()
    {
        var rows = Enumerable.Range(0, 10).Select(i => ((byte[]?)Bytes(i, 100_000), (long?)i)).ToArray();
        File.WriteAllBytes(
            _folder.File("a.parquet"),
            await ParquetFile.HuggingFaceBytes(CompressionMethod.None, rows, rows, rows, rows)
        );

        var read = await Of(
            _folder.File("a.parquet"),
            Everything with
            {
                IsWanted = name => name == _folder.File("a.parquet/25"),
            }
        );

        Assert.Equal([Expected(25, Bytes(5, 100_000), 5)], read.Images);
        Assert.InRange(read.Traffic.Bytes, 1_000_000, 1_100_000);
    }

    [Fact]
    public async Task A_file_that_is_cut_anywhere_fails()
    {
        var rows = Enumerable.Range(0, 10).Select(i => ((byte[]?)Bytes(i, 100), (long?)i)).ToArray();
        var whole = await ParquetFile.HuggingFaceBytes(CompressionMethod.Snappy, rows, rows);
        for (var length = 0; length < whole.Length; length += 13)
        {
            File.WriteAllBytes(_folder.File("a.parquet"), whole[..length]);

            var read = await Of(_folder.File("a.parquet"));

            Assert.Equal(ImageFailure.Corrupt, read.Failure?.Failure);
            Assert.Contains("is not a whole Parquet file: ", read.Failure!.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_directory_that_claims_to_be_huge_is_refused_without_making_room_for_it()
    {
        var rows = Enumerable.Range(0, 10).Select(i => ((byte[]?)Bytes(i, 100), (long?)i)).ToArray();
        var whole = await ParquetFile.HuggingFaceBytes(CompressionMethod.Snappy, rows);
        foreach (var length in new[] { int.MaxValue, -1, 0, whole.Length, 1 })
        {
            BinaryPrimitives.WriteInt32LittleEndian(whole.AsSpan(^8), length);
            File.WriteAllBytes(_folder.File("a.parquet"), whole);

            var read = await Of(_folder.File("a.parquet"));

            Assert.Equal(ImageFailure.Corrupt, read.Failure?.Failure);
            Assert.InRange(read.Allocated, 0, 64_000_000);
        }
    }

    private static ArchivedImage Expected(int row, byte[]? image, long? label) =>
        new(
            $"{row}",
            image is null ? null : Hex(image),
            image is null ? ImageFailure.NotFound : ImageFailure.None,
            (int?)label
        );
}
