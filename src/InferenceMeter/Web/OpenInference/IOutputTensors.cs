using InferenceMeter.Pipeline.Requests;

namespace InferenceMeter.Web.OpenInference;

/// <summary>The output tensors of a served model.</summary>
internal interface IOutputTensors
{
    /// <summary>The outputs that it has.</summary>
    IReadOnlyList<TensorSpec> Specs { get; }

    /// <summary>Whether they are made of the scores of all classes.</summary>
    bool NeedsScores { get; }

    /// <summary>Checks what is asked for.</summary>
    /// <exception cref="ProtocolException">There is no such output, or not so many classes.</exception>
    void Check(RequestedOutput output);

    /// <summary>Fills an output with the answers, an image after the other.</summary>
    TensorData Make(RequestedOutput output, IReadOnlyList<ImageAnswer> answers);
}
