namespace InferenceMeter.LoadTesting;

/// <summary>Another InferenceMeter's <c>/api/v1/classify</c>, with encoded images.</summary>
internal sealed class ClassifyTarget(Uri root, string? key, SampleSet samples) : HttpTarget(root, key)
{
    public override string Description =>
        $"{Root.AbsoluteUri.TrimEnd('/')}/api/v1/classify, encoded images, {samples.Encoded.Length} distinct";

    protected override Task<QueryOutcome> AskAsync(ReadOnlyMemory<int> query, CancellationToken cancellation)
    {
        if (query.Length == 1)
            return PostAsync("/api/v1/classify", new ByteArrayContent(Image(query.Span[0])), cancellation);
        var form = new MultipartFormDataContent();
        for (var i = 0; i < query.Length; i++)
            form.Add(new ByteArrayContent(Image(query.Span[i])), "file", $"{i}");
        return PostAsync("/api/v1/classify", form, cancellation);
    }

    private byte[] Image(int sample) => samples.Encoded[sample % samples.Encoded.Length];
}
