using System.IO.Pipelines;
using InferenceMeter.Images;
using InferenceMeter.Images.Stores;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Images.Stores;

/// <summary>A bucket whose content arrives as a test sends it.</summary>
public sealed class SlowBucketTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Pipe _content = new();

    [Fact]
    public async Task An_image_may_take_long_as_long_as_it_keeps_arriving()
    {
        using var store = Store();
        var reading = store.ReadAsync(store.Object("1.jpg", 3), 100, CancellationToken.None).AsTask();
        for (var sent = 1; sent < 3; sent++)
        {
            await SendAsync(store, sent);
            _time.Advance(TimeSpan.FromSeconds(20));
        }

        await _content.Writer.WriteAsync(new byte[] { 3 });
        var image = await reading.WaitAsync(Eventually.Deadline);

        Assert.Equal((ImageFailure.None, 3), (image.Failure, image.Length));
        Assert.Equal((1, 0), (store.Traffic.Gets, store.Traffic.Retries));
        image.Release();
    }

    [Fact]
    public async Task A_connection_on_which_nothing_arrives_is_given_up()
    {
        using var store = Store();
        var reading = store.ReadAsync(store.Object("1.jpg", 3), 100, CancellationToken.None).AsTask();
        await SendAsync(store, 1);

        await Eventually.IsTrue(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(31));
            return reading.IsCompleted;
        });

        var failure = await Assert.ThrowsAsync<StoreException>(() => reading);
        Assert.Equal((StoreFault.Unavailable, "nothing arrived for 30 seconds"), (failure.Fault, failure.Message));
    }

    private BucketStore Store() =>
        new(new Bucket(_content.Reader.AsStream()), _time, new BucketRetryOptions { Retries = 1 });

    /// <summary>Sends a byte, and waits until it is read.</summary>
    private async Task SendAsync(BucketStore store, int number)
    {
        await _content.Writer.WriteAsync(new[] { (byte)number });
        await Eventually.IsTrue(() => store.Traffic.Bytes == number);
    }

    /// <summary>The first request gets the content; nothing arrives on those after it.</summary>
    private sealed class Bucket(Stream content) : IBucket
    {
        private int _requests;

        public string Kind => "test";

        public string Address => "test://bucket";

        public Task<ObjectPage> ListAsync(string prefix, string? continuation, CancellationToken stop) =>
            throw new NotSupportedException();

        public Task<ObjectContent> GetAsync(ObjectRequest request, CancellationToken stop) =>
            Task.FromResult(new ObjectContent(_requests++ == 0 ? content : new Pipe().Reader.AsStream(), 3, 3, "1"));

        public StoreException FaultOf(Exception failure) => HttpFaults.Of(failure);

        public void Dispose() { }
    }
}
