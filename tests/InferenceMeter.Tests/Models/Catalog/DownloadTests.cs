using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using InferenceMeter.Models.Catalog;
using InferenceMeter.Tests.Pricing.Feeds;

namespace InferenceMeter.Tests.Models.Catalog;

/// <summary>What the tests of downloads share: a file, its hash, and servers that send it well or badly.</summary>
public abstract class DownloadTests : IDisposable
{
    private protected static readonly DownloadRetryOptions Quick = new()
    {
        FirstDelay = TimeSpan.FromMilliseconds(5),
        MaxDelay = TimeSpan.FromMilliseconds(20),
        Silence = TimeSpan.FromSeconds(10),
        BusyDelay = TimeSpan.FromMilliseconds(5),
    };

    private protected TemporaryDirectory Folder { get; } = new();

    protected HttpClient Http { get; } = new();

    /// <summary>Lines that were reported.</summary>
    protected List<string> Told { get; } = [];

    /// <summary>The file as it should be.</summary>
    protected byte[] Right { get; } = Bytes(300_000, seed: 1);

    protected string Path => Folder.File("model.onnx");

    protected string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Right));

    protected string Part => $"{Path}.{Sha256[..12]}.part";

    public void Dispose()
    {
        Http.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private protected static long From(HttpListenerContext context) =>
        context.Request.Headers["Range"] is { } range
            ? long.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture)
            : 0;

    private protected static async Task Send(
        HttpListenerContext context,
        byte[] bytes,
        long from = 0,
        int? to = null,
        bool abort = false
    )
    {
        if (from > 0)
        {
            context.Response.StatusCode = 206;
            context.Response.AddHeader("Content-Range", $"bytes {from}-{bytes.Length - 1}/{bytes.Length}");
        }

        context.Response.ContentLength64 = bytes.Length - from;
        await context.Response.OutputStream.WriteAsync(bytes.AsMemory((int)from, (to ?? bytes.Length) - (int)from));
        await context.Response.OutputStream.FlushAsync();
        if (abort)
            context.Response.Abort();
    }

    private protected static Uri Url(LocalServer server) => new(server.Address, "model.onnx");

    private protected ModelDownload Download(DownloadRetryOptions? options = null) =>
        new(Http, options ?? Quick, TimeProvider.System, Told.Add, new DownloadRemedies());

    private protected Task<string> FetchAsync(
        LocalServer server,
        DownloadRetryOptions? options = null,
        Action<long, long?>? progress = null,
        CancellationToken cancellation = default
    ) =>
        Download(options)
            .FetchAsync(
                [Url(server)],
                Path,
                new ExpectedContent { Sha256 = Sha256 },
                progress ?? ((_, _) => { }),
                cancellation
            );

    private protected Task<string> FetchAsync(LocalServer[] mirrors, ExpectedContent? expected = null) =>
        Download()
            .FetchAsync(
                [.. mirrors.Select(Url)],
                Path,
                expected ?? new ExpectedContent { Sha256 = Sha256 },
                (_, _) => { },
                CancellationToken.None
            );

    private protected void AssertRight()
    {
        Assert.Equal(Right, File.ReadAllBytes(Path));
        Assert.Equal([Path], Directory.GetFiles(Folder.Root));
    }
}
