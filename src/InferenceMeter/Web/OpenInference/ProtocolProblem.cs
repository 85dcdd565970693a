using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Web.OpenInference;

/// <summary>An error as the Open Inference Protocol writes it over REST: JSON with the member <c>error</c>.</summary>
/// <param name="Error">What is wrong.</param>
internal sealed record ProtocolProblem(string Error)
{
    private const string Root = "/v2";

    /// <summary>Whether a request is one of the protocol, whether or not there is an endpoint for it.</summary>
    public static bool IsFor(HttpRequest request) => request.Path.StartsWithSegments(Root);

    /// <summary>An answer.</summary>
    public static JsonHttpResult<ProtocolProblem> Of(int status, string error) =>
        TypedResults.Json(new ProtocolProblem(error), contentType: "application/json", statusCode: status);
}
