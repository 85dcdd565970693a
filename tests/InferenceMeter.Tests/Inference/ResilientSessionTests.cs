using InferenceMeter.Batching;
using InferenceMeter.Inference;

namespace InferenceMeter.Tests.Inference;

public sealed class ResilientSessionTests : IDisposable
{
    private static readonly ResilienceOptions Patience = new()
    {
        FirstBackoff = TimeSpan.FromMilliseconds(300),
        ReopenAttempts = 1,
    };

    private readonly FaultySessionFactory _factory = new();
    private readonly InstanceHealth _health = new();
    private readonly ImageBatch _batch = new(4, 2, 2);
    private readonly bool[] _failed = new bool[4];

    public ResilientSessionTests()
    {
        for (var i = 0; i < 4; i++)
            _batch.Slot(i).Fill((byte)(10 * i));
        _batch.Count = 4;
    }

    public void Dispose() => _batch.Dispose();

    [Fact]
    public void A_batch_that_fails_once_is_run_again_as_it_is()
    {
        using var session = Open();
        _factory.FailNextRuns = 1;

        var result = session.Run(_batch, _failed, default);

        Assert.DoesNotContain(true, _failed);
        Assert.Equal([4, 4], _factory.RunSizes);
        Assert.Equal(30, Best(result, 3));
    }

    [Fact]
    public void One_bad_image_fails_alone_and_its_neighbours_keep_their_own_scores()
    {
        using var session = Open();
        _factory.BadPixel = 20;

        var result = session.Run(_batch, _failed, default);

        Assert.Equal([false, false, true, false], _failed);
        Assert.Equal([0, 10, 30], new[] { 0, 1, 3 }.Select(i => Best(result, i)));
        Assert.Equal([4, 4, 1, 1, 1, 1], _factory.RunSizes);
        Assert.Null(_health.Broken);
    }

    [Fact]
    public void A_session_that_dies_is_recreated_and_no_image_is_lost()
    {
        using var session = Open();
        _factory.KillSessions();

        var result = session.Run(_batch, _failed, default);

        Assert.DoesNotContain(true, _failed);
        Assert.Equal(30, Best(result, 3));
        Assert.Equal((2, 1), (_factory.Created, _health.Recreations));
    }

    [Fact]
    public async Task While_every_session_fails_the_circuit_is_open_and_says_why_and_the_work_waits()
    {
        using var session = Open();
        session.Run(_batch, _failed, default);
        _factory.Broken = "the device is gone";

        session.Run(_batch, _failed, default);
        Assert.Equal([true, true, true, true], _failed);
        Assert.Contains("the device is gone", _health.Broken, StringComparison.Ordinal);

        using var cancel = new CancellationTokenSource();
        var waiting = Task.Run(() => Record.Exception(() => session.Run(_batch, _failed, cancel.Token)));
        await cancel.CancelAsync();
        Assert.IsAssignableFrom<OperationCanceledException>(await waiting);
    }

    [Fact]
    public void When_the_device_is_back_the_circuit_closes_and_work_goes_on()
    {
        using var session = Open();
        session.Run(_batch, _failed, default);
        _factory.Broken = "the device is gone";
        session.Run(_batch, _failed, default);

        _factory.Broken = null;
        var result = session.Run(_batch, _failed, default);

        Assert.DoesNotContain(true, _failed);
        Assert.Equal(20, Best(result, 2));
        Assert.Null(_health.Broken);
    }

    [Theory]
    [InlineData(3, new[] { 4, 2, 2 })]
    [InlineData(2, new[] { 4, 2, 2 })]
    [InlineData(1, new[] { 4, 2, 1, 1, 1, 1 })]
    public void A_batch_that_does_not_fit_is_run_in_halves_and_smaller_ones_are_asked_for(int fits, int[] sizes)
    {
        var limits = new List<int>();
        using var session = new ResilientSession(_factory, _health, Patience, TimeProvider.System, limits.Add);
        _factory.MaxImages = fits;

        var result = session.Run(_batch, _failed, default);

        Assert.DoesNotContain(true, _failed);
        Assert.Equal([0, 10, 20, 30], Enumerable.Range(0, 4).Select(i => Best(result, i)));
        Assert.Equal(sizes, _factory.RunSizes);
        Assert.Equal([Math.Min(fits, 2)], limits);
        Assert.Null(_health.Broken);
    }

    [Fact]
    public void A_bad_image_in_a_batch_that_does_not_fit_costs_its_neighbours_nothing()
    {
        using var session = Open();
        (_factory.MaxImages, _factory.BadPixel) = (2, 20);

        session.Run(_batch, _failed, default);

        Assert.Equal([false, false, true, false], _failed);
    }

    [Fact]
    public void A_lost_device_is_not_tried_again()
    {
        using var session = Open();
        _factory.Lost = "Xid 79";

        var lost = Assert.Throws<InferenceException>(() => session.Run(_batch, _failed, default));

        Assert.Equal(InferenceFault.DeviceLost, lost.Fault);
        Assert.Equal([4], _factory.RunSizes);
        Assert.Equal(1, _factory.Created);
    }

    private static int Best(BatchResult result, int image)
    {
        var top = new ScoredClass[1];
        Assert.Equal(1, result.Read(image, top));
        return top[0].Index;
    }

    private ResilientSession Open() => new(_factory, _health, Patience, TimeProvider.System);
}
