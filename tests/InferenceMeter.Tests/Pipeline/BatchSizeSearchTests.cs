using InferenceMeter.Inference;
using InferenceMeter.Pipeline;
using InferenceMeter.Tests.Inference;

namespace InferenceMeter.Tests.Pipeline;

public sealed class BatchSizeSearchTests
{
    private readonly List<string> _said = [];

    [Fact]
    public void It_is_the_largest_that_still_raises_throughput_by_a_hundredth() =>
        Assert.Equal(
            (128, 985.0),
            Find(
                new()
                {
                    [8] = 400,
                    [16] = 600,
                    [32] = 800,
                    [64] = 950,
                    [128] = 985,
                    [256] = 990,
                    [512] = 991,
                    [1024] = 992,
                }
            )
        );

    [Fact]
    public void One_shape_that_the_kernels_do_not_like_does_not_end_the_search() =>
        Assert.Equal(
            (64, 950.0),
            Find(
                new()
                {
                    [8] = 400,
                    [16] = 600,
                    [32] = 590,
                    [64] = 950,
                    [128] = 700,
                    [256] = 700,
                }
            )
        );

    [Fact]
    public void Out_of_memory_ends_it_and_is_told()
    {
        Assert.Equal(
            (32, 800.0),
            Find(
                new()
                {
                    [8] = 400,
                    [16] = 600,
                    [32] = 800,
                }
            )
        );
        Assert.Equal(["batches of 64 images do not fit the device's memory"], _said);
    }

    [Fact]
    public void It_starts_at_32_and_stops_at_512_with_trials_of_one_to_two_seconds()
    {
        var tried = new List<int>();

        BatchSizeSearch.Find(
            BatchSizeSearch.First,
            BatchSizeSearch.Most,
            size =>
            {
                tried.Add(size);
                return size;
            },
            _said.Add
        );

        Assert.Equal([32, 64, 128, 256, 512], tried);
        Assert.InRange(BatchSizeSearch.Trial.TotalSeconds, 1, 2);
    }

    [Fact]
    public void Where_the_first_size_does_not_fit_it_is_halved_until_one_does()
    {
        Assert.Equal((2, 100.0), Find(new() { [2] = 100, [1] = 60 }));
        Assert.Equal(
            [
                "batches of 8 images do not fit the device's memory",
                "batches of 4 images do not fit the device's memory",
            ],
            _said
        );
    }

    [Fact]
    public void A_device_that_cannot_run_a_single_image_is_an_error() =>
        Assert.Throws<InferenceException>(() => Find([]));

    [Fact]
    public void The_engine_alone_is_measured_over_all_devices_and_instances()
    {
        using var factory = new NullSessionFactory();

        using var probe = new EngineProbe([factory, factory], 2, TimeProvider.System);

        Assert.True(probe.Measure(4, TimeSpan.FromMilliseconds(20)) > 0);
        Assert.True(probe.Measure(8, TimeSpan.FromMilliseconds(20)) > 0);
    }

    [Fact]
    public void A_batch_that_one_device_cannot_run_is_told()
    {
        var good = new FaultySessionFactory();
        var bad = new FaultySessionFactory { MaxImages = 2 };

        using var probe = new EngineProbe([good, bad], 2, TimeProvider.System);

        var full = Assert.Throws<InferenceException>(() => probe.Measure(4, TimeSpan.FromMilliseconds(20)));
        Assert.Equal(InferenceFault.OutOfMemory, full.Fault);
    }

    private (int, double) Find(Dictionary<int, double> rates) =>
        BatchSizeSearch.Find(
            8,
            1024,
            size =>
                rates.TryGetValue(size, out var rate)
                    ? rate
                    : throw new InferenceException("full") { Fault = InferenceFault.OutOfMemory },
            _said.Add
        );
}
