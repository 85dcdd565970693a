using InferenceMeter.History;

namespace InferenceMeter.Documents;

/// <summary>Throughput and cost over a span, oldest first.</summary>
internal sealed record SeriesDocument(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<SeriesPoint> Points);
