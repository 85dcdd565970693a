using InferenceMeter.Hosting;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.Program;

public sealed class EngineOpeningTests
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
        var settings = new MeterSettings { Inference = new InferenceSettings { Instances = instances } };
        var said = new List<string>();

        var engine = EngineOpening.OpenGpu(settings, [gpu], cores: 2, TimeProvider.System, said.Add, _ => { });

        Assert.Equal((engine.Settings.BatchSize, sessions), Assert.Single(gpu.Proved));
        Assert.Contains("batches of 128 images do not fit the device's memory", said);
    }
}
