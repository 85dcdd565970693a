using System.IO.Compression;
using System.Text;
using InferenceMeter.Images;
using InferenceMeter.Tests.Models;
using static InferenceMeter.Tests.Images.Archives.ReadArchive;

namespace InferenceMeter.Tests.Images.Archives;

[Collection(AloneCollection.Name)]
public sealed class ZipArchiveTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.SmallestSize)]
    public async Task Each_image_comes_once_with_its_bytes(CompressionLevel level)
    {
        var files = Enumerable.Range(0, 40).Select(i => ($"n{i % 3}/{i}.jpg", Bytes(i, i * 700))).ToArray();
        Write(level, files);

        var read = await Of(_folder.File("a.zip"));

        Assert.Null(read.Failure);
        Assert.Equal(files.Select(file => new ArchivedImage(file.Item1, Hex(file.Item2), default, null)), read.Images);
    }

    [ToolFact("python3")]
    public async Task Archives_of_Python_are_read_with_links_folders_and_hidden_files_passed_over()
    {
        await OtherWriters.Python(
            _folder.Root,
            """
            import io, zipfile
            class Pipe(io.RawIOBase):
                # Not seekable: sizes are written behind the content.
                def __init__(self, file): self.file = file
                def writable(self): return True
                def write(self, bytes): return self.file.write(bytes)
            for name, open_file in (("a.zip", lambda: "a.zip"), ("pipe.zip", lambda: Pipe(open("pipe.zip", "wb")))):
                with zipfile.ZipFile(open_file(), "w") as zip:
                    def add(name, content=b"", method=zipfile.ZIP_STORED, mode=0o100644):
                        info = zipfile.ZipInfo(name)
                        info.compress_type, info.external_attr = method, mode << 16
                        with zip.open(info, "w", force_zip64=True) as file: file.write(content)
                    add("photos/")
                    add("photos/1.jpg", b"one")
                    add("photos/2.png", b"two" * 1000, zipfile.ZIP_DEFLATED)
                    add("__MACOSX/photos/._1.jpg", b"no")
                    add("__MACOSX/photos/1.jpg", b"no")
                    add("photos/.3.jpg", b"no")
                    add("link.jpg", b"photos/1.jpg", mode=0o120777)
                    add("empty.jpg")
                    add("notes.txt", b"no")
                    add("ä.jpg", b"three")
            """
        );

        foreach (var name in new[] { "a.zip", "pipe.zip" })
        {
            var read = await Of(_folder.File(name));
            Assert.Null(read.Failure);
            Assert.Equal(
                [
                    new("photos/1.jpg", Hex("one"u8), default, null),
                    new(
                        "photos/2.png",
                        Hex(Encoding.UTF8.GetBytes(string.Join("", Enumerable.Repeat("two", 1000)))),
                        default,
                        null
                    ),
                    new("empty.jpg", "", default, null),
                    new("ä.jpg", Hex("three"u8), default, null),
                ],
                read.Images
            );
        }
    }

    [ToolFact("python3")]
    public async Task A_method_that_is_not_supported_fails_alone()
    {
        await OtherWriters.Python(
            _folder.Root,
            """
            import zipfile
            with zipfile.ZipFile("a.zip", "w") as zip:
                zip.writestr("1.jpg", b"one" * 100, zipfile.ZIP_BZIP2)
                zip.writestr("2.jpg", b"two" * 100, zipfile.ZIP_LZMA)
                zip.writestr("3.jpg", b"three", zipfile.ZIP_DEFLATED)
            """
        );

        var read = await Of(_folder.File("a.zip"));

        Assert.Null(read.Failure);
        Assert.Equal(
            [ImageFailure.Corrupt, ImageFailure.Corrupt, ImageFailure.None],
            read.Images.Select(image => image.Failure)
        );
    }

    [Fact]
    public async Task Images_that_are_encrypted_are_forbidden_and_the_archive_says_so()
    {
        Write(CompressionLevel.NoCompression, ("1.jpg", [1]), ("2.jpg", [2]));
        var bytes = File.ReadAllBytes(_folder.File("a.zip"));
        // The lowest bit of the flags, in the header before the second file and in the directory.
        var local = bytes.AsSpan().LastIndexOf("PK\x3\x4"u8);
        var central = bytes.AsSpan().LastIndexOf("PK\x1\x2"u8);
        bytes[local + 6] |= 1;
        bytes[central + 8] |= 1;
        File.WriteAllBytes(_folder.File("a.zip"), bytes);

        var read = await Of(_folder.File("a.zip"));

        Assert.Equal([ImageFailure.None, ImageFailure.Forbidden], read.Images.Select(image => image.Failure));
        Assert.Equal(ImageFailure.None, read.Failure?.Failure);
        Assert.Contains("has 1 files that are encrypted", read.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_byte_that_changed_fails_its_image_alone_also_where_nothing_is_compressed()
    {
        foreach (var level in new[] { CompressionLevel.NoCompression, CompressionLevel.Fastest })
        {
            var files = Enumerable.Range(0, 3).Select(i => ($"{i}.jpg", Bytes(i, 5000))).ToArray();
            Write(level, files);
            var bytes = File.ReadAllBytes(_folder.File("a.zip"));
            bytes[7500] ^= 4;
            File.WriteAllBytes(_folder.File("a.zip"), bytes);

            var read = await Of(_folder.File("a.zip"));

            Assert.Null(read.Failure);
            Assert.Equal(
                [ImageFailure.None, ImageFailure.Corrupt, ImageFailure.None],
                read.Images.Select(image => image.Failure)
            );
        }
    }

    [Fact]
    public async Task An_archive_that_is_cut_anywhere_fails()
    {
        Write(CompressionLevel.Fastest, [.. Enumerable.Range(0, 5).Select(i => ($"{i}.jpg", Bytes(i, 300)))]);
        var whole = File.ReadAllBytes(_folder.File("a.zip"));
        for (var length = 0; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(_folder.File("a.zip"), whole[..length]);

            Assert.Equal(ImageFailure.Corrupt, (await Of(_folder.File("a.zip"))).Failure?.Failure);
        }
    }

    [Fact]
    public async Task An_image_above_the_limit_is_too_large_and_one_at_the_limit_is_not()
    {
        Write(CompressionLevel.Fastest, ("1.jpg", Bytes(1, 1000)), ("2.jpg", Bytes(2, 1001)), ("3.jpg", [3]));

        var read = await Of(_folder.File("a.zip"), Everything with { MaxEncodedBytes = 1000 });

        Assert.Equal(
            [ImageFailure.None, ImageFailure.TooLarge, ImageFailure.None],
            read.Images.Select(image => image.Failure)
        );
    }

    [Fact]
    public async Task A_bomb_is_too_large_or_corrupt_whatever_it_claims_and_takes_little_memory()
    {
        using (var zip = ZipFile.Open(_folder.File("a.zip"), ZipArchiveMode.Create))
        {
            using var content = zip.CreateEntry("1.jpg", CompressionLevel.Fastest).Open();
            var zeros = new byte[1024 * 1024];
            for (var i = 0; i < 256; i++)
                content.Write(zeros);
        }

        // One that says what it is, and one that claims ten bytes.
        var bytes = File.ReadAllBytes(_folder.File("a.zip"));
        var central = bytes.AsSpan().LastIndexOf("PK\x1\x2"u8);
        BitConverter.TryWriteBytes(bytes.AsSpan(central + 24), 10);
        File.WriteAllBytes(_folder.File("b.zip"), bytes);

        var honest = await Of(_folder.File("a.zip"));
        var liar = await Of(_folder.File("b.zip"));

        Assert.Equal(ImageFailure.TooLarge, Assert.Single(honest.Images).Failure);
        Assert.Equal(ImageFailure.Corrupt, Assert.Single(liar.Images).Failure);
        Assert.InRange(honest.Allocated + liar.Allocated, 0, 64_000_000);
    }

    [Fact]
    public async Task Images_that_are_not_wanted_are_not_read()
    {
        Write(
            CompressionLevel.NoCompression,
            [.. Enumerable.Range(0, 20).Select(i => ($"{i}.jpg", Bytes(i, 1_000_000)))]
        );

        var read = await Of(
            _folder.File("a.zip"),
            Everything with
            {
                IsWanted = name => name == _folder.File("a.zip/7.jpg"),
            }
        );

        Assert.Equal(["7.jpg"], read.Members);
        Assert.InRange(read.Traffic.Bytes, 1_000_000, 1_100_000);
    }

    private void Write(CompressionLevel level, params (string Name, byte[] Content)[] files)
    {
        File.Delete(_folder.File("a.zip"));
        using var zip = ZipFile.Open(_folder.File("a.zip"), ZipArchiveMode.Create);
        foreach (var (name, content) in files)
        {
            using var entry = zip.CreateEntry(name, level).Open();
            entry.Write(content);
        }
    }
}
