using InferenceMeter.Composition;
using InferenceMeter.Metering;

namespace InferenceMeter.Documents;

/// <summary>
/// What reading images took since the start: the requests are what an object store bills, the bytes what a network
/// does.
/// </summary>
internal sealed record FetchDocument
{
    /// <summary>Where from: <c>folder</c>, <c>s3</c>, ...</summary>
    public required string Source { get; init; }

    /// <summary>Requests for a page of names, also those that failed.</summary>
    public required long ListRequests { get; init; }

    /// <summary>Requests for an object or a range of it, also those that failed; of files: files opened.</summary>
    public required long GetRequests { get; init; }

    /// <summary>Requests that were made again after a failure.</summary>
    public required long Retries { get; init; }

    /// <summary>Bytes that arrived.</summary>
    public required long Bytes { get; init; }

    /// <summary>
    /// Requests of both kinds for a billion images of this source; absent before the first image. An archive counts as
    /// one from its first image on, and what a resumed run passes over in it counts, too.
    /// </summary>
    public required double? RequestsPerBillionImages { get; init; }

    /// <summary>Bytes for a billion images of this source; absent before the first image.</summary>
    public required double? BytesPerBillionImages { get; init; }

    /// <returns>
    /// <see langword="null"/> for synthetic photographs and for tensors that are ready before the measurement.
    /// </returns>
    public static IReadOnlyList<FetchDocument>? From(MeterSnapshot meter) =>
        meter.Traffic.Count == 0 || meter.Scope == Scope.Model ? null : [.. meter.Traffic.Select(Describe)];

    private static FetchDocument Describe(Images.SourceTraffic traffic)
    {
        double? billions = traffic.Images > 0 ? traffic.Images / 1e9 : null;
        var (lists, gets, bytes) = (traffic.Lists, traffic.Gets, traffic.Bytes);
        return new FetchDocument
        {
            Source = traffic.Source,
            ListRequests = lists,
            GetRequests = gets,
            Retries = traffic.Retries,
            Bytes = bytes,
            RequestsPerBillionImages = (lists + gets) / billions,
            BytesPerBillionImages = bytes / billions,
        };
    }
}
