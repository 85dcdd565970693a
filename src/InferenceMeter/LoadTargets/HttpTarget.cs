using System.Net;
using InferenceMeter.LoadTesting;

namespace InferenceMeter.LoadTargets;

/// <summary>A server that is asked over HTTP: what all of them share.</summary>
internal abstract class HttpTarget : ILoadTarget
{
    private const int MostErrorText = 200;

    protected HttpTarget(TargetAddress server)
    {
        Server = server;
        Client = server.CreateClient(Timeout.InfiniteTimeSpan);
    }

    public abstract string Description { get; }

    public string? LastError { get; protected set; }

    protected TargetAddress Server { get; }

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

    /// <summary>Asks once.</summary>
    /// <param name="path">Relative to the address of the server.</param>
    /// <param name="content">The body.</param>
    /// <param name="cancellation">Gives up.</param>
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
            LastError = $"{Server}/{path} answered {(int)answer.StatusCode}: {text.ReplaceLineEndings(" ")}";
            return answer.StatusCode == HttpStatusCode.TooManyRequests ? QueryOutcome.Rejected : QueryOutcome.Error;
        }
    }
}
