namespace InferenceMeter.Pricing.Feeds;

/// <summary>A price that a cloud's price service named.</summary>
/// <param name="PerHour">US dollars for an hour of the machine.</param>
/// <param name="EffectiveFrom">The day since which it holds, UTC.</param>
/// <param name="Query">The address that was asked; anyone may open it.</param>
public sealed record FeedAnswer(UsdPerMachineHour PerHour, DateOnly EffectiveFrom, Uri Query);
