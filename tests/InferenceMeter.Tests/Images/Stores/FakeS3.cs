using System.Globalization;
using System.Net;
using System.Security;
using InferenceMeter.Tests.Pricing.Feeds;

namespace InferenceMeter.Tests.Images.Stores;

/// <summary>
/// A bucket that speaks S3's protocol as far as reading goes (ListObjectsV2, GetObject with Range and If-Match), and
/// fails as a test wishes. The shapes are those of the API reference.
/// </summary>
internal sealed class FakeS3 : IAsyncDisposable
{
    private readonly LocalServer _server;
    private readonly SortedDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    public FakeS3() => _server = new LocalServer((context, _) => AnswerAsync(context));

    public Uri Address => _server.Address;

    /// <summary>Names on a page of a listing.</summary>
    public int PageSize { get; init; } = 1000;

    /// <summary>Asked for each request; what it returns is the answer, <see langword="null"/>: the usual one.</summary>
    public Func<S3Request, S3Fault?> Fault { get; set; } = _ => null;

    /// <summary>Every request so far.</summary>
    public IReadOnlyList<string> Asked => [.. _server.Asked];

    public int Lists => Asked.Count(request => request.Contains("list-type=2", StringComparison.Ordinal));

    public int Gets => Asked.Count - Lists;

    public void Put(string key, byte[] content)
    {
        lock (_gate)
            _objects[key] = content;
    }

    public void Delete(string key)
    {
        lock (_gate)
            _objects.Remove(key);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var request = new S3Request(
            context.Request.QueryString["list-type"] == "2",
            KeyOf(context.Request.RawUrl!),
            context.Request.Headers["Range"],
            context.Request.Headers["If-Match"]
        );
        var fault = Fault(request);
        if (fault is { Wait: { } wait })
            await Task.WhenAny(wait, _server.Stopped);
        if (fault is { Status: > 0 })
            await ErrorAsync(context, fault.Status, fault.Code);
        else if (request.IsList)
            await ListAsync(context);
        else
            await GetAsync(context, request, fault?.CutAfter);
    }

    private async Task ListAsync(HttpListenerContext context)
    {
        var query = context.Request.QueryString;
        var (prefix, after) = (query["prefix"] ?? "", query["continuation-token"] ?? "");
        KeyValuePair<string, byte[]>[] page;
        lock (_gate)
            page =
            [
                .. _objects
                    .Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal))
                    .Where(item => after.Length == 0 || string.CompareOrdinal(item.Key, after) > 0)
                    .Take(PageSize + 1),
            ];
        var isTruncated = page.Length > PageSize;
        var contents = page.Take(PageSize)
            .Select(item =>
                $"<Contents><Key>{SecurityElement.Escape(item.Key)}</Key><Size>{item.Value.Length}</Size></Contents>"
            );
        var next = isTruncated
            ? $"<NextContinuationToken>{SecurityElement.Escape(page[PageSize - 1].Key)}</NextContinuationToken>"
            : "";
        await LocalServer.TextAsync(
            context,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                + "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                + $"<IsTruncated>{(isTruncated ? "true" : "false")}</IsTruncated>{string.Concat(contents)}{next}"
                + "</ListBucketResult>",
            200,
            ("Content-Type", "application/xml")
        );
    }

    private async Task GetAsync(HttpListenerContext context, S3Request request, int? cutAfter)
    {
        byte[]? content;
        lock (_gate)
            content = _objects.GetValueOrDefault(request.Key);
        if (content is null)
        {
            await ErrorAsync(context, 404, "NoSuchKey");
            return;
        }

        // The SDK checks the content by it, and S3 says that it is this hash.
#pragma warning disable CA5351
        var tag = $"\"{Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(content))}\"";
#pragma warning restore CA5351
        if (request.IfMatch is { } wanted && wanted != tag)
        {
            await ErrorAsync(context, 412, "PreconditionFailed");
            return;
        }

        var (from, to) = request.Span(content.Length);
        var response = context.Response;
        response.AddHeader("ETag", tag);
        response.ContentLength64 = to - from + 1;
        if (request.Range is not null)
        {
            response.StatusCode = 206;
            response.AddHeader("Content-Range", $"bytes {from}-{to}/{content.Length}");
        }

        var part = content.AsMemory(from, to - from + 1);
        await response.OutputStream.WriteAsync(cutAfter < part.Length ? part[..cutAfter.Value] : part);
        if (cutAfter < part.Length)
        {
            await response.OutputStream.FlushAsync();
            response.Abort();
        }
    }

    private static Task ErrorAsync(HttpListenerContext context, int status, string code) =>
        LocalServer.TextAsync(
            context,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                + $"<Error><Code>{code}</Code><Message>{code} it is</Message></Error>",
            status,
            ("Content-Type", "application/xml")
        );

    /// <summary>What follows the bucket in the path.</summary>
    private static string KeyOf(string url)
    {
        var path = url.Split('?')[0].TrimStart('/');
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? "" : Uri.UnescapeDataString(path[(slash + 1)..]);
    }
}

/// <summary>A request, as far as faults depend on it.</summary>
internal sealed record S3Request(bool IsList, string Key, string? Range, string? IfMatch)
{
    /// <summary>First and last byte that it asks for.</summary>
    public (int From, int To) Span(int length)
    {
        if (Range is null)
            return (0, length - 1);
        var ends = Range["bytes=".Length..].Split('-');
        var last = ends[1].Length > 0 ? int.Parse(ends[1], CultureInfo.InvariantCulture) : length - 1;
        return (int.Parse(ends[0], CultureInfo.InvariantCulture), Math.Min(last, length - 1));
    }
}

/// <summary>How a request fails.</summary>
internal sealed record S3Fault
{
    /// <summary>Of the error; 0: none.</summary>
    public int Status { get; init; }

    /// <summary>Of the error.</summary>
    public string Code { get; init; } = "";

    /// <summary>The connection breaks after so many bytes of content.</summary>
    public int? CutAfter { get; init; }

    /// <summary>The answer comes when this ends.</summary>
    public Task? Wait { get; init; }

    public static S3Fault Error(int status, string code) => new() { Status = status, Code = code };
}
