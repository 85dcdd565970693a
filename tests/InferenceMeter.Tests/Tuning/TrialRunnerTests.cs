using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Models;
using InferenceMeter.Pipeline;
using InferenceMeter.Pricing;
using InferenceMeter.Tests.Pipeline;
using InferenceMeter.Tuning;

namespace InferenceMeter.Tests.Tuning;

public sealed class TrialRunnerTests
{
    private static readonly Candidate Asked = new()
    {
        Model = "small",
        Precision = "fp32",
        Batch = 8,
        Instances = 2,
        Threads = 3,
        Decoders = 1,
    };

    [Fact]
    public async Task A_trial_opens_the_candidates_engine_and_measures_it()
    {
        using var nothing = new NullSessionFactory();
        var engines = new FakeEngineFactory(options => new Engine(
            [nothing],
            EngineConfiguration.Resolve(options, nothing.Model, cores: 1),
            null
        ));
        using var runner = Runner(engines);

        var trial = await runner.RunAsync(Asked, seconds: 1, usual: false, CancellationToken.None);

        var (options, model) = Assert.Single(engines.Asked);
        Assert.Equal(
            (8, 2, 3, 1),
            (options.BatchSize, options.Instances, options.IntraOpThreads, options.DecoderWorkers)
        );
        Assert.Equal("/models/small.onnx", model.Path);
        Assert.Equal(Asked, trial.Candidate);
        // A machine that others keep busy may not settle within the trial's limit.
        if (trial.Failure is { } failure)
        {
            Assert.StartsWith("not steady", failure, StringComparison.Ordinal);
            return;
        }

        Assert.InRange(trial.Seconds, 1, 60);
        var rate = trial.ImagesPerSecond!.Value.Value;
        Assert.Equal(3.60 / 3600 / rate * 1e9, trial.UsdPerBillion!.Value, trial.UsdPerBillion.Value * 1e-6);
        Assert.True(trial.P99Seconds > 0);
    }

    [Theory]
    [InlineData(typeof(InferenceException))]
    [InlineData(typeof(ModelException))]
    public async Task A_candidate_that_cannot_be_opened_is_a_trial_that_says_why_in_a_line(Type exception)
    {
        var engines = new FakeEngineFactory(_ =>
            throw (Exception)Activator.CreateInstance(exception, "no room\nfor it")!
        );
        using var runner = Runner(engines);

        var trial = await runner.RunAsync(Asked, seconds: 1, usual: true, CancellationToken.None);

        Assert.Equal("no room for it", trial.Failure);
        Assert.Equal((Asked, 1.0), (trial.Candidate, trial.Seconds));
        Assert.Null(trial.ImagesPerSecond);
    }

    [Fact]
    public async Task A_search_that_is_given_up_leaves_its_trial_at_once()
    {
        using var nothing = new NullSessionFactory();
        var engine = new Engine([nothing], new EngineConfiguration(1, 1, 4, 1), null);
        using var runner = Runner(new FakeEngineFactory(engine));
        using var stop = new CancellationTokenSource();

        var trial = runner.RunAsync(Asked, seconds: 3600, usual: true, stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => trial.WaitAsync(Eventually.Deadline));
    }

    private static TrialRunner Runner(IEngineFactory engines)
    {
        var price = new Price
        {
            PerHour = new UsdPerMachineHour(3.60m),
            Source = PriceSource.Fixed,
            AsOf = new DateOnly(2026, 1, 1),
        };
        return new TrialRunner(
            new PipelineSetup { Images = new ImageSourceOptions { SyntheticPhotos = 1 } },
            (_, _) => new FixedPriceSource(price),
            new Dictionary<string, string>(StringComparer.Ordinal) { ["small"] = "/models/small.onnx" },
            engines,
            _ => { }
        );
    }
}
