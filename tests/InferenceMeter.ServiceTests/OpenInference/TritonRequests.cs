using Google.Protobuf;
using InferenceMeter.ServiceTests.OpenInference.Triton;

namespace InferenceMeter.ServiceTests.OpenInference;

/// <summary>Requests as a client compiled with Triton's numbers makes them.</summary>
internal static class TritonRequests
{
    /// <summary>Black images as raw pixels.</summary>
    public static ModelInferRequest Pixels(string model, int images, string id = "") =>
        new()
        {
            ModelName = model,
            Id = id,
            Inputs =
            {
                new ModelInferRequest.Types.InferInputTensor
                {
                    Name = "pixels",
                    Datatype = "UINT8",
                    Shape = { images, 224, 224, 3 },
                },
            },
            RawInputContents = { ByteString.CopyFrom(new byte[images * RestClient.Pixels]) },
        };
}
