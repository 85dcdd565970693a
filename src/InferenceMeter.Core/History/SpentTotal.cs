namespace InferenceMeter.History;

/// <summary>
/// Money spent over all lives of the meter, so that the exported counter does not begin at 0 after a restart.
/// </summary>
/// <param name="Usd">US dollars.</param>
/// <param name="Since">When counting began.</param>
public sealed record SpentTotal(decimal Usd, DateTimeOffset Since);
