using InferenceMeter.Images;
using InferenceMeter.Tests.Models;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Images;

public sealed class FolderImagesTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Images_of_all_subfolders_come_in_ordinal_order_of_their_paths()
    {
        Write("b/2.png", "b/10.jpg", "a.JPEG", "C.webp", "b/deep/er/x.gif", "z.bmp");

        var names = Names(new());

        Assert.Equal(["C.webp", "a.JPEG", "b/10.jpg", "b/2.png", "b/deep/er/x.gif", "z.bmp"], names);
    }

    [Fact]
    public void Only_files_with_the_extension_of_an_image_are_taken_in_any_case()
    {
        Write(
            "1.jpg",
            "2.JPG",
            "3.JpEg",
            "4.PNG",
            "notes.txt",
            "jpg",
            "5.jpg.part",
            "6.tiff",
            ".hidden.jpg",
            "._1.jpg"
        );

        Assert.Equal(["1.jpg", "2.JPG", "3.JpEg", "4.PNG"], Names(new()));
    }

    [Fact]
    public void An_image_carries_its_bytes_and_when_it_was_handed_out()
    {
        File.WriteAllBytes(_folder.File("1.jpg"), [1, 2, 3]);
        File.WriteAllBytes(_folder.File("2.jpg"), []);
        using var source = Open(_folder.Root, new());

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(source.TryNext(out var image));
        Assert.True(source.TryNext(out var empty));

        Assert.Equal("folder", source.Kind);
        Assert.Equal(2, source.DistinctImages);
        Assert.Equal(
            (0, _time.GetTimestamp(), ImageFailure.None),
            (image.Sequence, image.ArrivalTimestamp, image.Failure)
        );
        Assert.Equal([1, 2, 3], image.Bytes.ToArray());
        Assert.Equal((1, 0, ImageFailure.None), (empty.Sequence, empty.Bytes.Length, empty.Failure));
        Assert.False(source.TryNext(out _));
        image.Release();
        empty.Release();
    }

    [Fact]
    public void A_repeating_folder_starts_again_and_keeps_counting()
    {
        Write("1.jpg", "2.jpg");
        using var source = Open(_folder.Root, new() { Repeat = true });

        var images = Enumerable
            .Range(0, 5)
            .Select(_ => source.TryNext(out var image) ? (image.Sequence, Path.GetFileName(image.Name)) : default)
            .ToArray();

        Assert.Equal([(0, "1.jpg"), (1, "2.jpg"), (2, "1.jpg"), (3, "2.jpg"), (4, "1.jpg")], images);
    }

    [Fact]
    public void Names_that_are_excluded_are_left_out_and_not_counted()
    {
        Write("1.jpg", "2.jpg", "3.jpg");
        var options = new ReadingOptions
        {
            Exclude = new HashSet<string>(StringComparer.Ordinal) { _folder.File("2.jpg") },
        };
        using var source = Open(_folder.Root, options);

        Assert.Equal(2, source.DistinctImages);
        Assert.Equal(["1.jpg", "3.jpg"], Names(options));
    }

    [Fact]
    public void A_folder_of_which_every_image_is_excluded_is_exhausted_at_once_even_when_it_repeats()
    {
        Write("1.jpg");
        using var source = Open(
            _folder.Root,
            new()
            {
                Repeat = true,
                Exclude = new HashSet<string>(StringComparer.Ordinal) { _folder.File("1.jpg") },
            }
        );

        Assert.False(source.TryNext(out _));
    }

    [Fact]
    public void A_file_that_is_gone_when_its_turn_comes_is_handed_out_as_not_found()
    {
        Write("1.jpg", "2.jpg");
        using var source = Open(_folder.Root, new());
        File.Delete(_folder.File("1.jpg"));

        Assert.True(source.TryNext(out var gone));
        Assert.True(source.TryNext(out var next));

        Assert.Equal((ImageFailure.NotFound, 0), (gone.Failure, gone.Bytes.Length));
        Assert.Equal(_folder.File("1.jpg"), gone.Name);
        Assert.Equal(ImageFailure.None, next.Failure);
    }

    [Fact]
    public void A_link_to_nowhere_is_handed_out_as_not_found()
    {
        File.CreateSymbolicLink(_folder.File("1.jpg"), _folder.File("nowhere"));
        using var source = Open(_folder.Root, new());

        Assert.True(source.TryNext(out var image));

        Assert.Equal(ImageFailure.NotFound, image.Failure);
    }

    [Fact]
    public void A_file_above_the_limit_is_too_large_and_one_at_the_limit_is_not()
    {
        File.WriteAllBytes(_folder.File("1.jpg"), new byte[100]);
        File.WriteAllBytes(_folder.File("2.jpg"), new byte[101]);
        // A terabyte that takes no room: reading it would show.
        using (var file = File.OpenWrite(_folder.File("3.jpg")))
            file.SetLength(1L << 40);
        using var source = Open(_folder.Root, new() { MaxEncodedBytes = 100 });

        var failures = Enumerable
            .Range(0, 3)
            .Select(_ => source.TryNext(out var image) ? (image.Failure, image.Bytes.Length) : default)
            .ToArray();

        Assert.Equal([(ImageFailure.None, 100), (ImageFailure.TooLarge, 0), (ImageFailure.TooLarge, 0)], failures);
    }

    [Fact]
    public void A_folder_that_is_missing_or_empty_and_a_file_of_another_kind_are_refused_in_one_line()
    {
        Write("1.txt");

        AssertRefused(_folder.File("missing"), "does not exist");
        AssertRefused(_folder.Root, "has no image file (.bmp, .gif, .jpeg, .jpg, .png, .webp) and no archive (.tar, ");
        var file = Assert.Throws<ImageSourceException>(() => Open(_folder.File("1.txt"), new()));
        Assert.StartsWith(
            $"{_folder.File("1.txt")} is a file, and neither an image (",
            file.Message,
            StringComparison.Ordinal
        );
    }

    private void AssertRefused(string folder, string because)
    {
        var error = Assert.Throws<ImageSourceException>(() => Open(folder, new()));

        Assert.StartsWith($"the image folder {folder} {because}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private IImageSource Open(string place, ReadingOptions options) =>
        new ImageSourceOptions { Places = [place], Reading = options }.Open(_time);

    private void Write(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
            File.WriteAllText(_folder.File(name), name);
        }
    }

    private List<string> Names(ReadingOptions options)
    {
        using var source = Open(_folder.Root, options);
        var names = new List<string>();
        while (source.TryNext(out var image))
        {
            names.Add(Path.GetRelativePath(_folder.Root, image.Name));
            image.Release();
        }

        return names;
    }
}
