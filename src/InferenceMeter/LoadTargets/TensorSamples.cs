using System.Buffers.Binary;
using InferenceMeter.Errors;
using InferenceMeter.Web.OpenInference;

namespace InferenceMeter.LoadTargets;

/// <summary>
/// The preloaded set as the input of a model of the Open Inference Protocol wants it: images as BYTES, pixels as UINT8,
/// and noise for other tensors.
/// </summary>
internal sealed class TensorSamples
{
    private static readonly Dictionary<string, int> Sizes = new(StringComparer.Ordinal)
    {
        ["UINT8"] = 1,
        ["INT8"] = 1,
        ["FP16"] = 2,
        ["FP32"] = 4,
        ["FP64"] = 8,
        ["INT32"] = 4,
        ["INT64"] = 8,
    };

    private readonly ReadOnlyMemory<byte>[] _contents;
    private readonly long[] _rest;

    /// <param name="input">The model's only input; its first size is the batch's.</param>
    /// <exception cref="UserException">It is of a kind that cannot be made.</exception>
    public TensorSamples(TensorSpec input, SampleSet samples)
    {
        Input = input;
        if (input.Shape is not [-1, ..])
            throw new UserException($"the input {input} has no batch of any size first; load tests need one");
        _rest = [.. input.Shape.Skip(1)];
        if (input.Datatype == "BYTES")
        {
            _contents = [.. samples.Encoded.Select(WithLength)];
            return;
        }

        if (!Sizes.TryGetValue(input.Datatype, out var size) || _rest.Any(length => length < 1))
            throw new UserException(
                $"the input {input} cannot be filled; accepted: BYTES, or tensors of a fixed size behind the batch"
            );
        var bytes = checked((int)(_rest.Aggregate(1L, (product, length) => product * length) * size));
        _contents =
            input.Datatype == "UINT8" && samples.Pixels.Length > 0 && samples.Pixels[0].Length == bytes
                ? [.. samples.Pixels.Select(pixels => new ReadOnlyMemory<byte>(pixels))]
                : [.. Enumerable.Range(0, 64).Select(i => Noise(i, bytes, input.Datatype))];
    }

    public TensorSpec Input { get; }

    /// <summary>Distinct ones.</summary>
    public int Count => _contents.Length;

    /// <summary>Shape of a query's tensor.</summary>
    public long[] Shape(int images) => [images, .. _rest];

    /// <summary>Contents of a query's samples, one behind the other.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Contents(ReadOnlyMemory<int> query)
    {
        for (var i = 0; i < query.Length; i++)
            yield return _contents[query.Span[i] % _contents.Length];
    }

    private static ReadOnlyMemory<byte> WithLength(byte[] image)
    {
        var element = new byte[4 + image.Length];
        BinaryPrimitives.WriteInt32LittleEndian(element, image.Length);
        image.CopyTo(element, 4);
        return element;
    }

    private static ReadOnlyMemory<byte> Noise(int seed, int bytes, string datatype)
    {
        var (random, content) = (new Random(seed), new byte[bytes]);
        if (datatype == "FP32")
        {
            foreach (ref var value in System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(content.AsSpan()))
                value = (float)((random.NextDouble() * 4) - 2);
        }
        else if (datatype is "UINT8" or "INT8")
        {
            random.NextBytes(content);
        }

        return content;
    }
}
