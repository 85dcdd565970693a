using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace InferenceMeter.Tests.Pricing.Feeds;

/// <summary>
/// A real HTTP server on a free port of this machine, which answers as a test wishes and notes what it was asked.
/// </summary>
internal sealed class LocalServer : IAsyncDisposable
{
    private readonly HttpListener _listener;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<HttpListenerContext, int, Task> _answer;
    private readonly Task _loop;
    private int _requests;

    public LocalServer(Func<HttpListenerContext, int, Task> answer)
    {
        _answer = answer;
        (_listener, Address) = Start();
        _loop = LoopAsync();
    }

    /// <summary>Answers each request with the same text.</summary>
    public LocalServer(string text)
        : this((context, _) => TextAsync(context, text)) { }

    public Uri Address { get; }

    public ConcurrentQueue<string> Asked { get; } = [];

    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Ends when the server does: for answers that never come.</summary>
    public Task Stopped => _stopped.Task;

    public static async Task TextAsync(
        HttpListenerContext context,
        string text,
        int status = 200,
        params (string Name, string Value)[] headers
    )
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers)
            context.Response.AddHeader(name, value);
        var bytes = Encoding.UTF8.GetBytes(text);
        // Without a length an empty text is sent as two ends of a body, and the second spoils the kept connection.
        context.Response.ContentLength64 = bytes.Length;
        await context.Response.OutputStream.WriteAsync(bytes);
    }

    public async ValueTask DisposeAsync()
    {
        _stopped.TrySetResult();
        _listener.Close();
        await _loop;
    }

    private static (HttpListener Listener, Uri Address) Start()
    {
        for (var tries = 0; ; tries++)
        {
            using var free = new TcpListener(IPAddress.Loopback, 0);
            free.Start();
            var address = new Uri($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/");
            free.Stop();
            var listener = new HttpListener { Prefixes = { address.AbsoluteUri } };
            try
            {
                listener.Start();
                return (listener, address);
            }
            catch (HttpListenerException) when (tries < 10)
            {
                // Another test was faster.
            }
        }
    }

    private async Task LoopAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                // A listener that is closed while it is asked for the next request may never answer that.
                var next = _listener.GetContextAsync();
                if (await Task.WhenAny(next, _stopped.Task) != next)
                    return;
                context = await next;
            }
            catch (Exception ended)
                when (ended is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            _ = AnswerAsync(context);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var number = Interlocked.Increment(ref _requests);
        Asked.Enqueue($"{context.Request.HttpMethod} {context.Request.RawUrl}");
        try
        {
            await _answer(context, number);
            context.Response.Close();
        }
        catch (Exception gone)
            when (gone is HttpListenerException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            // The client went away, which is what some tests are about.
        }
    }
}
