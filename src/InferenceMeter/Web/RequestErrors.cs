using System.Text.Json;
using System.Text.RegularExpressions;
using InferenceMeter.Web.OpenInference;
using InferenceMeter.Web.Security;
using Microsoft.AspNetCore.Diagnostics;

namespace InferenceMeter.Web;

/// <summary>
/// Answers what no endpoint answered: requests that could not be read, paths and methods that there are not, and
/// errors of the meter's own.
/// </summary>
internal static partial class RequestErrors
{
    private const string Internal = "the meter failed to answer; this is an error of its own";

    /// <summary>Answers exceptions, and statuses without a body.</summary>
    public static void UseRequestErrors(this WebApplication app)
    {
        // What the server itself objects to (a body that is too large, or comes too slowly) keeps its status.
        app.UseExceptionHandler(
            new ExceptionHandlerOptions
            {
                ExceptionHandler = context => RefusalWriter.WriteAsync(context, Refuse(context)),
                StatusCodeSelector = failed =>
                    failed is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,
            }
        );
        app.UseStatusCodePages(pages => RefusalWriter.WriteAsync(pages.HttpContext, Describe(pages.HttpContext)));
    }

    private static Refusal Refuse(HttpContext context)
    {
        var error = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        if (error is not BadHttpRequestException bad)
            return new Refusal(StatusCodes.Status500InternalServerError, Internal);
        return context.Features.Get<Refusal>() ?? new Refusal(bad.StatusCode, Reason(bad));
    }

    private static Refusal Describe(HttpContext context)
    {
        var (request, status) = (context.Request, context.Response.StatusCode);
        if (context.Features.Get<Refusal>() is { } known && known.Status == status)
            return known;
        return new Refusal(
            status,
            status switch
            {
                StatusCodes.Status404NotFound => $"there is nothing at {ProtocolException.Shorten(request.Path)}",
                StatusCodes.Status405MethodNotAllowed =>
                    $"{ProtocolException.Shorten(request.Path)} takes {context.Response.Headers.Allow}, not "
                        + ProtocolException.Shorten(request.Method),
                _ => Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
            }
        );
    }

    /// <summary>The framework names types of the program; clients know the forms in which values are written.</summary>
    private static string Reason(BadHttpRequestException bad)
    {
        if (bad.InnerException is JsonException json)
            return $"the body is not the JSON of this request, at {json.Path ?? "$"}, line {json.LineNumber + 1}";
        if (Unbound().Match(bad.Message) is not { Success: true } unbound)
            return bad.Message;
        var (type, name, value) = (
            unbound.Groups["type"].Value,
            unbound.Groups["name"].Value,
            ProtocolException.Shorten(unbound.Groups["value"].Value)
        );
        return $"{name} is '{value}', accepted: {Form(type)}";
    }

    private static string Form(string type) =>
        type switch
        {
            "int" or "Int32" or "long" or "Int64" => "a whole number",
            "double" or "Double" => "a number",
            "DateTimeOffset" => "a time such as 2026-01-31T10:00:00Z; a plus sign in it is written %2B",
            _ => $"a value of the form {type}",
        };

    [GeneratedRegex(
        """parameter "(?:Nullable<)?(?<type>\w+)[>?]? (?<name>\w+)" from "(?<value>.*)"\.?$""",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Unbound();
}
