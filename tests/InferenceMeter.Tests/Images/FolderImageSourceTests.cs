using InferenceMeter.Images;

namespace InferenceMeter.Tests.Images;

public sealed class FolderImageSourceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [Fact]
    public void Images_of_all_subfolders_come_in_the_order_of_their_paths()
    {
        Write("b/2.PNG", "b/1.jpg", "a.webp", "c/d/e.gif", "c/x.bmp", "z.jpeg");
        Write("notes.txt", "b/readme.md");

        Assert.Equal(["a.webp", "b/1.jpg", "b/2.PNG", "c/d/e.gif", "c/x.bmp", "z.jpeg"], Names(new FolderImageOptions()));
    }

    [Fact]
    public void Bytes_are_those_of_the_file()
    {
        Write("a.jpg");
        using var source = Open(new FolderImageOptions());

        Assert.True(source.TryNext(out var image));
        Assert.Equal("content of a.jpg"u8.ToArray(), image.Bytes.ToArray());
        Assert.Equal(ImageFailure.None, image.Failure);
        image.Release();
        Assert.False(source.TryNext(out _));
    }

    [Fact]
    public void Repeating_it_starts_over_with_growing_sequence_numbers()
    {
        Write("a.jpg", "b.jpg");
        using var source = Open(new FolderImageOptions { Repeat = true });

        var handed = Enumerable.Range(0, 5).Select(_ => source.TryNext(out var image) ? (image.Sequence, Path.GetFileName(image.Name)) : default).ToList();

        Assert.Equal([(0, "a.jpg"), (1, "b.jpg"), (2, "a.jpg"), (3, "b.jpg"), (4, "a.jpg")], handed);
    }

    [Fact]
    public void What_an_earlier_run_answered_is_left_out()
    {
        Write("a.jpg", "b.jpg");

        Assert.Equal(["b.jpg"], Names(new FolderImageOptions { Exclude = new HashSet<string> { Path.Combine(_folder.FullName, "a.jpg") } }));
    }

    [Fact]
    public void A_file_that_vanished_is_handed_out_as_unreadable()
    {
        Write("a.jpg", "b.jpg");
        using var source = Open(new FolderImageOptions());
        File.Delete(Path.Combine(_folder.FullName, "a.jpg"));

        Assert.True(source.TryNext(out var gone));
        Assert.True(source.TryNext(out var there));
        Assert.Equal(ImageFailure.Unreadable, gone.Failure);
        Assert.Equal(ImageFailure.None, there.Failure);
        there.Release();
    }

    [Fact]
    public void A_file_above_the_limit_is_not_read()
    {
        Write("a.jpg");
        using (var large = File.OpenWrite(Path.Combine(_folder.FullName, "large.jpg"))) large.SetLength(1_000_000_000);
        using var source = Open(new FolderImageOptions { MaxEncodedBytes = 1000 });
        source.TryNext(out var small);
        small.Release();
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.True(source.TryNext(out var image));

        Assert.Equal(ImageFailure.TooLarge, image.Failure);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void No_folder_no_images_and_a_file_are_each_told_in_a_line()
    {
        Write("a.txt");
        var file = Path.Combine(_folder.FullName, "a.txt");

        Assert.Contains("does not exist", Refused(Path.Combine(_folder.FullName, "none")), StringComparison.Ordinal);
        Assert.Contains("has no image file", Refused(_folder.FullName), StringComparison.Ordinal);
        Assert.Contains("is a file", Refused(file), StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_that_goes_round_in_circles_is_not_followed()
    {
        Write("sub/a.jpg");
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "sub", "again"), _folder.FullName);

        Assert.Equal(["sub/a.jpg"], Names(new FolderImageOptions()));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void Write(params string[] names)
    {
        foreach (var name in names)
        {
            var path = Path.Combine(_folder.FullName, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, $"content of {name}");
        }
    }

    private FolderImageSource Open(FolderImageOptions options) => new(_folder.FullName, options, TimeProvider.System);

    private static string Refused(string folder)
    {
        var message = Assert.Throws<ImageSourceException>(() => new FolderImageSource(folder, new FolderImageOptions(), TimeProvider.System)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private List<string> Names(FolderImageOptions options)
    {
        using var source = Open(options);
        var names = new List<string>();
        while (source.TryNext(out var image))
        {
            names.Add(Path.GetRelativePath(_folder.FullName, image.Name));
            image.Release();
        }

        return names;
    }
}
