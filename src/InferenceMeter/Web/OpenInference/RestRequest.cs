using System.Buffers.Binary;
using System.Text.Json;

namespace InferenceMeter.Web.OpenInference;

/// <summary>
/// Reads the body of a REST request: JSON, and with the binary tensor extension the tensors behind it.
/// </summary>
/// <param name="Call">What is asked.</param>
/// <param name="BinaryOutputs">Outputs that do not say otherwise are wanted behind the JSON.</param>
internal sealed record RestRequest(InferCall Call, bool BinaryOutputs)
{
    /// <summary>The header with the length of the JSON where binary tensors follow it.</summary>
    public const string HeaderLength = "Inference-Header-Content-Length";

    private const int Deepest = 16;

    /// <summary>Reads it; tensors behind the JSON stay where they are.</summary>
    /// <param name="body">Whole.</param>
    /// <param name="headerLength">
    /// Bytes of JSON, of the header <c>Inference-Header-Content-Length</c>; <see langword="null"/> when all is JSON.
    /// </param>
    /// <exception cref="ProtocolException">It is not what the protocol says.</exception>
    public static RestRequest Read(ReadOnlyMemory<byte> body, int? headerLength)
    {
        if (headerLength is { } length && (length < 0 || length > body.Length))
            throw Invalid($"{HeaderLength} is {length:#,0}, the body has {body.Length:#,0} bytes");
        var binary = body[(headerLength ?? body.Length)..];
        try
        {
            using var document = JsonDocument.Parse(
                body[..(headerLength ?? body.Length)],
                new JsonDocumentOptions { MaxDepth = Deepest }
            );
            var root = Object(document.RootElement, "the request");
            var inputs = Array(root, "inputs").Select(input => Input(Object(input, "an input"), ref binary)).ToArray();
            if (binary.Length > 0)
                throw Invalid(
                    $"{binary.Length:#,0} bytes behind the JSON belong to no input; each says its own as "
                        + "the parameter binary_data_size"
                );
            var outputs = Optional(root, "outputs") is not null
                ? Array(root, "outputs").Select(output => Output(Object(output, "an output"))).ToArray()
                : [];
            return new RestRequest(
                new InferCall(Optional(root, "id") is { } id ? Text(id, "id") : "", inputs, outputs, Timeout(root)),
                Flag(root, "binary_data_output") ?? false
            );
        }
        catch (JsonException broken)
        {
            var hint = headerLength is null
                ? $"; with binary tensors the header {HeaderLength} says how long the JSON is"
                : "";
            throw Invalid($"not JSON: line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}{hint}");
        }
        catch (InvalidOperationException)
        {
            // A string that is no valid UTF-8 or UTF-16.
            throw Invalid("the JSON has a text that is no valid Unicode");
        }
    }

    private static TensorData Input(JsonElement input, ref ReadOnlyMemory<byte> binary)
    {
        var (name, datatype) = (Text(Member(input, "name"), "name"), Text(Member(input, "datatype"), "datatype"));
        TensorParameters.Check(name, Parameters(input));
        var shape = Array(input, "shape")
            .Select(size =>
                size.ValueKind == JsonValueKind.Number && size.TryGetInt64(out var value)
                    ? value
                    : throw Invalid($"input {name}: a size of its shape is no whole number")
            )
            .ToArray();
        if (Number(input, "binary_data_size") is { } size)
        {
            if (size < 0 || size > binary.Length)
                throw Invalid(
                    $"input {name}: binary_data_size is {size:#,0}, {binary.Length:#,0} bytes are left behind the JSON"
                );
            var content = binary[..(int)size];
            binary = binary[(int)size..];
            return new TensorData(name, datatype, shape, content);
        }

        TensorParameters.CheckWritten(name, datatype, "binary data, with the parameter binary_data_size");
        var bytes = new List<byte>();
        switch (datatype)
        {
            case "UINT8":
                Numbers(Member(input, "data"), name, bytes);
                break;
            case "FP32":
                Floats(Member(input, "data"), name, bytes);
                break;
            case "BYTES":
                Texts(Member(input, "data"), name, bytes);
                break;
        }

        return new TensorData(name, datatype, shape, bytes.ToArray());
    }

