namespace InferenceMeter.Pricing.Book;

/// <summary>A machine whose price is wanted.</summary>
/// <param name="Cloud"><see langword="null"/> for any that has it.</param>
/// <param name="Instance">The cloud's name of it, in any case.</param>
/// <param name="Region"><see langword="null"/> where its price is the same in all.</param>
/// <param name="Purchase">How it is bought: one never stands in for another.</param>
public sealed record PriceQuery(string? Cloud, string Instance, string? Region, PurchaseOption Purchase);
