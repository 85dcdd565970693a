using System.Runtime.InteropServices;
using InferenceMeter.Batching;
using InferenceMeter.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace InferenceMeter.Inference;

/// <summary>
/// One pooled batch as one session sees it: tensors over the batch's pixels and over its result, by number of images.
/// </summary>
internal sealed class BatchBindings : IDisposable
{
    private readonly InferenceSession _session;
    private readonly ModelValues _names;
    private readonly ModelDescription _model;
    private readonly nint _pixels;
    private readonly int _bytesPerImage;
    private readonly OrtIoBinding?[] _byCount;
    private OrtIoBinding?[]? _withScores;
    private readonly List<OrtValue> _values = [];

    public BatchBindings(InferenceSession session, ModelValues names, ModelDescription model, ImageBatch batch)
    {
        if (batch.Height != model.Height || batch.Width != model.Width)
        {
            throw new InferenceException(
                $"{model.Name} takes {model.Height} x {model.Width} pixels, the batch has {batch.Height} x "
                    + $"{batch.Width}"
            );
        }

        if (model.FixedBatch is { } size && size != batch.Capacity)
        {
            throw new InferenceException(
                $"{model.Name} is frozen to batches of {size}, the batch has room for {batch.Capacity}"
            );
        }

        _session = session;
        _names = names;
        _model = model;
        _pixels = batch.Address;
        _bytesPerImage = batch.BytesPerImage;
        _byCount = new OrtIoBinding?[batch.Capacity + 1];
        Result = new BatchResult(batch.Capacity, model.Top);
    }

    /// <summary>Where the answers of this batch are written.</summary>
    public BatchResult Result { get; }

    /// <summary>
    /// The binding for so many images; of a frozen model always the whole batch, whose other slots hold old pixels.
    /// </summary>
    /// <param name="count">Images.</param>
    /// <param name="scores">Whether the scores of all classes are written too.</param>
    public OrtIoBinding For(int count, bool scores)
    {
        if (count < 1 || count >= _byCount.Length)
            throw new InferenceException($"a batch of {_byCount.Length - 1} cannot hold {count} images");
        var bindings = scores ? _withScores ??= new OrtIoBinding?[_byCount.Length] : _byCount;
        return bindings[count] ??= Bind(_model.FixedBatch ?? count, scores);
    }

    public void Dispose()
    {
        foreach (var binding in _byCount.Concat(_withScores ?? []))
            binding?.Dispose();
        foreach (var value in _values)
            value.Dispose();
        _values.Clear();
    }

    private OrtIoBinding Bind(int images, bool scores)
    {
        var pixels = Tensor(
            TensorElementType.UInt8,
            [images, _model.Height, _model.Width, 3],
            _pixels,
            (long)images * _bytesPerImage
        );
        var binding = _session.CreateIoBinding();
        binding.BindInput(_names.Pixels, pixels);
        // BatchResult's arrays are pinned for their whole life.
        long[] shape = [images, _model.Top];
        binding.BindOutput(
            _names.Probabilities,
            Tensor(
                TensorElementType.Float,
                shape,
                Marshal.UnsafeAddrOfPinnedArrayElement(Result.Probabilities, 0),
                (long)images * _model.Top * sizeof(float)
            )
        );
        binding.BindOutput(
            _names.Classes,
            Tensor(
                TensorElementType.Int64,
                shape,
                Marshal.UnsafeAddrOfPinnedArrayElement(Result.Classes, 0),
                (long)images * _model.Top * sizeof(long)
            )
        );
        if (scores)
            binding.BindOutput(
                _names.Scores,
                Tensor(
                    TensorElementType.Float,
                    [images, _model.Classes],
                    Marshal.UnsafeAddrOfPinnedArrayElement(Result.AllocateScores(_model.Classes), 0),
                    (long)images * _model.Classes * sizeof(float)
                )
            );
        return binding;
    }

    private OrtValue Tensor(TensorElementType type, long[] shape, nint address, long bytes)
    {
        var value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape, address, bytes);
        _values.Add(value);
        return value;
    }
}
