using Grpc.Core;
using InferenceMeter.ServiceTests.OpenInference.Triton;

namespace InferenceMeter.ServiceTests.OpenInference;

/// <summary><c>ModelStreamInfer</c>: requests and answers in a stream each.</summary>
public sealed class InferStreamTests(TritonClientFixture triton) : IClassFixture<TritonClientFixture>
{
    [Fact]
    public async Task Answers_come_in_order_and_a_wrong_request_has_its_error_among_them()
    {
        using var stream = triton.Client.ModelStreamInfer();
        for (var i = 0; i < 20; i++)
            await stream.RequestStream.WriteAsync(
                TritonRequests.Pixels(i % 5 == 3 ? "other" : "null", 1, $"request {i}")
            );
        await stream.RequestStream.CompleteAsync();

        var answers = await All(stream);

        Assert.Equal(
            Enumerable.Range(0, 20).Select(i => $"request {i}"),
            answers.Select(answer => answer.InferResponse.Id)
        );
        foreach (var (i, answer) in answers.Index())
        {
            if (i % 5 == 3)
            {
                Assert.StartsWith("there is no model 'other'", answer.ErrorMessage, StringComparison.Ordinal);
                Assert.Empty(answer.InferResponse.Outputs);
            }
            else
            {
                Assert.Equal(("", 3), (answer.ErrorMessage, answer.InferResponse.Outputs.Count));
            }
        }
    }

    [Fact]
    public async Task A_client_may_wait_for_each_answer_before_it_sends_the_next()
    {
        using var stream = triton.Client.ModelStreamInfer();

        for (var i = 0; i < 3; i++)
        {
            await stream.RequestStream.WriteAsync(TritonRequests.Pixels("null", 2, $"{i}"));
            Assert.True(await stream.ResponseStream.MoveNext().WaitAsync(Eventually.Deadline));
            Assert.Equal($"{i}", stream.ResponseStream.Current.InferResponse.Id);
        }

        await stream.RequestStream.CompleteAsync();
        Assert.False(await stream.ResponseStream.MoveNext().WaitAsync(Eventually.Deadline));
    }

    [Fact]
    public async Task More_than_the_meter_holds_wait_in_the_stream_and_none_is_refused()
    {
        using var stream = triton.Client.ModelStreamInfer();
        var reading = All(stream);

        for (var i = 0; i < 5 * TritonClientFixture.MaxInFlight; i++)
            await stream.RequestStream.WriteAsync(TritonRequests.Pixels("null", 1));
        await stream.RequestStream.CompleteAsync();

        var answers = await reading.WaitAsync(Eventually.Deadline);
        Assert.Equal(5 * TritonClientFixture.MaxInFlight, answers.Count);
        Assert.All(answers, answer => Assert.Equal("", answer.ErrorMessage));
    }

    [Fact]
    public async Task A_client_that_goes_away_leaves_nothing_behind()
    {
        await using var own = new OwnFixture();
        await own.Triton.InitializeAsync();
        own.Triton.Host.Pipeline.Pause();
        using (var stream = own.Triton.Client.ModelStreamInfer())
        {
            for (var i = 0; i < 4; i++)
                await stream.RequestStream.WriteAsync(TritonRequests.Pixels("null", 1));
            await Eventually.IsTrue(() => own.Triton.Host.Meter.Requests.Held == 4);
        }

        own.Triton.Host.Pipeline.Resume();

        await Eventually.IsTrue(() => own.Triton.Host.Meter.Requests.Held == 0);
    }

    private static async Task<List<ModelStreamInferResponse>> All(
        AsyncDuplexStreamingCall<ModelInferRequest, ModelStreamInferResponse> stream
    )
    {
        var answers = new List<ModelStreamInferResponse>();
        await foreach (var answer in stream.ResponseStream.ReadAllAsync())
            answers.Add(answer);
        return answers;
    }

    private sealed class OwnFixture : IAsyncDisposable
    {
        public TritonClientFixture Triton { get; } = new();

        public async ValueTask DisposeAsync() => await Triton.DisposeAsync();
    }
}
