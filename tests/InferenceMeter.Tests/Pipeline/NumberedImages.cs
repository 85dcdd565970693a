using InferenceMeter.Batching;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Pipeline;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Tests.Pipeline;

/// <summary>Images of one byte each, which their decoder makes all pixels of; byte 255 is no image.</summary>
internal sealed class NumberedImages(IReadOnlyList<byte> bytes, bool repeat = false) : IImageSource
{
    private long _next;

    public string Kind => "test";

    public long? DistinctImages => bytes.Count;

    public string? Remark => null;

    public string? Trouble => null;

    public IReadOnlyList<SourceTraffic> Traffic => [];

    public long WaitedTicks => 0;

    public bool TryNext(out EncodedImage image, CancellationToken stop = default)
    {
        image = default;
        if (!repeat && _next >= bytes.Count)
            return false;
        var sequence = _next++;
        image = EncodedImage.Shared(
            sequence,
            $"{sequence}",
            TimeProvider.System.GetTimestamp(),
            new[] { bytes[(int)(sequence % bytes.Count)] }
        );
        return true;
    }

    public void Dispose() { }

    public sealed class Decoder : IImageDecoder
    {
        public string Name => "test";

        public ImageFailure Decode(ReadOnlySpan<byte> encoded, Span<byte> rgb)
        {
            rgb.Fill(encoded[0]);
            return encoded[0] == 255 ? ImageFailure.Corrupt : ImageFailure.None;
        }

        public void Dispose() { }
    }
}

/// <summary>Keeps every answer.</summary>
internal sealed class Answers : IClassificationOutput
{
    public List<string> Ok { get; } = [];

    public List<(string Name, ImageFailure Reason)> Failed { get; } = [];

    /// <summary>From this many answers on, writing fails as on a full disk.</summary>
    public int FullAfter { get; set; } = int.MaxValue;

    public void Classified(in ImageTicket ticket, ReadOnlySpan<ScoredClass> classes)
    {
        if (Ok.Count >= FullAfter)
            throw new IOException("No space left on device");
        Ok.Add(ticket.Name);
    }

    void IClassificationOutput.Failed(in ImageTicket ticket, ImageFailure reason) => Failed.Add((ticket.Name, reason));

    public void Flush() { }
}
