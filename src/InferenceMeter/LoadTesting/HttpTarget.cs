using System.Net;

namespace InferenceMeter.LoadTesting;

/// <summary>A server that is asked over HTTP: what all of them share.</summary>
internal abstract class HttpTarget : ILoadTarget
{
    private const int MostErrorText = 200;

    protected HttpTarget(Uri root, string? key)
    {
        Root = root;
        Client = new HttpClient(
            new SocketsHttpHandler
            {
                UseProxy = false,
                AllowAutoRedirect = false,
                UseCookies = false,
                EnableMultipleHttp2Connections = true,
            }
        )
        {
            BaseAddress = root,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (key is not null)
            Client.DefaultRequestHeaders.TryAddWithoutValidation(Api.ApiKey.Header, key);
    }

    public abstract string Description { get; }

    public string? LastError { get; protected set; }

    protected Uri Root { get; }

    protected HttpClient Client { get; }

    public async ValueTask<QueryOutcome> SendAsync(ReadOnlyMemory<int> samples, CancellationToken cancellation)
    {
        try
        {
            return await AskAsync(samples, cancellation);
        }
        catch (HttpRequestException broken)
        {
            LastError = broken.Message.ReplaceLineEndings(" ");
            return QueryOutcome.Error;
        }
        catch (IOException broken)
        {
            LastError = broken.Message.ReplaceLineEndings(" ");
            return QueryOutcome.Error;
        }
    }

    public virtual ValueTask DisposeAsync()
    {
        Client.Dispose();
        return ValueTask.CompletedTask;
    }

    protected abstract Task<QueryOutcome> AskAsync(ReadOnlyMemory<int> samples, CancellationToken cancellation);

    protected async Task<QueryOutcome> PostAsync(string path, HttpContent content, CancellationToken cancellation)
    {
        using (content)
        using (var answer = await Client.PostAsync(path, content, cancellation))
        {
            // The answer has come when all of it has.
            var body = await answer.Content.ReadAsByteArrayAsync(cancellation);
            if (answer.IsSuccessStatusCode)
                return QueryOutcome.Ok;
            var text = System.Text.Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, MostErrorText)));
            LastError = $"{path} answered {(int)answer.StatusCode}: {text.ReplaceLineEndings(" ")}";
            return answer.StatusCode == HttpStatusCode.TooManyRequests ? QueryOutcome.Rejected : QueryOutcome.Error;
        }
    }
}
