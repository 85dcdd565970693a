using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Pipeline;
using InferenceMeter.Serving;
using InferenceMeter.Tests.Inference;
using InferenceMeter.Tests.Pipeline;

namespace InferenceMeter.Tests.Serving;

/// <summary>Images that are asked for, on the pipeline of the background load.</summary>
public sealed class RequestDeskTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly WorkCounters _counters = new(TimeProvider.System, "test");
    private readonly FaultySessionFactory _factory = new();
    private readonly CancellationTokenSource _stop = new();
    private InferencePipeline? _pipeline;
    private RequestDesk? _desk;
    private Task _work = Task.CompletedTask;

    [Theory]
    [InlineData(Background.Off)]
    [InlineData(Background.On)]
    [InlineData(Background.Fill)]
    public async Task Every_image_gets_its_own_answer_and_is_counted_as_asked_for(Background background)
    {
        Start(background);

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Ask((byte)(i % 5 == 4 ? 255 : i % 5))))
            .WaitAsync(Patience);

        for (var i = 0; i < answers.Length; i++)
            Assert.Equal(
                i % 5 == 4
                    ? (AnswerOutcome.Failed, ImageFailure.Corrupt)
                    : (AnswerOutcome.Classified, ImageFailure.None),
                (answers[i].Outcome, answers[i].Failure)
            );
        // The best class of these sessions is the first pixel: each has the answer to its own image.
        Assert.All(
            answers.Index().Where(pair => pair.Index % 5 != 4),
            pair => Assert.Equal(pair.Index % 5, pair.Item.Classes[0].Index)
        );
        Assert.All(
            answers.Where(answer => answer.Outcome == AnswerOutcome.Classified),
            answer =>
            {
                Assert.InRange(answer.Times.BatchImages, 1, 4);
                Assert.True(
                    answer.Times.Total
                        >= answer.Times.Queue + answer.Times.Decode + answer.Times.Batch + answer.Times.Infer - 1e-6
                );
            }
        );
        await End();
        var (load, asked) = (_counters.Snapshot().Sources[0], _counters.Snapshot().Sources[1]);
        Assert.Equal(
            ("request", 200, 160, 40, 0),
            (asked.Source, asked.HandedOut, asked.Ok.Sum(), asked.FailedBy(ImageFailure.Corrupt), asked.Rejected)
        );
        Assert.Equal(load.HandedOut, load.Ok.Sum());
        if (background == Background.Off)
            Assert.Equal(0, load.HandedOut);
        if (background == Background.On)
            Assert.True(load.HandedOut > 0);
    }

    [Fact]
    public async Task Pixels_need_no_decoding()
    {
        Start(Background.Off);

        var (right, wrong) = (
            await Ask([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], isPixels: true),
            await Ask([1, 2, 3], isPixels: true)
        );

        Assert.Equal(AnswerOutcome.Classified, right.Outcome);
        Assert.Equal((AnswerOutcome.Failed, ImageFailure.Corrupt), (wrong.Outcome, wrong.Failure));
    }

    [Fact]
    public async Task Alone_it_does_not_wait_for_company()
    {
        // A partial batch of the background load would wait for an hour.
        Start(Background.Off, delay: TimeSpan.FromHours(1));

        var answer = await Ask(1).WaitAsync(Patience);

        Assert.Equal(1, answer.Times.BatchImages);
    }

    [Fact]
    public async Task While_the_engine_is_busy_they_gather()
    {
        Start(Background.Off, delay: TimeSpan.FromHours(1));
        _pipeline!.Pause();
        var first = Ask(1);
        while (_counters.Snapshot().BusySeconds(Stage.Batch) == 0)
            await Task.Delay(1);
        var rest = Enumerable.Range(0, 4).Select(_ => Ask(2)).ToArray();
        while (_pipeline.QueueDepth(Stage.Infer) == 0)
            await Task.Delay(1).WaitAsync(Patience);

        _pipeline.Resume();

        Assert.Equal(1, (await first.WaitAsync(Patience)).Times.BatchImages);
        Assert.All(await Task.WhenAll(rest).WaitAsync(Patience), answer => Assert.Equal(4, answer.Times.BatchImages));
    }

    [Fact]
    public async Task What_is_over_the_limit_is_turned_away_at_once_and_counted()
    {
        Start(Background.Off, limit: 3);
        _pipeline!.Pause();
        var held = Enumerable.Range(0, 3).Select(_ => Ask(1)).ToArray();

        var full = await Assert.ThrowsAsync<RequestRefusedException>(() => Ask(2));
        var many = await Assert.ThrowsAsync<RequestRefusedException>(() =>
            _desk!.ClassifyAsync([.. Enumerable.Repeat<ReadOnlyMemory<byte>>(new byte[1], 4)], false, 0, null, default)
        );

        Assert.Equal((RefusalReason.Full, RefusalReason.TooMany, 3), (full.Reason, many.Reason, _desk!.Held));
        Assert.InRange(full.RetryAfter.TotalSeconds, 1, 60);
        _pipeline.Resume();
        await Task.WhenAll(held).WaitAsync(Patience);
        Assert.Equal(0, _desk.Held);
        Assert.Equal(AnswerOutcome.Classified, (await Ask(1)).Outcome);
        Assert.Equal(
            (9, 4, 5),
            (_counters.Snapshot().Sources[1].HandedOut, _counters.Snapshot().Ok, _counters.Snapshot().Rejected)
        );
    }

    [Fact]
    public async Task What_nobody_waits_for_any_more_is_dropped_before_it_costs_a_slot()
    {
        Start(Background.Off);
        _pipeline!.Pause();
        // One runs, the rest of the pool fills, and from then on decoders wait for a slot.
        var held = Enumerable.Range(0, 12).Select(_ => Ask(1)).ToArray();
        while (_pipeline.QueueDepth(Stage.Infer) < 1)
            await Task.Delay(1).WaitAsync(Patience);
        using var gone = new CancellationTokenSource();
        var left = Ask([3], gone: gone.Token);
        var late = Ask([3], timeout: TimeSpan.FromMilliseconds(1));
        await gone.CancelAsync();
        await Task.Delay(20);

        _pipeline.Resume();

        Assert.Equal(
            (AnswerOutcome.Dropped, AnswerOutcome.Dropped),
            ((await left.WaitAsync(Patience)).Outcome, (await late.WaitAsync(Patience)).Outcome)
        );
        await Task.WhenAll(held).WaitAsync(Patience);
        await End();
        var asked = _counters.Snapshot().Sources[1];
        Assert.Equal((14, 12, 2), (asked.HandedOut, asked.Ok.Sum(), asked.Rejected));
    }

    [Fact]
    public async Task They_go_before_the_background_load()
    {
        Start(Background.On);
        _pipeline!.Pause();
        // The queues of the background load are full.
        while (_pipeline.QueueDepth(Stage.Decode) < 2)
            await Task.Delay(1).WaitAsync(Patience);
        await Task.Delay(50);
        var asked = Ask(1);
        var before = _counters.Snapshot().HandedOut;

        _pipeline.Resume();
        await asked.WaitAsync(Patience);

        // What lay in batches already, and no more than the next few: not the queue before the decoders.
        Assert.InRange(_counters.Snapshot().Sources[0].Ok.Sum(), 0, before + 64);
    }

    [Fact]
    public async Task Filling_the_background_load_stands_still_while_somebody_asks()
    {
        Start(Background.Fill);
        while (_counters.Snapshot().Ok < 100)
            await Task.Delay(1).WaitAsync(Patience);
        _factory.BeforeRun = () => Thread.Sleep(20);
        var asking = Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
                await Ask(1);
        });
        await Task.Delay(100);
        var before = _counters.Snapshot().Sources[0].Ok.Sum();
        await asking.WaitAsync(Patience);
        var during = _counters.Snapshot().Sources[0].Ok.Sum() - before;

        Assert.InRange(during, 0, 16);
        while (_counters.Snapshot().Sources[0].Ok.Sum() < before + during + 20)
            await Task.Delay(5).WaitAsync(Patience);
    }

    [Fact]
    public async Task At_the_end_those_who_wait_are_told()
    {
        Start(Background.Off);
        _factory.BeforeRun = () => Thread.Sleep(5);
        var asked = Enumerable.Range(0, 30).Select(_ => Ask(1)).ToArray();

        await End();

        Assert.All(
            await Task.WhenAll(asked).WaitAsync(Patience),
            answer => Assert.Contains(answer.Outcome, new[] { AnswerOutcome.Classified, AnswerOutcome.Stopped })
        );
        Assert.Equal(AnswerOutcome.Stopped, (await Ask(1)).Outcome);
        _desk!.Close();
        Assert.Equal(
            RefusalReason.NotServing,
            (await Assert.ThrowsAsync<RequestRefusedException>(() => Ask(1))).Reason
        );
        var counts = _counters.Snapshot();
        Assert.Equal(counts.HandedOut, counts.Ok + counts.Failed + counts.Rejected);
    }

    [Fact]
    public async Task An_image_that_the_model_cannot_be_run_on_is_told_so()
    {
        Start(Background.Off);
        _factory.Broken = "out of order";
        var asked = Ask(1);
        await Task.Delay(50);
        _factory.Broken = null;

        Assert.Contains(
            (await asked.WaitAsync(Patience)).Outcome,
            new[] { AnswerOutcome.Classified, AnswerOutcome.Failed }
        );
    }

    public async ValueTask DisposeAsync()
    {
        await End();
        _pipeline?.Dispose();
        _desk?.Dispose();
        _stop.Dispose();
    }

    private void Start(Background background, int limit = 1000, TimeSpan? delay = null)
    {
        var options = new PipelineOptions { DecoderWorkers = 1, Background = background };
        _pipeline = TestPipeline.Create(
            new NumberedImages(new byte[16], repeat: true),
            [_factory],
            _counters,
            options,
            batches: 3,
            new RequestOutput(),
            delay
        );
        _desk = new RequestDesk(() => _pipeline, _counters, limit, () => 100, TimeProvider.System);
        _work = _pipeline.RunAsync(_stop.Token, CancellationToken.None);
    }

    private async Task End()
    {
        if (!_stop.IsCancellationRequested)
            await _stop.CancelAsync();
        await _work.WaitAsync(Patience);
    }

    private Task<ImageAnswer> Ask(byte image) => Ask([image]);

    private async Task<ImageAnswer> Ask(
        byte[] image,
        bool isPixels = false,
        TimeSpan? timeout = null,
        CancellationToken gone = default
    ) => (await _desk!.ClassifyAsync([image], isPixels, TimeProvider.System.GetTimestamp(), timeout, gone))[0];
}
