using System.Net;
using System.Text;

namespace InferenceMeter.Pricing.Clouds;

/// <summary>
/// Asks metadata services, which are near, plain and small. No proxy, no redirects, no cookies, little text and one
/// retry are the client's: <see cref="MetadataServices"/>.
/// </summary>
internal sealed class MetadataClient(HttpClient http)
{
    /// <summary>Name of the client.</summary>
    public const string Name = "metadata";

    /// <summary>The text at an address.</summary>
    /// <param name="method">How it is asked for.</param>
    /// <param name="address">Where.</param>
    /// <param name="header">The header that a forged request would lack.</param>
    /// <param name="answerHas">A header that the answer must carry; <see langword="null"/> for none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="MetadataException">It was answered, but not like that.</exception>
    /// <exception cref="HttpRequestException">It was not answered.</exception>
    public async Task<string> AskAsync(
        HttpMethod method,
        Uri address,
        (string Name, string Value) header,
        (string Name, string Value)? answerHas,
        CancellationToken cancellation
    )
    {
        using var request = new HttpRequestMessage(method, address);
        if (!request.Headers.TryAddWithoutValidation(header.Name, header.Value))
            throw new MetadataException($"'{header.Name}' cannot be sent");
        using var answer = await http.SendAsync(request, cancellation);
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new MetadataException(
                $"{address.AbsolutePath} answered {(int)answer.StatusCode} {answer.StatusCode}",
                answer.StatusCode
            );
        if (
            answerHas is { } sign
            && !(answer.Headers.TryGetValues(sign.Name, out var values) && values.Contains(sign.Value))
        )
            throw new MetadataException($"the answer does not carry '{sign.Name}: {sign.Value}'");
        return Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync(cancellation)).Trim();
    }
}
