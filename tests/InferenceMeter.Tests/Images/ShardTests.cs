using CsCheck;
using InferenceMeter.Images;
using InferenceMeter.Images.Folders;
using InferenceMeter.Tests.Models;

namespace InferenceMeter.Tests.Images;

public sealed class ShardTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_place_is_in_exactly_one_shard_and_shards_are_equal() =>
        Gen.Select(Gen.Int[1, 50], Gen.Int[0, 500])
            .Sample(
                (count, places) =>
                {
                    var shards = Enumerable
                        .Range(0, count)
                        .Select(index =>
                            Enumerable.Range(0, places).Count(place => new Shard(index, count).Contains(place))
                        )
                        .ToArray();
                    return shards.Sum() == places && shards.Max() - shards.Min() <= 1;
                }
            );

    [Theory]
    [InlineData("0/8", null, 0, 8)]
    [InlineData("7/8", "3", 7, 8)]
    [InlineData("8", "3", 3, 8)]
    [InlineData("1", "0", 0, 1)]
    public void It_is_given_whole_or_with_the_index_from_elsewhere(string text, string? index, int expected, int count)
    {
        Assert.True(Shard.TryParse(text, index, out var shard, out _));
        Assert.Equal(new Shard(expected, count), shard);
    }

    [Theory]
    [InlineData("8", null)]
    [InlineData("8/8", null)]
    [InlineData("3", "3")]
    [InlineData("-1/8", null)]
    [InlineData("0/0", null)]
    [InlineData("1/2/3", null)]
    [InlineData("x", "0")]
    [InlineData("8", "x")]
    [InlineData("", "0")]
    public void What_cannot_be_says_why(string text, string? index)
    {
        Assert.False(Shard.TryParse(text, index, out _, out var error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void Of_a_folder_and_of_a_manifest_shards_are_disjoint_and_all()
    {
        var names = Enumerable.Range(0, 11).Select(i => _folder.File($"{i:00}.jpg")).ToArray();
        foreach (var name in names)
            File.WriteAllBytes(name, [1]);
        var manifest = _folder.File("list.txt");
        File.WriteAllLines(manifest, names.Select(name => Path.GetFileName(name)!));

        foreach (
            var open in new Func<ReadingOptions, IImageSource>[]
            {
                options => OpenFolder(options),
                options => OpenManifest(manifest, options),
            }
        )
        {
            var all = Enumerable
                .Range(0, 3)
                .SelectMany(index => Names(open(new ReadingOptions { Shard = new Shard(index, 3) })))
                .ToArray();
            Assert.Equal(names, all.Order(StringComparer.Ordinal));
        }

        // What an earlier try has answered is left out of its own shard, and moves nothing between shards.
        Assert.Equal(
            [names[4], names[7], names[10]],
            Names(
                OpenFolder(
                    new ReadingOptions
                    {
                        Shard = new Shard(1, 3),
                        Exclude = new HashSet<string> { names[1] },
                    }
                )
            )
        );
    }

    [Fact]
    public void A_manifest_has_paths_relative_to_itself_comments_and_no_doubles()
    {
        Directory.CreateDirectory(_folder.File("lists"));
        File.WriteAllText(_folder.File("lists/a.txt"), "# two\r\n\n../1.jpg\r\n/elsewhere/2.jpg\n../1.jpg\n");

        Assert.Equal([_folder.File("1.jpg"), "/elsewhere/2.jpg"], ImageManifest.Read(_folder.File("lists/a.txt")));
    }

    [Theory]
    [InlineData(" 1.jpg", " 1.jpg")]
    [InlineData("1.jpg ", "1.jpg ")]
    [InlineData(@"\#1.jpg", "#1.jpg")]
    [InlineData(@"\\#1.jpg", @"\#1.jpg")]
    [InlineData(@"\1.jpg", @"\1.jpg")]
    [InlineData(" #1.jpg", " #1.jpg")]
    [InlineData("\ufeff1.jpg", "1.jpg")]
    public void A_line_of_a_manifest_is_a_name_with_its_spaces(string line, string name)
    {
        File.WriteAllText(_folder.File("a.txt"), $"{line}\n  \n#{line}\n");

        Assert.Equal([_folder.File(name)], ImageManifest.Read(_folder.File("a.txt")));
    }

    [Fact]
    public void A_manifest_keeps_the_bytes_of_names_that_are_not_UTF_8()
    {
        File.WriteAllBytes(_folder.File("a.txt"), [0x63, 0xE9, 0x2E, 0x6A, 0x70, 0x67]);

        Assert.Equal([_folder.File(@"c\xE9.jpg")], ImageManifest.Read(_folder.File("a.txt")).Select(RawName.Escape));
    }

    [Fact]
    public void A_manifest_that_names_nothing_or_is_not_there_says_how_to_mend_it()
    {
        File.WriteAllText(_folder.File("empty.txt"), "# none\n");

        Assert.Contains(
            "names no image; write the path of one on each line",
            Assert.Throws<ImageSourceException>(() => ImageManifest.Read(_folder.File("empty.txt"))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "give a text file",
            Assert.Throws<ImageSourceException>(() => ImageManifest.Read(_folder.File("missing.txt"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_image_of_a_manifest_that_is_not_there_is_counted_as_failed()
    {
        File.WriteAllText(_folder.File("list.txt"), "gone.jpg\n");
        using var source = OpenManifest(_folder.File("list.txt"), new());

        Assert.True(source.TryNext(out var image));
        Assert.Equal(ImageFailure.NotFound, image.Failure);
        Assert.Equal("manifest", source.Kind);
    }

    private IImageSource OpenFolder(ReadingOptions options) =>
        new ImageSourceOptions { Places = [_folder.Root], Reading = options }.Open(TimeProvider.System);

    private static IImageSource OpenManifest(string manifest, ReadingOptions options) =>
        new ImageSourceOptions { Manifest = manifest, Reading = options }.Open(TimeProvider.System);

    private static List<string> Names(IImageSource source)
    {
        var names = new List<string>();
        using (source)
        {
            while (source.TryNext(out var image))
            {
                names.Add(image.Name);
                image.Release();
            }
        }

        return names;
    }
}
