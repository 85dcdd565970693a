using System.Diagnostics;
using InferenceMeter.Images.Folders;
using InferenceMeter.Tests.Models;

namespace InferenceMeter.Tests.Images;

public sealed class FolderListingTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_link_to_a_folder_is_followed()
    {
        Write("data/1.jpg", "elsewhere/deep/2.jpg");
        Directory.CreateSymbolicLink(_folder.File("data/more"), _folder.File("elsewhere"));

        Assert.Equal(["1.jpg", "more/deep/2.jpg"], Names("data"));
    }

    [Fact]
    public void The_folder_itself_may_be_a_link()
    {
        Write("data/1.jpg");
        Directory.CreateSymbolicLink(_folder.File("link"), _folder.File("data"));

        Assert.Equal(["1.jpg"], Names("link"));
    }

    [Fact]
    public void Links_that_go_round_in_circles_end()
    {
        Write("data/a/1.jpg");
        Directory.CreateSymbolicLink(_folder.File("data/a/up"), _folder.File("data"));
        Directory.CreateSymbolicLink(_folder.File("data/self"), ".");
        File.CreateSymbolicLink(_folder.File("data/never"), "never");

        var listing = FolderListing.Of(_folder.File("data"));

        Assert.Equal([_folder.File("data/a/1.jpg")], listing.Files);
        Assert.Equal("1 without extension, 2 links to folders listed already", listing.Skipped);
    }

    [Fact]
    public void A_folder_that_two_links_lead_to_is_listed_once_and_by_its_own_path_where_it_has_one()
    {
        Write("data/z/1.jpg", "outside/2.jpg");
        Directory.CreateSymbolicLink(_folder.File("data/a"), _folder.File("data/z"));
        Directory.CreateSymbolicLink(_folder.File("data/m"), _folder.File("outside"));
        Directory.CreateSymbolicLink(_folder.File("data/n"), _folder.File("outside"));

        Assert.Equal(["m/2.jpg", "z/1.jpg"], Names("data"));
    }

    [Fact]
    public void Links_to_files_are_images_of_their_own_name()
    {
        Write("store/0001", "data/1.jpg");
        File.CreateSymbolicLink(_folder.File("data/2.jpg"), _folder.File("store/0001"));
        File.CreateSymbolicLink(_folder.File("data/3.jpg"), _folder.File("nowhere"));

        Assert.Equal(["1.jpg", "2.jpg", "3.jpg"], Names("data"));
    }

    [Fact]
    public void What_is_passed_over_is_counted_by_why()
    {
        Write("1.jpg", "._1.jpg", ".DS_Store", ".git/2.jpg", "a.txt", "b.TXT", "c.tiff", "LICENSE");
        Run("mkfifo", _folder.File("pipe.jpg"));

        var listing = FolderListing.Of(_folder.Root);

        Assert.Equal([_folder.File("1.jpg")], listing.Files);
        Assert.Equal("2 .txt, 1 without extension, 1 .tiff, 3 hidden, 1 pipe or device", listing.Skipped);
    }

    [Fact]
    public void Rare_extensions_are_counted_together()
    {
        Write("1.jpg", "a.a", "b.b", "c.c", "d.d", "e.e", "f.f", "g.g");

        Assert.Equal("1 .a, 1 .b, 1 .c, 1 .d, 1 .e, 2 of other extensions", FolderListing.Of(_folder.Root).Skipped);
    }

    [Fact]
    public void A_folder_of_images_alone_passes_nothing_over()
    {
        Write("1.jpg");

        Assert.Null(FolderListing.Of(_folder.Root).Skipped);
    }

    [Fact]
    public void Names_that_are_not_UTF_8_are_listed_and_can_be_opened()
    {
        Write("1.jpg");
        Run(
            "/bin/sh",
            "-c",
            "mkdir \"$1/$(printf 'd\\351')\"; printf abc > \"$1/$(printf 'd\\351/c\\351.jpg')\"",
            "sh",
            _folder.Root
        );

        var file = FolderListing.Of(_folder.Root).Files[1];

        Assert.Equal(_folder.File(@"d\xE9/c\xE9.jpg"), RawName.Escape(file));
        using (var handle = FileSystem.OpenRead(file))
            Assert.Equal(3, RandomAccess.GetLength(handle));
        Assert.Equal(file, new CanonicalPaths().Of(file));
        // .NET cannot delete what it cannot name.
        Run("/bin/sh", "-c", "rm -r \"$1\"/d*", "sh", _folder.Root);
    }

    [Fact]
    public void A_pipe_is_not_opened()
    {
        Run("mkfifo", _folder.File("pipe.jpg"));

        Assert.Throws<IOException>(() => FileSystem.OpenRead(_folder.File("pipe.jpg")));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_an_error() =>
        Assert.Throws<DirectoryNotFoundException>(() => FolderListing.Of(_folder.File("nowhere")));

    [Theory]
    [InlineData("data/1.jpg")]
    [InlineData("data/./1.jpg")]
    [InlineData("data/../data/1.jpg")]
    [InlineData("link/1.jpg")]
    [InlineData("link/../data/1.jpg")]
    public void All_ways_to_write_a_path_lead_to_one(string path)
    {
        Write("data/1.jpg");
        Directory.CreateSymbolicLink(_folder.File("link"), _folder.File("data"));

        Assert.Equal(_folder.File("data/1.jpg"), new CanonicalPaths().Of(_folder.File(path)));
    }

    private void Write(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
            File.WriteAllText(_folder.File(name), name);
        }
    }

    private string[] Names(string folder) =>
        [
            .. FolderListing
                .Of(_folder.File(folder))
                .Files.Select(file => Path.GetRelativePath(_folder.File(folder), file)),
        ];

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
