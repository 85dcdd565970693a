using System.Globalization;
using System.Text.Json;
using InferenceMeter.Errors;
using InferenceMeter.LoadTesting;
using InferenceMeter.Web.OpenInference;

namespace InferenceMeter.LoadTargets;

/// <summary>
/// A server of the Open Inference Protocol over REST, with the binary tensor extension: InferenceMeter, Triton,
/// OpenVINO Model Server.
/// </summary>
internal sealed class RestTarget : HttpTarget
{
    private readonly string _model;
    private TensorSamples? _tensors;

    private RestTarget(TargetAddress server, string model)
        : base(server) => _model = model;

    public override string Description => $"{Server}/v2/models/{_model}, {_tensors!.Input}, {_tensors.Count} distinct";

    private string ModelPath => $"v2/models/{Uri.EscapeDataString(_model)}";

    /// <summary>Asks what the model takes.</summary>
    /// <exception cref="UserException">It does not say, or takes what cannot be made.</exception>
    public static async Task<RestTarget> ConnectAsync(
        TargetAddress server,
        string model,
        SampleSet samples,
        CancellationToken cancellation
    )
    {
        var target = new RestTarget(server, model);
        try
        {
            using var answer = await target.Client.GetAsync(target.ModelPath, cancellation);
            var text = await answer.Content.ReadAsStringAsync(cancellation);
            if (!answer.IsSuccessStatusCode)
                throw new UserException(
                    $"{server}/{target.ModelPath} answered {(int)answer.StatusCode}: "
                        + $"{Short(text)}; give --target-model"
                );
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.GetProperty("inputs").EnumerateArray().ToArray() is not [var input])
                throw new UserException(
                    $"the model {model} has more than one input; load tests need one with exactly one"
                );
            var spec = new TensorSpec(
                input.GetProperty("name").GetString()!,
                input.GetProperty("datatype").GetString()!,
                [.. input.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())]
            );
            target._tensors = new TensorSamples(spec, samples);
            return target;
        }
        catch (Exception broken)
            when (broken is HttpRequestException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            await target.DisposeAsync();
            throw new UserException(
                $"{server} does not answer as the Open Inference Protocol says: " + $"{Short(broken.Message)}"
            );
        }
    }

    protected override Task<QueryOutcome> AskAsync(ReadOnlyMemory<int> query, CancellationToken cancellation)
    {
        var contents = _tensors!.Contents(query).ToArray();
        var size = contents.Sum(content => content.Length);
        var header = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                inputs = new[]
                {
                    new
                    {
                        name = _tensors.Input.Name,
                        datatype = _tensors.Input.Datatype,
                        shape = _tensors.Shape(query.Length),
                        parameters = new { binary_data_size = size },
                    },
                },
                parameters = new { binary_data_output = true },
            }
        );
        var request = new Pieces([header, .. contents]);
        request.Headers.TryAddWithoutValidation(
            "Inference-Header-Content-Length",
            header.Length.ToString(CultureInfo.InvariantCulture)
        );
        return PostAsync($"{ModelPath}/infer", request, cancellation);
    }

    /// <summary>A body of pieces that are sent as they lie.</summary>
    private sealed class Pieces(ReadOnlyMemory<byte>[] pieces) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            foreach (var piece in pieces)
                await stream.WriteAsync(piece);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = pieces.Sum(piece => (long)piece.Length);
            return true;
        }
    }

    private static string Short(string text) => (text.Length > 200 ? text[..200] : text).ReplaceLineEndings(" ");
}
