using InferenceMeter.Images;
using InferenceMeter.Images.Archives;
using InferenceMeter.Images.Stores;

namespace InferenceMeter.Tests.Images.Archives;

/// <summary>An image as it came out of an archive.</summary>
/// <param name="Member">Its name without that of the archive.</param>
/// <param name="Content">Its bytes in hexadecimal; <see langword="null"/> when it failed.</param>
/// <param name="Failure">Why.</param>
/// <param name="Class">What the archive says that it shows.</param>
internal sealed record ArchivedImage(string Member, string? Content, ImageFailure Failure, int? Class);

/// <summary>Reads an archive to its end, or to where it is broken.</summary>
internal sealed class ReadArchive
{
    /// <summary>What came out of it before its end.</summary>
    public required IReadOnlyList<ArchivedImage> Images { get; init; }

    /// <summary>Why it ended early; <see langword="null"/> when it did not.</summary>
    public ArchiveException? Failure { get; private init; }

    /// <summary>Names of the images.</summary>
    public IEnumerable<string> Members => Images.Select(image => image.Member);

    /// <summary>What was read of files.</summary>
    public required SourceTraffic Traffic { get; init; }

    /// <summary>
    /// Bytes of memory that reading it took in all, freed or not; for classes of <see cref="AloneCollection"/>, since
    /// those of other tests count, too.
    /// </summary>
    public required long Allocated { get; init; }

    /// <summary>Options that leave nothing out.</summary>
    public static ArchiveOptions Everything { get; } =
        new()
        {
            MaxEncodedBytes = 64 * 1024 * 1024,
            Part = null,
            IsWanted = _ => true,
            Budget = new ByteBudget(256 * 1024 * 1024),
        };

    /// <summary>Reads one.</summary>
    /// <param name="path">Of a name that says its format.</param>
    /// <param name="options">By default <see cref="Everything"/>.</param>
    public static async Task<ReadArchive> Of(string path, ArchiveOptions? options = null)
    {
        var traffic = new SourceTraffic("file");
        var archive = new StoredObject(new FileStore(traffic), path, path, null);
        var images = new List<ArchivedImage>();
        var before = GC.GetTotalAllocatedBytes();
        ArchiveException? failure = null;
        try
        {
            var reader = ArchiveFormats.ReaderOf(path)!;
            await foreach (var image in reader.ReadAsync(archive, options ?? Everything, CancellationToken.None))
            {
                Assert.StartsWith(path + "/", image.Name, StringComparison.Ordinal);
                Assert.Equal(image.Buffer is null, image.Failure != ImageFailure.None);
                var content = image.Buffer is { } buffer ? Hex(buffer.AsSpan(0, image.Length)) : null;
                images.Add(new(image.Name[(path.Length + 1)..], content, image.Failure, image.TrueClass));
                image.Release();
            }
        }
        catch (ArchiveException broken)
        {
            Assert.DoesNotContain('\n', broken.Message);
            Assert.StartsWith(path, broken.Message, StringComparison.Ordinal);
            failure = broken;
        }

        return new ReadArchive
        {
            Images = images,
            Failure = failure,
            Traffic = traffic,
            Allocated = GC.GetTotalAllocatedBytes() - before,
        };
    }

    public static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes);

    /// <summary>Bytes that no two numbers have in common; up to some kilobytes.</summary>
    public static byte[] Bytes(int number, int length)
    {
        var bytes = new byte[length];
        new Random(number).NextBytes(bytes);
        return bytes;
    }
}
