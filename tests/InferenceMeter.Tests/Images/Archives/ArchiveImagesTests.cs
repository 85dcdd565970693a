using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using InferenceMeter.Images;
using InferenceMeter.Tests.Models;
using Parquet;
using Parquet.Schema;
using static InferenceMeter.Tests.Images.Archives.ReadArchive;

namespace InferenceMeter.Tests.Images.Archives;

/// <summary>Archives as a source of images.</summary>
[Collection(AloneCollection.Name)]
public sealed class ArchiveImagesTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_folder_of_images_and_archives_gives_each_image_once(int fetchers)
    {
        var expected = await WriteAll();

        using var source = Open(_folder.Root, new() { Fetchers = fetchers });
        var images = Drain(source, int.MaxValue);

        Assert.Equal(expected.Order(StringComparer.Ordinal), images.Order(StringComparer.Ordinal));
        Assert.Equal(expected.Count, source.DistinctImages);
        Assert.Null(source.Remark);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_source_that_repeats_gives_each_image_equally_often_and_knows_how_many_after_the_first_pass(
        int fetchers
    )
    {
        const int Passes = 5;
        var expected = await WriteAll();

        using var source = Open(_folder.Root, new() { Fetchers = fetchers, Repeat = true });
        Assert.Null(source.DistinctImages);
        var images = Drain(source, expected.Count * Passes);

        // With several fetchers the next pass begins before the last images of one.
        var counts = images
            .GroupBy(image => image, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(expected.Count, counts.Count);
        Assert.All(
            counts.Values,
            count => Assert.InRange(count, fetchers == 1 ? Passes : Passes - 2, fetchers == 1 ? Passes : Passes + 2)
        );
        Assert.Equal(expected.Count, source.DistinctImages);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 4)]
    [InlineData(false, 1)]
    [InlineData(false, 4)]
    public async Task Archives_without_an_image_end_with_an_error_that_says_what_they_hold(bool repeat, int fetchers)
    {
        TarFile.Write(_folder.File("1.tar"), ("readme.txt", [1]));
        ZipFile.Open(_folder.File("2.zip"), ZipArchiveMode.Create).Dispose();
        await ParquetFile.Write(
            _folder.File("3.parquet"),
            new DataField<byte[]>("sound"),
            [
                [1],
            ],
            new DataField<int>("label"),
            [1]
        );
        using var source = Open(_folder.Root, new() { Repeat = repeat, Fetchers = fetchers });

        var error = Assert.Throws<ImageSourceException>(() => Drain(source, int.MaxValue));

        Assert.Equal(
            $"the image folder {_folder.Root} holds no image: {_folder.File("3.parquet")} has no column of images such "
                + "as image.bytes; it has sound, label; give another",
            error.Message
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_broken_archive_counts_as_one_failed_image_of_its_name_and_the_remark_says_why(int fetchers)
    {
        var whole = TarFile.Bytes(TarEntryFormat.Ustar, ("1.jpg", Bytes(1, 600)), ("2.jpg", Bytes(2, 600)));
        File.WriteAllBytes(_folder.File("cut.tar"), whole[..2500]);
        File.WriteAllText(_folder.File("no.zip"), "this is no archive at all, and yet longer than its end mark");
        File.WriteAllBytes(_folder.File("x.jpg"), [1]);

        using var source = Open(_folder.Root, new() { Fetchers = fetchers });
        var images = Drain(source, int.MaxValue);

        Assert.Equal(
            [$"cut.tar Truncated ", $"cut.tar/1.jpg None {Hex(Bytes(1, 600))}", "no.zip Corrupt ", "x.jpg None 01"],
            images.Order(StringComparer.Ordinal)
        );
        Assert.Contains(_folder.File("cut.tar") + " is cut off", source.Remark!, StringComparison.Ordinal);
        Assert.Contains(_folder.File("no.zip") + " is not a whole zip", source.Remark!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_archive_is_remarked_on_once_however_often_it_is_read()
    {
        for (var i = 0; i < 5; i++)
            File.WriteAllText(_folder.File($"{i}.zip"), "no archive");
        using var source = Open(_folder.Root, new() { Repeat = true });

        Drain(source, 50);

        Assert.EndsWith("; and 2 more such archives", source.Remark!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_source_that_is_left_in_the_middle_is_closed_at_once(int fetchers)
    {
        await WriteAll();
        TarFile.Write(
            _folder.File("large.tar"),
            [.. Enumerable.Range(0, 300).Select(i => ($"{i}.jpg", Bytes(i, 100_000)))]
        );
        var source = Open(
            _folder.Root,
            new()
            {
                Fetchers = fetchers,
                Repeat = true,
                PrefetchBytes = 1_000_000,
            }
        );
        Drain(source, 10);
        var started = Stopwatch.GetTimestamp();

        await Task.Run(source.Dispose).WaitAsync(Eventually.Deadline);

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void The_class_that_an_archive_says_comes_with_the_image()
    {
        TarFile.Write(_folder.File("a.tar"), ("0.jpg", [1]), ("0.cls", "4"u8.ToArray()), ("1.jpg", [2]));
        using var source = Open(_folder.File("a.tar"), new());

        Assert.True(source.TryNext(out var labelled));
        Assert.True(source.TryNext(out var other));

        Assert.Equal((4, null), (labelled.TrueClass, other.TrueClass));
        labelled.Release();
        other.Release();
    }

    [Theory]
    [InlineData("a.tar")]
    [InlineData("a.zip")]
    [InlineData("a.parquet")]
    public async Task Ten_thousand_images_are_read_with_the_memory_of_a_few(string name)
    {
        const int Images = 10_000;
        await WriteLarge(_folder.File(name), Images, Bytes(1, 10_000));
        using var source = Open(_folder.File(name), new() { PrefetchBytes = 1_000_000 });
        var (images, most) = (0, 0L);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        while (source.TryNext(out var image))
        {
            Assert.Equal(10_000, image.Bytes.Length);
            image.Release();
            if (++images % 2_000 == 0)
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true));
        }

        // All of them are 100 MB; pools keep the arrays of a few row groups.
        Assert.Equal(Images, images);
        Assert.InRange(most - before, long.MinValue, 60_000_000);
    }

    private static async Task WriteLarge(string path, int images, byte[] content)
    {
        await using var file = File.Create(path);
        switch (Path.GetExtension(path))
        {
            case ".tar":
                await using (var tar = new TarWriter(file, TarEntryFormat.Pax))
                {
                    for (var i = 0; i < images; i++)
                        await tar.WriteEntryAsync(TarFile.Entry(TarEntryFormat.Pax, $"n{i % 10}/{i}.jpg", content));
                }

                break;
            case ".zip":
                await using (var zip = new ZipArchive(file, ZipArchiveMode.Create))
                {
                    for (var i = 0; i < images; i++)
                    {
                        await using var entry = zip.CreateEntry($"{i}.jpg", CompressionLevel.NoCompression).Open();
                        await entry.WriteAsync(content);
                    }
                }

                break;
            default:
                const int RowsOfAGroup = 250;
                var group = Enumerable.Repeat(((byte[]?)content, (long?)1), RowsOfAGroup).ToArray();
                var groups = Enumerable.Repeat(group, images / RowsOfAGroup).ToArray();
                await file.WriteAsync(await ParquetFile.HuggingFaceBytes(CompressionMethod.None, groups));
                break;
        }
    }

    /// <summary>Images in a folder and in an archive of each kind.</summary>
    /// <returns>What comes of them.</returns>
    private async Task<List<string>> WriteAll()
    {
        var files = Enumerable.Range(0, 8).Select(i => ($"n/{i}.jpg", Bytes(i, 100 + i))).ToArray();
        TarFile.Write(_folder.File("a.tar"), files);
        File.WriteAllBytes(_folder.File("b.tar.gz"), TarFile.Gzip(TarFile.Bytes(TarEntryFormat.Gnu, files)));
        using (var zip = ZipFile.Open(_folder.File("c.zip"), ZipArchiveMode.Create))
        {
            foreach (var (name, content) in files)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
        }

        var rows = files.Select(file => ((byte[]?)file.Item2, (long?)1)).ToArray();
        File.WriteAllBytes(
            _folder.File("d.parquet"),
            await ParquetFile.HuggingFaceBytes(CompressionMethod.Snappy, rows[..5], rows[5..])
        );
        Directory.CreateDirectory(_folder.File("n"));
        foreach (var (name, content) in files)
            File.WriteAllBytes(_folder.File(name), content);
        string[] prefixes = ["", "a.tar/", "b.tar.gz/", "c.zip/"];
        return
        [
            .. prefixes.SelectMany(prefix => files.Select(file => Described(prefix + file.Item1, file.Item2))),
            .. files.Select((file, i) => Described($"d.parquet/{i}", file.Item2)),
        ];
    }

    private static string Described(string name, byte[] content) => $"{name} None {Hex(content)}";

    private static IImageSource Open(string place, ReadingOptions options) =>
        new ImageSourceOptions { Places = [place], Reading = options }.Open(TimeProvider.System);

    private List<string> Drain(IImageSource source, int most)
    {
        var images = new List<string>();
        while (images.Count < most && source.TryNext(out var image))
        {
            Assert.Equal(images.Count, image.Sequence);
            var name = Path.GetRelativePath(_folder.Root, image.Name);
            images.Add($"{name} {image.Failure} {Hex(image.Bytes.Span)}");
            image.Release();
        }

        return images;
    }
}
