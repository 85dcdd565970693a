using InferenceMeter.Pipeline;
using InferenceMeter.ServiceTests.Api;

namespace InferenceMeter.ServiceTests.Program;

public sealed class EngineFactoryTests
{
    [Theory]
    [InlineData(null, 2)]
    [InlineData(1, 1)]
    [InlineData(4, 2)]
    public void A_GPU_is_proved_at_the_batch_size_that_is_taken_by_two_sessions_at_once_where_there_are_two(
        int? instances,
        int sessions
    )
    {
        var gpu = new FakeGpu(0, "0000:01:00.0") { MaxImages = 64 };
        var options = new EngineOptions { Instances = instances };
        var said = new List<string>();

        var factory = new EngineFactory(TimeProvider.System) { Warn = said.Add };

        var engine = factory.OpenGpu(options, [gpu]);

        Assert.Equal((engine.Configuration.BatchSize, sessions), Assert.Single(gpu.Proved));
        Assert.Contains("batches of 128 images do not fit the device's memory", said);
    }
}
