using System.IO.Compression;
using InferenceMeter.Images;
using InferenceMeter.Images.Stores;
using InferenceMeter.Tests.Models;
using Microsoft.Extensions.Time.Testing;
using Parquet;
using static InferenceMeter.Tests.Images.Archives.ReadArchive;

namespace InferenceMeter.Tests.Images.Archives;

/// <summary>Parts of archives: together they are everything, and nothing is in two.</summary>
public sealed class ArchivePartTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void As_many_archives_as_parts_are_divided_whole(int parts)
    {
        for (var i = 0; i < 5; i++)
            WriteTar($"{i}.tar", 4);

        var read = Parts(parts);

        AssertDisjointAndComplete(read, 20);
        Assert.All(
            read,
            (names, part) =>
                Assert.Equal(
                    Enumerable.Range(0, 5).Where(i => i % parts == part).Select(i => $"{i}.tar"),
                    names.Select(name => name.Split('/')[0]).Distinct(StringComparer.Ordinal)
                )
        );
    }

    [Fact]
    public void Fewer_archives_than_parts_are_divided_within_and_images_beside_them_by_themselves()
    {
        WriteTar("1.tar", 10);
        WriteTar("2.tar.gz", 10);
        WriteZip("3.zip", 10);
        for (var i = 0; i < 10; i++)
            File.WriteAllBytes(_folder.File($"{i}.jpg"), [1]);

        var read = Parts(5);

        AssertDisjointAndComplete(read, 40);
        Assert.All(read, names => Assert.Equal(8, names.Count));
    }

    [Theory]
    [InlineData(6, 3, 20)]
    [InlineData(2, 3, 7)]
    public async Task A_Parquet_file_is_divided_by_row_groups_where_there_are_enough_and_else_by_rows(
        int groups,
        int parts,
        int most
    )
    {
        var rows = Enumerable.Range(0, 10).Select(i => ((byte[]?)Bytes(i, 10), (long?)i)).ToArray();
        File.WriteAllBytes(
            _folder.File("a.parquet"),
            await ParquetFile.HuggingFaceBytes(
                CompressionMethod.Snappy,
                [.. Enumerable.Range(0, groups).Select(_ => rows)]
            )
        );

        var read = Parts(parts);

        AssertDisjointAndComplete(read, groups * 10);
        Assert.All(read, names => Assert.InRange(names.Count, 6, most));
    }

    [Fact]
    public void Images_that_were_answered_are_left_out_without_moving_the_others_to_another_part()
    {
        WriteTar("1.tar", 10);
        var first = Parts(3);
        var answered = first[1].Take(2).Select(name => _folder.File(name)).ToHashSet(StringComparer.Ordinal);

        var second = Parts(3, answered);

        Assert.Equal(first[0], second[0]);
        Assert.Equal(first[1].Skip(2), second[1]);
        Assert.Equal(first[2], second[2]);
    }

    private static void AssertDisjointAndComplete(List<List<string>> parts, int images)
    {
        var all = parts.SelectMany(names => names).ToArray();
        Assert.Equal(images, all.Length);
        Assert.Equal(images, all.Distinct(StringComparer.Ordinal).Count());
    }

    private List<List<string>> Parts(int count, IReadOnlySet<string>? answered = null) =>
        [.. Enumerable.Range(0, count).Select(part => Names(new Shard(part, count), answered))];

    private List<string> Names(Shard part, IReadOnlySet<string>? answered)
    {
        var options = new ReadingOptions { Shard = part };
        if (answered is not null)
            options = options with { Exclude = answered };
        using var source = new FetchingImageSource([new FolderLocation(_folder.Root)], options, new FakeTimeProvider());
        var names = new List<string>();
        while (source.TryNext(out var image))
        {
            Assert.Equal(ImageFailure.None, image.Failure);
            names.Add(Path.GetRelativePath(_folder.Root, image.Name));
            image.Release();
        }

        return names;
    }

    private void WriteTar(string name, int images)
    {
        var bytes = TarFile.Bytes(
            System.Formats.Tar.TarEntryFormat.Pax,
            [.. Enumerable.Range(0, images).Select(i => ($"{i}.jpg", Bytes(i, 10)))]
        );
        File.WriteAllBytes(
            _folder.File(name),
            name.EndsWith(".gz", StringComparison.Ordinal) ? TarFile.Gzip(bytes) : bytes
        );
    }

    private void WriteZip(string name, int images)
    {
        using var zip = ZipFile.Open(_folder.File(name), ZipArchiveMode.Create);
        for (var i = 0; i < images; i++)
        {
            using var entry = zip.CreateEntry($"{i}.jpg").Open();
            entry.Write(Bytes(i, 10));
        }
    }
}
