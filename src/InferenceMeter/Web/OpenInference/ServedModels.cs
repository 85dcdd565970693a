using System.Collections.Concurrent;
using InferenceMeter.Composition;
using InferenceMeter.Images;
using InferenceMeter.Metering;
using InferenceMeter.Models;
using InferenceMeter.Pipeline.Requests;
using InferenceMeter.Telemetry;
using InferenceMeter.Web.Api;
using InferenceMeter.Web.Health;
using InferenceMeter.Web.OpenInference.Grpc;

namespace InferenceMeter.Web.OpenInference;

/// <summary>
/// The model as the Open Inference Protocol shows it, under a name for each kind of input: <c>NAME</c> takes pixels of
/// its input size, <c>NAME-encoded</c> takes JPEG, PNG and other files as BYTES, <c>NAME-tensor</c> takes the
/// normalised numbers that its file takes; these answer with the best classes of each image. <c>NAME-scores</c> takes
/// pixels and answers the probabilities of all classes.
/// </summary>
internal sealed class ServedModels(
    Meter meter,
    MeterReadiness readiness,
    RequestDispatcher requests,
    InferenceMetrics metrics
)
{
    /// <summary>The only version.</summary>
    public const string Version = "1";

    /// <summary>The extensions of the protocol that are here, by Triton's names.</summary>
    public static IReadOnlyList<string> Extensions { get; } =
    ["binary_tensor_data", "classification", "model_configuration", "model_repository", "statistics"];

    public const string Platform = "onnxruntime_onnx";

    private const string Encoded = "-encoded";
    private const string Tensor = "-tensor";
    private const string Scores = "-scores";
    private const string Pixels = "pixels";
    private const string Image = "image";

    private readonly BestClasses _best = new(meter.Model);
    private readonly AllScores _scores = new(meter.Model);
    private readonly ConcurrentDictionary<string, RequestStatistics> _statistics = new(StringComparer.Ordinal);

    private ModelDescription Model => meter.Model;

    /// <summary>The names of the models.</summary>
    public IReadOnlyList<string> Names =>
        Model.Tensor is null
            ? [Model.Name, Model.Name + Encoded, Model.Name + Scores]
            : [Model.Name, Model.Name + Encoded, Model.Name + Tensor, Model.Name + Scores];

    /// <summary>Images that the meter takes at once.</summary>
    public int MostImages => requests.Limit;

    /// <summary>Why it is not ready; <see langword="null"/> when it is.</summary>
    public string? NotReady =>
        meter.Scope == Scope.Model
            ? "the meter runs ready tensors (--scope model) and takes no requests"
            : readiness.NotReady;

    /// <summary>A model by its name.</summary>
    /// <exception cref="ProtocolException">There is no such model or version.</exception>
    public ServedModel Find(string name, string? version)
    {
        if (!Names.Contains(name, StringComparer.Ordinal))
            throw new ProtocolException(
                ProtocolError.NotFound,
                $"there is no model '{ProtocolException.Shorten(name)}', accepted: {string.Join(", ", Names)}"
            );
        if (version is not (null or "" or Version))
            throw new ProtocolException(
                ProtocolError.NotFound,
                $"there is no version '{ProtocolException.Shorten(version)}' of {name}, accepted: {Version}"
            );
        return new ServedModel(name, Input(name), name == Model.Name + Scores ? _scores : _best);
    }

    /// <summary>The configuration of a model.</summary>
    /// <exception cref="ProtocolException">There is no such model or version.</exception>
    public ModelConfig Configuration(string name, string? version) => ModelConfiguration.Of(Find(name, version), meter);

    /// <summary>What was counted of the requests since the start.</summary>
    /// <param name="name">The name of the model; <see langword="null"/> or empty for all.</param>
    /// <param name="version">Its version; <see langword="null"/> or empty for the only one.</param>
    /// <exception cref="ProtocolException">There is no such model or version.</exception>
    public ModelStatisticsResponse Statistics(string? name, string? version)
    {
        var names = string.IsNullOrEmpty(name) ? Names : [Find(name, version).Name];
        return new ModelStatisticsResponse
        {
            ModelStats = { names.Select(one => StatisticsDocument.Of(one, StatisticsOf(one).Snapshot())) },
        };
    }

    /// <summary>The models and whether they are ready.</summary>
    /// <param name="onlyReady">Leaves out what is not.</param>
    public RepositoryIndexResponse Index(bool onlyReady)
    {
        var index = new RepositoryIndexResponse();
        var reason = NotReady;
        if (onlyReady && reason is not null)
            return index;
        index.Models.AddRange(
            Names.Select(name => new RepositoryIndexResponse.Types.ModelIndex
            {
                Name = name,
                Version = Version,
                State = reason is null ? "READY" : "UNAVAILABLE",
                Reason = reason ?? "",
            })
        );
        return index;
    }

    /// <summary>Answers a request.</summary>
    /// <param name="name">The name of the model.</param>
    /// <param name="version">Its version; <see langword="null"/> or empty for the only one.</param>
    /// <param name="call">The request; its content must not change before this method returns.</param>
    /// <param name="arrival">The timestamp from which latency counts.</param>
    /// <param name="gone">Cancelled when the client no longer waits.</param>
    /// <exception cref="ProtocolException">The request is wrong, or could not be answered.</exception>
    /// <exception cref="RequestRefusedException">The meter is busy.</exception>
    public async Task<IReadOnlyList<TensorData>> InferAsync(
        string name,
        string? version,
        InferCall call,
        long arrival,
        CancellationToken gone
    )
    {
        var model = Find(name, version);
        var statistics = StatisticsOf(name);
        try
        {
            var (answers, outputs) = await InferAsync(model, call, arrival, statistics, gone);
            statistics.Answered(answers, arrival);
            return outputs;
        }
        catch
        {
            statistics.Failed(arrival);
            throw;
        }
    }

    private async Task<(IReadOnlyList<ImageAnswer> Answers, IReadOnlyList<TensorData> Outputs)> InferAsync(
        ServedModel model,
        InferCall call,
        long arrival,
        RequestStatistics statistics,
        CancellationToken gone
    )
    {
        var input = model.Input;
        var images = InputTensors.Split(call.Inputs, input, Model);
        var outputs =
            call.Outputs.Count > 0
                ? call.Outputs
                : [.. model.Outputs.Select(output => new RequestedOutput(output.Name, null, null))];
        foreach (var output in outputs)
            model.Tensors.Check(output);
        if (meter.Scope == Scope.Model)
            throw new ProtocolException(ProtocolError.Unavailable, NotReady!);
        var answers = await requests.ClassifyAsync(
            images,
            input.Datatype != "BYTES",
            arrival,
            call.Timeout,
            new AnswerDemand { Scores = model.Tensors.NeedsScores, Statistics = statistics },
            gone
        );
        foreach (var answer in answers.Where(answer => answer.Outcome == AnswerOutcome.Classified))
            metrics.RequestAnswered(Scope.Service, answer.Times.Total);
        for (var i = 0; i < answers.Count; i++)
            Done(answers[i], i, answers.Count);
        return (answers, [.. outputs.Select(output => model.Tensors.Make(output, answers))]);
    }

    private RequestStatistics StatisticsOf(string name) =>
        _statistics.GetOrAdd(name, static (_, time) => new RequestStatistics(time), meter.Time);

    private TensorSpec Input(string name)
    {
        if (name == Model.Name || name == Model.Name + Scores)
            return new TensorSpec(Pixels, "UINT8", [-1, Model.Height, Model.Width, 3]);
        if (name == Model.Name + Encoded)
            return new TensorSpec(Image, "BYTES", [-1]);
        var file = Model.Tensor!;
        return new TensorSpec(
            file.Name,
            file.IsHalf ? "FP16" : "FP32",
            file.ChannelsFirst ? [-1, 3, Model.Height, Model.Width] : [-1, Model.Height, Model.Width, 3]
        );
    }

    private static void Done(ImageAnswer answer, int index, int count)
    {
        if (answer.Outcome == AnswerOutcome.Classified)
            return;
        var which = count == 1 ? "the image" : $"image {index + 1} of {count}";
        throw answer switch
        {
            { Outcome: AnswerOutcome.Dropped } => new ProtocolException(
                ProtocolError.Late,
                $"the time of the request was over before {which} had a place in a batch"
            ),
            { Outcome: AnswerOutcome.Stopped } => new ProtocolException(
                ProtocolError.Unavailable,
                "the meter is ending"
            ),
            { Failure: ImageFailure.Inference } => new ProtocolException(
                ProtocolError.Unavailable,
                $"the model could not be run on {which}"
            ),
            _ => new ProtocolException(
                ProtocolError.Unprocessable,
                $"{which} is {answer.Failure.ToLabel()}: {ServingProblems.Meaning(answer.Failure)}"
            ),
        };
    }
}
