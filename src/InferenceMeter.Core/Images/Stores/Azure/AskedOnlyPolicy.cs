using Azure.Core;
using Azure.Core.Pipeline;

namespace InferenceMeter.Images.Stores.Azure;

/// <summary>
/// Lets requests through that <see cref="AzureBucket"/> makes, and no others: the streams of the library make new ones
/// by themselves when a connection breaks, however its retries are set, and nobody would count those.
/// </summary>
internal sealed class AskedOnlyPolicy : HttpPipelinePolicy
{
    private const string Property = "InferenceMeter.Asked";

    private static readonly Dictionary<string, object?> Properties = new(StringComparer.Ordinal) { [Property] = true };

    /// <summary>Allows requests until it is disposed, in what is called meanwhile.</summary>
    public static IDisposable Ask() => HttpPipeline.CreateHttpMessagePropertiesScope(Properties);

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        Check(message);
        ProcessNext(message, pipeline);
    }

    public override ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        Check(message);
        return ProcessNextAsync(message, pipeline);
    }

    private static void Check(HttpMessage message)
    {
        if (!message.TryGetProperty(Property, out _))
            throw new StoreException(StoreFault.Unavailable, "the connection broke");
    }
}
