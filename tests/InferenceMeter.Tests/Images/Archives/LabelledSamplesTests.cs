using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using InferenceMeter.Images;
using InferenceMeter.Images.Archives;
using InferenceMeter.Images.Stores;
using InferenceMeter.Tests.Models;
using static InferenceMeter.Tests.Images.Archives.ReadArchive;

namespace InferenceMeter.Tests.Images.Archives;

public sealed class LabelledSamplesTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(".tar")]
    [InlineData(".zip")]
    public async Task A_class_beside_an_image_is_its_class_before_or_after_it(string format)
    {
        Write(
            format,
            ("000.jpg", "a"),
            ("000.cls", "7\n"),
            ("001.json", """{"caption": "a cat", "label": 3}"""),
            ("001.jpg", "b"),
            ("002.left.png", "c"),
            ("002.cls", " 12 "),
            ("002.right.png", "d"),
            ("n1/003.jpg", "e"),
            ("n1/003.cls", "0"),
            ("n2/003.jpg", "f"),
            ("n2.x/004.jpg", "g"),
            ("n2.x/004.txt", "5"),
            ("n2.x/004.cls", "4")
        );

        var read = await Of(_folder.File("a" + format));

        Assert.Null(read.Failure);
        Assert.Equal(
            [
                ("000.jpg", 7),
                ("001.jpg", 3),
                ("002.left.png", 12),
                ("002.right.png", 12),
                ("n1/003.jpg", 0),
                ("n2/003.jpg", null),
                ("n2.x/004.jpg", 4),
            ],
            read.Images.Select(image => (image.Member, image.Class))
        );
    }

    [Theory]
    [InlineData("cls", "n01440764")]
    [InlineData("cls", "-1")]
    [InlineData("cls", "")]
    [InlineData("cls", "99999999999")]
    [InlineData("json", """{"label": "cat", "caption": 4}""")]
    [InlineData("json", """{"label": [1]}""")]
    [InlineData("json", """{"\ud800": 1}""")]
    [InlineData("json", "{")]
    [InlineData("json", "[1, 2]")]
    public async Task What_is_no_class_index_says_nothing(string extension, string content)
    {
        Write(".tar", ("0.jpg", "a"), ($"0.{extension}", content), ("1.jpg", "b"), ("1.cls", "1"));

        var read = await Of(_folder.File("a.tar"));

        Assert.Null(read.Failure);
        Assert.Equal([null, 1], read.Images.Select(image => image.Class));
    }

    [Fact]
    public async Task Large_files_beside_an_image_are_not_read_for_its_class()
    {
        Write(".tar", ("0.jpg", "a"), ("0.json", $$"""{"label": 1, "more": "{{new string('x', 70_000)}}"}"""));

        var read = await Of(_folder.File("a.tar"));

        Assert.Null(Assert.Single(read.Images).Class);
    }

    [Fact]
    public async Task Images_without_classes_are_not_held_back()
    {
        // As ImageNet is packed; and many images of one sample, of which only some wait for a class.
        Write(
            ".tar",
            [
                .. Enumerable.Range(0, 10).Select(i => ($"n01440764_{i}.JPEG", "a")),
                .. Enumerable.Range(0, 100).Select(i => ($"same.{i}.jpg", "b")),
            ]
        );
        var archive = new StoredObject(
            new FileStore(new SourceTraffic("file")),
            _folder.File("a.tar"),
            _folder.File("a.tar"),
            null
        );
        var looked = 0;
        var options = Everything with
        {
            IsWanted = _ =>
            {
                looked++;
                return true;
            },
        };

        var (given, most) = (0, 0);
        await foreach (
            var image in ArchiveFormats.ReaderOf("a.tar")!.ReadAsync(archive, options, CancellationToken.None)
        )
        {
            given++;
            image.Release();
            if (given <= 9)
                Assert.Equal(given + 1, looked);
            most = Math.Max(most, looked - given);
        }

        Assert.Equal(110, given);
        Assert.InRange(most, 1, 16);
    }

    [Fact]
    public async Task The_images_before_the_place_where_an_archive_is_cut_come_with_their_classes()
    {
        var files = new[] { ("0.jpg", "a"), ("0.cls", "5"), ("1.jpg", "b") };
        var bytes = TarFile.Bytes(TarEntryFormat.Ustar, [.. files.Select(Encoded)]);
        File.WriteAllBytes(_folder.File("a.tar"), bytes[..(4 * 512 + 100)]);

        var read = await Of(_folder.File("a.tar"));

        Assert.Equal(ImageFailure.Truncated, read.Failure?.Failure);
        Assert.Equal([new("0.jpg", Hex("a"u8), default, 5)], read.Images);
    }

    private static (string Name, byte[] Content) Encoded((string Name, string Text) file) =>
        (file.Name, Encoding.UTF8.GetBytes(file.Text));

    private void Write(string format, params (string Name, string Text)[] files)
    {
        if (format == ".tar")
        {
            TarFile.Write(_folder.File("a.tar"), [.. files.Select(Encoded)]);
            return;
        }

        using var zip = ZipFile.Open(_folder.File("a.zip"), ZipArchiveMode.Create);
        foreach (var (name, text) in files)
        {
            using var entry = zip.CreateEntry(name).Open();
            entry.Write(Encoding.UTF8.GetBytes(text));
        }
    }
}
