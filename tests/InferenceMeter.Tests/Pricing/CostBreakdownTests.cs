using CsCheck;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;

namespace InferenceMeter.Tests.Pricing;

public sealed class CostBreakdownTests
{
    private static readonly Dictionary<Stage, int> Workers = new()
    {
        [Stage.Source] = 1,
        [Stage.Fetch] = 1,
        [Stage.Decode] = 4,
        [Stage.Batch] = 4,
        [Stage.Infer] = 2,
        [Stage.Sink] = 1,
    };

    [Fact]
    public void On_a_cpu_money_goes_to_who_holds_the_cores()
    {
        // Of 4 cores: one session of 2 threads all the time, half a core of decoding, the rest idle.
        var shares = CostBreakdown.OnCpu(Load(decode: 0.5, infer: 1), cores: 4, threadsPerInstance: 2);

        Assert.Equal(Shares(decode: 0.125, infer: 0.5, idle: 0.375), shares);
    }

    [Fact]
    public void More_work_than_cores_shares_them_and_leaves_nothing_idle()
    {
        var shares = CostBreakdown.OnCpu(Load(decode: 1, infer: 2), cores: 2, threadsPerInstance: 1);

        Assert.Equal((1 / 3d, 2 / 3d, 0d), (shares.Decode, shares.Infer, shares.Idle));
    }

    [Fact]
    public void A_gpu_that_never_waits_takes_all_the_money_however_busy_the_decoders_are() =>
        Assert.Equal(Shares(infer: 1), CostBreakdown.OnGpu(Load(decode: 3.9, infer: 2), Workers, executing: 1));

    [Fact]
    public void What_a_gpu_waits_for_is_paid_by_the_stage_it_waits_for()
    {
        // It executes a quarter of the time; the four decoders are busy all the time.
        Assert.Equal(Shares(decode: 0.75, infer: 0.25), CostBreakdown.OnGpu(Load(decode: 4), Workers, executing: 0.25));
        Assert.Equal(Shares(infer: 0.25, idle: 0.75), CostBreakdown.OnGpu(Load(), Workers, executing: 0.25));
        Assert.Equal(
            Shares(decode: 0.5, batch: 0.125, idle: 0.375),
            CostBreakdown.OnGpu(Load(decode: 2, batch: 1), Workers, executing: 0)
        );
    }

    [Fact]
    public void Waiting_for_images_pays_for_no_more_than_what_nobody_held()
    {
        // Of 2 cores one is busy with the model all the time; the source waits for nine tenths of it.
        Assert.Equal(
            Shares(fetch: 0.5, infer: 0.5),
            CostBreakdown.OnCpu(Load(infer: 1, fetch: 0.9), cores: 2, threadsPerInstance: 1)
        );
        Assert.Equal(
            Shares(fetch: 0.25, infer: 0.5, idle: 0.25),
            CostBreakdown.OnCpu(Load(infer: 1, fetch: 0.25), cores: 2, threadsPerInstance: 1)
        );
    }

    [Fact]
    public void A_gpu_that_waits_for_images_to_arrive_is_paid_by_fetching_them() =>
        Assert.Equal(
            Shares(fetch: 0.375, decode: 0.1875, infer: 0.25, idle: 0.1875),
            CostBreakdown.OnGpu(Load(fetch: 0.5, decode: 2), Workers, executing: 0.25)
        );

    [Fact]
    public void The_parts_add_up_to_the_whole() =>
        (
            from busy in Gen.Double[0, 64].Array[6]
            from executing in Gen.Double[0, 1]
            from cores in Gen.Int[1, 128]
            from threads in Gen.Int[1, 16]
            select (busy, executing, cores, threads)
        ).Sample(drawn =>
        {
            var load = Load(drawn.busy[0], drawn.busy[1], drawn.busy[2], drawn.busy[3], drawn.busy[4], drawn.busy[5]);
            foreach (
                var shares in new[]
                {
                    CostBreakdown.OnCpu(load, drawn.cores, drawn.threads),
                    CostBreakdown.OnGpu(load, Workers, drawn.executing),
                }
            )
            {
                Assert.Equal(1, shares.Parts.Sum(part => part.Share), 1e-9);
                Assert.All(shares.Parts, part => Assert.InRange(part.Share, -1e-12, 1 + 1e-12));
            }
        });

    private static CostBreakdown Shares(
        double fetch = 0,
        double decode = 0,
        double batch = 0,
        double infer = 0,
        double idle = 0
    ) =>
        new()
        {
            Fetch = fetch,
            Decode = decode,
            Batch = batch,
            Infer = infer,
            Idle = idle,
        };

    private static StageUtilizationReading Load(
        double decode = 0,
        double batch = 0,
        double infer = 0,
        double source = 0,
        double sink = 0,
        double fetch = 0
    ) =>
        new(
            100,
            new Dictionary<Stage, double>
            {
                [Stage.Source] = source,
                [Stage.Fetch] = fetch,
                [Stage.Decode] = decode,
                [Stage.Batch] = batch,
                [Stage.Infer] = infer,
                [Stage.Sink] = sink,
            }
        );
}
