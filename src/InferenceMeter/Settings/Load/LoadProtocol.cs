namespace InferenceMeter.Settings.Load;

/// <summary>How a server is asked in a load test.</summary>
internal enum LoadProtocol
{
    /// <summary>Encoded images to <c>/api/v1/classify</c> of an InferenceMeter.</summary>
    Classify,

    /// <summary>Tensors of the Open Inference Protocol over REST.</summary>
    V2,

    /// <summary>Tensors of the Open Inference Protocol over gRPC.</summary>
    Grpc,
}
