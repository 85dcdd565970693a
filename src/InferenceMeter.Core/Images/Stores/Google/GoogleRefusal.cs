using System.Net.Mime;
using System.Text.Json;

namespace InferenceMeter.Images.Stores.Google;

/// <summary>Why a request was refused.</summary>
/// <param name="Reason">One word, such as <c>notFound</c>; empty where the answer has none.</param>
/// <param name="Message">A sentence; empty where the answer has none.</param>
internal sealed record GoogleRefusal(string Reason, string Message)
{
    /// <summary>Longer bodies are no message.</summary>
    private const int MostBytes = 16 * 1024;

    /// <summary>
    /// Of the body of an answer: <c>{"error": {"message": "...", "errors": [{"reason": "..."}]}}</c>, or a line of
    /// text.
    /// </summary>
    public static async Task<GoogleRefusal> ReadAsync(HttpResponseMessage answer, CancellationToken stop)
    {
        var unknown = new GoogleRefusal("", answer.ReasonPhrase ?? "");
        if (answer.Content.Headers.ContentLength is null or > MostBytes)
            return unknown;
        var body = await answer.Content.ReadAsStringAsync(stop);
        if (answer.Content.Headers.ContentType?.MediaType != MediaTypeNames.Application.Json)
            return body.Length == 0 || body.Contains('<', StringComparison.Ordinal) ? unknown : new("", body);
        try
        {
            using var document = JsonDocument.Parse(body);
            var error = document.RootElement.GetProperty("error");
            var reason =
                error.TryGetProperty("errors", out var errors) && errors.GetArrayLength() > 0
                    ? errors[0].GetProperty("reason").GetString()
                    : null;
            return new GoogleRefusal(reason ?? "", error.GetProperty("message").GetString() ?? "");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return unknown;
        }
    }
}
