using System.Collections.Frozen;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace InferenceMeter.Web.Page;

/// <summary>
/// The page at <c>/</c>: files that are part of the program, so that it works without a folder beside it and without
/// internet.
/// </summary>
internal static class PageFiles
{
    /// <summary>Of the page's files: nothing from elsewhere, and no script but theirs.</summary>
    public const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src "
        + "'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    private const string Folder = "Page/";
    private const string Gzip = "gzip";

    private static readonly FrozenDictionary<string, PageFile> Files = Assembly
        .GetExecutingAssembly()
        .GetManifestResourceNames()
        .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
        .ToFrozenDictionary(name => name[Folder.Length..], Load, StringComparer.Ordinal);

    /// <summary>
    /// Whether a path is one of the page's, which hold nothing of the meter: they are answered without a key, so that
    /// they can ask for it.
    /// </summary>
    public static bool Has(PathString path) => path == "/" || path.StartsWithSegments("/page");

    /// <summary>Serves it to browsers; to others a text that says where what is.</summary>
    public static void MapPage(this IEndpointRouteBuilder routes, string text)
    {
        routes
            .MapGet(
                "/",
                (HttpContext context) =>
                {
                    context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Accept);
                    return context
                        .Request.GetTypedHeaders()
                        .Accept.Any(type => type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase))
                        ? Send(context, "index.html")
                        : Results.Text(text);
                }
            )
            .ExcludeFromDescription();
        routes
            .MapGet("/page/{**name}", (HttpContext context, string name) => Send(context, name))
            .ExcludeFromDescription();
    }

    private static IResult Send(HttpContext context, string name)
    {
        if (!Files.TryGetValue(name, out var file))
            return Results.NotFound();
        context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        // Asked for each time, sent again only when it has changed.
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        if (!AcceptsGzip(context.Request))
            return Results.Bytes(file.Plain.Bytes, file.MediaType, entityTag: file.Plain.Tag);
        context.Response.Headers.ContentEncoding = Gzip;
        return Results.Bytes(file.Compressed.Bytes, file.MediaType, entityTag: file.Compressed.Tag);
    }

    private static bool AcceptsGzip(HttpRequest request) =>
        request
            .GetTypedHeaders()
            .AcceptEncoding.Any(coding =>
                coding.Value.Equals(Gzip, StringComparison.OrdinalIgnoreCase) && coding.Quality is not 0
            );

    private static PageFile Load(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var type = Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            _ => "image/svg+xml",
        };
        return new PageFile(type, Content.Of(bytes), Content.Of(Compress(bytes)));
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize))
            gzip.Write(bytes);
        return compressed.ToArray();
    }

    private sealed record PageFile(string MediaType, Content Plain, Content Compressed);

    private sealed record Content(byte[] Bytes, EntityTagHeaderValue Tag)
    {
        public static Content Of(byte[] bytes) =>
            new(bytes, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\""));
    }
}
