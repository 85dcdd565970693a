using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using InferenceMeter.Tests.Pricing.Feeds;

namespace InferenceMeter.Tests.Images.Stores.Google;

/// <summary>
/// A bucket as Google's JSON API gives it
/// (<see href="https://cloud.google.com/storage/docs/json_api/v1/objects">reference</see>): listing in pages, and media
/// with ranges and conditions. A test may answer in its place.
/// </summary>
internal sealed class GoogleStorage : IAsyncDisposable
{
    /// <summary>Its only bucket.</summary>
    public const string Bucket = "photos";

    private const string Objects = $"/storage/v1/b/{Bucket}/o";

    private readonly ConcurrentDictionary<string, (byte[] Content, long Generation)> _objects = new(
        StringComparer.Ordinal
    );
    private readonly LocalServer _server;
    private long _generation;

    public GoogleStorage() => _server = new LocalServer(AnswerAsync);

    /// <summary>As STORAGE_EMULATOR_HOST has it.</summary>
    public string Host => _server.Address.Authority;

    /// <summary>Objects of a page, when not fewer are asked for.</summary>
    public int PageSize { get; init; } = 1000;

    /// <summary>Answers in its place, and says whether it did. The number is of the request, from 1.</summary>
    public Func<HttpListenerContext, int, Task<bool>>? Instead { get; set; }

    /// <summary>What was asked.</summary>
    public string[] Asked => [.. _server.Asked];

    /// <summary>Writes an object, as another generation than before.</summary>
    public void Write(string key, byte[] content) => _objects[key] = (content, Interlocked.Increment(ref _generation));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>Whether an object's content is asked for, and not a listing.</summary>
    public static bool IsMedia(HttpListenerContext context) => context.Request.QueryString["alt"] == "media";

    /// <summary>Refuses as the API does.</summary>
    public static async Task<bool> RefuseAsync(HttpListenerContext context, int status, string reason, string message)
    {
        var error = new
        {
            error = new
            {
                code = status,
                message,
                errors = new[]
                {
                    new
                    {
                        message,
                        domain = "global",
                        reason,
                    },
                },
            },
        };
        await LocalServer.TextAsync(
            context,
            JsonSerializer.Serialize(error),
            status,
            ("Content-Type", "application/json; charset=UTF-8")
        );
        return true;
    }

    /// <summary>Gives content from the byte on that is asked for.</summary>
    /// <param name="content">Of the whole object.</param>
    /// <param name="generation">Of the object.</param>
    /// <param name="cut">The connection breaks before this byte; <see langword="null"/>: it does not.</param>
    public static async Task<bool> GiveAsync(HttpListenerContext context, byte[] content, long generation, int? cut)
    {
        var (from, end) = (0, content.Length);
        if (context.Request.Headers["Range"] is { } range)
        {
            var ends = range["bytes=".Length..].Split('-');
            from = int.Parse(ends[0], CultureInfo.InvariantCulture);
            if (ends[1].Length > 0)
                end = Math.Min(end, int.Parse(ends[1], CultureInfo.InvariantCulture) + 1);
            context.Response.StatusCode = 206;
            context.Response.AddHeader("Content-Range", $"bytes {from}-{end - 1}/{content.Length}");
        }

        context.Response.AddHeader("x-goog-generation", generation.ToString(CultureInfo.InvariantCulture));
        context.Response.ContentLength64 = end - from;
        await context.Response.OutputStream.WriteAsync(content.AsMemory(from..(cut ?? end)));
        if (cut is not null)
        {
            await context.Response.OutputStream.FlushAsync();
            context.Response.Abort();
        }

        return true;
    }

    private async Task AnswerAsync(HttpListenerContext context, int number)
    {
        if (Instead is { } instead && await instead(context, number))
            return;
        var path = context.Request.RawUrl!.Split('?')[0];
        if (path == Objects)
            await ListAsync(context);
        else if (path.StartsWith($"{Objects}/", StringComparison.Ordinal) && IsMedia(context))
            await MediaAsync(context, Uri.UnescapeDataString(path[(Objects.Length + 1)..]));
        else
            await RefuseAsync(context, 404, "notFound", "The specified bucket does not exist.");
    }

    private async Task ListAsync(HttpListenerContext context)
    {
        var query = context.Request.QueryString;
        var prefix = query["prefix"] ?? "";
        var size = int.Parse(query["maxResults"] ?? "1000", CultureInfo.InvariantCulture);
        var after = query["pageToken"];
        var items = _objects
            .Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Where(item => after is null || string.CompareOrdinal(item.Key, after) > 0)
            .OrderBy(item => item.Key, StringComparer.Ordinal)
            .ToArray();
        var page = items.Take(Math.Min(size, PageSize)).ToArray();
        var document = new Dictionary<string, object>(StringComparer.Ordinal) { ["kind"] = "storage#objects" };
        // Where there is nothing, the API leaves out the list.
        if (page.Length > 0)
            document["items"] = page.Select(item => new
            {
                name = item.Key,
                size = $"{item.Value.Content.Length}",
                generation = $"{item.Value.Generation}",
            });
        if (page.Length < items.Length)
            document["nextPageToken"] = page[^1].Key;
        await LocalServer.TextAsync(
            context,
            JsonSerializer.Serialize(document),
            200,
            ("Content-Type", "application/json; charset=UTF-8")
        );
    }

    private async Task MediaAsync(HttpListenerContext context, string key)
    {
        if (!_objects.TryGetValue(key, out var found))
        {
            // The API answers requests for media with plain text.
            await LocalServer.TextAsync(context, $"No such object: {Bucket}/{key}", 404, ("Content-Type", "text/html"));
            return;
        }

        var wanted = context.Request.QueryString["ifGenerationMatch"];
        if (wanted is not null && wanted != $"{found.Generation}")
            await RefuseAsync(
                context,
                412,
                "conditionNotMet",
                "At least one of the pre-conditions you specified did not hold."
            );
        else
            await GiveAsync(context, found.Content, found.Generation, cut: null);
    }
}
