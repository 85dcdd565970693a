using InferenceMeter.LoadTesting;

namespace InferenceMeter.LoadTargets;

/// <summary>Another InferenceMeter's <c>/api/v1/classify</c>, with encoded images.</summary>
internal sealed class ClassifyTarget(TargetAddress server, SampleSet samples) : HttpTarget(server)
{
    private const string ApiPath = "api/v1/classify";

    public override string Description => $"{Server}/{ApiPath}, encoded images, {samples.Encoded.Length} distinct";

    protected override Task<QueryOutcome> AskAsync(ReadOnlyMemory<int> query, CancellationToken cancellation)
    {
        if (query.Length == 1)
            return PostAsync(ApiPath, new ByteArrayContent(Image(query.Span[0])), cancellation);
        var form = new MultipartFormDataContent();
        for (var i = 0; i < query.Length; i++)
            form.Add(new ByteArrayContent(Image(query.Span[i])), "file", $"{i}");
        return PostAsync(ApiPath, form, cancellation);
    }

    private byte[] Image(int sample) => samples.Encoded[sample % samples.Encoded.Length];
}
