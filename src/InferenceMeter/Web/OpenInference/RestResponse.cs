using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Web.OpenInference;

/// <summary>Writes the answer to a REST request, the counterpart of <see cref="RestRequest"/>.</summary>
internal static class RestResponse
{
    /// <summary>The answer to a request; binary outputs follow the JSON, whose length a header tells.</summary>
    public static FileContentHttpResult Write(
        string name,
        RestRequest request,
        IReadOnlyList<TensorData> outputs,
        HttpContext context
    )
    {
        var json = new ArrayBufferWriter<byte>(1024);
        var binary = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("model_name", name);
            writer.WriteString("model_version", ServedModels.Version);
            if (request.Call.Id.Length > 0)
                writer.WriteString("id", request.Call.Id);
            writer.WriteStartArray("outputs");
            foreach (var output in outputs)
            {
                var isBinary =
                    request.Call.Outputs.FirstOrDefault(asked => asked.Name == output.Name)?.IsBinary
                    ?? request.BinaryOutputs;
                Write(writer, output, isBinary);
                if (isBinary)
                    binary.Write(output.Content.Span);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        if (binary.WrittenCount == 0)
            return TypedResults.Bytes(json.WrittenMemory, "application/json");
        context.Response.Headers[RestRequest.HeaderLength] = json.WrittenCount.ToString(CultureInfo.InvariantCulture);
        json.Write(binary.WrittenSpan);
        return TypedResults.Bytes(json.WrittenMemory, "application/octet-stream");
    }

    private static void Write(Utf8JsonWriter writer, TensorData tensor, bool isBinary)
    {
        writer.WriteStartObject();
        writer.WriteString("name", tensor.Name);
        writer.WriteString("datatype", tensor.Datatype);
        writer.WriteStartArray("shape");
        foreach (var size in tensor.Shape)
            writer.WriteNumberValue(size);
        writer.WriteEndArray();
        if (isBinary)
        {
            writer.WriteStartObject("parameters");
            writer.WriteNumber("binary_data_size", tensor.Content.Length);
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteStartArray("data");
            WriteData(writer, tensor);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteData(Utf8JsonWriter writer, TensorData tensor)
    {
        var content = tensor.Content.Span;
        switch (tensor.Datatype)
        {
            case "FP32":
                foreach (var value in MemoryMarshal.Cast<byte, float>(content))
                    writer.WriteNumberValue(value);
                break;
            case "INT64":
                foreach (var value in MemoryMarshal.Cast<byte, long>(content))
                    writer.WriteNumberValue(value);
                break;
            default:
                while (content.Length > 0)
                {
                    var length = BinaryPrimitives.ReadInt32LittleEndian(content);
                    writer.WriteStringValue(Encoding.UTF8.GetString(content.Slice(4, length)));
                    content = content[(4 + length)..];
                }

                break;
        }
    }
}
