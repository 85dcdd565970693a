using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using InferenceMeter.Composition;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Models;
using InferenceMeter.Pipeline.Requests;
using InferenceMeter.Telemetry;
using InferenceMeter.Web.Health;

namespace InferenceMeter.Web.OpenInference;

/// <summary>
/// The model as the Open Inference Protocol shows it, by what is sent: <c>NAME</c> takes pixels of its input size,
/// <c>NAME-encoded</c> takes
/// JPEG, PNG, ... as BYTES, <c>NAME-tensor</c> the normalised numbers that its file takes. All answer the best classes
/// of each image.
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

    public const string Platform = "onnxruntime_onnx";

    private const string Encoded = "-encoded";
    private const string Tensor = "-tensor";
    private const string Pixels = "pixels";
    private const string Image = "image";
    private const string Scores = "scores";
    private const string Indices = "indices";
    private const string Labels = "labels";

    private ModelDescription Model => meter.Model;

    /// <summary>Names of the models.</summary>
    public IReadOnlyList<string> Names =>
        Model.Tensor is null
            ? [Model.Name, Model.Name + Encoded]
            : [Model.Name, Model.Name + Encoded, Model.Name + Tensor];

    /// <summary>Why it is not ready; <see langword="null"/> when it is.</summary>
    public string? NotReady =>
        meter.Scope == Scope.Model
            ? "the meter runs ready tensors (--scope model) and takes no requests"
            : readiness.NotReady;

    /// <summary>What every model answers.</summary>
    public IReadOnlyList<TensorSpec> Outputs =>
        [
            new(Scores, "FP32", [-1, Model.Top]),
            new(Indices, "INT64", [-1, Model.Top]),
            new(Labels, "BYTES", [-1, Model.Top]),
        ];

    /// <summary>What a model takes.</summary>
    /// <exception cref="ProtocolException">There is no such model or version.</exception>
    public TensorSpec Input(string name, string? version)
    {
        if (!Names.Contains(name, StringComparer.Ordinal))
            throw new ProtocolException(
                ProtocolError.NotFound,
                $"there is no model '{Short(name)}', accepted: {string.Join(", ", Names)}"
            );
        if (version is not (null or "" or Version))
            throw new ProtocolException(
                ProtocolError.NotFound,
                $"there is no version '{Short(version)}' of {name}, accepted: {Version}"
            );
        if (name == Model.Name)
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

    /// <summary>Answers a request.</summary>
    /// <param name="name">Of the model.</param>
    /// <param name="version">Of it; none for the one there is.</param>
    /// <param name="call">The request; its content must not change before this ends.</param>
    /// <param name="arrival">Timestamp from which latency counts.</param>
    /// <param name="gone">Who asked does not wait any more.</param>
    /// <exception cref="ProtocolException">The request is wrong, or came to nothing.</exception>
    /// <exception cref="RequestRefusedException">The meter is busy.</exception>
    public async Task<IReadOnlyList<TensorData>> InferAsync(
        string name,
        string? version,
        InferCall call,
        long arrival,
        CancellationToken gone
    )
    {
        var input = Input(name, version);
        var images = Split(call.Inputs, input);
        var outputs =
            call.Outputs.Count > 0
                ? call.Outputs
                : [.. Outputs.Select(output => new RequestedOutput(output.Name, null, null))];
        foreach (var output in outputs)
            Check(output);
        if (meter.Scope == Scope.Model)
            throw new ProtocolException(ProtocolError.Unavailable, NotReady!);
        var answers = await requests.ClassifyAsync(images, input.Datatype != "BYTES", arrival, call.Timeout, gone);
        foreach (var answer in answers.Where(answer => answer.Outcome == AnswerOutcome.Classified))
            metrics.RequestAnswered(Scope.Service, answer.Times.Total);
        for (var i = 0; i < answers.Count; i++)
            Done(answers[i], i, answers.Count);
        return [.. outputs.Select(output => Make(output, answers))];
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
                $"{which} is {answer.Failure.ToLabel()}: {Api.ServingProblems.Meaning(answer.Failure)}"
            ),
        };
    }

    private List<ReadOnlyMemory<byte>> Split(IReadOnlyList<TensorData> inputs, TensorSpec spec)
    {
        if (inputs is not [var input])
            throw Invalid($"{inputs.Count} inputs, accepted: one, {spec}");
        if (input.Name != spec.Name)
            throw Invalid($"there is no input '{Short(input.Name)}', accepted: {spec}");
        if (input.Datatype != spec.Datatype)
            throw Invalid($"input {spec.Name} is {Short(input.Datatype)}, accepted: {spec}");
        return spec.Datatype switch
        {
            "BYTES" => SplitBytes(input, spec),
            "UINT8" => SplitTensor(input, spec, 1),
            "FP16" => [.. SplitTensor(input, spec, 2).Select((image, i) => ToPixels(Widen(image.Span), i, spec))],
            _ =>
            [
                .. SplitTensor(input, spec, 4)
                    .Select((image, i) => ToPixels(MemoryMarshal.Cast<byte, float>(image.Span), i, spec)),
            ],
        };
    }

    /// <summary>The engine is fed pixels, and is here too: what is measured stays one thing.</summary>
    private ReadOnlyMemory<byte> ToPixels(ReadOnlySpan<float> values, int image, TensorSpec spec)
    {
        var (file, pixels) = (Model.Tensor!, new byte[values.Length]);
        if (file.ToPixels(values, pixels) is not (>= 0 and var wrong))
            return pixels;
        var (low, high) = file.Range(file.ChannelsFirst ? wrong / (values.Length / 3) : wrong % 3);
        throw Invalid(
            string.Create(
                CultureInfo.InvariantCulture,
                $"input {spec.Name}: value {wrong + 1} of image {image + 1} is {values[wrong]:0.####}, "
                    + $"accepted: what a pixel from 0 to 255 becomes in that channel, {low:0.####} to "
                    + $"{high:0.####}"
            )
        );
    }

    private static float[] Widen(ReadOnlySpan<byte> content)
    {
        var halves = MemoryMarshal.Cast<byte, Half>(content);
        var values = new float[halves.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)halves[i];
        return values;
    }

    private static List<ReadOnlyMemory<byte>> SplitTensor(TensorData input, TensorSpec spec, int width)
    {
        if (
            input.Shape.Count != spec.Shape.Count
            || input.Shape[0] is < 1 or > int.MaxValue
            || !input.Shape.Skip(1).SequenceEqual(spec.Shape.Skip(1))
        )
            throw Invalid($"input {spec.Name} has the shape [{string.Join(',', input.Shape)}], accepted: {spec}");
        var size = (int)(spec.Shape[1] * spec.Shape[2] * spec.Shape[3]) * width;
        if (input.Content.Length != input.Shape[0] * size)
            throw Invalid(
                $"input {spec.Name} has {input.Content.Length:#,0} bytes, of its shape it should be "
                    + $"{input.Shape[0] * size:#,0}"
            );
        return [.. Enumerable.Range(0, (int)input.Shape[0]).Select(i => input.Content.Slice(i * size, size))];
    }

    private static List<ReadOnlyMemory<byte>> SplitBytes(TensorData input, TensorSpec spec)
    {
        if (!(input.Shape is [> 0 and < int.MaxValue] or [> 0 and < int.MaxValue, 1]))
            throw Invalid(
                $"input {spec.Name} has the shape [{string.Join(',', input.Shape)}], accepted: [images] or [images,1]"
            );
        var images = new List<ReadOnlyMemory<byte>>();
        for (var rest = input.Content; rest.Length > 0; )
        {
            if (
                rest.Length < 4
                || BinaryPrimitives.ReadUInt32LittleEndian(rest.Span) is var length && length > rest.Length - 4
            )
                throw Invalid(
                    $"input {spec.Name}: element {images.Count + 1} ends after the content; each stands "
                        + "behind its length in four bytes, little-endian"
                );
            if (images.Count == input.Shape[0])
                throw Invalid($"input {spec.Name} has more elements than its shape says, {input.Shape[0]:#,0}");
            images.Add(rest.Slice(4, (int)length));
            rest = rest[(4 + (int)length)..];
        }

        if (images.Count != input.Shape[0])
            throw Invalid($"input {spec.Name} has {images.Count:#,0} elements, its shape says {input.Shape[0]:#,0}");
        return images;
    }

    private void Check(RequestedOutput output)
    {
        if (!Outputs.Any(known => known.Name == output.Name))
            throw Invalid(
                $"there is no output '{Short(output.Name)}', accepted: "
                    + $"{string.Join(", ", Outputs.Select(known => known.Name))}"
            );
        if (output.Classification < 1 || output.Classification > Model.Top)
            throw Invalid($"classification is {output.Classification}, accepted: 1 to {Model.Top}");
    }

    private TensorData Make(RequestedOutput output, IReadOnlyList<ImageAnswer> answers)
    {
        if (output.Classification is { } most)
            return Texts(
                output.Name,
                most,
                answers,
                best =>
                {
                    var label = Label(best.Index) is { Length: > 0 } known ? $":{known}" : "";
                    return string.Create(
                        CultureInfo.InvariantCulture,
                        $"{best.Probability:0.000000}:{best.Index}{label}"
                    );
                }
            );
        switch (output.Name)
        {
            case Scores:
                return new TensorData(
                    Scores,
                    "FP32",
                    [answers.Count, Model.Top],
                    MemoryMarshal.AsBytes<float>(Flat(answers, best => best.Probability)).ToArray()
                );
            case Indices:
                return new TensorData(
                    Indices,
                    "INT64",
                    [answers.Count, Model.Top],
                    MemoryMarshal.AsBytes<long>(Flat(answers, best => (long)best.Index)).ToArray()
                );
            default:
                return Texts(Labels, Model.Top, answers, best => Label(best.Index));
        }
    }

    private static T[] Flat<T>(IReadOnlyList<ImageAnswer> answers, Func<ScoredClass, T> value) =>
        [.. answers.SelectMany(answer => answer.Classes.Select(value))];

    private static TensorData Texts(
        string name,
        int most,
        IReadOnlyList<ImageAnswer> answers,
        Func<ScoredClass, string> text
    )
    {
        var content = new List<byte>();
        Span<byte> length = stackalloc byte[4];
        foreach (var best in answers.SelectMany(answer => answer.Classes.Take(most)))
        {
            var bytes = Encoding.UTF8.GetBytes(text(best));
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            content.AddRange(length);
            content.AddRange(bytes);
        }

        return new TensorData(name, "BYTES", [answers.Count, most], content.ToArray());
    }

    private string Label(int index) => index < Model.Labels.Count ? Model.Labels[index] : "";

    private static ProtocolException Invalid(string message) => new(ProtocolError.Invalid, message);

    private static string Short(string text) => text.Length > 64 ? text[..64] : text;
}
