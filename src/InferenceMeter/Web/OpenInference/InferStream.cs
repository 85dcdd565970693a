using System.Threading.Channels;
using Grpc.Core;
using InferenceMeter.Pipeline.Requests;
using InferenceMeter.Web.OpenInference.Grpc;

namespace InferenceMeter.Web.OpenInference;

/// <summary>
/// Answers a stream of requests in their order. They are worked on side by side, so that they share batches; a wrong
/// one has its error in the stream, which goes on.
/// </summary>
internal static class InferStream
{
    /// <summary>Runs until the client has sent its last request and has its last answer.</summary>
    /// <param name="requests">What is asked.</param>
    /// <param name="answers">Where it is answered.</param>
    /// <param name="infer">Answers one request.</param>
    /// <param name="most">Requests that are worked on at once; more are left in the transport.</param>
    /// <param name="gone">Cancelled when the client no longer waits.</param>
    public static async Task RunAsync(
        IAsyncStreamReader<ModelInferRequest> requests,
        IServerStreamWriter<ModelStreamInferResponse> answers,
        Func<ModelInferRequest, Task<ModelInferResponse>> infer,
        int most,
        CancellationToken gone
    )
    {
        var waiting = Channel.CreateBounded<Task<ModelStreamInferResponse>>(
            // One more is being awaited.
            new BoundedChannelOptions(Math.Max(1, most - 1)) { SingleReader = true, SingleWriter = true }
        );
        using var over = CancellationTokenSource.CreateLinkedTokenSource(gone);
        var reading = ReadAsync(requests, waiting.Writer, infer, over.Token);
        try
        {
            await foreach (var answer in waiting.Reader.ReadAllAsync(gone))
                await answers.WriteAsync(await answer, gone);
        }
        finally
        {
            // Also when the client is gone: what was begun uses its request until it ends.
            await over.CancelAsync();
            await reading;
            while (waiting.Reader.TryRead(out var rest))
                await rest;
        }
    }

    private static async Task ReadAsync(
        IAsyncStreamReader<ModelInferRequest> requests,
        ChannelWriter<Task<ModelStreamInferResponse>> waiting,
        Func<ModelInferRequest, Task<ModelInferResponse>> infer,
        CancellationToken gone
    )
    {
        try
        {
            while (await requests.MoveNext(gone))
            {
                await waiting.WaitToWriteAsync(gone);
                await waiting.WriteAsync(AnswerAsync(requests.Current, infer), CancellationToken.None);
            }

            waiting.Complete();
        }
        catch (Exception broken)
        {
            // The one who writes the answers learns of it, after those that are there.
            waiting.Complete(broken);
        }
    }

    private static async Task<ModelStreamInferResponse> AnswerAsync(
        ModelInferRequest request,
        Func<ModelInferRequest, Task<ModelInferResponse>> infer
    )
    {
        try
        {
            return new ModelStreamInferResponse { InferResponse = await infer(request) };
        }
        catch (Exception wrong) when (wrong is ProtocolException or RequestRefusedException)
        {
            return new ModelStreamInferResponse
            {
                ErrorMessage = wrong.Message,
                InferResponse = new ModelInferResponse
                {
                    ModelName = request.ModelName,
                    ModelVersion = request.ModelVersion,
                    Id = request.Id,
                },
            };
        }
    }
}
