using System.Formats.Tar;
using System.Text;
using InferenceMeter.Images;
using InferenceMeter.Tests.Models;
using static InferenceMeter.Tests.Images.Archives.ReadArchive;

namespace InferenceMeter.Tests.Images.Archives;

[Collection(AloneCollection.Name)]
public sealed class TarArchiveTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TarEntryFormat.V7)]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public async Task Every_format_gives_each_image_once_with_its_bytes(TarEntryFormat format)
    {
        var files = Enumerable
            .Range(0, 40)
            .Select(i => ($"n{i % 3}/{i}.jpg", Bytes(i, i % 5 == 0 ? i * 100 * 1024 : i * 300)))
            .ToArray();
        TarFile.Write(_folder.File("a.tar"), format, files);

        var read = await Of(_folder.File("a.tar"));

        Assert.Null(read.Failure);
        Assert.Equal(files.Select(file => new ArchivedImage(file.Item1, Hex(file.Item2), default, null)), read.Images);
    }

    [Theory]
    [InlineData(TarEntryFormat.Ustar, 20)]
    [InlineData(TarEntryFormat.Pax, 120)]
    [InlineData(TarEntryFormat.Gnu, 120)]
    public async Task Names_longer_than_the_header_come_whole(TarEntryFormat format, int length)
    {
        var name = $"{new string('a', 90)}/{new string('ü', length / 2)}.jpg";
        TarFile.Write(_folder.File("a.tar"), format, (name, [1, 2]), ("short.jpg", [3]));

        var read = await Of(_folder.File("a.tar"));

        Assert.Equal([name, "short.jpg"], read.Members);
        Assert.Equal(["0102", "03"], read.Images.Select(image => image.Content));
    }

    [ToolTheory("python3")]
    [InlineData("USTAR_FORMAT")]
    [InlineData("GNU_FORMAT")]
    [InlineData("PAX_FORMAT")]
    public async Task Archives_of_Python_are_read_with_links_folders_devices_and_hidden_files_passed_over(string format)
    {
        await OtherWriters.Python(
            _folder.Root,
            $$"""
            import io, tarfile
            with tarfile.open("a.tar", "w", format=tarfile.{{format}}) as tar:
                def add(name, content=b"", type=tarfile.REGTYPE, link=""):
                    info = tarfile.TarInfo(name)
                    info.type, info.linkname, info.size = type, link, len(content)
                    info.uid = 3000000 if tarfile.{{format}} != tarfile.USTAR_FORMAT else 0
                    tar.addfile(info, io.BytesIO(content))
                add("photos", type=tarfile.DIRTYPE)
                add("photos.jpg", type=tarfile.DIRTYPE)
                add("./photos/1.jpg", b"one")
                add("photos/._1.jpg", b"no")
                add("__MACOSX/photos/1.jpg", b"no")
                add(".cache/2.jpg", b"no")
                add("link.jpg", type=tarfile.SYMTYPE, link="photos/1.jpg")
                add("hard.jpg", type=tarfile.LNKTYPE, link="photos/1.jpg")
                add("device.jpg", type=tarfile.CHRTYPE)
                add("pipe.jpg", type=tarfile.FIFOTYPE)
                add("notes.txt", b"words" * 1000)
                add("empty.jpg")
                add("/root/" + "x" * 120 + ".png" if tarfile.{{format}} != tarfile.USTAR_FORMAT else "r.png", b"long")
                add("photos/ä 2.JPEG", b"two")
            """
        );

        var read = await Of(_folder.File("a.tar"));

        var longName = format == "USTAR_FORMAT" ? "r.png" : $"root/{new string('x', 120)}.png";
        Assert.EndsWith("has 2 links to other files, which are passed over", read.Failure!.Message);
        Assert.Equal(
            [
                new("photos/1.jpg", Hex("one"u8), default, null),
                new("empty.jpg", "", default, null),
                new(longName, Hex("long"u8), default, null),
                new("photos/ä 2.JPEG", Hex("two"u8), default, null),
            ],
            read.Images
        );
    }

    [ToolFact("gzip")]
    public async Task Archives_of_GNU_tar_are_read_and_so_are_compressed_ones_of_several_parts()
    {
        Directory.CreateDirectory(_folder.File("n1"));
        for (var i = 0; i < 30; i++)
            File.WriteAllBytes(_folder.File($"n1/{i:00}.jpg"), Bytes(i, 5000 + i));
        // A file with a hole, which GNU tar writes in a way of its own, and is no image in any case.
        using (var holes = File.OpenWrite(_folder.File("n1/holes.jpg")))
        {
            holes.Seek(10_000_000, SeekOrigin.Begin);
            holes.WriteByte(1);
        }

        await OtherWriters.Run(
            _folder.Root,
            "sh",
            "-c",
            "tar -cSf all.tar --sort=name n1 && split -b 20000 all.tar part- && gzip part-* "
                + "&& cat part-*.gz > all.tar.gz && cp all.tar.gz all.TGZ"
        );
        var expected = Enumerable
            .Range(0, 30)
            .Select(i => new ArchivedImage($"n1/{i:00}.jpg", Hex(Bytes(i, 5000 + i)), default, null))
            .ToArray();

        foreach (var name in new[] { "all.tar", "all.tar.gz", "all.TGZ" })
        {
            var read = await Of(_folder.File(name));
            Assert.Null(read.Failure);
            Assert.Equal(expected, read.Images);
        }
    }

    [Fact]
    public async Task A_name_that_is_not_utf8_goes_back_to_its_bytes()
    {
        var header = TarFile.Header("x.jpg", '0', "00000000001\0"u8);
        byte[] archive = [.. header, .. "z"u8, .. new byte[511], .. new byte[1024]];
        archive[0] = 0xE9;
        // The checksum follows the byte.
        var sum = Convert.ToString(header.Where((_, at) => at is < 148 or >= 156).Sum(b => b) + 8 * 32 + 0xE9 - 'x', 8);
        Encoding.ASCII.GetBytes(sum.PadLeft(6, '0'), archive.AsSpan(148));
        File.WriteAllBytes(_folder.File("a.tar"), archive);

        var read = await Of(_folder.File("a.tar"));

        Assert.Equal(["\uDCE9.jpg"], read.Members);
    }

    [Fact]
    public async Task An_image_above_the_limit_is_too_large_and_one_at_the_limit_is_not()
    {
        TarFile.Write(_folder.File("a.tar"), ("1.jpg", Bytes(1, 1000)), ("2.jpg", Bytes(2, 1001)), ("3.jpg", [3]));

        var read = await Of(_folder.File("a.tar"), Everything with { MaxEncodedBytes = 1000 });

        Assert.Equal(
            [
                new("1.jpg", Hex(Bytes(1, 1000)), default, null),
                new("2.jpg", null, ImageFailure.TooLarge, null),
                new("3.jpg", "03", default, null),
            ],
            read.Images
        );
    }

    [Fact]
    public async Task Images_that_are_not_wanted_are_jumped_over_without_being_read()
    {
        var files = Enumerable.Range(0, 20).Select(i => ($"{i}.jpg", Bytes(i, 1_000_000))).ToArray();
        TarFile.Write(_folder.File("a.tar"), files);

        var read = await Of(
            _folder.File("a.tar"),
            Everything with
            {
                IsWanted = name => name == _folder.File("a.tar/7.jpg"),
            }
        );

        Assert.Equal([new("7.jpg", Hex(Bytes(7, 1_000_000)), default, null)], read.Images);
        Assert.InRange(read.Traffic.Bytes, 1_000_000, 5_000_000);
    }

    [Fact]
    public async Task An_archive_cut_in_a_file_fails_after_the_images_before_it()
    {
        var bytes = TarFile.Bytes(TarEntryFormat.Ustar, ("1.jpg", Bytes(1, 600)), ("2.jpg", Bytes(2, 600)));
        // A header is 512 bytes, the content of each with its padding 1,024.
        foreach (
            var (length, images) in new[] { (100, 0), (600, 0), (1200, 1), (1536 + 511, 1), (1536 + 512 + 599, 1) }
        )
        {
            File.WriteAllBytes(_folder.File("a.tar"), bytes[..length]);

            var read = await Of(_folder.File("a.tar"));

            Assert.Equal(ImageFailure.Truncated, read.Failure?.Failure);
            Assert.Equal(images, read.Images.Count);
        }
    }

    [Fact]
    public async Task An_archive_cut_between_two_files_is_remarked_on_and_not_counted_since_some_writers_end_so()
    {
        var bytes = TarFile.Bytes(TarEntryFormat.Ustar, ("1.jpg", Bytes(1, 600)), ("2.jpg", Bytes(2, 600)));
        File.WriteAllBytes(_folder.File("a.tar"), bytes[..1536]);
        File.WriteAllBytes(_folder.File("empty.tar"), []);

        var cut = await Of(_folder.File("a.tar"));
        var empty = await Of(_folder.File("empty.tar"));

        Assert.Equal(["1.jpg"], cut.Members);
        Assert.Equal(ImageFailure.None, cut.Failure?.Failure);
        Assert.Contains("has no end mark", cut.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(ImageFailure.Truncated, empty.Failure?.Failure);
    }

    [Fact]
    public async Task A_compressed_archive_that_is_cut_anywhere_does_not_pass_for_a_whole_one()
    {
        var files = Enumerable.Range(0, 5).Select(i => ($"{i}.jpg", Bytes(i, 700))).ToArray();
        var whole = TarFile.Gzip(TarFile.Bytes(TarEntryFormat.Ustar, files));
        for (var length = 0; length < whole.Length; length += length > whole.Length - 60 ? 1 : 97)
        {
            File.WriteAllBytes(_folder.File("a.tar.gz"), whole[..length]);

            var read = await Of(_folder.File("a.tar.gz"));

            Assert.True(read.Failure is { Failure: not ImageFailure.None }, $"cut at {length} of {whole.Length}");
        }
    }

    [Fact]
    public async Task A_compressed_archive_with_a_wrong_checksum_fails()
    {
        var whole = TarFile.Gzip(TarFile.Bytes(TarEntryFormat.Ustar, ("1.jpg", Bytes(1, 700))));
        whole[^6] ^= 1;
        File.WriteAllBytes(_folder.File("a.tar.gz"), whole);

        Assert.Equal(ImageFailure.Corrupt, (await Of(_folder.File("a.tar.gz"))).Failure?.Failure);
    }

    [Fact]
    public async Task Sizes_that_no_archive_has_are_refused_without_making_room_for_them()
    {
        byte[] eightExabytes = [0x80, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        byte[] more = [0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        byte[] negative = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE];
        var twoGigabytes = "17777777777\0"u8.ToArray();

        foreach (var size in new[] { eightExabytes, more, negative, twoGigabytes })
        {
            foreach (var type in "0xLgKS5")
            {
                byte[] archive = [.. TarFile.Header("1.jpg", type, size), .. new byte[512]];
                File.WriteAllBytes(_folder.File("a.tar"), archive);
                File.WriteAllBytes(_folder.File("b.tar.gz"), TarFile.Gzip(archive));
                foreach (var name in new[] { "a.tar", "b.tar.gz" })
                {
                    var read = await Of(_folder.File(name));
                    Assert.True(type == '5' || read.Failure is not null, $"{type} {Hex(size)}");
                    Assert.All(read.Images, image => Assert.Equal(ImageFailure.TooLarge, image.Failure));
                    Assert.InRange(read.Allocated, 0, 64_000_000);
                }
            }
        }
    }

    [Fact]
    public async Task A_compressed_archive_that_expands_to_gigabytes_is_read_with_little_memory()
    {
        // One image of half a gigabyte of zeros, which take some megabytes.
        using (var file = File.Create(_folder.File("a.tar.gz")))
        using (var gzip = new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionLevel.Fastest))
        {
            gzip.Write(TarFile.Header("1.jpg", '0', "04000000000\0"u8));
            var zeros = new byte[1024 * 1024];
            for (var i = 0; i < 512; i++)
                gzip.Write(zeros);
            gzip.Write(TarFile.Header("2.jpg", '0', "00000000003\0"u8));
            gzip.Write([1, 2, 3, .. new byte[509], .. new byte[1024]]);
        }

        var read = await Of(_folder.File("a.tar.gz"));

        Assert.Null(read.Failure);
        Assert.Equal(
            [new("1.jpg", null, ImageFailure.TooLarge, null), new("2.jpg", "010203", default, null)],
            read.Images
        );
        Assert.InRange(read.Allocated, 0, 64_000_000);
    }

    [Fact]
    public async Task Links_to_other_files_of_the_archive_are_passed_over_and_told()
    {
        using (var tar = new TarWriter(File.Create(_folder.File("a.tar")), TarEntryFormat.Pax))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "1.jpg") { DataStream = new MemoryStream([1]) });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, "2.jpg") { LinkName = "1.jpg" });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "3.jpg") { LinkName = "1.jpg" });
        }

        var read = await Of(_folder.File("a.tar"));

        Assert.Single(read.Images);
        Assert.Equal(ImageFailure.None, read.Failure?.Failure);
        Assert.EndsWith("a.tar has 2 links to other files, which are passed over", read.Failure!.Message);
    }
}
