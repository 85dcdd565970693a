using System.Formats.Tar;
using System.Text;
using InferenceMeter.Images;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Images.Stores;

/// <summary>A bucket with images of a few bytes, and what was read of it.</summary>
public abstract class BucketTestBase : IAsyncLifetime
{
    private protected FakeS3 S3 { get; } = new() { PageSize = 10 };

    private protected FakeTimeProvider Time { get; } = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await S3.DisposeAsync();

    private protected static byte[] Tar(string name, int images)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, leaveOpen: true))
        {
            for (var i = 0; i < images; i++)
                tar.WriteEntry(
                    new UstarTarEntry(TarEntryType.RegularFile, $"{i:000}.jpg")
                    {
                        DataStream = new MemoryStream(Encoding.ASCII.GetBytes($"{name} {i}".PadRight(700, '.'))),
                    }
                );
        }

        return bytes.ToArray();
    }

    private protected static string Text(int image) => $"image {image}";

    private protected void PutImages(int count)
    {
        for (var i = 0; i < count; i++)
            S3.Put($"a/{i:00}.jpg", Encoding.ASCII.GetBytes(Text(i)));
    }

    private protected static (string Name, ImageFailure Failure) Failed(IEnumerable<Read> read)
    {
        var failed = Assert.Single(read, image => image.Failure != ImageFailure.None);
        return (failed.Name, failed.Failure);
    }

    private protected async Task<IImageSource> OpenAsync(string address, ReadingOptions? options = null) =>
        await StoreSources.OpenAsync(address, new FakeS3Provider(S3.Address), options ?? new ReadingOptions(), Time);

    private protected async Task<List<Read>> ReadAsync(string address, ReadingOptions? options = null)
    {
        using var source = await OpenAsync(address, options);
        return await DrainAsync(source);
    }

    private protected static async Task<List<Read>> DrainAsync(IImageSource source, List<Read>? read = null)
    {
        read ??= [];
        var reading = Task.Run(() =>
        {
            while (source.TryNext(out var image))
            {
                read.Add(new Read(image.Name, Encoding.ASCII.GetString(image.Bytes.Span), image.Failure));
                image.Release();
            }
        });
        await reading.WaitAsync(Eventually.Deadline);
        return read;
    }

    private protected async Task AdvanceUntil(Func<bool> isDone) =>
        await Eventually.IsTrue(() =>
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            return isDone();
        });

    private protected sealed record Read(string Name, string Content, ImageFailure Failure);
}
