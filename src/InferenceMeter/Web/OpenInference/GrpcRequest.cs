using System.Buffers.Binary;
using System.Runtime.InteropServices;
using InferenceMeter.Web.OpenInference.Grpc;

namespace InferenceMeter.Web.OpenInference;

/// <summary>Reads a request to classify over gRPC, the counterpart of <see cref="RestRequest"/>.</summary>
internal static class GrpcRequest
{
    /// <summary>Reads it; its tensors stay where they are.</summary>
    /// <param name="request">The message.</param>
    /// <param name="deadline">Of the call, UTC; <see cref="DateTime.MaxValue"/> when it has none.</param>
    /// <param name="time">Clock of the deadline.</param>
    /// <exception cref="ProtocolException">It is not what the protocol says.</exception>
    public static InferCall Read(ModelInferRequest request, DateTime deadline, TimeProvider time)
    {
        if (request.RawInputContents.Count > 0 && request.RawInputContents.Count != request.Inputs.Count)
            throw ProtocolException.Invalid(
                $"{request.RawInputContents.Count} raw_input_contents for {request.Inputs.Count} inputs; "
                    + "there must be one for each"
            );
        foreach (var input in request.Inputs)
            TensorParameters.Check(input.Name, input.Parameters.Keys);
        foreach (var output in request.Outputs)
            TensorParameters.Check(output.Name, output.Parameters.Keys);
        var inputs = request.Inputs.Select(
            (input, i) =>
                new TensorData(
                    input.Name,
                    input.Datatype,
                    [.. input.Shape],
                    request.RawInputContents.Count > 0 ? request.RawInputContents[i].Memory : Contents(input)
                )
        );
        var outputs = request.Outputs.Select(output => new RequestedOutput(
            output.Name,
            output.Parameters.TryGetValue("classification", out var most)
                ? (int)Math.Clamp(Number(most, "classification"), int.MinValue, int.MaxValue)
                : null,
            null
        ));
        return new InferCall(request.Id, [.. inputs], [.. outputs], Timeout(request, deadline, time));
    }

    private static ReadOnlyMemory<byte> Contents(ModelInferRequest.Types.InferInputTensor input)
    {
        TensorParameters.CheckWritten(input.Name, input.Datatype, "raw_input_contents");
        switch (input.Datatype)
        {
            case "UINT8" when input.Contents is { } numbers:
                return numbers
                    .UintContents.Select(
                        (value, i) =>
                            value <= byte.MaxValue
                                ? (byte)value
                                : throw new ProtocolException(
                                    ProtocolError.Invalid,
                                    $"input {input.Name}: value {i + 1} is not from 0 to 255"
                                )
                    )
                    .ToArray();
            case "FP32" when input.Contents is { } numbers:
                return MemoryMarshal.AsBytes<float>(numbers.Fp32Contents.ToArray()).ToArray();
            case "BYTES" when input.Contents is { } texts:
                var bytes = new byte[texts.BytesContents.Sum(text => 4 + text.Length)];
                var at = 0;
                foreach (var text in texts.BytesContents)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), text.Length);
                    text.Span.CopyTo(bytes.AsSpan(at + 4));
                    at += 4 + text.Length;
                }

                return bytes;
            default:
                return default;
        }
    }

    /// <summary>The earlier of the call's deadline and Triton's parameter.</summary>
    private static TimeSpan? Timeout(ModelInferRequest request, DateTime callDeadline, TimeProvider time)
    {
        var deadline =
            callDeadline == DateTime.MaxValue ? (TimeSpan?)null : callDeadline - time.GetUtcNow().UtcDateTime;
        if (
            !request.Parameters.TryGetValue("timeout", out var given)
            || Number(given, "timeout") is not (var microseconds and not 0)
        )
            return deadline;
        if (microseconds is < 0 or > InferTimeouts.MostMicroseconds)
            throw ProtocolException.Invalid(
                $"timeout is {microseconds}, accepted: microseconds from 1 to {InferTimeouts.MostMicroseconds:#,0}"
            );
        var timeout = TimeSpan.FromMicroseconds(microseconds);
        return deadline < timeout ? deadline : timeout;
    }

    private static long Number(InferParameter parameter, string name) =>
        parameter.ParameterChoiceCase switch
        {
            InferParameter.ParameterChoiceOneofCase.Int64Param => parameter.Int64Param,
            InferParameter.ParameterChoiceOneofCase.Uint64Param when parameter.Uint64Param <= long.MaxValue => (long)
                parameter.Uint64Param,
            _ => throw new ProtocolException(ProtocolError.Invalid, $"the parameter {name} is no whole number"),
        };
}
