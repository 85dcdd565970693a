using InferenceMeter.Metering;

namespace InferenceMeter.Pricing;

/// <summary>What runs here, as far as a reference may be compared with it.</summary>
public sealed record ComparedMachine
{
    /// <summary>Name of the model: <c>resnet50</c>, or that of a user's file.</summary>
    public required string Model { get; init; }

    /// <summary>Number format of the weights.</summary>
    public required string Precision { get; init; }

    /// <summary>Images in a batch.</summary>
    public required int Batch { get; init; }

    /// <summary>Costs by scope, USD per billion images: of those that are known here.</summary>
    public required IReadOnlyDictionary<Scope, decimal> Costs { get; init; }

    /// <summary>The cost here that a reference may be held against: of the same model and the same scope.</summary>
    /// <returns><see langword="null"/> when the models differ, or nothing of that scope was measured here.</returns>
    public decimal? CostLike(Reference reference) =>
        IsSameModel(reference) && ScopeOf(reference) is { } scope && Costs.TryGetValue(scope, out var cost)
            ? cost
            : null;

    /// <summary>
    /// What makes a reference another thing than what runs here, a phrase each; empty when nothing does.
    /// </summary>
    /// <param name="reference">To compare with.</param>
    /// <param name="scope">Of the reading here.</param>
    public IReadOnlyList<string> Differences(Reference reference, Scope scope)
    {
        ArgumentNullException.ThrowIfNull(reference);
        var differences = new List<string>();
        if (!IsSameModel(reference))
            differences.Add($"model {reference.Model}, here {Model}");
        if (ScopeOf(reference) != scope)
            differences.Add($"scope {reference.Scope}, here {scope.Label()}");
        if (reference.Precision != Precision)
            differences.Add($"precision {reference.Precision}, here {Precision}");
        if (reference.Batch != $"{Batch}")
            differences.Add($"batch {reference.Batch}, here {Batch}");
        return differences;
    }

    /// <summary>Whether two figures are of the same model and the same scope.</summary>
    /// <param name="reference">The one.</param>
    /// <param name="model">The other's model.</param>
    /// <param name="scope">The other's scope.</param>
    public static bool IsLike(Reference reference, string model, string scope)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return reference.Scope == scope && IsModel(reference, model);
    }

    private static Scope? ScopeOf(Reference reference) =>
        Enum.GetValues<Scope>().Cast<Scope?>().FirstOrDefault(scope => scope!.Value.Label() == reference.Scope);

    /// <summary>A user's file may say more than the model: <c>resnet50-pretrained-fp16</c> is a ResNet-50.</summary>
    private static bool IsModel(Reference reference, string model) =>
        Plain(model).StartsWith(Plain(reference.Model), StringComparison.Ordinal);

    private bool IsSameModel(Reference reference) => IsModel(reference, Model);

    private static string Plain(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
}
