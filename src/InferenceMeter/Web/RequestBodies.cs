using InferenceMeter.Web.Security;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace InferenceMeter.Web;

/// <summary>
/// Takes the content codings off request bodies. What comes out is limited as what comes in is, and read by whoever
/// reads the body, so that a small body that becomes a huge one is never held.
/// </summary>
internal static class RequestBodies
{
    private const string Identity = "identity";

    /// <summary>What the decoders of ASP.NET Core take.</summary>
    private static readonly string[] Codings = ["gzip", "deflate", "br"];

    /// <summary>Decodes bodies, refuses codings that are not known, and tells why a body could not be read.</summary>
    public static void UseRequestBodies(this WebApplication app)
    {
        app.Use(RefuseUnknownAsync);
        app.UseRequestDecompression();
        app.Use(GuardAsync);
    }

    private static Task RefuseUnknownAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (request.Headers.ContentEncoding.Count == 0 || !HasBody(context) || RefusalWriter.IsGrpc(request))
            return next(context);
        var given = request.Headers.ContentEncoding.ToString().Trim();
        if (given.Length == 0 || given.Equals(Identity, StringComparison.OrdinalIgnoreCase))
        {
            request.Headers.Remove(HeaderNames.ContentEncoding);
            return next(context);
        }

        if (Codings.Contains(given, StringComparer.OrdinalIgnoreCase))
        {
            // Of the decoder's table, which is case-sensitive.
            request.Headers.ContentEncoding = given.ToLowerInvariant();
            // Of the coded body; the decoded one's is not known.
            request.ContentLength = null;
            context.Features.Set(new Coding(given));
            return next(context);
        }

        context.Response.Headers.AcceptEncoding = string.Join(", ", Codings);
        return RefusalWriter.WriteAsync(
            context,
            new Refusal(
                StatusCodes.Status415UnsupportedMediaType,
                $"the Content-Encoding '{Shorten(given)}' is not known here, accepted: one of "
                    + $"{string.Join(", ", Codings)}, or none"
            )
        );
    }

    private static async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        // A call of gRPC frames its messages itself, and has its own compression.
        if (!HasBody(context) || RefusalWriter.IsGrpc(context.Request))
        {
            await next(context);
            return;
        }

        var body = context.Request.Body;
        await using var guarded = new GuardedBody(
            body,
            context.Features.Get<Coding>()?.Name,
            refusal => context.Features.Set(refusal)
        );
        context.Request.Body = guarded;
        try
        {
            await next(context);
        }
        finally
        {
            context.Request.Body = body;
        }
    }

    private static bool HasBody(HttpContext context) =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: false };

    /// <summary>The coding that is taken off a body.</summary>
    private sealed record Coding(string Name);

    private static string Shorten(string text) => text.Length > 64 ? text[..64] : text;
}
