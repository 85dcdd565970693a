using System.Collections.Frozen;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using InferenceMeter.Web.Security;
using Microsoft.Net.Http.Headers;

namespace InferenceMeter.Web.Page;

/// <summary>
/// The page at <c>/</c>. Its files are part of the program, so it works without a folder beside it and without
/// internet. Their entity tags are hashes of the content: the same file keeps its tag in every build and replica.
/// </summary>
internal static class PageFiles
{
    private const string Folder = "Page/";
    private const string Gzip = "gzip";

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    private static readonly FrozenDictionary<string, PageFile> Files = Assembly
        .GetExecutingAssembly()
        .GetManifestResourceNames()
        .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
        .ToFrozenDictionary(name => name[Folder.Length..], Load, StringComparer.Ordinal);

    /// <summary>
    /// Serves it to browsers; to others a text that says where what is. Neither holds anything of the meter, and both
    /// are answered without a key: the page asks for it.
    /// </summary>
    public static void MapPage(this IEndpointRouteBuilder routes, string text)
    {
        routes
            .MapMethods(
                "/",
                Methods,
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
            .AllowAnonymous()
            .WithSecurityHeadersPolicy(SecurityHeaders.Page)
            .ExcludeFromDescription();
        routes
            .MapMethods("/page/{**name}", Methods, (HttpContext context, string name) => Send(context, name))
            .AllowAnonymous()
            .WithSecurityHeadersPolicy(SecurityHeaders.Page)
            .ExcludeFromDescription();
    }

    private static IResult Send(HttpContext context, string name)
    {
        if (!Files.TryGetValue(name, out var file))
            return Results.NotFound();
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
