using System.Formats.Tar;
using System.IO.Compression;
using CsCheck;
using InferenceMeter.Tests.Models;
using Parquet;
using static InferenceMeter.Tests.Images.Archives.ReadArchive;

namespace InferenceMeter.Tests.Images.Archives;

/// <summary>Archives of which bytes were changed, cut off, doubled and left out.</summary>
[Collection(AloneCollection.Name)]
public sealed class BrokenArchiveTests : IDisposable
{
    private const int Changed = 600;

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public Task A_tar_fails_in_the_known_ways(TarEntryFormat format) => Check("a.tar", Tar(format));

    [Fact]
    public Task A_compressed_tar_fails_in_the_known_ways() => Check("a.tar.gz", TarFile.Gzip(Tar(TarEntryFormat.Pax)));

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    public async Task A_zip_fails_in_the_known_ways(CompressionLevel level)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in Files)
            {
                using var entry = zip.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }

        await Check("a.zip", bytes.ToArray());
    }

    [Theory]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Gzip)]
    [InlineData(CompressionMethod.Zstd)]
    [InlineData(CompressionMethod.Brotli)]
    [InlineData(CompressionMethod.Lz4Raw)]
    public async Task A_Parquet_file_fails_in_the_known_ways(CompressionMethod compression)
    {
        var rows = Files.Select((file, i) => (i % 3 == 2 ? null : file.Content, (long?)i)).ToArray();
        await Check("a.parquet", await ParquetFile.HuggingFaceBytes(compression, rows, rows));
    }

    [Theory]
    [InlineData("arrow-snappy.parquet")]
    [InlineData("arrow-zstd.parquet")]
    public Task A_Parquet_file_of_Apache_Arrow_fails_in_the_known_ways(string name) =>
        Check(
            "a.parquet",
            File.ReadAllBytes(
                Path.Combine(Repository.Root, "tests", "InferenceMeter.Tests", "Images", "Archives", name)
            )
        );

    private static (string Name, byte[] Content)[] Files { get; } =
    [
        .. Enumerable.Range(0, 6).Select(i => ($"{i}.jpg", Bytes(i, i * 40))),
        ("6.cls", "3"u8.ToArray()),
        ("6.jpg", Bytes(6, 300)),
        ($"{new string('x', 120)}.jpg", Bytes(7, 10)),
    ];

    private static byte[] Tar(TarEntryFormat format) =>
        TarFile.Bytes(format, format == TarEntryFormat.Ustar ? Files[..^1] : Files);

    /// <summary>
    /// Reads copies that are broken: in another way than by what readers throw, for longer than a while, or with more
    /// memory than a little, the test fails.
    /// </summary>
    private async Task Check(string name, byte[] whole)
    {
        const long MostBytes = 64 * 1024 * 1024;
        var path = _folder.File(name);
        var mutations = Mutations.Of([whole]);
        var failed = 0;
        for (var i = 0; i < Changed; i++)
        {
            var broken = mutations.Generate(new PCG((uint)i, (ulong)i), null, out _);
            await File.WriteAllBytesAsync(path, broken);

            var read = await Task.Run(() => Of(path)).WaitAsync(Eventually.Deadline);

            Assert.True(read.Allocated < MostBytes, $"change {i} takes much memory");
            failed += read.Failure is null ? 0 : 1;
        }

        Assert.InRange(failed, 1, Changed);
    }
}
