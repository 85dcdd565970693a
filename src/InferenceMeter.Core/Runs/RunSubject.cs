using InferenceMeter.Pipeline;
using InferenceMeter.Pricing;

namespace InferenceMeter.Runs;

/// <summary>What a bounded run is read off.</summary>
/// <param name="Metered">The pipeline with its counters and sensors.</param>
/// <param name="Prices">What the machine costs.</param>
internal sealed record RunSubject(MeteredPipeline Metered, PriceTimeline Prices);
