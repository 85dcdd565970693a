using Google.Protobuf;
using InferenceMeter.Models.Onnx;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Models;

/// <summary>
/// A classifier ready for a session factory: what is known of it, and its graph, fed <c>uint8 [N, H, W, 3]</c>.
/// The graph is given away once and then let go, because it is as large as the weights.
/// </summary>
public sealed class OnnxModel
{
    private ModelProto? _graph;
    private byte[]? _file;

    internal OnnxModel(ModelDescription description, ModelProto graph, ModelValues values)
    {
        Description = description;
        _graph = graph;
        Values = values;
        Preprocessing = new PreprocessingOptions
        {
            ResizeShorterSide = description.ResizeShorterSide,
            CropHeight = description.Height,
            CropWidth = description.Width,
        };
    }

    /// <summary>What a reading says about it.</summary>
    public ModelDescription Description { get; }

    /// <summary>Resize and crop that it wants of the decoder.</summary>
    public PreprocessingOptions Preprocessing { get; }

    /// <summary>Names of the graph's input and outputs.</summary>
    internal ModelValues Values { get; }

    /// <summary>The graph as a file, kept for as long as this object.</summary>
    /// <exception cref="InvalidOperationException">It has been taken before.</exception>
    internal byte[] Serialize() =>
        _file ??= (
            _graph ?? throw new InvalidOperationException($"the graph of {Description.Name} has been taken")
        ).ToByteArray();

    /// <summary>Lets the graph go; a file that was made of it stays.</summary>
    internal void ReleaseGraph() => _graph = null;

    /// <summary>The graph; this object keeps it no longer.</summary>
    /// <exception cref="InvalidOperationException">
    /// It has been taken before: load the model again, or use the factory made of it.
    /// </exception>
    internal ModelProto TakeGraph()
    {
        _file = null;
        return Interlocked.Exchange(ref _graph, null)
            ?? throw new InvalidOperationException(
                $"the graph of {Description.Name} has been taken by another factory"
            );
    }
}