    private static void Numbers(JsonElement data, string name, List<byte> bytes)
    {
        if (data.ValueKind == JsonValueKind.Array)
        {
            foreach (var element in data.EnumerateArray())
                Numbers(element, name, bytes);
        }
        else
        {
            bytes.Add(
                data.ValueKind == JsonValueKind.Number && data.TryGetByte(out var value)
                    ? value
                    : throw Invalid($"input {name}: value {bytes.Count + 1} is no whole number from 0 to 255")
            );
        }
    }

    private static void Floats(JsonElement data, string name, List<byte> bytes)
    {
        if (data.ValueKind == JsonValueKind.Array)
        {
            foreach (var element in data.EnumerateArray())
                Floats(element, name, bytes);
            return;
        }

        if (data.ValueKind != JsonValueKind.Number || !data.TryGetSingle(out var value))
            throw Invalid($"input {name}: value {(bytes.Count / sizeof(float)) + 1} is no number");
        Span<byte> four = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(four, value);
        bytes.AddRange(four);
    }

    /// <summary>JSON has no bytes: an image stands there in base64.</summary>
    private static void Texts(JsonElement data, string name, List<byte> bytes)
    {
        if (data.ValueKind == JsonValueKind.Array)
        {
            foreach (var element in data.EnumerateArray())
                Texts(element, name, bytes);
            return;
        }

        if (data.ValueKind != JsonValueKind.String || !data.TryGetBytesFromBase64(out var image))
            throw Invalid(
                $"input {name}: an element is not base64; send bytes as they are with the binary tensor extension"
            );
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, image.Length);
        bytes.AddRange(length);
        bytes.AddRange(image);
    }

    private static RequestedOutput Output(JsonElement output)
    {
        var name = Text(Member(output, "name"), "name");
        TensorParameters.Check(name, Parameters(output));
        return new RequestedOutput(
            name,
            Number(output, "classification") is { } most ? (int)Math.Clamp(most, int.MinValue, int.MaxValue) : null,
            Flag(output, "binary_data")
        );
    }

    private static TimeSpan? Timeout(JsonElement root) =>
        Number(root, "timeout") switch
        {
            null or 0 => null,
            > 0 and <= InferTimeouts.MostMicroseconds and var microseconds => TimeSpan.FromMicroseconds(microseconds),
            var wrong => throw Invalid(
                $"timeout is {wrong}, accepted: microseconds from 1 to {InferTimeouts.MostMicroseconds:#,0}"
            ),
        };

    private static long? Number(JsonElement owner, string parameter)
    {
        if (Parameter(owner, parameter) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
            ? number
            : throw Invalid($"the parameter {parameter} is no whole number");
    }

    private static bool? Flag(JsonElement owner, string parameter)
    {
        if (Parameter(owner, parameter) is not { } value)
            return null;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw Invalid($"the parameter {parameter} is neither true nor false");
    }

    private static JsonElement? Parameter(JsonElement owner, string parameter) =>
        Optional(owner, "parameters") is { } parameters ? Optional(Object(parameters, "parameters"), parameter) : null;

    /// <summary>The names of a tensor's parameters that have a value.</summary>
    private static IEnumerable<string> Parameters(JsonElement tensor) =>
        Optional(tensor, "parameters") is { } parameters
            ? Object(parameters, "parameters")
                .EnumerateObject()
                .Where(parameter => parameter.Value.ValueKind != JsonValueKind.Null)
                .Select(parameter => parameter.Name)
            : [];

    /// <summary>A member; many writers of JSON write one that is not there as null.</summary>
    private static JsonElement? Optional(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;

    private static JsonElement Object(JsonElement element, string what) =>
        element.ValueKind == JsonValueKind.Object ? element : throw Invalid($"{what} is no JSON object");

    private static JsonElement Member(JsonElement owner, string name) =>
        Optional(owner, name) ?? throw Invalid($"'{name}' is missing");

    private static JsonElement.ArrayEnumerator Array(JsonElement owner, string name) =>
        Member(owner, name) is { ValueKind: JsonValueKind.Array } array
            ? array.EnumerateArray()
            : throw Invalid($"'{name}' is no array");

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.String ? element.GetString()! : throw Invalid($"'{name}' is no text");

    private static ProtocolException Invalid(string message) => new(ProtocolError.Invalid, message);
}
