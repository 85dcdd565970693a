using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using InferenceMeter.Models;

namespace InferenceMeter.Web.OpenInference;

/// <summary>Cuts the input tensor of a request into images.</summary>
internal static class InputTensors
{
    /// <summary>Reads the images of a request.</summary>
    /// <param name="inputs">What was sent.</param>
    /// <param name="spec">What the model takes.</param>
    /// <param name="model">The model, whose file says how a pixel was normalised.</param>
    /// <returns>An entry per image: an encoded file, or pixels of the model's input size.</returns>
    /// <exception cref="ProtocolException">The input is not what the model takes.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Split(
        IReadOnlyList<TensorData> inputs,
        TensorSpec spec,
        ModelDescription model
    )
    {
        if (inputs is not [var input])
            throw ProtocolException.Invalid($"{inputs.Count} inputs, accepted: one, {spec}");
        if (input.Name != spec.Name)
            throw ProtocolException.Invalid(
                $"there is no input '{ProtocolException.Shorten(input.Name)}', accepted: {spec}"
            );
        if (input.Datatype != spec.Datatype)
            throw ProtocolException.Invalid(
                $"input {spec.Name} is {ProtocolException.Shorten(input.Datatype)}, accepted: {spec}"
            );
        return spec.Datatype switch
        {
            "BYTES" => SplitBytes(input, spec),
            "UINT8" => SplitTensor(input, spec, 1),
            "FP16" =>
            [
                .. SplitTensor(input, spec, 2)
                    .Select((image, i) => ToPixels(Widen(image.Span), i, spec, model.Tensor!)),
            ],
            _ =>
            [
                .. SplitTensor(input, spec, 4)
                    .Select(
                        (image, i) => ToPixels(MemoryMarshal.Cast<byte, float>(image.Span), i, spec, model.Tensor!)
                    ),
            ],
        };
    }

    /// <summary>Turns normalised numbers back into pixels: the engine is fed one thing, whatever was sent.</summary>
    private static ReadOnlyMemory<byte> ToPixels(
        ReadOnlySpan<float> values,
        int image,
        TensorSpec spec,
        ModelTensor file
    )
    {
        var pixels = new byte[values.Length];
        if (file.ToPixels(values, pixels) is not (>= 0 and var wrong))
            return pixels;
        var (low, high) = file.Range(file.ChannelsFirst ? wrong / (values.Length / 3) : wrong % 3);
        throw ProtocolException.Invalid(
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
            throw ProtocolException.Invalid(
                $"input {spec.Name} has the shape [{string.Join(',', input.Shape)}], accepted: {spec}"
            );
        var size = (int)(spec.Shape[1] * spec.Shape[2] * spec.Shape[3]) * width;
        if (input.Content.Length != input.Shape[0] * size)
            throw ProtocolException.Invalid(
                $"input {spec.Name} has {input.Content.Length:#,0} bytes, of its shape it should be "
                    + $"{input.Shape[0] * size:#,0}"
            );
        return [.. Enumerable.Range(0, (int)input.Shape[0]).Select(i => input.Content.Slice(i * size, size))];
    }

    private static List<ReadOnlyMemory<byte>> SplitBytes(TensorData input, TensorSpec spec)
    {
        if (!(input.Shape is [> 0 and < int.MaxValue] or [> 0 and < int.MaxValue, 1]))
            throw ProtocolException.Invalid(
                $"input {spec.Name} has the shape [{string.Join(',', input.Shape)}], accepted: [images] or [images,1]"
            );
        var images = new List<ReadOnlyMemory<byte>>();
        for (var rest = input.Content; rest.Length > 0; )
        {
            if (
                rest.Length < 4
                || BinaryPrimitives.ReadUInt32LittleEndian(rest.Span) is var length && length > rest.Length - 4
            )
                throw ProtocolException.Invalid(
                    $"input {spec.Name}: element {images.Count + 1} ends after the content; each stands "
                        + "behind its length in four bytes, little-endian"
                );
            if (images.Count == input.Shape[0])
                throw ProtocolException.Invalid(
                    $"input {spec.Name} has more elements than its shape says, {input.Shape[0]:#,0}"
                );
            images.Add(rest.Slice(4, (int)length));
            rest = rest[(4 + (int)length)..];
        }

        if (images.Count != input.Shape[0])
            throw ProtocolException.Invalid(
                $"input {spec.Name} has {images.Count:#,0} elements, its shape says {input.Shape[0]:#,0}"
            );
        return images;
    }
}
